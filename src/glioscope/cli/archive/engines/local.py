"""Processes of this computer, as `analyze --jobs` has them."""

from collections.abc import Generator, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from typing_extensions import override

from glioscope.cli.archive.engines.engine import Engine, Order
from glioscope.cli.archive.ledger import Ledger
from glioscope.cli.archive.results import attempt_into
from glioscope.cli.batch.attempt import Outcome
from glioscope.cli.batch.workers import in_processes

if TYPE_CHECKING:
    from glioscope.reading.inputs import StudyInput


class LocalEngine(Engine):
    """`workers` processes, among which the cores are shared."""

    def __init__(self, order: Order, workers: int | None) -> None:
        from glioscope.model.engine import cores

        self._order = order
        self._workers = workers or cores()
        self._network = replace(order.network, threads=max(1, cores() // self._workers))

    @override
    def outcomes(
        self, studies: "Sequence[StudyInput]"
    ) -> Generator[tuple[int, Outcome], None, None]:
        order, crew = self._order, min(self._workers, len(studies))
        attempt = partial(attempt_into, order.results)
        belongs = Ledger(order.results).belongs
        yield from in_processes(
            studies, self._network, order.job, order.wishes, crew, attempt, belongs
        )
