"""Studies analysed by threads of this process instead of processes: where only results are asked.

A process takes seconds to load its libraries. What becomes of processes is told in
`test_workers.py`.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from threading import Thread

import pytest

from glioscope.cli.batch import workers
from glioscope.cli.batch.tasks import TaskRunner


class WorkerHere(Thread):
    """What `in_processes` takes for a process; it ends after its study."""

    def __init__(self, pipe: Connection, make: Callable[[], TaskRunner]) -> None:
        super().__init__(daemon=True)
        self._pipe, self._make = pipe, make

    def run(self) -> None:
        with self._pipe as pipe:
            runner = self._make()
            try:
                while True:
                    pipe.send(runner.run(pipe.recv()))
            except (EOFError, OSError):  # nothing left to do
                pass

    def terminate(self) -> None:
        pass

    kill = terminate


def _started(make: Callable[[], TaskRunner]) -> tuple[Connection, WorkerHere]:
    here, there = Pipe()
    worker = WorkerHere(there, make)
    worker.start()
    return here, worker


@contextmanager
def workers_here() -> Iterator[None]:
    """While the block runs, no process is started for studies."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(workers, "_started", _started)
        yield
