"""The server with its worker, from start to stop."""

import gc
import socket
import sys
import threading
from collections.abc import Generator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path

import uvicorn

from glioscope.database.engine import connect, sqlite_url
from glioscope.database.schema import upgrade
from glioscope.errors import UsageError
from glioscope.jobs.storage.stores import open_store
from glioscope.jobs.sweep import sweep
from glioscope.jobs.wake import Wake
from glioscope.jobs.worker import Limits, Worker
from glioscope.server.access.users import can_sign_in
from glioscope.server.app import create_app
from glioscope.server.context import Context
from glioscope.server.reach.certificates import Certificate
from glioscope.server.upkeep.chores import Chore, doing
from glioscope.settings import Charset
from glioscope.texts.catalogue import Language

DATABASE = "glioscope.db"
_BACKLOG = 2048
# New objects between two looks for cycles, looks before older objects are looked at, and of those
# before all are: statements that SQLAlchemy has put into words stay too, and are many.
_OBJECTS = 5_000, 5, 1_000


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where a server and its workers keep everything.

    Attributes:
        data: folder of this computer, or one that all computers share.
        database: URL; None is SQLite in `data`.
        store: fsspec URL of an object store for studies and results; None keeps them in `data`.
    """

    data: Path
    database: str | None = None
    store: str | None = None

    def context(self, lang: Language, charset: Charset | None) -> Context:
        """Everything opened, the schema brought up to date, leftovers cleared.

        Raises:
            UsageError: a URL is off, the folder cannot be made, or the schema is too new.
        """
        context = self.unopened(lang, charset)
        try:
            upgrade(context.engine)
            sweep(context.engine, context.store)
        except BaseException:
            context.close()
            raise
        return context

    def unopened(self, lang: Language, charset: Charset | None = None) -> Context:
        """The same with the database as it is, which may be empty."""
        try:
            self.data.mkdir(parents=True, exist_ok=True)
            self.data.chmod(0o700)
        except OSError as error:
            reason = error.strerror or ""
            raise UsageError("server.data_folder", name=self.data.name, reason=reason) from error
        return Context(
            engine=connect(self.database or sqlite_url(self.data / DATABASE)),
            store=open_store(self.data, self.store),
            data=self.data,
            wake=Wake(),
            lang=lang,
            charset=charset,
        )


def require_users(context: Context) -> None:
    """Refuse to be reached by others where nobody could sign in.

    Raises:
        UsageError: there is no user, no proxy that names one, and no sign-in of the hospital.
    """
    others = context.reach.user_header or context.openid
    with context.reads.connect() as connection:
        if context.reach.beyond and not others and not can_sign_in(connection):
            raise UsageError("server.needs_users")


def bound(host: str, port: int) -> socket.socket:
    """A listening socket; port 0 takes a free one.

    Raises:
        UsageError: the address is taken, or not this computer's.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    if sys.platform == "win32":
        # There SO_REUSEADDR would let another program listen on the same port.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
    else:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        # From here on whoever calls is answered, if after a moment.
        listener.listen(_BACKLOG)
    except OSError as error:
        listener.close()
        reason = error.strerror or ""
        raise UsageError("server.address", host=host, port=port, reason=reason) from error
    return listener


def serve(
    context: Context,
    listener: socket.socket,
    limits: Limits,
    workers: int,
    *,
    certificate: Certificate | None = None,
    chores: Sequence[Chore] = (),
) -> None:
    """Answer requests until SIGINT or SIGTERM, with so many workers and chores beside."""
    config = uvicorn.Config(
        create_app(replace(context, limits=limits)),
        ssl_context_factory=certificate.context_for if certificate else None,
        # Who asks is what the connection says, or what `reach.proxy` believes.
        proxy_headers=False,
        log_level="warning",
        # An address in a log may say which study somebody looked at.
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=5,
    )
    # What was loaded stays: no look for cycles goes through it again. Many short looks stop nobody,
    # where the few long ones of other commands stop all answers for a third of a second.
    gc.freeze()
    gc.set_threshold(*_OBJECTS)
    # Ctrl-C is how a server ends.
    with (
        working(context, limits, workers),
        doing(chores),
        suppress(KeyboardInterrupt),
    ):
        uvicorn.Server(config).run(sockets=[listener])


@contextmanager
def working(context: Context, limits: Limits, workers: int) -> Generator[None, None, None]:
    """Workers in threads while the block runs; each has its studies done by processes."""
    crew = [
        Worker(
            context.engine,
            context.store,
            limits=limits,
            lang=context.lang,
            charset=context.charset,
            wake=context.wake,
        )
        for _ in range(workers)
    ]
    threads = [threading.Thread(target=one.run, daemon=True) for one in crew]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        for one in crew:
            one.stop()
        for thread in threads:
            thread.join()
