"""Connections to the database, set up so that what was committed outlives a power cut."""

import time
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, text

from glioscope.errors import UsageError

# How long a writer waits for another one on SQLite, in milliseconds.
_BUSY_MS = 30_000
_SERVERS = {"postgresql", "postgres"}


def sqlite_url(path: Path) -> str:
    """The URL of an embedded database in the file `path`."""
    return f"sqlite:///{path.absolute().as_posix()}"


def connect(url: str) -> Engine:
    """An engine for `sqlite:///FILE` or `postgresql://USER@HOST/NAME`; nothing is opened yet.

    On SQLite every transaction takes the write lock when it begins (`BEGIN IMMEDIATE`), so that
    two of them never find out half way that they cannot both go on. What only reads asks for
    `reading(engine)`.

    Raises:
        UsageError: no such kind of database.
    """
    kind, _, rest = url.partition("://")
    if kind.split("+")[0] in _SERVERS:
        return create_engine(f"postgresql+psycopg://{rest}", pool_pre_ping=True)
    if kind != "sqlite" or not rest:
        raise UsageError("server.database_url", kind=kind)
    engine = create_engine(url)
    event.listen(engine, "connect", _on_connect)
    event.listen(engine, "begin", _on_begin)
    return engine


def reading(engine: Engine) -> Engine:
    """The same database for transactions that change nothing, and so wait for nobody."""
    return engine.execution_options(reads=True)


def now_ms(connection: Connection) -> int:
    """Milliseconds since 1970 by the clock that all workers share: the database's.

    An embedded database has no other clock than that of its computer.
    """
    if connection.dialect.name == "sqlite":
        return time.time_ns() // 1_000_000
    found = connection.scalar(text("SELECT extract(epoch FROM clock_timestamp()) * 1000"))
    if found is None:
        raise ValueError("the database told no time")
    return int(found)


def _on_connect(connection: Any, _: Any) -> None:
    # The driver's own BEGIN comes too late, and not for SELECT: ours is in `_on_begin`.
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=FULL")
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.execute(f"PRAGMA busy_timeout={_BUSY_MS}")
    cursor.close()


def _on_begin(connection: Connection) -> None:
    reads = connection.get_execution_options().get("reads", False)
    connection.exec_driver_sql("BEGIN" if reads else "BEGIN IMMEDIATE")
