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
    LargeBinary,
    MetaData,
    String,
    UniqueConstraint,
    false,
    true,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from glioscope.database.folding import folded_identity

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


def _identity_of(context: Any) -> str | None:
    """What a row that is put in tells of the patient."""
    return folded_identity(context.get_current_parameters())


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
        identity: the same but for the date, as it is searched (`glioscope.database.folding`).
        patient_key: by what another study is known to be the same patient's; None where nothing is.
        source, sender: of a study that a PACS node took: its source, and the title of who sent it.
        replaces: the same examination as it was before more of its pictures came.
        route: what a node's rules say of its result (`glioscope.pacs.rules.Route`).
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
    identity: Mapped[str | None] = mapped_column(String(500), default=_identity_of)
    received_at: Mapped[int] = mapped_column(index=True)
    source: Mapped[str | None] = mapped_column(String(32))
    sender: Mapped[str | None] = mapped_column(String(16))
    replaces: Mapped[str | None] = mapped_column(String(32))
    route: Mapped[dict[str, Any] | None]


class Job(Table):
    """The analysis of one study: what is to be done, who is at it, and what became of it.

    Attributes:
        state: one of `glioscope.jobs.states.State`.
        priority: larger first.
        rank: place in the work list, larger first (`glioscope.jobs.queue.rank`).
        due_at: not before; a job that failed waits a little.
        worker, token, lease_until: who has claimed it, by which claim, and until when unless the
            claim is renewed.
        with_model: whether the network is to answer; without it the pictures are only made ready
            for readers.
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
    with_model: Mapped[bool] = mapped_column(default=True, server_default=true())
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
        decision: `tumour`, `no tumour`, or `not analysed` where the network was not asked;
            `probability` is None then.
        gate: `fit`, `warned` or `refused`; None where the model cannot tell.
        slices: probability of each slice from 0 to 100, for the strip in the list.
        routed: its deliveries have been written down (`Delivery`).
        figures: what the quality gate measured of the input, by name, for the watch over its drift.
    """

    __tablename__ = "result"
    __table_args__ = (UniqueConstraint("job_id"), Index(None, "routed"))

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    job_id: Mapped[int] = mapped_column(ForeignKey("job.id", ondelete="CASCADE"))
    study_id: Mapped[str] = mapped_column(ForeignKey("study.id", ondelete="CASCADE"), index=True)
    folder: Mapped[str] = mapped_column(String(200))
    created_at: Mapped[int]
    decision: Mapped[str] = mapped_column(String(16))
    probability: Mapped[float | None]
    volume_ml: Mapped[float | None]
    volume_low: Mapped[float | None]
    volume_high: Mapped[float | None]
    gate: Mapped[str | None] = mapped_column(String(16))
    slices: Mapped[list[Any]]
    figures: Mapped[dict[str, Any] | None]
    routed: Mapped[bool] = mapped_column(default=False, server_default=false())
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


class Version(Table):
    """An outline that a doctor drew; it never changes, and the model's stays beside it.

    Attributes:
        number: counts the versions of a study from 1.
        author: name of who drew it.
        base: what he began with: `model`, `empty`, or the id of another version.
        list_id: the reading list that it was drawn for; None outside of one.
        folder: where the outline and what was made again from it lie in the store.
        voxels: in the outline; `volume_ml` is None where the size of a voxel is not known.
        added, removed: voxels that the model's outline lacks, and that only it has; None where
            there is none.
        dice: with the model's outline; None where there is none, or both are empty.
    """

    __tablename__ = "version"
    __table_args__ = (UniqueConstraint("study_id", "number"),)

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    study_id: Mapped[str] = mapped_column(ForeignKey("study.id", ondelete="CASCADE"))
    number: Mapped[int]
    author: Mapped[str] = mapped_column(String(64))
    base: Mapped[str] = mapped_column(String(32))
    list_id: Mapped[str | None] = mapped_column(
        ForeignKey("reading_list.id", ondelete="SET NULL"), index=True
    )
    folder: Mapped[str] = mapped_column(String(200))
    created_at: Mapped[int]
    voxels: Mapped[int]
    volume_ml: Mapped[float | None]
    added: Mapped[int | None]
    removed: Mapped[int | None]
    dice: Mapped[float | None]


class Draft(Table):
    """What somebody has drawn and not handed in yet: one for a study, a person and a list.

    Attributes:
        list_id: the reading list; empty outside of one.
        base: as in `Version`.
        content: as the page packs it (`static/study/draw/codec.js`).
    """

    __tablename__ = "draft"

    study_id: Mapped[str] = mapped_column(
        ForeignKey("study.id", ondelete="CASCADE"), primary_key=True
    )
    author: Mapped[str] = mapped_column(String(64), primary_key=True)
    list_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    base: Mapped[str] = mapped_column(String(32))
    content: Mapped[bytes] = mapped_column(LargeBinary)
    saved_at: Mapped[int]


class Review(Table):
    """What a reader says of a study; signed it is locked, and only another can supersede it.

    Attributes:
        number: counts the reviews of a study from 1.
        verdict: `accept`, `correct` or `reject`.
        reason: code of why it is no tumour of this kind (`glioscope.reviews.reasons`).
        version_id: the outline that he stands for, where it is his own.
        list_id: the reading list that he read it for; None outside of one.
        supersedes: the review whose place it takes.
        signed_at: None while it may still be withdrawn.
        seconds: that the study was open for before.
    """

    __tablename__ = "review"
    __table_args__ = (UniqueConstraint("study_id", "number"),)

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    study_id: Mapped[str] = mapped_column(ForeignKey("study.id", ondelete="CASCADE"))
    number: Mapped[int]
    reader: Mapped[str] = mapped_column(String(64))
    verdict: Mapped[str] = mapped_column(String(16))
    reason: Mapped[str | None] = mapped_column(String(32))
    comment: Mapped[str | None] = mapped_column(String(4000))
    version_id: Mapped[str | None] = mapped_column(ForeignKey("version.id", ondelete="SET NULL"))
    list_id: Mapped[str | None] = mapped_column(
        ForeignKey("reading_list.id", ondelete="SET NULL"), index=True
    )
    supersedes: Mapped[str | None] = mapped_column(String(32))
    created_at: Mapped[int] = mapped_column(index=True)
    signed_at: Mapped[int | None]
    seconds: Mapped[int | None]


class ReadingList(Table):
    """Studies that readers are to outline without seeing each other's work.

    Attributes:
        model_shown: `after` a reader has handed in his own, or `never`.
        closed_at: from then on everybody sees everything of it.
    """

    __tablename__ = "reading_list"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    name: Mapped[str] = mapped_column(String(100))
    model_shown: Mapped[str] = mapped_column(String(16))
    created_by: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[int]
    closed_at: Mapped[int | None]


class ListReader(Table):
    """Who reads a list."""

    __tablename__ = "list_reader"

    list_id: Mapped[str] = mapped_column(
        ForeignKey("reading_list.id", ondelete="CASCADE"), primary_key=True
    )
    reader: Mapped[str] = mapped_column(String(64), primary_key=True)


class ListStudy(Table):
    """What is on a list, and where."""

    __tablename__ = "list_study"

    list_id: Mapped[str] = mapped_column(
        ForeignKey("reading_list.id", ondelete="CASCADE"), primary_key=True
    )
    study_id: Mapped[str] = mapped_column(
        ForeignKey("study.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    position: Mapped[int]


class Presence(Table):
    """Who has a study open: a row for each page, renewed while it is open.

    Attributes:
        page: a random word of the page.
    """

    __tablename__ = "presence"

    study_id: Mapped[str] = mapped_column(
        ForeignKey("study.id", ondelete="CASCADE"), primary_key=True
    )
    page: Mapped[str] = mapped_column(String(32), primary_key=True)
    who: Mapped[str] = mapped_column(String(64))
    seen_at: Mapped[int]


class Cursor(Table):
    """How far a PACS node has read the changes of a source."""

    __tablename__ = "cursor"

    source: Mapped[str] = mapped_column(String(32), primary_key=True)
    value: Mapped[str] = mapped_column(String(64))


class Arrival(Table):
    """A study of which a source has something: one row for each study of each source.

    Attributes:
        state: one of `glioscope.pacs.arrivals.State`.
        sender: title of who sent it, where the source knows.
        stamp: what differs whenever the source has something new of it.
        census: MR series of the source, and how many instances each has, at the last look;
            `judged` is the one by which it was last taken or left alone.
        changed_at: when a look last found more than the one before.
        due_at: not before.
        token, lease_until: by which claim somebody is at it, and until when.
        failures: looks in a row that came to nothing.
        study_id: what it became; the latest, where more pictures came later.
        cause: why it was left alone, or the last failure, as the code and values of a sentence.
    """

    __tablename__ = "arrival"
    __table_args__ = (UniqueConstraint("source", "study_uid"), Index(None, "state", "due_at"))

    id: Mapped[int] = mapped_column(_NUMBER, primary_key=True)
    source: Mapped[str] = mapped_column(String(32))
    study_uid: Mapped[str] = mapped_column(String(64))
    state: Mapped[str] = mapped_column(String(16))
    sender: Mapped[str | None] = mapped_column(String(16))
    stamp: Mapped[str] = mapped_column(String(64))
    census: Mapped[dict[str, Any] | None]
    judged: Mapped[dict[str, Any] | None]
    first_at: Mapped[int]
    changed_at: Mapped[int]
    due_at: Mapped[int]
    token: Mapped[str | None] = mapped_column(String(32))
    lease_until: Mapped[int | None]
    failures: Mapped[int] = mapped_column(default=0)
    study_id: Mapped[str | None] = mapped_column(ForeignKey("study.id", ondelete="SET NULL"))
    cause: Mapped[dict[str, Any] | None]


class Delivery(Table):
    """A result that is to reach a destination: once, however often it has to be tried.

    Attributes:
        state: one of `glioscope.pacs.outbox.State`.
        due_at, token, lease_until: as in `Arrival`.
        refusals: times that the destination answered and did not want it.
        cause: the last failure.
    """

    __tablename__ = "delivery"
    __table_args__ = (
        UniqueConstraint("result_id", "destination"),
        Index(None, "destination", "state", "due_at"),
    )

    id: Mapped[int] = mapped_column(_NUMBER, primary_key=True)
    result_id: Mapped[str] = mapped_column(ForeignKey("result.id", ondelete="CASCADE"))
    destination: Mapped[str] = mapped_column(String(32))
    state: Mapped[str] = mapped_column(String(16))
    created_at: Mapped[int]
    due_at: Mapped[int]
    sent_at: Mapped[int | None]
    token: Mapped[str | None] = mapped_column(String(32))
    lease_until: Mapped[int | None]
    refusals: Mapped[int] = mapped_column(default=0)
    cause: Mapped[dict[str, Any] | None]
