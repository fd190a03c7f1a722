"""Leftovers of killed processes go; what is used, or just being made, stays."""

import os
import time

from sqlalchemy import insert, update

from glioscope.database.tables import Job, Version
from glioscope.jobs import queue
from glioscope.jobs.sweep import sweep


def made(store, name: str) -> str:
    folder = store.scratch / name.replace("/", "-")
    folder.mkdir()
    (folder / "x").write_text("x")
    if name.startswith("scratch/"):
        return name
    store.put(folder, name)
    return name


def old(path) -> None:
    os.utime(path, (1, 1))


def test_folders_without_an_owner_are_cleared(engine, store, study) -> None:
    study()
    claim = queue.claim(engine, "w", 60_000)
    now = round(time.time())
    made(store, "uploads/1000-lost")
    made(store, f"uploads/{now}-being-entered")
    made(store, "results/study-gone")
    made(store, f"results/study-{claim.token}")
    with engine.begin() as connection:
        connection.execute(update(Job).values(stage="network"))
    assert sweep(engine, store) == 2
    assert len(list(store.names("uploads"))) == 2
    assert list(store.names("results")) == [f"results/study-{claim.token}"]
    assert sweep(engine, store) == 0


def test_versions_are_kept_by_their_rows_and_for_a_moment(engine, store, study) -> None:
    one, now = study(), round(time.time())
    kept = made(store, "versions/1000-drawn")
    made(store, "versions/1000-lost")
    made(store, f"versions/{now}-being-entered")
    with engine.begin() as connection:
        connection.execute(
            insert(Version).values(
                id=one,
                study_id=one,
                number=1,
                author="anna",
                base="empty",
                folder=kept,
                created_at=1,
                voxels=1,
            )
        )
    assert sweep(engine, store) == 1
    assert list(store.names("versions")) == [kept, f"versions/{now}-being-entered"]


def test_what_a_living_attempt_writes_stays(engine, store, study) -> None:
    study()
    claim = queue.claim(engine, "w", 60_000)
    living, fresh, stale = (
        store.scratch / f"s-{claim.token}",
        store.scratch / "s-fresh",
        store.scratch / "s-stale",
    )
    for folder in (living, fresh, stale):
        folder.mkdir()
    old(living)
    old(stale)
    assert sweep(engine, store) == 1
    assert living.exists() and fresh.exists() and not stale.exists()
