"""Empty databases of either kind, for tests of everything that uses one."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from glioscope.database.engine import connect, sqlite_url
from glioscope.database.schema import upgrade
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
        engine = connect(sqlite_url(tmp_path / "glioscope.db"))
    else:
        engine = connect(request.getfixturevalue("postgres_url"))
        with engine.begin() as connection:
            Table.metadata.drop_all(connection)
            connection.execute(text("DROP TABLE IF EXISTS alembic_version"))
    upgrade(engine)
    yield engine
    engine.dispose()
