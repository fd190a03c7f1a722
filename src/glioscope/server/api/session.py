"""Signing in and out, and who one is."""

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, Field

from glioscope.server.access import audit, passes, users
from glioscope.server.access.guard import COOKIE, Viewer
from glioscope.server.access.roles import Role, Who
from glioscope.server.context import Context, Here
from glioscope.server.problems import Problem

router = APIRouter(prefix="/session", tags=["session"])


class Credentials(BaseModel):
    """A name and its password."""

    name: Annotated[str, Field(max_length=64)]
    password: Annotated[str, Field(max_length=1024)]


class Me(BaseModel):
    """Who makes the requests; `signed_in` is false where nobody needs to sign in."""

    name: str
    role: Role
    sees_identity: bool
    signed_in: bool


@router.get("")
def get_me(who: Viewer) -> Me:
    """Who one is."""
    return _me(who)


@router.post("")
def sign_in(given: Credentials, request: Request, response: Response, here: Here) -> Me:
    """Open a session; its cookie is in the answer."""
    computer = request.client.host if request.client else ""
    if not here.attempts.allow(computer):
        raise Problem(HTTPStatus.TOO_MANY_REQUESTS, "server.too_often")
    who = _who(given, here)
    if who is None or who.user_id is None:
        raise Problem(HTTPStatus.UNAUTHORIZED, "server.wrong_password")
    with here.engine.begin() as connection:
        secret = passes.open_session(connection, who.user_id)
    response.set_cookie(
        COOKIE,
        secret,
        max_age=passes.SESSION_MS // 1000,
        httponly=True,
        secure=request.url.scheme == "https",
        samesite="strict",
    )
    return _me(who)


@router.delete("", status_code=HTTPStatus.NO_CONTENT)
def sign_out(request: Request, response: Response, here: Here, who: Viewer) -> None:
    """End the session."""
    with here.engine.begin() as connection:
        passes.close(connection, request.cookies.get(COOKIE, ""))
        audit.record(connection, who.name, "sign out")
    response.delete_cookie(COOKIE, httponly=True, samesite="strict")


def _who(given: Credentials, here: Context) -> Who | None:
    """Every outcome is in the audit; a name that nobody has may be a password typed too early."""
    with here.engine.begin() as connection:
        try:
            who = users.signed_in(connection, given.name, given.password)
        except users.Locked:
            audit.record(connection, given.name, "sign in, locked")
        else:
            said = "sign in" if who else "sign in, refused"
            audit.record(connection, who.name if who else "?", said)
            return who
    minutes = users.LOCK_MS // 60_000
    raise Problem(HTTPStatus.TOO_MANY_REQUESTS, "server.locked", minutes=minutes)


def _me(who: Who) -> Me:
    return Me(
        name=who.name,
        role=who.role,
        sees_identity=who.sees_identity,
        signed_in=who.user_id is not None,
    )
