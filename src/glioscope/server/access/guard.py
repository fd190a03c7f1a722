"""Asks of each request who makes it, and whether he may.

A program shows a token; a browser the cookie of its session, or a trusted proxy names its user.
"""

from collections.abc import Callable
from http import HTTPStatus
from typing import Annotated

from fastapi import Depends, Request
from sqlalchemy import Connection

from glioscope.server.access import arrivals, audit, passes
from glioscope.server.access.cookies import COOKIE, session_of
from glioscope.server.access.roles import LOCAL, Role, Who
from glioscope.server.access.users import any_user
from glioscope.server.context import Context, Here
from glioscope.server.problems import Problem
from glioscope.server.reach.proxy import proxied_user

__all__ = ["COOKIE", "Admin", "Reader", "Viewer", "at_least", "note", "require", "who_asks"]
_BEARER = "bearer "
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


def who_asks(request: Request, here: Context) -> Who | None:
    """Who makes the request; None: somebody who must sign in first."""
    token, named = _token(request), proxied_user(request)
    if token is None and named is not None:
        return _proxied(request, named, here)
    secret, kind = (session_of(request, here), "session") if token is None else (token, "token")
    with here.reads.connect() as connection:
        held = passes.holder(connection, secret, kind) if secret else None
        found, stale = held or (None, False)
        if found is None and _open(connection, here):
            found = LOCAL
    if stale:
        with here.engine.begin() as connection:
            passes.note_use(connection, secret)
    return found


def _open(connection: Connection, here: Context) -> bool:
    """Whether nobody signs in: there are no users, and no other computer reaches the server."""
    return not here.reach.beyond and here.openid is None and not any_user(connection)


def _proxied(request: Request, named: str, here: Context) -> Who | None:
    """Whom the proxy has signed in. Browsers must show that one of our pages asks for a change.

    A proxy adds its header to whatever a browser sends, also to the form of another site, and to
    what a very old browser sends without `Origin`; programs have tokens.
    """
    asked_by = request.headers.get("sec-fetch-site") or request.headers.get("origin")
    if request.method not in _SAFE and asked_by is None:
        raise Problem(HTTPStatus.FORBIDDEN, "server.foreign_page")
    subject = f"proxy {named}"
    with here.reads.connect() as connection:
        found = arrivals.known(connection, subject)
    if found is not None:
        return found
    rules = arrivals.Rules(new_users=here.reach.new_users, by_name=True)
    with here.engine.begin() as connection:
        return arrivals.admit(connection, arrivals.Arrival(subject=subject, name=named), rules)


def _token(request: Request) -> str | None:
    header = request.headers.get("authorization", "")
    return header[len(_BEARER) :].strip() if header.lower().startswith(_BEARER) else None


def at_least(role: Role) -> Callable[[Request, Context], Who]:
    """A dependency that gives who asks, if he has at least this role."""

    def allowed(request: Request, here: Here) -> Who:
        return require(request, here, role)

    return allowed


def require(request: Request, here: Context, role: Role) -> Who:
    """Who asks, if he has at least this role."""
    found = who_asks(request, here)
    if found is None:
        raise Problem(HTTPStatus.UNAUTHORIZED, "server.sign_in")
    if not found.role.includes(role):
        raise Problem(HTTPStatus.FORBIDDEN, "server.not_allowed", role=role.value)
    return found


Viewer = Annotated[Who, Depends(at_least(Role.VIEWER))]
Reader = Annotated[Who, Depends(at_least(Role.READER))]
Admin = Annotated[Who, Depends(at_least(Role.ADMIN))]


def note(here: Context, who: Who, action: str, thing: str | None = None) -> None:
    """Write into the audit what somebody did."""
    with here.engine.begin() as connection:
        audit.record(connection, who.name, action, thing)
