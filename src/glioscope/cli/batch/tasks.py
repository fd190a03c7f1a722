"""Studies as tasks for another process, and what such a process does with each."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from glioscope.cli.batch.attempt import Outcome, attempt
from glioscope.cli.batch.job import Job, Network, Wishes
from glioscope.errors import GlioscopeError, InputError
from glioscope.reading.inputs import StudyInput, renamed

if TYPE_CHECKING:
    from glioscope.model.bundle import Model

# What is done with one study; it has to be picklable.
Attempt = Callable[[StudyInput, "Model", Job], Outcome]


@dataclass(frozen=True)
class Task:
    """Where another process finds a study again: the `place`-th behind `path`, called `name`."""

    number: int
    path: Path
    place: int
    own_name: str
    name: str


def tasks_of(studies: Sequence[StudyInput]) -> list[Task]:
    """A task for each study, numbered as they come."""
    tasks: list[Task] = []
    for number, found in enumerate(studies):
        if found.path is None:
            raise ValueError("a study of no path cannot be found again")
        own_name = found.twin_of or found.study_id
        tasks.append(Task(number, found.path, found.place, own_name, found.study_id))
    return tasks


class TaskRunner:
    """A model that stays, and studies one at a time.

    Raises:
        ModelError, UsageError: the network cannot answer as asked.
    """

    def __init__(
        self, network: Network, job: Job, wishes: Wishes, attempt: Attempt = attempt
    ) -> None:
        self._model = network.load()
        self._job = job
        self._attempt = attempt

        # Studies of one path follow each other, and its headers are read once.
        @lru_cache(1)
        def find(path: Path) -> list[StudyInput]:
            return wishes.find([path])

        self._find = find

    def run(self, task: Task) -> Outcome:
        """What becomes of a study; whatever fails is told."""
        try:
            found = self._found(task)
        except GlioscopeError as error:
            return Outcome(study_id=task.name, status="failed", error=error)
        return self._attempt(found, self._model, self._job)

    def _found(self, task: Task) -> StudyInput:
        there = self._find(task.path)
        found = there[task.place] if task.place < len(there) else None
        if found is None or (found.twin_of or found.study_id) != task.own_name:
            raise InputError("cli.changed_meanwhile", study=task.name)
        return found if found.study_id == task.name else renamed(found, task.name)


def died(task: Task) -> Outcome:
    """What is told of a study whose process is gone."""
    error = GlioscopeError("cli.process_died", study=task.name)
    return Outcome(study_id=task.name, status="failed", error=error)


def is_death(outcome: Outcome) -> bool:
    """Whether the study's process is gone, so that it may be tried again."""
    return outcome.error is not None and outcome.error.message.code == "cli.process_died"
