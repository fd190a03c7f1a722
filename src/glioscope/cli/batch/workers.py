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
from functools import partial
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess

from glioscope.cli.batch.attempt import Outcome, attempt
from glioscope.cli.batch.elsewhere import Belongs, Distant
from glioscope.cli.batch.job import Job, Network, Wishes
from glioscope.cli.batch.tasks import Attempt, Task, TaskRunner, always, died, tasks_of
from glioscope.cli.support.libraries.heap import give_back
from glioscope.cli.support.libraries.noise import hush
from glioscope.cli.support.scratch import clear_scratch
from glioscope.cli.support.stopping import Terminated, listen
from glioscope.files import clear_leftovers
from glioscope.reading.inputs import StudyInput

# A process that was asked to end removes what it has under construction; it gets this long, in
# seconds, since a slice of the network has to end first.
_PATIENCE_S = 20


@dataclass(frozen=True)
class _Worker:
    process: BaseProcess
    task: Task


def in_processes(
    studies: Sequence[StudyInput],
    network: Network,
    job: Job,
    wishes: Wishes,
    processes: int,
    attempt: Attempt = attempt,
    belongs: Belongs = always,
) -> Generator[tuple[int, Outcome], None, None]:
    """What becomes of each study, with its place in `studies`, as each ends.

    `attempt` is what is done with each; `belongs` is asked of what lies elsewhere, which may be
    several studies and is told with one place. Close the generator to end all processes; what they
    had under construction is gone then.
    """
    make = partial(TaskRunner, network, job, wishes, attempt, belongs)
    waiting = deque(tasks_of(studies))
    elsewhere = any(isinstance(found, Distant) for found in studies)
    if elsewhere:
        clear_scratch()
    crew: dict[Connection, _Worker] = {}
    try:
        while waiting or crew:
            while waiting and len(crew) < processes:
                pipe, process = _started(make)
                crew[pipe] = _Worker(process, waiting[0])
                _next(pipe, crew, waiting)
            ready = wait(list(crew))
            for pipe in [pipe for pipe in crew if pipe in ready]:
                task, outcomes = crew[pipe].task, _received(pipe)
                if outcomes is None:
                    _end({pipe: crew.pop(pipe)})
                else:
                    _next(pipe, crew, waiting)
                for outcome in outcomes or [died(task)]:
                    yield task.number, outcome
    finally:
        _end(crew)
        if elsewhere:
            clear_scratch()
        if job.out.is_dir():
            clear_leftovers(job.out)


def _started(make: Callable[[], TaskRunner]) -> tuple[Connection, BaseProcess]:
    """A process that takes tasks from the other end of the pipe."""
    # Never forked: the network's library may have threads already, which a fork would lose.
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    process = context.Process(target=_serve, args=(there, make), daemon=True)
    process.start()
    there.close()
    return here, process


def _next(pipe: Connection, crew: dict[Connection, _Worker], waiting: deque[Task]) -> None:
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


def _serve(pipe: Connection, make: Callable[[], TaskRunner]) -> None:
    """What a process does until the pipe is closed: one study after the other."""
    # Ctrl-C reaches every process of a terminal; the caller hears it and ends the others.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    listen()
    hush()
    give_back()
    try:
        runner = make()
        while True:
            pipe.send(runner.run(pipe.recv()))
    except (EOFError, BrokenPipeError):  # nothing left to do, or the caller is gone
        pass
    except Terminated:
        sys.exit()
