"""The schema: from nothing, from an older one, by many at once, and never from a newer one."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import text

from glioscope.database.engine import connect, reading, sqlite_url
from glioscope.database.schema import revision_of, upgrade
from glioscope.database.tables import Table
from glioscope.errors import UsageError


def test_migrations_make_the_tables_of_the_code(engine) -> None:
    with engine.begin() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Table.metadata) == []


def test_a_second_time_changes_nothing(engine) -> None:
    with engine.begin() as connection:
        before = revision_of(connection)
    upgrade(engine)
    with engine.begin() as connection:
        assert revision_of(connection) == before is not None


def test_several_may_do_so_at_once(tmp_path: Path) -> None:
    url = sqlite_url(tmp_path / "new.db")
    engines = [connect(url) for _ in range(4)]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(upgrade, engines))
    for engine in engines:
        engine.dispose()


def test_a_newer_schema_is_left_alone(engine) -> None:
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(UsageError, match="9999"):
        upgrade(engine)


def test_readers_wait_for_no_writer(tmp_path: Path) -> None:
    engine = connect(sqlite_url(tmp_path / "new.db"))
    upgrade(engine)
    with engine.begin() as writer, reading(engine).connect() as reader:
        writer.execute(text("UPDATE worker SET state = 'idle'"))
        assert reader.scalar(text("SELECT count(*) FROM worker")) == 0
    engine.dispose()


@pytest.mark.parametrize("url", ["mysql://host/name", "nonsense", "sqlite"])
def test_other_databases_are_refused_without_their_address(url: str) -> None:
    with pytest.raises(UsageError, match="sqlite:///FILE"):
        connect(url)


def test_what_the_first_schema_held_is_all_there(tmp_path: Path) -> None:
    engine = connect(sqlite_url(tmp_path / "old.db"))
    upgrade(engine, "0001")
    with engine.begin() as connection:
        for statement in _ROWS_OF_0001:
            connection.execute(text(statement))
    upgrade(engine)
    with engine.begin() as connection:
        for table in ("study", "job", "result", "account", "pass"):
            assert connection.scalar(text(f'SELECT count(*) FROM "{table}"')) == 1, table
        assert connection.scalar(text("SELECT with_model FROM job")) == 1
        assert connection.scalar(text("SELECT identity FROM study")) == "семенов^анна"
        assert connection.scalar(text("SELECT probability FROM result")) == 0.5
    engine.dispose()


def test_the_work_list_finds_what_was_there_before(tmp_path: Path) -> None:
    engine = connect(sqlite_url(tmp_path / "old.db"))
    upgrade(engine, "0005")
    with engine.begin() as connection:
        for statement in _ROWS_OF_0005:
            connection.execute(text(statement))
    upgrade(engine)
    with engine.begin() as connection:
        query = "SELECT sort_date, sort_probability, sort_volume, decision, gate, review, "
        query += "review_id FROM job"
        judged, waiting = connection.execute(text(f"{query} ORDER BY id")).all()
        assert tuple(judged) == ("20260117", 0.5, 12.5, "tumour", "fit", "signed", "b")
        assert tuple(waiting) == ("", -1, -1, None, None, "unsigned", "d")
        [dated, undated] = connection.scalars(text("SELECT searched FROM study ORDER BY id"))
        assert {"dicom-1", "2026-01-17", "17.01.2026"} <= set(dated.split("\n"))
        assert undated.strip() == "n2"
    engine.dispose()


_ROWS_OF_0001 = (
    "INSERT INTO study (id, key, name, kind, folder, place, received_at, "
    "patient_name) VALUES ('s', 'k', 'n', 'dicom', 'f', 0, 1, 'Семёнов^Анна')",
    "INSERT INTO job (id, study_id, state, priority, rank, created_at, due_at, cancelling, "
    "child_failures, worker_losses, done, total) "
    "VALUES (1, 's', 'done', 0, 0, 1, 1, false, 0, 0, 0, 0)",
    "INSERT INTO result (id, job_id, study_id, folder, created_at, decision, probability, slices, "
    "model, model_version) VALUES ('r', 1, 's', 'f', 1, 'tumour', 0.5, '[]', 'm', '1')",
    "INSERT INTO account (id, name, role, sees_identity, disabled, failures, locked_until, "
    "created_at) VALUES ('a', 'n', 'admin', true, false, 0, 0, 1)",
    'INSERT INTO "pass" (hash, user_id, kind, created_at, seen_at) '
    "VALUES ('h', 'a', 'token', 1, 1)",
)

_ROWS_OF_0005 = (
    "INSERT INTO study (id, key, name, kind, folder, place, received_at, study_date) "
    "VALUES ('s', 'k', 'DICOM-1', 'dicom', 'f', 0, 1, '20260117')",
    "INSERT INTO study (id, key, name, kind, folder, place, received_at) "
    "VALUES ('t', 'l', 'n2', 'nifti', 'g', 0, 1)",
    "INSERT INTO job (id, study_id, state, priority, rank, created_at, due_at, cancelling, "
    "child_failures, worker_losses, done, total) VALUES "
    "(1, 's', 'done', 0, 0, 1, 1, false, 0, 0, 0, 0), "
    "(2, 't', 'waiting', 0, 0, 1, 1, false, 0, 0, 0, 0)",
    "INSERT INTO result (id, job_id, study_id, folder, created_at, decision, probability, "
    "volume_ml, gate, slices, model, model_version) "
    "VALUES ('r', 1, 's', 'f', 1, 'tumour', 0.5, 12.5, 'fit', '[]', 'm', '1')",
    # The newest that none supersedes counts, and none of a reading list.
    "INSERT INTO reading_list (id, name, model_shown, created_by, created_at) "
    "VALUES ('l', 'l', 'after', 'a', 1)",
    "INSERT INTO review (id, study_id, number, reader, verdict, list_id, supersedes, created_at, "
    "signed_at) VALUES ('a', 's', 1, 'a', 'accept', null, null, 1, null), "
    "('b', 's', 2, 'a', 'accept', null, 'a', 1, 2), ('c', 's', 3, 'a', 'accept', 'l', null, 1, "
    "null), ('d', 't', 1, 'a', 'accept', null, null, 1, null)",
)
