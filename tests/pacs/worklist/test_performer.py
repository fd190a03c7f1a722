"""Workitems from claim to end: progress, outputs, cancelling, kills, and claims that are lost."""

import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import requests
from pydicom import Dataset
from sqlalchemy import Engine

from glioscope.database.engine import connect, sqlite_url
from glioscope.database.schema import upgrade
from glioscope.jobs import queue
from glioscope.jobs.queue import Claim
from glioscope.jobs.ranks import Found
from glioscope.pacs.config import WorklistSource
from glioscope.pacs.deliver import Deliverer
from glioscope.pacs.gather import Gatherer, Place
from glioscope.pacs.status import status
from glioscope.pacs.worklist.performer import Performer
from glioscope.pacs.worklist.server import WorklistServer
from glioscope.study import Channel
from mr_heads import Head, head
from pacs.conftest import Basket, Shelf, config, rows, threads, until
from ups import Worklist, worklist

STUDY = head((Channel.FLAIR,))
STOW = {"kind": "stow", "name": "archive", "url": "http://archive/dicom-web"}


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database without rows; that the table works on PostgreSQL too is tested beside it."""
    path = tmp_path_factory.mktemp("empty") / "glioscope.db"
    engine = connect(sqlite_url(path))
    upgrade(engine)
    engine.dispose()
    return path


@pytest.fixture
def engine(empty: Path, tmp_path: Path) -> Iterator[Engine]:
    engine = connect(sqlite_url(Path(shutil.copy(empty, tmp_path))))
    yield engine
    engine.dispose()


@pytest.fixture
def tasks() -> Iterator[Worklist]:
    with worklist() as one:
        yield one


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("glioscope.pacs.worklist.workitems._FIRST_PAUSE_MS", 10)
    monkeypatch.setattr("glioscope.pacs.gather._LOOK_S", 0.02)
    monkeypatch.setattr("glioscope.pacs.deliver._LOOK_S", 0.02)


@contextmanager
def performing(
    place: Place, tasks: Worklist, shelf: Shelf | None = None, nodes: int = 1, **told: Any
) -> Iterator[None]:
    """Nodes that do the worklist's workitems; without a shelf no study ever comes."""
    source = {"kind": "worklist", "name": "tasks", "url": tasks.url, "poll_s": 0.1, **told}
    whole = config(source=[source], destination=[STOW])
    [of_worklist] = whole.source
    assert isinstance(of_worklist, WorklistSource)
    stopping = threading.Event()
    work: list[Callable[[], None]] = []
    performers = [Performer(place.engine, place.store, whole, of_worklist) for _ in range(nodes)]
    for performer in performers:
        work.append(partial(performer.run, stopping))
        work.append(partial(performer.listen, stopping))
        if shelf:
            gatherer = Gatherer(place, whole, {"tasks": shelf})
            work.append(partial(gatherer.take, stopping))
            deliverer = Deliverer(place.engine, place.store, attempts=3)
            work.append(partial(deliverer.write_down, stopping))
            work.append(partial(deliverer.send, Basket("archive"), stopping))
    try:
        with threads(stopping, *work):
            yield
    finally:
        for performer in performers:
            performer.close()


def taken_up(place: Place) -> Claim:
    """The job that the workitem's study became, as a worker claims it."""
    found: list[Claim] = []

    def look() -> bool:
        one = queue.claim(place.engine, "worker", 60_000)
        found.extend([one] if one else [])
        return bool(found)

    until(look)
    return found[0]


def analysed(place: Place, job: Claim, result: bytes) -> None:
    """End a job with one DICOM result."""
    made = place.store.scratch / job.token
    (made / "files").mkdir(parents=True)
    (made / "files" / "sr.dcm").write_bytes(result)
    place.store.put(made, f"results/{job.token}")
    found = {"decision": "tumour", "probability": 0.9, "slices": [], "model": "toy", "gate": None}
    sizes = {"volume_ml": 1.0, "volume_low": 1.0, "volume_high": 1.0}
    folder = f"results/{job.token}"
    queue.finish(
        place.engine, job, Found(id=job.token, folder=folder, model_version="1", **found, **sizes)
    )


def state(place: Place) -> list[str]:
    return [row[0] for row in rows(place.engine, "SELECT state FROM workitem ORDER BY id")]


def why(place: Place) -> str:
    return str(rows(place.engine, "SELECT cause FROM workitem"))


def performed(tasks: Worklist, uid: str) -> Dataset:
    [step] = tasks.items[uid].UnifiedProcedureStepPerformedProcedureSequence
    return step


def shelf_of(study: Head) -> Shelf:
    return Shelf({study.uid: study.series}, name="tasks")


def test_a_workitem_is_claimed_done_and_completed_with_its_outputs(
    place: Place, tasks: Worklist
) -> None:
    uid = tasks.add(STUDY.uid)
    with performing(place, tasks, shelf_of(STUDY), nodes=2):
        job = taken_up(place)
        assert tasks.state(uid) == "IN PROGRESS"
        queue.renew(place.engine, job, 60_000, "network", 1, 2)
        until(lambda: 50.0 in tasks.progress)
        analysed(place, job, STUDY.files[0])
        until(lambda: state(place) == ["completed"])
    assert tasks.state(uid) == "COMPLETED"
    step = performed(tasks, uid)
    assert step.PerformedWorkitemCodeSequence[0].CodeValue == "GLIOMA"
    assert step.PerformedProcedureStepStartDateTime <= step.PerformedProcedureStepEndDateTime
    [output] = step.OutputInformationSequence
    assert output.StudyInstanceUID == STUDY.uid
    [where] = output.WADORSRetrievalSequence
    series = output.SeriesInstanceUID
    assert where.RetrieveURL == f"{STOW['url']}/studies/{STUDY.uid}/series/{series}"
    assert len(output.ReferencedSOPSequence) == 1
    with place.engine.connect() as connection:
        assert status(connection).worklists[0].counts == {"completed": 1}


def test_only_what_is_asked_for_and_ready_is_claimed_and_never_more_than_at_once(
    place: Place, tasks: Worklist
) -> None:
    other = tasks.add("1.2.1", WorklistLabel="CT")
    early = tasks.add("1.2.2", WorklistLabel="MR", InputReadinessState="UNREADY")
    mine = [tasks.add(f"1.2.3.{n}", WorklistLabel="MR") for n in range(3)]
    with performing(place, tasks, nodes=2, label="MR", at_once=2):
        until(lambda: state(place) == ["claimed"] * 2)
        # Looked at again and again, while there is no room for another.
        until(lambda: all(tasks.asked[f"GET {uid}"] > 2 for uid in mine[:2]))
    assert [tasks.state(uid) for uid in mine] == ["IN PROGRESS", "IN PROGRESS", "SCHEDULED"]
    assert {tasks.state(other), tasks.state(early)} == {"SCHEDULED"}


def test_a_node_that_died_goes_on_with_the_same_transaction_uid(
    place: Place, tasks: Worklist
) -> None:
    uid = tasks.add(STUDY.uid)
    with performing(place, tasks):
        until(lambda: state(place) == ["claimed"])
    before = tasks.locks[uid]
    with performing(place, tasks, shelf_of(STUDY)):
        analysed(place, taken_up(place), STUDY.files[0])
        until(lambda: tasks.state(uid) == "COMPLETED")
    assert tasks.locks[uid] == before
    assert rows(place.engine, "SELECT transaction_uid FROM workitem") == [(before,)]


@pytest.mark.parametrize("lost", ["PUT state", "POST"])
def test_answers_that_never_came_change_nothing(place: Place, tasks: Worklist, lost: str) -> None:
    uid = tasks.add(STUDY.uid)
    # Of the claim and of the end, or of the first progress that is told.
    tasks.deaf += [lost, lost] if lost == "PUT state" else [f"POST {uid}"]
    with performing(place, tasks, shelf_of(STUDY)):
        analysed(place, taken_up(place), STUDY.files[0])
        until(lambda: state(place) == ["completed"])
    assert tasks.deaf == []
    assert tasks.state(uid) == "COMPLETED"


def test_what_another_performer_has_is_left_to_it(place: Place, tasks: Worklist) -> None:
    uid = tasks.add("1.2.3")
    slow = tasks.answer

    def first(method: str, path: str, query: Any, body: bytes) -> Any:
        if method == "PUT":
            tasks.items[uid].ProcedureStepState = "IN PROGRESS"
            tasks.locks[uid] = "1.9"
        return slow(method, path, query, body)

    tasks.answer = first
    with performing(place, tasks):
        until(lambda: state(place) == ["lost"])
    assert "pacs.task_taken" in why(place)
    assert rows(place.engine, "SELECT id FROM arrival") == []


@pytest.mark.parametrize(
    ("happens", "after", "cause"),
    [
        (lambda tasks, uid: tasks.locks.update({uid: "1.9"}), "lost", "pacs.task_taken"),
        (lambda tasks, uid: tasks.deleted.add(uid), "lost", "pacs.task_gone"),
        (
            lambda tasks, uid: setattr(tasks.items[uid], "ProcedureStepState", "CANCELED"),
            "canceled",
            "pacs.task_cancelled",
        ),
    ],
    ids=["reassigned", "deleted", "cancelled by the worklist"],
)
def test_a_claim_that_is_lost_is_seen_and_its_analysis_stopped(
    place: Place, tasks: Worklist, happens: Any, after: str, cause: str
) -> None:
    uid = tasks.add(STUDY.uid)
    with performing(place, tasks, shelf_of(STUDY)):
        job = taken_up(place)
        happens(tasks, uid)
        queue.renew(place.engine, job, 60_000, "network", 1, 2)
        until(lambda: state(place) == [after])
        until(lambda: not queue.renew(place.engine, job, 60_000, "network", 1, 2))
    assert cause in why(place)


def test_what_is_cancelled_between_our_look_and_our_telling_is_cancelled(
    place: Place, tasks: Worklist, monkeypatch: pytest.MonkeyPatch
) -> None:
    tell = WorklistServer.update

    def late(server: WorklistServer, uid: str, *told: Any) -> None:
        tasks.items[uid].ProcedureStepState = "CANCELED"
        tell(server, uid, *told)

    tasks.add(STUDY.uid)
    with performing(place, tasks, shelf_of(STUDY)):
        job = taken_up(place)
        monkeypatch.setattr(WorklistServer, "update", late)
        queue.renew(place.engine, job, 60_000, "network", 1, 2)
        until(lambda: state(place) in (["canceled"], ["lost"]))
    assert state(place) == ["canceled"]


def test_a_study_that_is_not_for_us_gives_the_workitem_up_and_says_why(
    place: Place, tasks: Worklist
) -> None:
    study = head((Channel.T1,))
    uid = tasks.add(study.uid)
    with performing(place, tasks, shelf_of(study)):
        until(lambda: tasks.state(uid) == "CANCELED")
        until(lambda: state(place) == ["canceled"])
    [step] = tasks.items[uid].ProcedureStepProgressInformationSequence
    assert "FLAIR" in step.ReasonForCancellation
    [reason] = step.ProcedureStepDiscontinuationReasonCodeSequence
    assert (reason.CodeValue, reason.CodingSchemeDesignator) == ("110522", "DCM")
    assert "reading.dicom.no_flair" in why(place)


def test_a_worklist_that_sleeps_is_asked_again(place: Place, tasks: Worklist) -> None:
    uid = tasks.add(STUDY.uid)
    with performing(place, tasks, shelf_of(STUDY)):
        job = taken_up(place)
        tasks.down = True
        until(lambda: "pacs.source_down" in why(place))
        with place.engine.connect() as connection:
            [fault] = [one for one in status(connection).faults if one.where == "tasks"]
        assert "HTTP 503" in str(fault.cause)
        analysed(place, job, STUDY.files[0])
        tasks.down = False
        until(lambda: tasks.state(uid) == "COMPLETED")


def test_a_workitem_about_several_studies_is_left_for_others(place: Place, tasks: Worklist) -> None:
    both = [Dataset(), Dataset()]
    for number, one in enumerate(both):
        one.StudyInstanceUID = f"1.2.{number}"
    uid = tasks.add("1.2", InputInformationSequence=both)
    with performing(place, tasks):
        until(lambda: state(place) == ["lost"])
    assert tasks.state(uid) == "SCHEDULED"
    assert "pacs.task_studies" in why(place)


def test_a_result_that_was_deleted_gives_the_workitem_up(place: Place, tasks: Worklist) -> None:
    uid = tasks.add(STUDY.uid)
    with performing(place, tasks, shelf_of(STUDY)):
        job = taken_up(place)
    with performing(place, tasks):
        analysed(place, job, STUDY.files[0])
        place.store.remove(f"results/{job.token}")
        with place.engine.begin() as connection:
            connection.exec_driver_sql("UPDATE result SET routed = true")
        until(lambda: tasks.state(uid) == "CANCELED")


def test_a_request_to_cancel_is_heard_and_honoured(place: Place, tasks: Worklist) -> None:
    uid = tasks.add(STUDY.uid)
    with performing(place, tasks, shelf_of(STUDY), title="AI 1"):
        job = taken_up(place)
        until(lambda: tasks.pong == b"here")
        asked = requests.post(
            f"{tasks.url}/workitems/{uid}/cancelrequest",
            headers={"Accept": "application/dicom+json"},
            timeout=30,
        )
        assert asked.status_code == 202
        until(lambda: tasks.state(uid) == "CANCELED")
        until(lambda: not queue.renew(place.engine, job, 60_000, "network", 1, 2))
        until(lambda: state(place) == ["canceled"])
    [step] = tasks.items[uid].ProcedureStepProgressInformationSequence
    assert step.ProcedureStepDiscontinuationReasonCodeSequence[0].CodeValue == "110513"
    assert "asked to stop" in step.ReasonForCancellation
