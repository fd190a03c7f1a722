"""The schema of a database: brought up to date, or found to be of another version."""

from functools import cache
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, text

from glioscope.errors import UsageError

MIGRATIONS = Path(__file__).parent / "migrations"
# Of PostgreSQL's advisory locks, the one under which a schema is changed.
_LOCK = 0x6710


def upgrade(engine: Engine, revision: str = "head") -> None:
    """Bring the schema to a revision; several processes may do so at once.

    Raises:
        UsageError: the database was written by a newer glioscope.
    """
    with engine.begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
        found, known = revision_of(connection), _revisions()
        if found is not None and found not in known:
            raise UsageError("server.newer_schema", found=found)
        if found != (known[0] if revision == "head" else revision):
            command.upgrade(_config(connection), revision)


def revision_of(connection: Connection) -> str | None:
    """The revision that a database stands at; None where it is empty."""
    return MigrationContext.configure(connection).get_current_revision()


@cache
def _revisions() -> tuple[str, ...]:
    """All that this version knows, the newest first."""
    scripts = ScriptDirectory.from_config(_config())
    return tuple(one.revision for one in scripts.walk_revisions())


def _config(connection: Connection | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", MIGRATIONS.as_posix())
    config.attributes["connection"] = connection
    return config
