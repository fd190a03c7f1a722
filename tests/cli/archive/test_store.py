"""Results in an object store: replaced whole, and errors of its libraries said as others are."""

import pickle
from dataclasses import dataclass
from pathlib import Path

import pytest
from fsspec.implementations.memory import MemoryFileSystem

from glioscope.cli.archive import results
from glioscope.cli.archive.results import attempt_into
from glioscope.cli.archive.store import StoreResults
from glioscope.cli.batch.attempt import Outcome
from glioscope.errors import UsageError
from glioscope.reading.inputs import StudyInput


@dataclass(frozen=True)
class Job:
    out: Path


@pytest.fixture
def store(tmp_path: Path) -> StoreResults:
    return StoreResults(f"memory://{tmp_path}/out/")


def put(store: StoreResults, *files: str) -> None:
    with store.desk() as desk:
        for file in files:
            path = desk / "study" / file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(file)
        store.deliver(desk / "study")
        assert not any(desk.iterdir())


def test_a_study_takes_the_place_of_an_older_one(store, tmp_path) -> None:
    put(store, "analysis.json", "masks/1.png", "masks/2.png")
    put(store, "analysis.json", "masks/1.png", "report.pdf")
    files = MemoryFileSystem().find(f"{tmp_path}/out/study")
    names = [name.partition("/study/")[2] for name in files]
    assert names == ["analysis.json", "masks/1.png", "report.pdf"]
    assert store.studies() == {"study"}


def test_another_process_finds_the_same(store) -> None:
    store.check()
    store.write(".batch/b.json", b"2")
    store.write(".batch/a.json", b"1")
    store.write(".batch/a.deaths", b".")
    other = pickle.loads(pickle.dumps(store))
    assert other.read_all(".batch", ".json") == [b"1", b"2"]
    other.remove(".batch/a.json")
    other.remove(".batch/a.json")
    assert store.read(".batch/a.json") is None
    assert store.studies() == {".batch"}


def test_what_a_store_refuses_is_said_once_and_of_the_study(store, monkeypatch, tmp_path) -> None:
    def refuse(*words, **options):
        raise RuntimeError("no keys")

    def attempt(found, model, job):
        (job.out / "study").mkdir()
        (job.out / "study" / "analysis.json").touch()
        return Outcome(study_id="study", status="done")

    monkeypatch.setattr(MemoryFileSystem, "pipe_file", refuse)
    monkeypatch.setattr(MemoryFileSystem, "put_file", refuse)
    with pytest.raises(UsageError, match="RuntimeError: no keys; check the address"):
        store.check()
    monkeypatch.setattr(results, "attempt", attempt)
    found = StudyInput("study", "lgg", lambda: None)
    outcome = attempt_into(store, found, None, Job(tmp_path))
    assert outcome.status == "failed" and "study: " in str(outcome.error)
