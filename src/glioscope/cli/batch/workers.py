"""Studies in several processes, each with a model of its own and one study at a time.

A process that is killed, as for want of memory, costs its study and no other: another takes its
place. Processes end with the caller, however it ends.
"""

import multiprocessing
import signal
import sys
from collections import deque
from collections.abc import Callable, Generator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import lru_cache
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import TYPE_CHECKING

from glioscope.cli.batch.attempt import Outcome, attempt
from glioscope.cli.batch.elsewhere import Distant, Turn, clear_scratch
from glioscope.cli.batch.job import Job, Network, Wishes
from glioscope.cli.support.libraries.noise import hush
from glioscope.cli.support.stopping import Terminated, listen
from glioscope.errors import GlioscopeError, InputError
from glioscope.files import clear_leftovers
from glioscope.reading.inputs import StudyInput, renamed

if TYPE_CHECKING:
    from glioscope.model.bundle import Model

# A process that was asked to end removes what it has under construction; it gets this long, in
# seconds, since a slice of the network has to end first.
_PATIENCE_S = 20
# What is said of a study whose process is gone.
DIED = "cli.process_died"


@dataclass(frozen=True)
class _Here:
    """Where another process finds a study again: the `place`-th behind `path`."""

    path: Path
    place: int
    own_name: str


@dataclass(frozen=True)
class _Task:
    """One study, called `name`, or all that lies at a place elsewhere."""

    number: int
    name: str
    where: _Here | Turn


@dataclass(frozen=True)
class _Worker:
    process: BaseProcess
    task: _Task


def in_processes(
    studies: Sequence[StudyInput], network: Network, job: Job, wishes: Wishes, processes: int
) -> Generator[tuple[int, Outcome], None, None]:
    """What becomes of each study, with its place in `studies`, as each ends.

    What lies elsewhere may be several studies, which are told with one place. Close the generator
    to end all processes; what they had under construction is gone then.
    """
    waiting = deque(_tasks(studies))
    elsewhere = any(isinstance(found, Distant) for found in studies)
    if elsewhere:
        clear_scratch()
    crew: dict[Connection, _Worker] = {}
    try:
        while waiting or crew:
            while waiting and len(crew) < processes:
                pipe, process = _started(network, job, wishes)
                crew[pipe] = _Worker(process, waiting[0])
                _next(pipe, crew, waiting)
            ready = wait(list(crew))
            for pipe in [pipe for pipe in crew if pipe in ready]:
                task, outcomes = crew[pipe].task, _received(pipe)
                if outcomes is None:
                    _end({pipe: crew.pop(pipe)})
                else:
                    _next(pipe, crew, waiting)
                for outcome in outcomes or [_died(task)]:
                    yield task.number, outcome
    finally:
        _end(crew)
        if elsewhere:
            clear_scratch()
        if job.out.is_dir():
            clear_leftovers(job.out)


def _tasks(studies: Sequence[StudyInput]) -> list[_Task]:
    tasks: list[_Task] = []
    for number, found in enumerate(studies):
        own_name = found.twin_of or found.study_id
        if isinstance(found, Distant):
            where = Turn(found.origin, own_name, found.study_id)
        elif found.path is None:
            raise ValueError("a study of no path cannot be found again")
        else:
            where = _Here(found.path, found.place, own_name)
        tasks.append(_Task(number, found.study_id, where))
    return tasks


def _started(network: Network, job: Job, wishes: Wishes) -> tuple[Connection, BaseProcess]:
    """A process that takes tasks from the other end of the pipe."""
    # Never forked: the network's library may have threads already, which a fork would lose.
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    process = context.Process(target=_serve, args=(there, network, job, wishes), daemon=True)
    process.start()
    there.close()
    return here, process


def _next(pipe: Connection, crew: dict[Connection, _Worker], waiting: deque[_Task]) -> None:
    """Hand the next study over; without one the process is let go."""
    worker = crew.pop(pipe)
    if not waiting:
        _dismiss(pipe, worker)
        return
    crew[pipe] = replace(worker, task=waiting.popleft())
    # A process that is gone is noticed when its answer is waited for.
    with suppress(OSError):
        pipe.send(crew[pipe].task)


def _received(pipe: Connection) -> list[Outcome] | None:
    """What became of the task; None where the process is gone."""
    try:
        return pipe.recv()
    except (EOFError, OSError):
        return None


def _died(task: _Task) -> Outcome:
    error = GlioscopeError(DIED, study=task.name)
    if isinstance(task.where, Turn):
        return task.where.failed(error)
    return Outcome(study_id=task.name, status="failed", error=error)


def _dismiss(pipe: Connection, worker: _Worker) -> None:
    """A closed pipe tells the process that nothing is left to do."""
    pipe.close()
    worker.process.join(_PATIENCE_S)
    if worker.process.is_alive():
        worker.process.kill()
        worker.process.join()


def _end(crew: dict[Connection, _Worker]) -> None:
    """Stop processes at once, but let them clear away what they have under construction."""
    for worker in crew.values():
        worker.process.terminate()
    for pipe, worker in crew.items():
        _dismiss(pipe, worker)


def _serve(pipe: Connection, network: Network, job: Job, wishes: Wishes) -> None:
    """What a process does until the pipe is closed: one study after the other."""
    # Ctrl-C reaches every process of a terminal; the caller hears it and ends the others.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    listen()
    hush()
    try:
        model = network.load()

        # Studies of one path follow each other, and its headers are read once.
        @lru_cache(1)
        def find(path: Path) -> list[StudyInput]:
            return wishes.find([path])

        while True:
            task: _Task = pipe.recv()
            if isinstance(task.where, Turn):
                pipe.send(task.where.outcomes(wishes, model, job))
            else:
                pipe.send([_outcome(task.name, task.where, find, model, job)])
    except (EOFError, BrokenPipeError):  # nothing left to do, or the caller is gone
        pass
    except Terminated:
        sys.exit()


def _outcome(
    name: str, where: _Here, find: Callable[[Path], list[StudyInput]], model: "Model", job: Job
) -> Outcome:
    try:
        found = _found(name, where, find)
    except GlioscopeError as error:
        return Outcome(study_id=name, status="failed", error=error)
    return attempt(found, model, job)


def _found(name: str, where: _Here, find: Callable[[Path], list[StudyInput]]) -> StudyInput:
    there = find(where.path)
    found = there[where.place] if where.place < len(there) else None
    if found is None or (found.twin_of or found.study_id) != where.own_name:
        raise InputError("cli.changed_meanwhile", study=name)
    return found if found.study_id == name else renamed(found, name)
