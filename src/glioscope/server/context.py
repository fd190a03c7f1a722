"""What every request needs: the database, the store, and how this server is set up."""

from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from threading import Semaphore
from typing import TYPE_CHECKING, Annotated, cast

from anyio import CapacityLimiter
from fastapi import Depends, Request
from sqlalchemy import Engine

from glioscope.database.engine import reading
from glioscope.jobs.storage.store import Store
from glioscope.jobs.wake import Wake
from glioscope.jobs.worker import Limits
from glioscope.server.access.attempts import Attempts
from glioscope.server.reach.terms import LOOPBACK, Reach
from glioscope.settings import Charset
from glioscope.texts.catalogue import Language

if TYPE_CHECKING:
    from glioscope.server.access.openid.provider import Provider

_GB = 2**30
# More threads than these would wait for each other, and for the interpreter.
_LISTS = 2


@dataclass(frozen=True, kw_only=True)
class Context:
    """How this server is set up.

    Attributes:
        lang: of pages for those whose browser asks for neither Russian nor English.
        hosts: names under which this server is called.
        reach: how other computers reach it.
        most_upload_bytes: of one upload.
        free_bytes: with less room on the disk no upload is taken.
        attempts: to sign in, by computer.
        limits: of a process that makes everything again from a reader's outline.
        redraws: how many of those run at once.
        lists: how many pages of the work list are made at once; the others wait without a thread.
        openid: the hospital's own sign-in; None where it has none.
    """

    engine: Engine
    store: Store
    data: Path
    wake: Wake
    lang: Language = "en"
    charset: Charset | None = None
    hosts: frozenset[str] = LOOPBACK
    reach: Reach = field(default_factory=Reach)
    most_upload_bytes: int = 4 * _GB
    free_bytes: int = _GB // 2
    attempts: Attempts = field(default_factory=Attempts)
    limits: Limits = field(default_factory=Limits)
    redraws: Semaphore = field(default_factory=lambda: Semaphore(2))
    lists: CapacityLimiter = field(default_factory=lambda: CapacityLimiter(_LISTS))
    openid: "Provider | None" = None

    def close(self) -> None:
        """Close all connections to the database."""
        self.engine.dispose()

    @cached_property
    def reads(self) -> Engine:
        """The database for what changes nothing."""
        return reading(self.engine)


def context_of(request: Request) -> Context:
    """The context of the application that answers."""
    return cast("Context", request.app.state.context)


def language_of(request: Request) -> Language:
    """What the page was told to speak, else what the browser asks for, else the server's own."""
    told = request.query_params.get("lang") or request.cookies.get("lang") or ""
    asked = [part.split(";")[0].strip()[:2] for part in _header(request).split(",")]
    for one in (told, *asked):
        if one in ("ru", "en"):
            return one
    return context_of(request).lang


def _header(request: Request) -> str:
    return request.headers.get("accept-language", "").lower()


# What waits for nothing is asked for without a thread of its own, which costs more than it.
async def _here(request: Request) -> Context:
    return context_of(request)


async def _lang(request: Request) -> Language:
    return language_of(request)


Here = Annotated[Context, Depends(_here)]
Lang = Annotated[Language, Depends(_lang)]
