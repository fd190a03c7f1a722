"""The work list: studies with their job, their last result, and the change since the one before."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import ColumnElement, Connection, Row, Select, and_, case, func, or_, select

from glioscope.database.folding import folded
from glioscope.database.tables import Job, Result, Study
from glioscope.jobs.queue import rank_unjudged
from glioscope.reviews.worklist import State as ReviewState
from glioscope.reviews.worklist import is_reviewed

Sort = Literal["urgency", "received", "date", "probability", "volume"]
_LIKE = str.maketrans({"%": r"\%", "_": r"\_", "\\": r"\\"})


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """Which studies, and in which order; None asks for all.

    Attributes:
        search: words, each a part of the name, the date or, for those who may know it, the
            patient's name or number, the accession number or the UID of the study.
        gate: verdict of the quality gate.
        by_identity: search in what tells who the patient is, too.
        review: whether there is a review, and whether it is signed.
        reader: who asks; of `unseen` studies he may not see the model's answer, and of `alone` not
            what others said. They are found and ordered as if there were none.
    """

    search: str | None = None
    state: str | None = None
    decision: str | None = None
    gate: str | None = None
    sort: Sort = "urgency"
    by_identity: bool = False
    review: ReviewState | None = None
    reader: str = ""
    unseen: frozenset[str] = frozenset()
    alone: frozenset[str] = frozenset()


def _order(wanted: Wanted) -> tuple[Any, ...]:
    rank, probability, volume = Job.rank, Result.probability, Result.volume_ml
    if wanted.unseen:
        hidden = Study.id.in_(wanted.unseen)
        rank = case((hidden, rank_unjudged(Job.priority)), else_=Job.rank)
        probability, volume = (case((hidden, None), else_=c) for c in (probability, volume))
    orders: dict[Sort, Any] = {
        "urgency": rank.desc(),
        "received": Study.received_at.desc(),
        "date": Study.study_date.desc().nulls_last(),
        "probability": probability.desc().nulls_last(),
        "volume": volume.desc().nulls_last(),
    }
    return orders[wanted.sort], Job.id.desc()


def page(connection: Connection, wanted: Wanted, offset: int, limit: int) -> list[Row[Any]]:
    """Studies of one page of the list, as rows of all columns of the three tables."""
    query = _columns().where(*_conditions(wanted)).order_by(*_order(wanted))
    return list(connection.execute(query.offset(offset).limit(limit)))


def count(connection: Connection, wanted: Wanted) -> int:
    """How many studies there are in all pages."""
    query = select(func.count()).select_from(Job)
    if wanted.search:
        query = query.join(Study, Study.id == Job.study_id)
    if wanted.decision or wanted.gate:
        query = query.join(Result, Result.job_id == Job.id)
    return connection.scalar(query.where(*_conditions(wanted))) or 0


def one(connection: Connection, study_id: str) -> Row[Any] | None:
    """The row of one study."""
    return connection.execute(_columns().where(Study.id == study_id)).first()


def changes(connection: Connection, rows: Sequence[Row[Any]]) -> dict[str, tuple[float, str]]:
    """By study, the change of the volume in ml since the patient's study before, and its day."""
    keys = {row.patient_key for row in rows if row.patient_key and row.volume_ml is not None}
    if not keys:
        return {}
    found = connection.execute(
        select(Study.id, Study.patient_key, Study.study_date, Result.volume_ml)
        .join(Result, Result.study_id == Study.id)
        .where(Study.patient_key.in_(keys), Study.study_date.is_not(None))
        .order_by(Study.study_date)
    ).all()
    last: dict[str | None, tuple[str | None, float | None]] = {}
    changed: dict[str, tuple[float, str]] = {}
    for study_id, patient, day, volume in found:
        earlier, before = last.get(patient, (None, None))
        if earlier and day and earlier < day and before is not None and volume is not None:
            changed[study_id] = volume - before, earlier
        last[patient] = (day, volume)
    return changed


def versions(
    connection: Connection, rows: Sequence[Row[Any]]
) -> tuple[dict[str, str], frozenset[str]]:
    """By study, the same examination after more pictures came; and which of the older are there."""
    ids = {row.id for row in rows}
    older = {row.replaces for row in rows if row.replaces}
    found = connection.execute(
        select(Study.id, Study.replaces)
        .where(Study.replaces.in_(ids) | Study.id.in_(older))
        .order_by(Study.received_at)
    ).all()
    following = {one.replaces: one.id for one in found if one.replaces}
    return following, frozenset(one.id for one in found)


def _columns() -> Select[Any]:
    return (
        select(
            *(column for column in Study.__table__.columns),
            *(c for c in Job.__table__.columns if c.name not in {"id", "study_id"}),
            Result.id.label("result_id"),
            Result.folder.label("result_folder"),
            Result.created_at.label("result_at"),
            *(
                c
                for c in Result.__table__.columns
                if c.name not in {"id", "job_id", "study_id", "folder", "created_at"}
            ),
        )
        .join(Job, Job.study_id == Study.id)
        .outerjoin(Result, Result.job_id == Job.id)
    )


def _conditions(wanted: Wanted) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if wanted.state:
        found.append(Job.state == wanted.state)
    if wanted.decision:
        found.append(Result.decision == wanted.decision)
    if wanted.gate:
        found.append(Result.gate == wanted.gate)
    if wanted.decision and wanted.unseen:
        found.append(Job.study_id.not_in(wanted.unseen))
    if wanted.review:
        found.append(is_reviewed(wanted.review, wanted.reader, wanted.alone))
    for word in (wanted.search or "").split():
        pattern = f"%{folded(word).translate(_LIKE)}%"
        dated = f"%{word.replace('-', '').replace('.', '').translate(_LIKE)}%"
        columns = [func.lower(Study.name), *([Study.identity] if wanted.by_identity else ())]
        found.append(
            or_(
                *(column.like(pattern, escape="\\") for column in columns),
                and_(Study.study_date.is_not(None), Study.study_date.like(dated, escape="\\")),
            )
        )
    return found
