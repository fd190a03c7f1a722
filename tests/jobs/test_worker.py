"""A worker and the processes of its studies: crashes, hangs, refusals, full disks, stops."""

import os
import signal
import time
from pathlib import Path

import pytest
from sqlalchemy import select, update

from glioscope.database.tables import Job, Result, Study
from glioscope.database.tables import Worker as WorkerRow
from glioscope.jobs import queue
from glioscope.jobs.states import ENDED, State


def job(engine, study_id):
    with engine.connect() as connection:
        return connection.execute(select(Job).where(Job.study_id == study_id)).mappings().one()


def wait_for(condition, seconds: float = 120):
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < deadline, "it did not come about in time"
        time.sleep(0.02)
    return found


def ended(engine, study_id):
    """The job once it has ended; its pauses are cut short."""

    def look():
        with engine.begin() as connection:
            connection.execute(update(Job).where(Job.state == State.WAITING).values(due_at=0))
        found = job(engine, study_id)
        return found if found["state"] in ENDED else None

    return wait_for(look)


def test_results_are_stored_and_listed(engine, store, study, work) -> None:
    one = study()
    work()
    assert ended(engine, one)["state"] == State.DONE
    with engine.connect() as connection:
        row = connection.execute(select(Result)).one()
    assert (row.decision, row.volume_ml, row.slices) == ("tumour", 12.5, [1, 90, 2])
    with store.file(row.folder, "answer.txt") as path:
        assert path.read_text().startswith("toy-")


@pytest.mark.parametrize("there", [True, False], ids=["there", "gone"])
def test_the_patients_earlier_result_is_handed_over_where_it_is_there(
    engine, store, study, work, there
) -> None:
    earlier, later = study(), study("slow")
    with engine.begin() as connection:
        for one, day in ((earlier, "20200101"), (later, "20210101")):
            told = {"patient_key": "p", "study_date": day}
            connection.execute(update(Study).where(Study.id == one).values(**told))
        connection.execute(update(Job).where(Job.study_id == later).values(due_at=2**50))
    work()
    assert ended_at_once(engine, earlier)
    with engine.begin() as connection:
        folder = connection.scalar(select(Result.folder))
        if not there:
            store.remove(folder)
    assert ended(engine, later)["state"] == State.DONE
    with engine.connect() as connection:
        made = connection.scalar(select(Result.folder).where(Result.study_id == later))
    with store.file(made, "earlier.txt") as path:
        assert path.read_text().endswith(f"{folder}/files" if there else "")
        assert bool(path.read_text()) == there


def ended_at_once(engine, study_id) -> bool:
    """Waits for a job without cutting the pauses of others short."""
    return wait_for(lambda: job(engine, study_id)["state"] in ENDED)


@pytest.mark.parametrize(
    ("what", "code"),
    [
        ("segfault", "server.killed"),
        ("exit", "server.ended_early"),
        ("memory", "server.no_memory"),
        ("model", "server.no_model"),
        ("error", "server.attempt_failed"),
    ],
)
def test_a_study_that_fails_three_times_holds_up_nobody(engine, study, work, what, code) -> None:
    bad = study(what)
    good = study()
    work()
    assert ended(engine, good)["state"] == State.DONE
    failed = ended(engine, bad)
    assert (failed["state"], failed["child_failures"]) == (State.FAILED, 3)
    assert failed["cause"]["code"] == code


def test_a_hang_is_a_time_out(engine, study, work) -> None:
    bad = study("hang")
    work(study_s=0.3)
    assert ended(engine, bad)["cause"]["code"] == "server.too_long"


def test_what_is_refused_is_tried_once(engine, study, work) -> None:
    bad = study("refused")
    work()
    refused = ended(engine, bad)
    assert (refused["state"], refused["child_failures"]) == (State.REFUSED, 0)
    assert refused["cause"]["values"] == {"text": "no head"}


def test_a_cancelled_study_is_stopped(engine, study, work) -> None:
    one = study("hang")
    work(lease_s=0.4)
    wait_for(lambda: job(engine, one)["state"] == State.RUNNING)
    with engine.begin() as connection:
        assert queue.cancel(connection, one)
    cancelled = ended(engine, one)
    assert cancelled["state"] == State.CANCELLED and cancelled["cause"] is None


def test_a_full_disk_costs_no_attempt(engine, study, work, monkeypatch) -> None:
    one = study("space")
    work()
    # Given back, it is taken again and again.
    wait_for(lambda: ended_or_due(engine, one))
    assert job(engine, one)["child_failures"] == 0
    assert job(engine, one)["state"] in (State.WAITING, State.RUNNING)


def ended_or_due(engine, study_id):
    found = job(engine, study_id)
    return found["due_at"] > found["created_at"]


def test_without_room_no_work_is_begun_and_with_room_it_goes_on(
    engine, store, study, work, monkeypatch
) -> None:
    room = [0]
    monkeypatch.setattr(type(store), "free_bytes", lambda _: room[0])
    one = study()
    work(free_bytes=1)

    def states():
        with engine.connect() as connection:
            return list(connection.scalars(select(WorkerRow.state)))

    wait_for(lambda: states() == ["no space"])
    assert job(engine, one)["state"] == State.WAITING
    room[0] = 2
    assert ended(engine, one)["state"] == State.DONE


def test_a_stopped_worker_puts_its_study_back(engine, study, work) -> None:
    one = study("hang")
    worker = work()
    wait_for(lambda: job(engine, one)["state"] == State.RUNNING)
    worker.stop()
    back = wait_for(lambda: (found := job(engine, one))["state"] == State.WAITING and found)
    assert (back["child_failures"], back["worker_losses"]) == (0, 0)


def test_a_worker_whose_job_was_taken_leaves_it_alone(engine, study, work) -> None:
    one = study("hang")
    work(lease_s=0.4)
    wait_for(lambda: job(engine, one)["state"] == State.RUNNING)
    with engine.begin() as connection:
        connection.execute(update(Job).values(token="another's", lease_until=2**53))
    time.sleep(0.6)
    kept = job(engine, one)
    assert (kept["token"], kept["state"]) == ("another's", State.RUNNING)


def test_a_child_ends_with_its_worker(tmp_path, study, engine) -> None:
    """The worker is killed; nothing of it may go on."""
    import subprocess
    import sys

    from jobs.conftest import TOY

    code = (
        "import sys; from glioscope.jobs.processes import StudyProcess\n"
        "p = StudyProcess(0, sys.argv[1:]); print(p.pid, flush=True)\n"
        "import time; time.sleep(600)"
    )
    worker = subprocess.Popen([sys.executable, "-c", code, *TOY], stdout=subprocess.PIPE, text=True)
    assert worker.stdout is not None
    with worker.stdout as said:
        child = int(said.readline())
    time.sleep(0.5)
    worker.send_signal(signal.SIGKILL)
    worker.wait()

    def gone() -> bool:
        try:
            os.kill(child, 0)
        except ProcessLookupError:
            return True
        stat = Path(f"/proc/{child}/stat").read_text()
        return stat.rpartition(")")[2].split()[0] == "Z"

    assert wait_for(gone)
