"""Empty databases of either kind, for tests of everything that uses one."""

import tempfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from sqlalchemy import Connection, Engine, text

from glioscope.database.engine import connect, sqlite_url
from glioscope.database.schema import revision_of, upgrade
from glioscope.database.tables import Table
from postgres import postgres


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    with postgres() as url:
        yield url


@pytest.fixture(params=["SQLite", "PostgreSQL"])
def engine(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Engine]:
    """An empty database of either kind."""
    if request.param == "SQLite":
        path = tmp_path / "glioscope.db"
        path.write_bytes(empty_sqlite()[0])
        engine = connect(sqlite_url(path))
    else:
        engine = connect(request.getfixturevalue("postgres_url"))
        with engine.begin() as connection:
            _clear(connection)
    upgrade(engine)
    yield engine
    engine.dispose()


@cache
def empty_sqlite() -> tuple[bytes, str | None]:
    """The file of an empty SQLite database with the schema of today, and its revision.

    Copied in a hundredth of the time that the migrations take.
    """
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "empty.db"
        engine = connect(sqlite_url(path))
        upgrade(engine)
        with engine.connect() as connection:
            revision = revision_of(connection)
        engine.dispose()
        return path.read_bytes(), revision


def _clear(connection: Connection) -> None:
    """Rows are removed where the schema is that of today, else the tables."""
    tables = Table.metadata.sorted_tables
    if revision_of(connection) == empty_sqlite()[1]:
        names = ", ".join(f'"{table.name}"' for table in tables)
        connection.execute(text(f"TRUNCATE {names} RESTART IDENTITY CASCADE"))
    else:
        Table.metadata.drop_all(connection)
        connection.execute(text("DROP TABLE IF EXISTS alembic_version"))
