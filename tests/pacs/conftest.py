"""A place for a node, and an archive made by the tests."""

import json
import secrets
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, insert, select, text, update

from databases import engine, postgres_url
from glioscope.database.engine import now_ms
from glioscope.database.tables import Job, Result, Study
from glioscope.jobs.storage.stores import open_store
from glioscope.jobs.wake import Wake
from glioscope.pacs.config import Config, config_of
from glioscope.pacs.destinations.destination import Destination, Parcel
from glioscope.pacs.destinations.messages import Messages
from glioscope.pacs.gather import Place
from glioscope.pacs.sources.source import Census, Moved, Source, SourceDown

__all__ = ["engine", "postgres_url"]


@pytest.fixture
def place(engine: Engine, tmp_path: Path) -> Place:
    return Place(engine=engine, store=open_store(tmp_path / "data"), wake=Wake())


def config(**told: Any) -> Config:
    return config_of({"quiet_s": 0.05, "keep_free_mb": 0, **told}, "pacs.toml")


@dataclass
class Shelf(Source):
    """A source in memory: DICOM files by study and series, as an archive would have them."""

    studies: dict[str, dict[str, list[bytes]]] = field(default_factory=dict)
    down: bool = False
    fetched: int = 0
    dropped: list[str] = field(default_factory=list)
    name: str = "shelf"
    poll_s: float = 0.05

    def moved(self, cursor: str | None) -> tuple[Iterable[Moved], str | None]:
        self._answer()
        return [
            Moved(uid, str(sum(map(len, series.values()))), "MR1")
            for uid, series in self.studies.items()
        ], None

    def census(self, study_uid: str) -> Census:
        self._answer()
        return {uid: len(files) for uid, files in self.studies[study_uid].items()}

    def fetch(self, study_uid: str, series: Iterable[str], folder: Path) -> None:
        self._answer()
        self.fetched += 1
        for uid in series:
            for number, content in enumerate(self.studies[study_uid][uid]):
                (folder / f"{uid}-{number}.dcm").write_bytes(content)

    def taken(self, study_uid: str, series: Iterable[str]) -> None:
        self.dropped.append(study_uid)

    def close(self) -> None:
        pass

    def _answer(self) -> None:
        if self.down:
            raise SourceDown("it sleeps")


@dataclass
class Basket(Destination):
    """A destination in memory; `answers` are raised one after the other, then all is taken."""

    name: str = "basket"
    got: list[str] = field(default_factory=list)
    answers: Iterator[Exception] = field(default_factory=lambda: iter(()))
    after_send: Callable[[], None] = lambda: None

    def send(self, parcel: Parcel) -> None:
        fault = next(self.answers, None)
        if fault:
            raise fault
        self.got.append(parcel.result_id)
        self.after_send()

    def close(self) -> None:
        pass


class Told(Messages):
    """Messages in memory; `answers` as of `Basket`."""

    def __init__(
        self, name: str, after: tuple[str, ...], answers: Iterator[Exception] | None = None
    ) -> None:
        super().__init__(name, after)
        self.got: list[dict[str, Any]] = []
        self.answers = answers or iter(())
        self.after_say: Callable[[], None] = lambda: None

    def say(self, notice: dict[str, Any]) -> None:
        fault = next(self.answers, None)
        if fault:
            raise fault
        self.got.append(notice)
        self.after_say()

    def close(self) -> None:
        pass


def taken(place: Place, *send_to: str, tell: Iterable[str] = ()) -> str:
    """A study that the node took, with a job that waits."""
    one = secrets.token_hex(16)
    route = {"send_to": list(send_to), "lang": "en", "urgent": False, "make": [], "fetched": None}
    route["tell"] = list(tell)
    with place.engine.begin() as connection:
        now = now_ms(connection)
        study = {"key": one, "name": "toy", "kind": "dicom", "folder": "uploads/toy", "place": 0}
        study |= {"study_uid": "1.2.3"}
        connection.execute(
            insert(Study).values(id=one, received_at=now, source="shelf", route=route, **study)
        )
        job = {"state": "waiting", "priority": 0, "rank": 0, "created_at": now, "due_at": now}
        counts = dict.fromkeys(("child_failures", "worker_losses", "done", "total"), 0)
        connection.execute(insert(Job).values(study_id=one, cancelling=False, **job, **counts))
    return one


def result(place: Place, *send_to: str, notice: dict[str, Any] | None = None) -> str:
    """A result of the node's, whose files are a toy's."""
    one = taken(place, *send_to)
    folder = place.store.scratch / one
    (folder / "files" / "mosmed").mkdir(parents=True)
    if notice:
        (folder / "files" / "mosmed" / "notify.json").write_text(json.dumps(notice))
    place.store.put(folder, f"results/{one}")
    with place.engine.begin() as connection:
        job = Job.study_id == one
        number = connection.scalar(select(Job.id).where(job))
        connection.execute(update(Job).where(job).values(state="done"))
        found = {"decision": "tumour", "probability": 0.9, "slices": [], "model": "toy"}
        told = {"id": one, "job_id": number, "study_id": one, "folder": f"results/{one}"}
        connection.execute(
            insert(Result).values(**told, **found, created_at=now_ms(connection), model_version="1")
        )
    return one


def until(true: Callable[[], object], seconds: float = 120) -> None:
    """Wait for something to become true."""
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "it took too long"
        time.sleep(0.02)


@contextmanager
def threads(stopping: threading.Event, *work: Callable[[], None]) -> Iterator[None]:
    """Work in threads while the block runs."""
    crew = [threading.Thread(target=one, daemon=True) for one in work]
    for thread in crew:
        thread.start()
    try:
        yield
    finally:
        stopping.set()
        for thread in crew:
            thread.join()


def rows(engine: Engine, query: str) -> list[Any]:
    with engine.connect() as connection:
        return list(connection.execute(text(query)).all())
