"""Studies, their jobs and results, and the workers that are at it."""

from typing import Any

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint, false, true
from sqlalchemy.orm import Mapped, mapped_column

from glioscope.database.folding import folded_identity, folded_name
from glioscope.database.tables.base import NUMBER, Table


def _searched_of(context: Any) -> str:
    """What a row that is put in tells everybody."""
    return folded_name(context.get_current_parameters())


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
        searched, identity: what everybody may search it by, and what only those who may know who
            the patient is (`glioscope.database.folding`).
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
    searched: Mapped[str] = mapped_column(String(140), default=_searched_of, server_default="")
    identity: Mapped[str | None] = mapped_column(String(500), default=_identity_of)
    received_at: Mapped[int] = mapped_column(index=True)
    source: Mapped[str | None] = mapped_column(String(32))
    sender: Mapped[str | None] = mapped_column(String(16))
    replaces: Mapped[str | None] = mapped_column(String(32), index=True)
    route: Mapped[dict[str, Any] | None]


# Columns of `job` that the work list is ordered by.
SORTED = ("rank", "created_at", "sort_date", "sort_probability", "sort_volume")


class Job(Table):
    """The analysis of one study: what is to be done, who is at it, and what became of it.

    Attributes:
        state: one of `glioscope.jobs.states.State`.
        priority: larger first.
        rank: place in the work list, larger first (`glioscope.jobs.ranks.rank`).
        sort_date, sort_probability, sort_volume, decision, gate, review: what the work list sorts
            and filters by, of the study, its result and its newest review (`none`, `unsigned` or
            `signed`): an order that begins in an index reads one page of the list and no more.
            Empty, -1 and None where there is nothing.
        review_id: that newest review.
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
        routed: that it ended without a result was written down for who is to be told (`Delivery`).
        software: version of glioscope that made the last attempt.
    """

    __tablename__ = "job"
    __table_args__ = (
        Index(None, "routed", "state"),
        Index(None, "state", "due_at"),
        Index(None, "priority", "created_at"),
        *(Index(None, column, "id") for column in SORTED),
        Index(None, "decision", "gate", "state", "review"),
    )

    id: Mapped[int] = mapped_column(NUMBER, primary_key=True)
    study_id: Mapped[str] = mapped_column(ForeignKey("study.id", ondelete="CASCADE"), unique=True)
    state: Mapped[str] = mapped_column(String(16))
    priority: Mapped[int] = mapped_column(default=0)
    rank: Mapped[int] = mapped_column(default=0)
    sort_date: Mapped[str] = mapped_column(String(10), default="", server_default="")
    sort_probability: Mapped[float] = mapped_column(default=-1.0, server_default="-1")
    sort_volume: Mapped[float] = mapped_column(default=-1.0, server_default="-1")
    decision: Mapped[str | None] = mapped_column(String(16))
    gate: Mapped[str | None] = mapped_column(String(16))
    review: Mapped[str] = mapped_column(String(8), default="none", server_default="none")
    review_id: Mapped[str | None] = mapped_column(String(32))
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
    routed: Mapped[bool] = mapped_column(default=False, server_default=false())
    software: Mapped[str | None] = mapped_column(String(50))


class Result(Table):
    """What an analysis found, in figures that a list is sorted by; the rest lies in its folder.

    Attributes:
        folder: where its files lie in the store.
        decision: `tumour`, `not typical`, `no tumour`, or `not analysed` where the network was not
            asked; `probability` is None then.
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
