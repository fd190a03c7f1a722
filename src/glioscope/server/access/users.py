"""Who there is, and passwords: hashed by Argon2, and not guessed by trying."""

import secrets
from base64 import b64encode

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from argon2.profiles import RFC_9106_LOW_MEMORY
from sqlalchemy import Connection, Row, delete, exists, insert, or_, select, update

from glioscope.database.engine import now_ms
from glioscope.database.tables import Pass, User
from glioscope.errors import UsageError
from glioscope.server.access.roles import Role, Who

# After so many wrong passwords in a row nobody may try that name again for a while.
MOST_FAILURES, LOCK_MS = 5, 15 * 60_000
LEAST_PASSWORD = 10
_MOST_NAME = 64

_hasher = PasswordHasher()


def _of_no_password(hasher: PasswordHasher) -> str:
    """What looks like a hash, made without the time that a hash takes."""
    salt, digest = (
        b64encode(secrets.token_bytes(length)).decode().rstrip("=")
        for length in (hasher.salt_len, hasher.hash_len)
    )
    costs = f"m={hasher.memory_cost},t={hasher.time_cost},p={hasher.parallelism}"
    return f"$argon2id$v={RFC_9106_LOW_MEMORY.version}${costs}${salt}${digest}"


# Checked where there is no such user, so that an answer takes equally long.
_NOBODY = _of_no_password(_hasher)

_ANY = select(User.id).limit(1)


class Locked(Exception):
    """Too many wrong passwords: nobody may try that name for a while."""


def any_user(connection: Connection) -> bool:
    """Whether everybody must sign in."""
    return connection.scalar(_ANY) is not None


def can_sign_in(connection: Connection, role: Role | None = None) -> bool:
    """Whether anybody has a password or a token, of that role if one is named."""
    now = now_ms(connection)
    good = or_(Pass.ends_at.is_(None), Pass.ends_at > now)
    token = exists().where(Pass.user_id == User.id, Pass.kind == "token", good)
    query = select(User.id).where(
        User.disabled.is_(False), or_(User.password.is_not(None), User.subject.is_not(None), token)
    )
    if role is not None:
        query = query.where(User.role == role)
    return connection.scalar(query.limit(1)) is not None


def add_user(
    connection: Connection, name: str, password: str | None, role: Role, *, sees_identity: bool
) -> str:
    """A new user's id.

    Raises:
        UsageError: the name is taken, empty or too long, or the password too short.
    """
    if not 0 < len(name) <= _MOST_NAME or not name.isprintable():
        raise UsageError("server.user_name", most=_MOST_NAME)
    if connection.scalar(select(User.id).where(User.name == name)):
        raise UsageError("server.user_there", name=name)
    user_id = secrets.token_hex(16)
    connection.execute(
        insert(User).values(
            id=user_id,
            name=name,
            password=_hashed(password),
            role=role,
            sees_identity=sees_identity,
            disabled=False,
            failures=0,
            locked_until=0,
            created_at=now_ms(connection),
        )
    )
    return user_id


def set_password(connection: Connection, name: str, password: str) -> None:
    """Change a password; all sessions of the user end.

    Raises:
        UsageError: no such user, or the password is too short.
    """
    user_id = id_of(connection, name)
    changed = {"password": _hashed(password), "failures": 0, "locked_until": 0}
    connection.execute(update(User).where(User.id == user_id).values(**changed))
    sign_out(connection, user_id)


def disable(connection: Connection, name: str) -> None:
    """Let a user in no more; his sessions and tokens end.

    Raises:
        UsageError: no such user.
    """
    user_id = id_of(connection, name)
    connection.execute(update(User).where(User.id == user_id).values(disabled=True))
    connection.execute(delete(Pass).where(Pass.user_id == user_id))


def enable(connection: Connection, name: str) -> None:
    """Let a user in again; what ended when he was let in no more stays ended.

    Raises:
        UsageError: no such user.
    """
    values = {"disabled": False, "failures": 0, "locked_until": 0}
    user_id = id_of(connection, name)
    connection.execute(update(User).where(User.id == user_id).values(**values))


def signed_in(connection: Connection, name: str, password: str) -> Who | None:
    """Who has this name and password; None where nobody has.

    Raises:
        Locked: too many wrong passwords came for this name.
    """
    found = connection.execute(
        select(User).where(User.name == name, User.disabled.is_(False)).with_for_update()
    ).first()
    now = now_ms(connection)
    if found is None or found.password is None:
        _right(_NOBODY, password)
        return None
    if found.locked_until > now:
        raise Locked
    if not _right(found.password, password):
        failures = found.failures + 1
        locked = now + LOCK_MS if failures >= MOST_FAILURES else 0
        values = {"failures": 0 if locked else failures, "locked_until": locked}
        connection.execute(update(User).where(User.id == found.id).values(**values))
        return None
    connection.execute(update(User).where(User.id == found.id).values(failures=0, locked_until=0))
    return Who(found.name, Role(found.role), found.sees_identity, found.id)


def subject_of(connection: Connection, user_id: str) -> str | None:
    """Who a user is to the hospital's own sign-in or a proxy; None where it does not know him."""
    return connection.scalar(select(User.subject).where(User.id == user_id))


def sign_out(connection: Connection, user_id: str) -> None:
    """End all sessions of a user; his tokens stay good."""
    sessions = delete(Pass).where(Pass.user_id == user_id, Pass.kind == "session")
    connection.execute(sessions)


def all_users(connection: Connection) -> "list[Row[str, str, bool, bool]]":
    """Name, role, whether he sees identity, and whether he is let in no more; by name."""
    columns = (User.name, User.role, User.sees_identity, User.disabled)
    return list(connection.execute(select(*columns).order_by(User.name)))


def _right(hashed: str, password: str) -> bool:
    try:
        return _hasher.verify(hashed, password)
    except (VerificationError, InvalidHashError):
        return False


def _hashed(password: str | None) -> str | None:
    if password is None:
        return None
    if len(password) < LEAST_PASSWORD:
        raise UsageError("server.password_short", least=LEAST_PASSWORD)
    return _hasher.hash(password)


def id_of(connection: Connection, name: str) -> str:
    """The id of a user by name.

    Raises:
        UsageError: no such user.
    """
    user_id = connection.scalar(select(User.id).where(User.name == name))
    if user_id is None:
        raise UsageError("server.no_user", name=name)
    return user_id
