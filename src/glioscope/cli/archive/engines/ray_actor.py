# pyright: basic
# It speaks with Ray, whose types have gaps.
"""One worker of a Ray cluster, on whatever computer: a model that stays, and studies in turn."""

from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from time import sleep

from glioscope.cli.archive.engines.engine import Order
from glioscope.cli.archive.ledger import Ledger
from glioscope.cli.archive.results import attempt_into
from glioscope.cli.batch.attempt import Outcome
from glioscope.cli.batch.tasks import Here, Task, TaskRunner
from glioscope.cli.support.libraries.noise import hush
from glioscope.cli.support.output import refused
from glioscope.cli.support.scratch import scratch_folder
from glioscope.errors import GlioscopeError, UsageError

# A worker that was thought lost may be at its study still, and a file server keeps the locks of a
# computer that is gone for about this long.
_PATIENCE_S = 120


@dataclass(frozen=True)
class Sign:
    """What a worker must find, lest half of the results lie elsewhere or come of other code.

    Attributes:
        name: of a small file among the results.
        content: of that file.
        version: of glioscope.
    """

    name: str
    content: bytes
    version: str


class RayActor:
    """Holds its model until it is killed."""

    def __init__(self) -> None:
        hush()
        self._runner: TaskRunner | None = None

    def begin(self, order: Order, bundle: dict[str, bytes], sign: Sign) -> GlioscopeError | None:
        """Load the model, whose files are in `bundle`; returns why this worker cannot."""
        try:
            _check(order, sign)
            attempt = partial(attempt_into, order.results)
            with scratch_folder() as folder:
                network = replace(order.network, folder=_unpacked(bundle, folder), threads=1)
                self._runner = TaskRunner(
                    network, order.job, order.wishes, attempt, Ledger(order.results).belongs
                )
        except GlioscopeError as error:
            return error
        except OSError as error:
            return UsageError("cli.archive_node", node=_node(), said=refused(error))
        return None

    def analyse(self, task: Task) -> list[Outcome] | GlioscopeError:
        """What becomes of a task; an error where this computer sees nothing at its path."""
        if self._runner is None:
            raise RuntimeError("a study was handed to a worker before its model")
        if isinstance(task.where, Here) and not task.where.path.exists():
            return UsageError("cli.archive_unseen", node=_node(), study=task.name)
        told: list[Outcome] = []
        for _ in range(_PATIENCE_S):
            told = self._runner.run(task)
            if not any(one.error and one.error.message.code == "cli.claimed" for one in told):
                break
            sleep(1)
        return told


def _check(order: Order, sign: Sign) -> None:
    from glioscope import __version__

    if __version__ != sign.version:
        raise UsageError(
            "cli.archive_other_version", node=_node(), there=__version__, here=sign.version
        )
    if order.results.read(sign.name) != sign.content:
        raise UsageError("cli.archive_elsewhere", node=_node(), folder=order.results.label)


def _unpacked(bundle: dict[str, bytes], folder: Path) -> Path:
    for name, content in bundle.items():
        (folder / name).write_bytes(content)
    return folder


def _node() -> str:
    import ray.util

    return ray.util.get_node_ip_address()
