"""A database, a store, and studies that readers may be at."""

import secrets
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import Engine, insert

from databases import engine, postgres_url
from glioscope.database.engine import now_ms
from glioscope.database.tables import Study
from glioscope.jobs import queue
from glioscope.jobs.storage.store import Store
from glioscope.jobs.storage.stores import open_store

__all__ = ["engine", "postgres_url"]


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return open_store(tmp_path / "data")


@pytest.fixture
def study(engine: Engine) -> Callable[..., str]:
    """Hand in a study that nobody analyses; its id."""

    def hand_in(**facts: str) -> str:
        study_id = secrets.token_hex(16)
        values = {"key": study_id, "name": "toy", "kind": "nifti", "folder": f"uploads/{study_id}"}
        with engine.begin() as connection:
            connection.execute(
                insert(Study).values(
                    id=study_id, place=0, received_at=now_ms(connection), **values, **facts
                )
            )
            queue.enqueue(connection, study_id)
        return study_id

    return hand_in
