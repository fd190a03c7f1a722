"""The work list: studies with their job, their last result, and the change since the one before.

A page is asked for many times a second. So a statement is built once for each kind of question, and
the jobs of the page are found in the table of jobs alone, in the order of one of its indexes,
before anything is joined to them.
"""

from collections.abc import Container, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
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

from glioscope.database.folding import folded
from glioscope.database.tables import Job, Result, Study
from glioscope.jobs.queue import UNKNOWN, rank_unjudged
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


def page(
    connection: Connection, wanted: Wanted, offset: int, limit: int
) -> tuple[list[Row[Any]], int]:
    """Studies of one page, as rows of what a line of it shows, and how many there are in all."""
    kind, values = _kind(wanted), _values(wanted)
    asked = {"offset": offset, "limit": limit}
    rows = list(connection.execute(_page(kind), values | asked))
    if kind.words and rows:
        return rows, rows[0].found
    return rows, connection.scalar(_count(kind), values) or 0


def one(connection: Connection, study_id: str) -> Row[Any] | None:
    """The row of one study."""
    return connection.execute(_ONE, {"study": study_id}).first()


def changes(
    connection: Connection, rows: Sequence[Row[Any]], unseen: Container[str]
) -> dict[str, tuple[float, str]]:
    """By study, the change of the volume in ml since the patient's study before, and its day.

    None is told where either is `unseen`: the volume of the one would tell that of the other.
    """
    keys = {row.patient_key for row in rows if row.patient_key and row.volume_ml is not None}
    if not keys:
        return {}
    last: dict[str | None, tuple[str, float]] = {}
    changed: dict[str, tuple[float, str]] = {}
    for study_id, patient, dated, volume in connection.execute(_OF_PATIENTS, {"keys": list(keys)}):
        day = dated or ""
        earlier, before = last.get(patient, (day, UNKNOWN))
        now = UNKNOWN if study_id in unseen else volume
        if earlier < day and UNKNOWN not in (before, now):
            changed[study_id] = now - before, earlier
        last[patient] = (day, now)
    return changed


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
    return (
        select(
            *(Study.id, Study.name, Study.kind, Study.patient_key, Study.patient_id),
            *(Study.patient_name, Study.accession, Study.study_date, Study.received_at),
            *(Job.priority, Job.state, Job.stage, Job.done, Job.total, Job.cause, Job.with_model),
            Result.id.label("result_id"),
            Result.created_at.label("result_at"),
            *(Result.decision, Result.probability, Result.gate),
            *(Result.volume_ml, Result.volume_low, Result.volume_high),
            cast(Result.slices, Text).label("slices"),
            *(Result.model, Result.model_version),
        )
        .select_from(Job)
        .join(Study, Study.id == Job.study_id)
        .outerjoin(Result, Result.job_id == Job.id)
    )


_FILTERS: dict[str, SQLColumnExpression[Any]] = {
    "state": Job.state,
    "decision": Job.decision,
    "gate": Job.gate,
}
_ONE = _lines().where(Study.id == bindparam("study"))
_OF_PATIENTS = (
    select(Study.id, Study.patient_key, Study.study_date, Job.sort_volume)
    .join(Job, Job.study_id == Study.id)
    .where(
        Study.patient_key.in_(bindparam("keys", expanding=True)),
        Study.study_date.is_not(None),
        Job.decision.is_not(None),
    )
    .order_by(Study.study_date)
)
