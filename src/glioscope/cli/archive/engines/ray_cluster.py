# pyright: basic
# It speaks with Ray, whose types have gaps.
"""Studies in actors of a Ray cluster: a computer that is lost costs an attempt, and no result.

Attempts are counted here and by nobody else: Ray is asked to repeat nothing. The model travels to
the workers; the studies lie where every computer sees them.
"""

import secrets
from collections import deque
from collections.abc import Generator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from typing_extensions import override

from glioscope.cli.archive.engines.engine import Engine, Order
from glioscope.cli.archive.engines.ray_actor import RayActor, Sign
from glioscope.cli.archive.ledger import FOLDER
from glioscope.cli.batch.attempt import Outcome
from glioscope.cli.batch.tasks import Task, died, tasks_of
from glioscope.cli.support.cluster import connected
from glioscope.errors import GlioscopeError
from glioscope.texts.message import message

if TYPE_CHECKING:
    from glioscope.reading.inputs import StudyInput

# After so long without a worker it is said that none is free.
_SILENCE_S = 30
# So many workers may die before their model is loaded, one after the other.
_STARTS = 5


@contextmanager
def ray_engine(
    order: Order, workers: int | None, address: str | None
) -> Generator["RayEngine", None, None]:
    """A connection to the cluster at `HOST:PORT`, None being the one that this computer is of.

    Raises:
        UsageError: there is none.
    """
    from glioscope import __version__
    from glioscope.model.bundle import model_folder

    sign = Sign(f"{FOLDER}/.{secrets.token_hex(8)}", secrets.token_bytes(16), __version__)
    folder = model_folder(order.network.folder)
    with connected(address) as ray:
        order.results.write(sign.name, sign.content)
        try:
            files = (path for path in folder.iterdir() if path.is_file())
            bundle = ray.put({path.name: path.read_bytes() for path in files})
            cores = int(ray.cluster_resources().get("CPU", 1))
            yield RayEngine(ray, order, bundle, sign, workers or max(1, cores))
        finally:
            order.results.remove(sign.name)


@dataclass(frozen=True)
class _Flight:
    """A worker and the study that it is at; none yet while it loads its model."""

    actor: Any
    task: Task | None = None


class RayEngine(Engine):
    """At most `workers` actors, each on a core of its own."""

    def __init__(self, ray: Any, order: Order, bundle: Any, sign: Sign, workers: int) -> None:
        self._ray = ray
        self._order = order
        self._bundle = bundle
        self._sign = sign
        self._workers = workers
        # None is asked to restart or to repeat: who is lost is replaced here.
        self._kind = ray.remote(num_cpus=1, max_restarts=0, max_task_retries=0)(RayActor)
        self._failed_starts = 0
        # A worker that cannot be reached is as good as dead, and an answer lost is none.
        self._losses = (ray.exceptions.RayActorError, ray.exceptions.ObjectLostError)

    @override
    def outcomes(
        self, studies: "Sequence[StudyInput]"
    ) -> Generator[tuple[int, Outcome], None, None]:
        waiting = deque(tasks_of(studies))
        left = len(waiting)
        flights: dict[Any, _Flight] = {}
        try:
            while left:
                while len(flights) < min(self._workers, left):
                    self._start(flights)
                ref = self._first_of(flights)
                flight = flights.pop(ref)
                try:
                    told = self._answer(ref)
                except self._losses as lost:
                    self._dismiss(flight)
                    told = self._lost(flight, lost, waiting)
                else:
                    self._next(flight, flights, waiting)
                if told and flight.task:
                    left -= 1
                    for outcome in told:
                        yield flight.task.number, outcome
        finally:
            for flight in flights.values():
                self._dismiss(flight)

    def _start(self, flights: dict[Any, _Flight]) -> None:
        """Ask the cluster for a worker; it comes when a core is free."""
        actor = self._kind.remote()
        ref = actor.begin.remote(self._order, self._bundle, self._sign)
        flights[ref] = _Flight(actor)

    def _next(self, flight: _Flight, flights: dict[Any, _Flight], waiting: deque[Task]) -> None:
        """Hand the next study over; without one the worker is let go."""
        if not waiting:
            self._dismiss(flight)
            return
        task = waiting.popleft()
        flights[flight.actor.analyse.remote(task)] = replace(flight, task=task)

    def _first_of(self, flights: dict[Any, _Flight]) -> Any:
        """The first answer there is."""
        while True:
            ready, _ = self._ray.wait(list(flights), num_returns=1, timeout=_SILENCE_S)
            if ready:
                return ready[0]
            if not any(flight.task for flight in flights.values()):
                self._order.job.notices.note(message("cli.archive_waits", count=len(flights)))

    def _answer(self, ref: Any) -> list[Outcome] | None:
        """What became of a task; None from a worker that has loaded its model.

        Raises:
            GlioscopeError: this worker cannot work, and others would neither.
        """
        answer: list[Outcome] | GlioscopeError | None = self._ray.get(ref)
        if isinstance(answer, GlioscopeError):
            raise answer
        self._failed_starts = 0
        return answer

    def _lost(self, flight: _Flight, lost: Exception, waiting: deque[Task]) -> list[Outcome] | None:
        """What is told of a worker that is gone; None where no study is to blame.

        Raises:
            GlioscopeError: workers die before they have begun, one after the other.
        """
        if flight.task is None:
            self._failed_starts += 1
            if self._failed_starts >= _STARTS:
                said = str(lost).strip().split("\n")[-1]
                raise GlioscopeError("cli.archive_no_worker", count=_STARTS, said=said)
            return None
        # Taken away by whoever lends the computer, who said so.
        if getattr(lost, "preempted", False):
            waiting.append(flight.task)
            return None
        return [died(flight.task)]

    def _dismiss(self, flight: _Flight) -> None:
        with suppress(*self._losses):
            self._ray.kill(flight.actor)
