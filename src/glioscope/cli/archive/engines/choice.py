"""Which of the engines it is."""

from contextlib import AbstractContextManager, nullcontext

from glioscope.cli.archive.engines.engine import Engine, Order
from glioscope.cli.support.cluster import EngineName


def open_engine(
    name: EngineName, order: Order, workers: int | None, address: str | None
) -> AbstractContextManager[Engine]:
    """The engine for as long as a block runs; `workers` None is one for each core there is.

    Raises:
        UsageError: no cluster is at the address, or a library is missing.
    """
    if name is EngineName.RAY:
        from glioscope.cli.archive.engines.ray_cluster import ray_engine

        return ray_engine(order, workers, address)
    from glioscope.cli.archive.engines.local import LocalEngine

    return nullcontext(LocalEngine(order, workers))
