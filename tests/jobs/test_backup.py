"""Everything in one file, made while a worker works, and back, also into the other database."""

import os
import tarfile
import time
from pathlib import Path

import pytest
from sqlalchemy import insert, select

from glioscope.database.engine import connect, sqlite_url
from glioscope.database.schema import upgrade
from glioscope.database.tables import (
    Draft,
    Job,
    ListReader,
    ListStudy,
    Presence,
    ReadingList,
    Result,
    Review,
    Study,
    Version,
)
from glioscope.errors import InputError, UsageError
from glioscope.jobs import queue
from glioscope.jobs.backup import back_up, restore
from glioscope.jobs.states import ENDED, State
from glioscope.jobs.storage.stores import open_store
from glioscope.pseudonyms import KEY, Pseudonyms


def rows(engine, table):
    with engine.connect() as connection:
        found = connection.execute(select(table.__table__)).mappings()
        return sorted((dict(row) for row in found), key=str)


def files(store):
    found = {}
    for parent in ("uploads", "results", "versions"):
        for name in store.names(parent):
            with store.folder(name) as folder:
                for path in folder.rglob("*"):
                    if path.is_file():
                        found[name, path.name] = path.read_bytes()
    return found


@pytest.fixture
def elsewhere(tmp_path: Path):
    engine = connect(sqlite_url(tmp_path / "elsewhere.db"))
    yield engine, open_store(tmp_path / "elsewhere")
    engine.dispose()


def test_what_is_put_back_is_what_there_was(
    engine, store, study, work, tmp_path, elsewhere
) -> None:
    done = [study() for _ in range(3)]
    worker = work()
    while any(row["state"] not in ENDED for row in rows(engine, Job)):
        time.sleep(0.02)
    slow = study("hang")
    while {row["study_id"]: row["state"] for row in rows(engine, Job)}[slow] != State.RUNNING:
        time.sleep(0.02)
    file = tmp_path / "backup.tar"
    copied = back_up(engine, store, file)  # while the worker works
    assert (copied.studies, copied.folders) == (4, 7)
    other, there = elsewhere
    assert restore(other, there, file) == copied
    assert rows(other, Study) == rows(engine, Study)
    assert rows(other, Result) == rows(engine, Result) and len(done) == 3
    assert files(there) == files(store)
    states = {row["study_id"]: row["state"] for row in rows(other, Job)}
    assert states == {**dict.fromkeys(done, State.DONE), slow: State.WAITING}
    worker.stop()
    assert queue.claim(other, "w", 1000).study_id == slow


def test_readers_work_is_put_back_too(engine, store, study, tmp_path, elsewhere) -> None:
    one = study()
    folder = store.scratch / "drawn"
    folder.mkdir()
    (folder / "mask.nii.gz").write_bytes(b"mask")
    store.put(folder, "versions/1-drawn")
    drawn = {
        "number": 1,
        "created_at": 1,
        "base": "empty",
        "voxels": 3,
        "folder": "versions/1-drawn",
    }
    with engine.begin() as connection:
        for table, values in (
            (ReadingList, {"id": "l", "name": "x", "model_shown": "after", "created_by": "c"}),
            (ListReader, {"list_id": "l", "reader": "anna"}),
            (ListStudy, {"list_id": "l", "study_id": one, "position": 0}),
            (Version, {"id": "v", "study_id": one, "author": "anna", "list_id": "l", **drawn}),
            (
                Draft,
                {"study_id": one, "author": "anna", "list_id": "", "base": "v"}
                | {"content": bytes(range(256)), "saved_at": 2},
            ),
            (
                Review,
                {"id": "r", "study_id": one, "number": 1, "reader": "anna", "created_at": 3}
                | {"verdict": "correct", "version_id": "v", "list_id": "l", "signed_at": 4},
            ),
            (Presence, {"study_id": one, "page": "p", "who": "anna", "seen_at": 5}),
        ):
            more = {"created_at": 1} if table is ReadingList else {}
            connection.execute(insert(table).values(**values, **more))
    copied = back_up(engine, store, tmp_path / "backup.tar")
    assert (copied.studies, copied.folders) == (1, 2)
    other, there = elsewhere
    assert restore(other, there, tmp_path / "backup.tar") == copied
    for table in (ReadingList, ListReader, ListStudy, Version, Draft, Review):
        assert rows(other, table) == rows(engine, table) != [], table.__tablename__
    assert rows(other, Presence) == [], "nobody has it open there"
    assert files(there) == files(store)


def test_jobs_are_numbered_on_after_it(engine, store, study, tmp_path, elsewhere) -> None:
    """Restored into the parameter's own kind of database, from one of the other."""
    study()
    file = tmp_path / "backup.tar"
    back_up(engine, store, file)
    with pytest.raises(UsageError, match="empty place"):
        restore(engine, store, file)
    other, there = elsewhere
    restore(other, there, file)
    back = tmp_path / "again.tar"
    back_up(other, there, back)
    with engine.begin() as connection:
        connection.execute(Study.__table__.delete())
    fresh = open_store(tmp_path / "fresh")
    restore(engine, fresh, back)
    assert len(rows(engine, Job)) == 1
    study()
    assert len({row["id"] for row in rows(engine, Job)}) == 2


def test_a_study_deleted_meanwhile_is_left_out(engine, store, study, tmp_path, elsewhere) -> None:
    gone, stays = study(), study()
    store.remove(f"uploads/{gone}")
    copied = back_up(engine, store, tmp_path / "backup.tar")
    assert copied.studies == 1
    restore(*elsewhere, tmp_path / "backup.tar")
    assert [row["id"] for row in rows(elsewhere[0], Study)] == [stays]


def test_what_is_no_backup_is_refused_and_changes_nothing(tmp_path, elsewhere) -> None:
    other, there = elsewhere
    upgrade(other)
    text, empty = tmp_path / "letter.tar", tmp_path / "empty.tar"
    text.write_text("Dear colleague")
    tarfile.open(empty, "w").close()
    for file in (text, empty, tmp_path / "none.tar"):
        with pytest.raises(InputError, match=r"no backup"):
            restore(other, there, file)
    assert rows(other, Study) == [] and files(there) == {}


def test_no_backup_is_replaced(engine, store, tmp_path) -> None:
    file = tmp_path / "backup.tar"
    file.write_text("an older one")
    with pytest.raises(UsageError):
        back_up(engine, store, file)
    assert file.read_text() == "an older one"


def test_patients_keep_their_pseudonyms(engine, store, study, elsewhere, tmp_path) -> None:
    study()
    old, new = tmp_path / "old", tmp_path / "new"
    old.mkdir()
    new.mkdir()
    name = Pseudonyms(old).of_patient("anna")
    other, there = elsewhere
    back_up(engine, store, tmp_path / "backup.tar", old)
    restore(other, there, tmp_path / "backup.tar", new)
    assert Pseudonyms(new).of_patient("anna") == name
    assert os.name != "posix" or (new / KEY).stat().st_mode & 0o077 == 0
