"""What the work list tells of reviews outside of reading lists."""

from collections.abc import Collection, Sequence
from functools import cache
from typing import Any, Literal

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    Select,
    and_,
    bindparam,
    exists,
    func,
    or_,
    select,
    update,
)
from sqlalchemy.orm import aliased

from glioscope.database.tables import Job, Review

State = Literal["none", "unsigned", "signed"]


def newest(
    connection: Connection, studies: Sequence[str], reader: str | None = None
) -> dict[str, Row[Any]]:
    """By study, the newest review that none supersedes; with a `reader` of his own."""
    if not studies:
        return {}
    values = {"studies": studies, "reader": reader}
    rows = connection.execute(_newest(reader is not None), values)
    return {row.study_id: row for row in rows}


def note_state(connection: Connection, studies: Collection[str]) -> None:
    """Write down, where the work list looks, what has become of the reviews of some studies."""
    for study in studies:
        row = newest(connection, [study]).get(study)
        state: State = "none" if row is None else "signed" if row.signed_at else "unsigned"
        values = {"review": state, "review_id": row.id if row else None}
        connection.execute(update(Job).where(Job.study_id == study).values(**values))


def is_reviewed(state: State, *, blind: bool) -> ColumnElement[bool]:
    """Whether the newest review of a job's study, if there is one, is in this state.

    For a `blind` reader the statement takes his name, `reader`, and the studies of which he may not
    see what others said, `alone`.
    """
    if not blind:
        return Job.review == state
    alone = Job.study_id.in_(bindparam("alone", expanding=True))
    return or_(and_(~alone, Job.review == state), and_(alone, _own_is(state)))


def _own_is(state: State) -> ColumnElement[bool]:
    own = (Review.study_id == Job.study_id, Review.reader == bindparam("reader"), *_standing())
    last = select(Review.signed_at).where(*own).order_by(Review.number.desc()).limit(1)
    there = exists().where(*own).correlate(Job)
    signed = last.correlate(Job).scalar_subquery()
    if state == "none":
        return ~there
    return signed.is_not(None) if state == "signed" else and_(there, signed.is_(None))


@cache
def _newest(blind: bool) -> Select[*tuple[Any, ...]]:
    among = Review.study_id.in_(bindparam("studies", expanding=True))
    own = [Review.reader == bindparam("reader")] if blind else []
    return select(Review.__table__).where(among, *_standing(), *own).order_by(Review.number)


def _standing() -> tuple[ColumnElement[bool], ...]:
    """Conditions for reviews outside of lists that none supersedes.

    A database that knows no better takes "outside of lists" for rare and looks there first, in an
    index of nearly all reviews; so it must not see that there is one.
    """
    later = aliased(Review)
    superseded = exists().where(later.study_id == Review.study_id, later.supersedes == Review.id)
    return func.coalesce(Review.list_id, "") == "", ~superseded
