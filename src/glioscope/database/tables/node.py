"""What a PACS node has on its way, in and out."""

from typing import Any

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from glioscope.database.tables.base import NUMBER, Table


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
        changed_at: when a look last found more than the one before, or the source did not answer.
        due_at: not before.
        token, lease_until: by which claim somebody is at it, and until when.
        failures: looks in a row that came to nothing.
        study_id: what it became; the latest, where more pictures came later.
        cause: why it was left alone, or the last failure, as the code and values of a sentence.
    """

    __tablename__ = "arrival"
    __table_args__ = (UniqueConstraint("source", "study_uid"), Index(None, "state", "due_at"))

    id: Mapped[int] = mapped_column(NUMBER, primary_key=True)
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
    """What is to reach a destination: once, however often it has to be tried.

    Attributes:
        result_id: the result; None where it is told that a study has none.
        notice: what is told then; `study_id` is the study, where the node had taken it.
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

    id: Mapped[int] = mapped_column(NUMBER, primary_key=True)
    result_id: Mapped[str | None] = mapped_column(ForeignKey("result.id", ondelete="CASCADE"))
    study_id: Mapped[str | None] = mapped_column(ForeignKey("study.id", ondelete="CASCADE"))
    notice: Mapped[dict[str, Any] | None]
    destination: Mapped[str] = mapped_column(String(32))
    state: Mapped[str] = mapped_column(String(16))
    created_at: Mapped[int]
    due_at: Mapped[int]
    sent_at: Mapped[int | None]
    token: Mapped[str | None] = mapped_column(String(32))
    lease_until: Mapped[int | None]
    refusals: Mapped[int] = mapped_column(default=0)
    cause: Mapped[dict[str, Any] | None]


class Workitem(Table):
    """A workitem of a worklist (UPS-RS) that a node does or did: one row for each.

    Attributes:
        uid: of the workitem.
        transaction_uid: by which the worklist knows its performer. It is made and kept here before
            the workitem is claimed, so that a node that dies goes on with it.
        state: one of `glioscope.pacs.worklist.workitems.State`.
        study_uid: of the study that it is about; None until it was read.
        progress: in percent, as the worklist was told last.
        cancelling: somebody asked to stop.
        began_at, ended_at: when it was claimed, and when it came to its end.
        due_at, token, lease_until, failures, cause: as in `Arrival`.
    """

    __tablename__ = "workitem"
    __table_args__ = (UniqueConstraint("source", "uid"), Index(None, "source", "state", "due_at"))

    id: Mapped[int] = mapped_column(NUMBER, primary_key=True)
    source: Mapped[str] = mapped_column(String(32))
    uid: Mapped[str] = mapped_column(String(64))
    transaction_uid: Mapped[str] = mapped_column(String(64))
    state: Mapped[str] = mapped_column(String(16))
    study_uid: Mapped[str | None] = mapped_column(String(64))
    progress: Mapped[int] = mapped_column(default=0)
    cancelling: Mapped[bool] = mapped_column(default=False)
    first_at: Mapped[int]
    began_at: Mapped[int | None]
    ended_at: Mapped[int | None]
    due_at: Mapped[int]
    token: Mapped[str | None] = mapped_column(String(32))
    lease_until: Mapped[int | None]
    failures: Mapped[int] = mapped_column(default=0)
    cause: Mapped[dict[str, Any] | None]
