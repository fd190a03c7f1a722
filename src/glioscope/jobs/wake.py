"""Tells workers at once that there is work; polling is the safety net for what it misses."""

import threading
from collections.abc import Generator
from contextlib import contextmanager

from sqlalchemy import Connection, Engine, text

_CHANNEL = "glioscope_jobs"


class Wake:
    """A bell for workers of this process and, on PostgreSQL, of all others."""

    def __init__(self) -> None:
        self._bell = threading.Event()

    def ring(self, connection: Connection | None = None) -> None:
        """Wake the workers here, and through a `connection` those elsewhere once it commits."""
        if connection is not None and connection.dialect.name == "postgresql":
            connection.execute(text(f"NOTIFY {_CHANNEL}"))
        self._bell.set()

    def wait(self, seconds: float) -> None:
        """Return when the bell rings, or after that time."""
        self._bell.wait(seconds)
        self._bell.clear()

    @contextmanager
    def listening(self, engine: Engine) -> Generator[None, None, None]:
        """Hear the bells of other processes while the block runs."""
        if engine.dialect.name != "postgresql":
            yield
            return
        ended = threading.Event()
        listener = threading.Thread(target=self._listen, args=(engine, ended), daemon=True)
        listener.start()
        try:
            yield
        finally:
            ended.set()
            listener.join()

    def _listen(self, engine: Engine, ended: threading.Event) -> None:
        from psycopg import Error
        from sqlalchemy.exc import SQLAlchemyError

        while not ended.is_set():
            try:
                connection = engine.raw_connection()
                driver = connection.driver_connection
                if driver is None:
                    return
                driver.set_autocommit(True)
                try:
                    driver.execute(f"LISTEN {_CHANNEL}")
                    while not ended.is_set():
                        for _ in driver.notifies(timeout=0.5, stop_after=1):
                            self._bell.set()
                finally:
                    # It listens for ever, and may be broken: no use to anybody else.
                    connection.invalidate()
            except (Error, SQLAlchemyError):
                ended.wait(1.0)  # the database is away for a while; workers poll meanwhile
