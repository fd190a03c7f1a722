"""Who may sign in, and what was done."""

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from glioscope.database.tables.base import NUMBER, Table


class User(Table):
    """Somebody who may sign in.

    Attributes:
        password: its Argon2 hash; None for one who has only tokens.
        role: one of `glioscope.server.access.roles.Role`.
        sees_identity: whether patients' names and numbers are shown.
        subject: who he is to the hospital's own sign-in (issuer and subject of OpenID Connect, or
            what a proxy says); None for one whom it does not know.
        failures, locked_until: wrong passwords since the last right one, and until when nobody may
            try again.
    """

    __tablename__ = "account"
    # An index: SQLite adds a constraint only by dropping the table, and with it all passes.
    __table_args__ = (Index(None, "subject", unique=True),)

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    name: Mapped[str] = mapped_column(String(64), unique=True)
    password: Mapped[str | None] = mapped_column(String(200))
    role: Mapped[str] = mapped_column(String(16))
    sees_identity: Mapped[bool]
    subject: Mapped[str | None] = mapped_column(String(400))
    disabled: Mapped[bool] = mapped_column(default=False)
    failures: Mapped[int] = mapped_column(default=0)
    locked_until: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[int]


class Pass(Table):
    """What a browser or a program shows to be known; only its hash is kept.

    Attributes:
        kind: `session` of a browser, or `token` of a program.
        ends_at: None is never.
    """

    __tablename__ = "pass"

    hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    user_id: Mapped[str] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"), index=True)
    kind: Mapped[str] = mapped_column(String(16))
    label: Mapped[str | None] = mapped_column(String(64))
    created_at: Mapped[int]
    seen_at: Mapped[int]
    ends_at: Mapped[int | None]


class Audit(Table):
    """Who did what, and when; each row's hash covers the one before it.

    Attributes:
        object: id of the study, user or file that it was done to.
    """

    __tablename__ = "audit"

    id: Mapped[int] = mapped_column(NUMBER, primary_key=True)
    at: Mapped[int]
    who: Mapped[str] = mapped_column(String(64))
    action: Mapped[str] = mapped_column(String(32))
    object: Mapped[str | None] = mapped_column(String(200))
    hash: Mapped[str] = mapped_column(String(64))


class AuditEnd(Table):
    """How many rows the audit has, and the hash of its last: one row, locked by who adds to it."""

    __tablename__ = "audit_end"

    id: Mapped[int] = mapped_column(primary_key=True)
    rows: Mapped[int]
    hash: Mapped[str] = mapped_column(String(64))
