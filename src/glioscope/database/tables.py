"""Every table, with what its columns hold. Times are milliseconds since 1970, UTC.

A change here needs a migration beside it (`migrations/`); a test compares the two.
"""

from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    UniqueConstraint,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

# Constraints have names, so that migrations can speak of them on every database.
_NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}

# SQLite counts rows up only in a column of this very type.
_NUMBER = BigInteger().with_variant(Integer, "sqlite")


class Table(DeclarativeBase):
    """What all tables share."""

    metadata = MetaData(naming_convention=_NAMES)
    type_annotation_map = {int: BigInteger, dict[str, Any]: JSON, list[Any]: JSON}  # noqa: RUF012


class Study(Table):
    """One examination that was handed in.

    Attributes:
        id: what addresses call it: random, and so of no meaning.
        key: study UID and the hash of its series: the same examination handed in twice is one.
        name: what people call it where nobody's identity may be told: a pseudonym.
        kind: `dicom`, `nifti`, `lgg`, `pictures` or `phantom`.
        folder, place: where it lies in the store, and which of the studies there it is.
        study_uid, patient_id, patient_name, accession, study_date (`20261129`): as DICOM
            says, else None.
        patient_key: by what another study is known to be the same patient's; None where nothing is.
    """

    __tablename__ = "study"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    key: Mapped[str] = mapped_column(String(160), unique=True)
    name: Mapped[str] = mapped_column(String(64))
    kind: Mapped[str] = mapped_column(String(16))
    folder: Mapped[str] = mapped_column(String(200))
    place: Mapped[int] = mapped_column(default=0)
    study_uid: Mapped[str | None] = mapped_column(String(64), index=True)
    patient_key: Mapped[str | None] = mapped_column(String(64), index=True)
    patient_id: Mapped[str | None] = mapped_column(String(64))
    patient_name: Mapped[str | None] = mapped_column(String(324))
    accession: Mapped[str | None] = mapped_column(String(16), index=True)
    study_date: Mapped[str | None] = mapped_column(String(10), index=True)
    received_at: Mapped[int] = mapped_column(index=True)


class Job(Table):
    """The analysis of one study: what is to be done, who is at it, and what became of it.

    Attributes:
        state: one of `glioscope.jobs.states.State`.
        priority: larger first.
        rank: place in the work list, larger first (`glioscope.jobs.queue.rank`).
        due_at: not before; a job that failed waits a little.
        worker, token, lease_until: who has claimed it, by which claim, and until when unless the
            claim is renewed.
        cancelling: whoever has claimed it should stop.
        child_failures: attempts that ended with an error, a crash, a time-out or no memory left.
        worker_losses: attempts whose worker went away.
        stage, done, total: how far the attempt is.
        cause: the last failure, as the code and values of a sentence; `cause_detail` is what the
            system or a library said, for whoever looks after the server.
    """

    __tablename__ = "job"
    __table_args__ = (
        Index(None, "state", "due_at"),
        Index(None, "priority", "created_at"),
        Index(None, "rank", "id"),
    )

    id: Mapped[int] = mapped_column(_NUMBER, primary_key=True)
    study_id: Mapped[str] = mapped_column(ForeignKey("study.id", ondelete="CASCADE"), unique=True)
    state: Mapped[str] = mapped_column(String(16))
    priority: Mapped[int] = mapped_column(default=0)
    rank: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[int]
    due_at: Mapped[int]
    started_at: Mapped[int | None]
    finished_at: Mapped[int | None]
    worker: Mapped[str | None] = mapped_column(String(100))
    token: Mapped[str | None] = mapped_column(String(32))
    lease_until: Mapped[int | None]
    cancelling: Mapped[bool] = mapped_column(default=False)
    child_failures: Mapped[int] = mapped_column(default=0)
    worker_losses: Mapped[int] = mapped_column(default=0)
    stage: Mapped[str | None] = mapped_column(String(16))
    done: Mapped[int] = mapped_column(default=0)
    total: Mapped[int] = mapped_column(default=0)
    cause: Mapped[dict[str, Any] | None]
    cause_detail: Mapped[str | None]


class Result(Table):
    """What an analysis found, in figures that a list is sorted by; the rest lies in its folder.

    Attributes:
        folder: where its files lie in the store.
        decision: `tumour` or `no tumour`.
        gate: `fit`, `warned` or `refused`; None where the model cannot tell.
        slices: probability of each slice from 0 to 100, for the strip in the list.
    """

    __tablename__ = "result"
    __table_args__ = (UniqueConstraint("job_id"),)

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    job_id: Mapped[int] = mapped_column(ForeignKey("job.id", ondelete="CASCADE"))
    study_id: Mapped[str] = mapped_column(ForeignKey("study.id", ondelete="CASCADE"), index=True)
    folder: Mapped[str] = mapped_column(String(200))
    created_at: Mapped[int]
    decision: Mapped[str] = mapped_column(String(16))
    probability: Mapped[float]
    volume_ml: Mapped[float | None]
    volume_low: Mapped[float | None]
    volume_high: Mapped[float | None]
    gate: Mapped[str | None] = mapped_column(String(16))
    slices: Mapped[list[Any]]
    model: Mapped[str] = mapped_column(String(100))
    model_version: Mapped[str] = mapped_column(String(50))


class Worker(Table):
    """A process that takes jobs; a row that is not renewed is of one that is gone.

    Attributes:
        state: `idle`, `working` or `no space`.
    """

    __tablename__ = "worker"

    name: Mapped[str] = mapped_column(String(100), primary_key=True)
    state: Mapped[str] = mapped_column(String(16))
    started_at: Mapped[int]
    seen_at: Mapped[int]


class User(Table):
    """Somebody who may sign in.

    Attributes:
        password: its Argon2 hash; None for one who has only tokens.
        role: one of `glioscope.server.access.roles.Role`.
        sees_identity: whether patients' names and numbers are shown.
        failures, locked_until: wrong passwords since the last right one, and until when nobody may
            try again.
    """

    __tablename__ = "account"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    name: Mapped[str] = mapped_column(String(64), unique=True)
    password: Mapped[str | None] = mapped_column(String(200))
    role: Mapped[str] = mapped_column(String(16))
    sees_identity: Mapped[bool]
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

    id: Mapped[int] = mapped_column(_NUMBER, primary_key=True)
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
