"""Studies as tasks for another process, and what such a process does with each."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from glioscope.cli.batch.attempt import Outcome, attempt
from glioscope.cli.batch.elsewhere import Belongs, Distant, Turn
from glioscope.cli.batch.job import Job, Network, Wishes
from glioscope.errors import GlioscopeError, InputError
from glioscope.reading.inputs import StudyInput, renamed

if TYPE_CHECKING:
    from glioscope.model.bundle import Model

# What is done with one study; it has to be picklable.
Attempt = Callable[[StudyInput, "Model", Job], Outcome]


@dataclass(frozen=True)
class Here:
    """Where another process finds a study again: the `place`-th behind `path`."""

    path: Path
    place: int
    own_name: str


@dataclass(frozen=True)
class Task:
    """One study, called `name`, or all that lies at a place elsewhere."""

    number: int
    name: str
    where: Here | Turn


def tasks_of(studies: Sequence[StudyInput]) -> list[Task]:
    """A task for each study, numbered as they come."""
    return [Task(n, found.study_id, _where(found)) for n, found in enumerate(studies)]


def _where(found: StudyInput) -> Here | Turn:
    own_name = found.twin_of or found.study_id
    if isinstance(found, Distant):
        return Turn(found.origin, own_name, found.study_id)
    if found.path is None:
        raise ValueError("a study of no path cannot be found again")
    return Here(found.path, found.place, own_name)


def always(_name: str, _key: str) -> bool:
    """Every name belongs to its place, where nobody else gives names."""
    return True


class TaskRunner:
    """A model that stays, and studies one at a time.

    Raises:
        ModelError, UsageError: the network cannot answer as asked.
    """

    def __init__(
        self,
        network: Network,
        job: Job,
        wishes: Wishes,
        attempt: Attempt = attempt,
        belongs: Belongs = always,
    ) -> None:
        self._model = network.load()
        self._job = job
        self._wishes = wishes
        self._attempt = attempt
        self._belongs = belongs

        # Studies of one path follow each other, and its headers are read once.
        @lru_cache(1)
        def find(path: Path) -> list[StudyInput]:
            return wishes.find([path])

        self._find = find

    def run(self, task: Task) -> list[Outcome]:
        """What becomes of a study, or of all at a place elsewhere; whatever fails is told."""
        if isinstance(task.where, Turn):
            return task.where.outcomes(self._wishes, self._attempted, self._belongs)
        try:
            found = self._found(task.name, task.where)
        except GlioscopeError as error:
            return [Outcome(study_id=task.name, status="failed", error=error)]
        return [self._attempted(found)]

    def _attempted(self, found: StudyInput) -> Outcome:
        return self._attempt(found, self._model, self._job)

    def _found(self, name: str, where: Here) -> StudyInput:
        there = self._find(where.path)
        found = there[where.place] if where.place < len(there) else None
        if found is None or (found.twin_of or found.study_id) != where.own_name:
            raise InputError("cli.changed_meanwhile", study=name)
        return found if found.study_id == name else renamed(found, name)


def died(task: Task) -> Outcome:
    """What is told of a study whose process is gone."""
    error = GlioscopeError("cli.process_died", study=task.name)
    if isinstance(task.where, Turn):
        return task.where.failed(error)
    return Outcome(study_id=task.name, status="failed", error=error)


def is_death(outcome: Outcome) -> bool:
    """Whether the study's process is gone, so that it may be tried again."""
    return outcome.error is not None and outcome.error.message.code == "cli.process_died"
