"""Asks of each request who makes it, and whether he may."""

from collections.abc import Callable
from http import HTTPStatus
from typing import Annotated

from fastapi import Depends, Request
from sqlalchemy import Connection

from glioscope.server.access import audit, passes
from glioscope.server.access.roles import LOCAL, Role, Who
from glioscope.server.access.users import any_user
from glioscope.server.context import Context, Here
from glioscope.server.problems import Problem

COOKIE = "glioscope_session"
_BEARER = "bearer "


def who_asks(request: Request, here: Context) -> Who | None:
    """Who makes the request; None: somebody who must sign in first."""
    secret, kind = _shown(request)
    with here.reads.connect() as connection:
        found = _known(connection, secret, kind)
        stale = found is not None and kind == "session" and passes.is_stale(connection, secret)
    if stale:
        with here.engine.begin() as connection:
            passes.note_use(connection, secret)
    return found


def _known(connection: Connection, secret: str, kind: str) -> Who | None:
    found = passes.holder(connection, secret, kind) if secret else None
    return found or (None if any_user(connection) else LOCAL)


def _shown(request: Request) -> tuple[str, str]:
    header = request.headers.get("authorization", "")
    if header.lower().startswith(_BEARER):
        return header[len(_BEARER) :].strip(), "token"
    return request.cookies.get(COOKIE, ""), "session"


def at_least(role: Role) -> Callable[[Request, Context], Who]:
    """A dependency that gives who asks, if he has at least this role."""

    def allowed(request: Request, here: Here) -> Who:
        found = who_asks(request, here)
        if found is None:
            raise Problem(HTTPStatus.UNAUTHORIZED, "server.sign_in")
        if not found.role.includes(role):
            raise Problem(HTTPStatus.FORBIDDEN, "server.not_allowed", role=role.value)
        return found

    return allowed


Viewer = Annotated[Who, Depends(at_least(Role.VIEWER))]
Reader = Annotated[Who, Depends(at_least(Role.READER))]
Admin = Annotated[Who, Depends(at_least(Role.ADMIN))]


def note(here: Context, who: Who, action: str, thing: str | None = None) -> None:
    """Write into the audit what somebody did."""
    with here.engine.begin() as connection:
        audit.record(connection, who.name, action, thing)
