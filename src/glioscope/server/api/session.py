"""Signing in and out, who one is, and one's own password."""

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, Field

from glioscope.server.access import audit, passes, users
from glioscope.server.access.cookies import give_session, session_of, take_session
from glioscope.server.access.guard import Viewer
from glioscope.server.access.roles import Role, Who
from glioscope.server.context import Context, Here
from glioscope.server.problems import Problem

router = APIRouter(prefix="/session", tags=["session"])
_Password = Annotated[str, Field(max_length=1024)]


class Credentials(BaseModel):
    """A name and its password."""

    name: Annotated[str, Field(max_length=64)]
    password: _Password


class PasswordChange(BaseModel):
    """The password as it is, and as it shall be."""

    old: _Password
    new: _Password


class Me(BaseModel):
    """Who makes the requests; `signed_in` is false where nobody needs to sign in."""

    name: str
    role: Role
    sees_identity: bool
    signed_in: bool


class SignedOut(BaseModel):
    """Where a browser goes on: the sign-in of this server, or out of the hospital's own."""

    next: str


@router.get("")
def get_me(who: Viewer) -> Me:
    """Who one is."""
    return _me(who)


@router.post("")
def sign_in(given: Credentials, request: Request, response: Response, here: Here) -> Me:
    """Open a session; its cookie is in the answer."""
    who = _who(given, request, here, "sign in")
    if who is None or who.user_id is None:
        raise Problem(HTTPStatus.UNAUTHORIZED, "server.wrong_password")
    with here.engine.begin() as connection:
        secret = passes.open_session(connection, who.user_id)
    give_session(response, here, secret)
    return _me(who)


@router.delete("")
def sign_out(
    request: Request, response: Response, here: Here, who: Viewer, everywhere: bool = False
) -> SignedOut:
    """End the session, or all that one has."""
    with here.engine.begin() as connection:
        passes.close(connection, session_of(request, here))
        if everywhere and who.user_id is not None:
            users.sign_out(connection, who.user_id)
        elsewhere = who.user_id is not None and users.subject_of(connection, who.user_id)
        audit.record(connection, who.name, "sign out everywhere" if everywhere else "sign out")
    take_session(response, here)
    after = f"{'https' if here.reach.secure else 'http'}://{request.headers['host']}/login"
    end = here.openid.end(after) if here.openid and elsewhere else None
    return SignedOut(next=end or "/login")


@router.put("/password")
def change_password(
    given: PasswordChange, request: Request, response: Response, here: Here, who: Viewer
) -> Me:
    """Change one's own password; one is signed out everywhere else."""
    if who.user_id is None:
        raise Problem(HTTPStatus.CONFLICT, "server.no_sign_in")
    as_it_is = Credentials(name=who.name, password=given.old)
    if _who(as_it_is, request, here, "change password") is None:
        raise Problem(HTTPStatus.FORBIDDEN, "server.wrong_password")
    with here.engine.begin() as connection:
        users.set_password(connection, who.name, given.new)
        secret = passes.open_session(connection, who.user_id)
    give_session(response, here, secret)
    return _me(who)


def _who(given: Credentials, request: Request, here: Context, to_do: str) -> Who | None:
    """Every outcome is in the audit; a name that nobody has may be a password typed too early."""
    computer = request.client.host if request.client else ""
    if not here.attempts.allow(computer):
        raise Problem(HTTPStatus.TOO_MANY_REQUESTS, "server.too_often")
    with here.engine.begin() as connection:
        try:
            who = users.signed_in(connection, given.name, given.password)
        except users.Locked:
            audit.record(connection, given.name, f"{to_do}, locked")
        else:
            said = to_do if who else f"{to_do}, refused"
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
