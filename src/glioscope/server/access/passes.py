"""Sessions of browsers and tokens of programs: random, and only their hashes are kept."""

import hashlib
import secrets
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Row, bindparam, delete, insert, or_, select, update

from glioscope.database.engine import now_ms
from glioscope.database.tables import Pass, User
from glioscope.server.access.roles import Role, Who

# A session ends after so long without a request, and in any case after the second.
IDLE_MS, SESSION_MS = 60 * 60_000, 12 * 60 * 60_000
# That it was used is written down at most so often.
_NOTED_MS = 60_000

# Built once: every request asks for it.
_HOLDER = (
    select(User.id, User.name, User.role, User.sees_identity, Pass.seen_at)
    .join(Pass, Pass.user_id == User.id)
    .where(
        Pass.hash == bindparam("hash"),
        Pass.kind == bindparam("kind"),
        User.disabled.is_(False),
        or_(Pass.ends_at.is_(None), Pass.ends_at > bindparam("now")),
        or_(Pass.kind != "session", Pass.seen_at > bindparam("idle")),
    )
)


def open_session(connection: Connection, user_id: str) -> str:
    """A new session's secret, for a cookie."""
    return _new(connection, user_id, "session", None, SESSION_MS)


def new_token(connection: Connection, user_id: str, label: str, days: int | None) -> str:
    """A new token's secret, for `Authorization: Bearer`; without `days` it never ends."""
    return _new(connection, user_id, "token", label, days * 86_400_000 if days else None)


def close(connection: Connection, secret: str) -> None:
    """End a session or a token; nothing happens where there is none."""
    connection.execute(delete(Pass).where(Pass.hash == _hash(secret)))


def tokens(connection: Connection, user_id: str) -> Sequence[Row[Any]]:
    """A user's tokens, the newest first; what is kept of each tells nothing of its secret."""
    query = select(Pass.__table__).where(Pass.user_id == user_id, Pass.kind == "token")
    return connection.execute(query.order_by(Pass.created_at.desc())).all()


def revoke(connection: Connection, user_id: str, hashed: str) -> bool:
    """End a token of a user; False where he has none like it."""
    mine = (Pass.user_id == user_id, Pass.kind == "token", Pass.hash == hashed)
    return connection.execute(delete(Pass).where(*mine)).rowcount == 1


def holder(connection: Connection, secret: str, kind: str) -> tuple[Who, bool] | None:
    """Whose secret it is, and whether `note_use` would write.

    None where it is nobody's, has ended, or its user is let in no more.
    """
    now = now_ms(connection)
    values = {"hash": _hash(secret), "kind": kind, "now": now, "idle": now - IDLE_MS}
    found = connection.execute(_HOLDER, values).first()
    if found is None:
        return None
    who = Who(found.name, Role(found.role), found.sees_identity, found.id)
    return who, kind == "session" and found.seen_at < now - _NOTED_MS


def note_use(connection: Connection, secret: str) -> None:
    """Write down that a session is in use, unless that was done a moment ago."""
    now = now_ms(connection)
    connection.execute(
        update(Pass)
        .where(Pass.hash == _hash(secret), Pass.seen_at < now - _NOTED_MS)
        .values(seen_at=now)
    )


def _new(
    connection: Connection, user_id: str, kind: str, label: str | None, lasts_ms: int | None
) -> str:
    secret, now = secrets.token_urlsafe(32), now_ms(connection)
    connection.execute(delete(Pass).where(Pass.ends_at < now))
    connection.execute(
        insert(Pass).values(
            hash=_hash(secret),
            user_id=user_id,
            kind=kind,
            label=label,
            created_at=now,
            seen_at=now,
            ends_at=now + lasts_ms if lasts_ms else None,
        )
    )
    return secret


def _hash(secret: str) -> str:
    # 256 random bits need no slow hash.
    return hashlib.sha256(secret.encode()).hexdigest()
