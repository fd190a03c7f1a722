"""The work list: studies with their job, their last result, and the change since the one before.

A page is asked for many times a second. So a statement is built once for each kind of question, and
the jobs of the page are found in the table of jobs alone, in the order of one of its indexes,
before anything is joined to them.
"""

from collections.abc import Container
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Connection,
    ScalarSelect,
    Select,
    SQLColumnExpression,
    Text,
    bindparam,
    case,
    cast,
    func,
    or_,
    select,
)
from sqlalchemy.orm import aliased

from glioscope.database.folding import folded
from glioscope.database.tables import Job, Result, Review, Study
from glioscope.jobs.ranks import UNKNOWN, rank_unjudged
from glioscope.reviews.worklist import State as ReviewState
from glioscope.reviews.worklist import is_reviewed

Sort = Literal["urgency", "received", "date", "probability", "volume"]
# Of statements that are kept ready.
_MOST_KINDS = 500
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


class Line(NamedTuple):
    """What a line of the list is made of, as the columns of that name hold it.

    Attributes:
        result_id, result_at, slices: id, time and the JSON of the result; None where there is none.
        prior_id, prior_volume, prior_date: of the patient's last study before that has a result.
        verdict, reader, signed_at, reviewed_at: of the newest review.
        replaces, replaced_by: the same examination before and after more of its pictures came.
    """

    id: str
    name: str
    kind: str
    patient_id: str | None
    patient_name: str | None
    accession: str | None
    study_date: str | None
    received_at: int
    priority: int
    state: str
    stage: str | None
    done: int
    total: int
    cause: dict[str, Any] | None
    with_model: bool
    result_id: str | None
    result_at: int
    decision: Any
    probability: float | None
    gate: Any
    volume_ml: float | None
    volume_low: float | None
    volume_high: float | None
    slices: str
    model: str
    model_version: str
    prior_id: str | None
    prior_volume: float | None
    prior_date: str
    verdict: str | None
    reader: str
    signed_at: int | None
    reviewed_at: int
    replaces: str | None
    replaced_by: str | None


@dataclass(frozen=True, kw_only=True)
class _Kind:
    """What two questions share that are asked by one statement, with other values."""

    words: int
    by_identity: bool
    filters: tuple[str, ...]
    review: ReviewState | None
    sort: Sort
    unseen: bool
    alone: bool


def page(connection: Connection, wanted: Wanted, offset: int, limit: int) -> tuple[list[Line], int]:
    """The lines of one page, and how many there are in all."""
    kind, values = _kind(wanted), _values(wanted)
    asked = {"offset": offset, "limit": limit}
    rows = connection.execute(_page(kind), values | asked).all()
    if kind.words and rows:
        return [Line._make(row[:-1]) for row in rows], rows[0][-1]
    return [Line._make(row) for row in rows], connection.scalar(_count(kind), values) or 0


def one(connection: Connection, study_id: str) -> Line | None:
    """The line of one study."""
    row = connection.execute(_ONE, {"study": study_id}).first()
    return Line._make(row) if row else None


def change(line: Line, unseen: Container[str | None]) -> tuple[float, str] | None:
    """The change of the volume in ml since the patient's study before, and the day of that.

    None is told where either is `unseen`: the volume of the one would tell that of the other.
    """
    if line.volume_ml is None or line.prior_volume is None or line.prior_volume == UNKNOWN:
        return None
    if line.id in unseen or line.prior_id in unseen:
        return None
    return line.volume_ml - line.prior_volume, line.prior_date


def _kind(wanted: Wanted) -> _Kind:
    return _Kind(
        words=len((wanted.search or "").split()),
        by_identity=wanted.by_identity,
        filters=tuple(name for name in _FILTERS if getattr(wanted, name)),
        review=wanted.review,
        sort=wanted.sort,
        unseen=bool(wanted.unseen),
        alone=bool(wanted.alone),
    )


def _values(wanted: Wanted) -> dict[str, Any]:
    words = enumerate((wanted.search or "").split())
    return {
        **{f"word{n}": f"%{folded(word).translate(_LIKE)}%" for n, word in words},
        **{name: getattr(wanted, name) for name in _FILTERS},
        "reader": wanted.reader,
        "unseen": list(wanted.unseen),
        "alone": list(wanted.alone),
    }


@lru_cache(_MOST_KINDS)
def _page(kind: _Kind) -> Select[*tuple[Any, ...]]:
    # A search reads all studies, which is enough to count those that it finds.
    counted = [func.count().over().label("found")] if kind.words else []
    found = (
        select(Job.id, *counted)
        .where(*_conditions(kind, in_order=True))
        .order_by(*_order(kind))
        .limit(bindparam("limit"))
        .offset(bindparam("offset"))
        .subquery()
    )
    more = [found.c.found] if kind.words else []
    return _lines().add_columns(*more).join(found, found.c.id == Job.id).order_by(*_order(kind))


@lru_cache(_MOST_KINDS)
def _count(kind: _Kind) -> Select[*tuple[Any, ...]]:
    return select(func.count()).select_from(Job).where(*_conditions(kind))


def _order(kind: _Kind) -> tuple[ColumnElement[Any], ...]:
    rank, probability, volume = Job.rank, Job.sort_probability, Job.sort_volume
    if kind.unseen:
        hidden = Job.study_id.in_(bindparam("unseen", expanding=True))
        rank = case((hidden, rank_unjudged(Job.priority)), else_=Job.rank)
        probability, volume = (case((hidden, UNKNOWN), else_=c) for c in (probability, volume))
    orders: dict[Sort, Any] = {
        "urgency": rank,
        "received": Job.created_at,
        "date": Job.sort_date,
        "probability": probability,
        "volume": volume,
    }
    return orders[kind.sort].desc(), Job.id.desc()


def _conditions(kind: _Kind, *, in_order: bool = False) -> list[ColumnElement[bool]]:
    """What jobs must meet; `in_order`: they are looked at in the order of the list, up to a limit.

    A database that knows no better finds all of one decision first and sorts them, which are
    thousands: where an order is walked along it must not see that there is an index of decisions.
    """
    columns = {**_FILTERS, "decision": func.coalesce(Job.decision, "")} if in_order else _FILTERS
    found: list[ColumnElement[bool]] = [columns[name] == bindparam(name) for name in kind.filters]
    if "decision" in kind.filters and kind.unseen:
        found.append(Job.study_id.not_in(bindparam("unseen", expanding=True)))
    if kind.review:
        found.append(is_reviewed(kind.review, blind=kind.alone))
    if kind.words:
        columns = (Study.searched, *((Study.identity,) if kind.by_identity else ()))
        words = [
            or_(*(column.like(bindparam(f"word{n}"), escape="\\") for column in columns))
            for n in range(kind.words)
        ]
        found.append(Job.study_id.in_(select(Study.id).where(*words)))
    return found


def _lines() -> Select[*tuple[Any, ...]]:
    prior, older = aliased(Job), aliased(Study)
    columns = (
        *(Study.id, Study.name, Study.kind, Study.patient_id, Study.patient_name),
        *(Study.accession, Study.study_date, Study.received_at),
        *(Job.priority, Job.state, Job.stage, Job.done, Job.total, Job.cause, Job.with_model),
        *(Result.id, Result.created_at, Result.decision, Result.probability, Result.gate),
        *(Result.volume_ml, Result.volume_low, Result.volume_high),
        *(cast(Result.slices, Text), Result.model, Result.model_version),
        *(prior.study_id, prior.sort_volume, prior.sort_date),
        *(Review.verdict, Review.reader, Review.signed_at, Review.created_at),
        *(older.id, _after()),
    )
    return (
        select(*(column.label(name) for name, column in zip(Line._fields, columns, strict=True)))
        .select_from(Job)
        .join(Study, Study.id == Job.study_id)
        .outerjoin(Result, Result.job_id == Job.id)
        .outerjoin(Review, Review.id == Job.review_id)
        .outerjoin(prior, prior.id == _before())
        .outerjoin(older, older.id == Study.replaces)
    )


def _before() -> ScalarSelect[Any]:
    """The job of the patient's last study before, of those with a result."""
    study, job = aliased(Study), aliased(Job)
    return (
        select(job.id)
        .join(study, study.id == job.study_id)
        .where(
            study.patient_key == Study.patient_key,
            study.study_date < Study.study_date,
            job.decision.is_not(None),
        )
        .order_by(study.study_date.desc(), job.id.desc())
        .limit(1)
        .correlate(Study)
        .scalar_subquery()
    )


def _after() -> ScalarSelect[Any]:
    """The last study that takes the place of this one."""
    later = aliased(Study)
    newest_first = select(later.id).order_by(later.received_at.desc())
    found = newest_first.where(later.replaces == Study.id).limit(1)
    return found.correlate(Study).scalar_subquery()


_FILTERS: dict[str, SQLColumnExpression[Any]] = {
    "state": Job.state,
    "decision": Job.decision,
    "gate": Job.gate,
}
_ONE = _lines().where(Study.id == bindparam("study"))
