"""A database, a store, and studies whose analysis is a toy."""

import os
import secrets
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, insert

from databases import engine, postgres_url
from glioscope.database.engine import now_ms
from glioscope.database.tables import Study
from glioscope.jobs import queue
from glioscope.jobs.storage.store import Store
from glioscope.jobs.storage.stores import open_store
from glioscope.jobs.wake import Wake
from glioscope.jobs.worker import Limits, Worker

__all__ = ["engine", "postgres_url"]
TOY = (sys.executable, os.fspath(Path(__file__).with_name("toy_child.py")))


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return open_store(tmp_path / "data")


@pytest.fixture
def study(engine: Engine, store: Store) -> Callable[..., str]:
    """Hand in a study whose analysis does what `what` says; its id."""

    def hand_in(what: str = "done", priority: int = 0) -> str:
        study_id = secrets.token_hex(16)
        folder = store.scratch / study_id
        folder.mkdir()
        (folder / "input.txt").write_text(what)
        store.put(folder, f"uploads/{study_id}")
        with engine.begin() as connection:
            connection.execute(
                insert(Study).values(
                    id=study_id,
                    key=study_id,
                    name=f"toy-{study_id[:4]}",
                    kind="nifti",
                    folder=f"uploads/{study_id}",
                    place=0,
                    received_at=now_ms(connection),
                )
            )
            queue.enqueue(connection, study_id, priority=priority)
        return study_id

    return hand_in


@pytest.fixture
def work(engine: Engine, store: Store) -> Iterator[Callable[..., Worker]]:
    """Start a worker in a thread; all are stopped at the end."""
    running: list[tuple[Worker, threading.Thread]] = []

    def start(**limits: float) -> Worker:
        quick = Limits(**{"poll_s": 0.05, "free_bytes": 0, **limits})
        worker = Worker(engine, store, limits=quick, wake=Wake(), command=TOY)
        thread = threading.Thread(target=worker.run, daemon=True)
        thread.start()
        running.append((worker, thread))
        return worker

    yield start
    for worker, _ in running:
        worker.stop()
    for _, thread in running:
        thread.join(20)
        assert not thread.is_alive()
