"""Who may use the server, and the tokens of programs."""

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, Field
from sqlalchemy import Connection, Row, select, update

from glioscope.database.engine import now_ms
from glioscope.database.tables import User
from glioscope.server.access import audit, passes, users
from glioscope.server.access.guard import Admin
from glioscope.server.access.roles import Role
from glioscope.server.context import Here
from glioscope.server.problems import Problem

router = APIRouter(prefix="/users", tags=["users"])
_Password = Annotated[str, Field(max_length=1024)]


class UserEntry(BaseModel):
    """One user; `elsewhere` tells that the hospital's own sign-in or a proxy knows him."""

    id: str
    name: str
    role: Role
    sees_identity: bool
    disabled: bool
    locked: bool
    password: bool
    elsewhere: bool
    created_at: int


class UserList(BaseModel):
    """All users, by name."""

    users: list[UserEntry]


class NewUser(BaseModel):
    """A user to add; without a password he has tokens alone, or is signed in elsewhere."""

    name: Annotated[str, Field(max_length=64)]
    role: Role
    sees_identity: bool = False
    password: _Password | None = None


class UserChange(BaseModel):
    """What is to be different; what is left out stays."""

    role: Role | None = None
    sees_identity: bool | None = None
    disabled: bool | None = None


class NewPassword(BaseModel):
    """A password that an admin gives."""

    password: _Password


class TokenEntry(BaseModel):
    """One token of a program; `ends_at` is null for one that never ends."""

    id: str
    label: str | None
    created_at: int
    ends_at: int | None


class TokenList(BaseModel):
    """A user's tokens, the newest first."""

    tokens: list[TokenEntry]


class TokenWanted(BaseModel):
    """What a token is for, and for how many days; without them for ever."""

    label: Annotated[str, Field(min_length=1, max_length=64)]
    days: Annotated[int, Field(ge=1, le=3650)] | None = None


class TokenMade(BaseModel):
    """A new token; it is shown this once."""

    token: str


@router.get("")
def list_users(here: Here, who: Admin) -> UserList:
    """Everybody who may use the server, and those who may no more."""
    del who
    with here.reads.connect() as connection:
        now = now_ms(connection)
        rows = connection.execute(select(User.__table__).order_by(User.name))
        return UserList(users=[_entry(row, now) for row in rows])


@router.post("", status_code=HTTPStatus.CREATED)
def add_user(wanted: NewUser, here: Here, who: Admin) -> UserEntry:
    """Add a user. The first one is an admin: from him on everybody signs in."""
    with here.engine.begin() as connection:
        first = not users.any_user(connection)
        if first and (wanted.role is not Role.ADMIN or wanted.password is None):
            raise Problem(HTTPStatus.CONFLICT, "server.first_admin")
        user_id = users.add_user(
            *(connection, wanted.name, wanted.password, wanted.role),
            sees_identity=wanted.sees_identity,
        )
        audit.record(connection, who.name, "add user", wanted.name)
        return _entry(_user(connection, user_id), now_ms(connection))


@router.patch("/{user_id}")
def change_user(user_id: str, wanted: UserChange, here: Here, who: Admin) -> UserEntry:
    """Change what a user may do, or let him in no more, or again."""
    with here.engine.begin() as connection:
        name = _user(connection, user_id).name
        changed = wanted.model_dump(exclude_none=True, exclude={"disabled"})
        if changed:
            connection.execute(update(User).where(User.id == user_id).values(**changed))
            audit.record(connection, who.name, "change user", name)
        if wanted.disabled:
            users.disable(connection, name)
            audit.record(connection, who.name, "disable user", name)
        elif wanted.disabled is False:
            users.enable(connection, name)
            audit.record(connection, who.name, "enable user", name)
        if not users.can_sign_in(connection, Role.ADMIN):
            raise Problem(HTTPStatus.CONFLICT, "server.last_admin")
        return _entry(_user(connection, user_id), now_ms(connection))


@router.put("/{user_id}/password", status_code=HTTPStatus.NO_CONTENT)
def set_password(user_id: str, given: NewPassword, here: Here, who: Admin) -> None:
    """Give a user another password; he is signed out everywhere."""
    with here.engine.begin() as connection:
        name = _user(connection, user_id).name
        users.set_password(connection, name, given.password)
        audit.record(connection, who.name, "set password", name)


@router.get("/{user_id}/tokens")
def list_tokens(user_id: str, here: Here, who: Admin) -> TokenList:
    """A user's tokens, without their secrets."""
    del who
    with here.reads.connect() as connection:
        _user(connection, user_id)
        now = now_ms(connection)
        return TokenList(
            tokens=[
                TokenEntry(id=r.hash, label=r.label, created_at=r.created_at, ends_at=r.ends_at)
                for r in passes.tokens(connection, user_id)
                if r.ends_at is None or r.ends_at > now
            ]
        )


@router.post("/{user_id}/tokens", status_code=HTTPStatus.CREATED)
def new_token(user_id: str, wanted: TokenWanted, here: Here, who: Admin) -> TokenMade:
    """Make a token for a program that acts as the user."""
    with here.engine.begin() as connection:
        name = _user(connection, user_id).name
        secret = passes.new_token(connection, user_id, wanted.label, wanted.days)
        audit.record(connection, who.name, "new token", name)
    return TokenMade(token=secret)


@router.delete("/{user_id}/tokens/{token_id}", status_code=HTTPStatus.NO_CONTENT)
def revoke_token(user_id: str, token_id: str, here: Here, who: Admin) -> None:
    """End a token."""
    with here.engine.begin() as connection:
        name = _user(connection, user_id).name
        if not passes.revoke(connection, user_id, token_id):
            raise Problem(HTTPStatus.NOT_FOUND, "server.no_token")
        audit.record(connection, who.name, "revoke token", name)


def _user(connection: Connection, user_id: str) -> Row[tuple[object, ...]]:
    found = connection.execute(select(User.__table__).where(User.id == user_id)).first()
    if found is None:
        raise Problem(HTTPStatus.NOT_FOUND, "server.no_such_user")
    return found


def _entry(row: Row[tuple[object, ...]], now: int) -> UserEntry:
    return UserEntry(
        id=row.id,
        name=row.name,
        role=row.role,
        sees_identity=row.sees_identity,
        disabled=row.disabled,
        locked=row.locked_until > now,
        password=row.password is not None,
        elsewhere=row.subject is not None,
        created_at=row.created_at,
    )
