"""What the work list tells of reviews outside of reading lists."""

from collections.abc import Collection, Sequence
from typing import Any, Literal

from sqlalchemy import ColumnElement, Connection, Row, Select, and_, exists, or_, select
from sqlalchemy.orm import aliased

from glioscope.database.tables import Job, Review

State = Literal["none", "unsigned", "signed"]


def newest(
    connection: Connection, studies: Sequence[str], reader: str, hidden: Collection[str]
) -> dict[str, Row[Review]]:
    """By study, the newest review that none supersedes; of `hidden` studies the reader's own."""
    if not studies:
        return {}
    query = select(Review.__table__).where(Review.study_id.in_(studies), *_standing(reader, hidden))
    return {row.study_id: row for row in connection.execute(query.order_by(Review.number))}


def is_reviewed(state: State, reader: str, hidden: Collection[str]) -> ColumnElement[bool]:
    """Whether the newest review of a job's study, if there is one, is in this state."""
    signed = _last(select(Review.signed_at), reader, hidden).scalar_subquery()
    there = _last(select(Review.id), reader, hidden).exists()
    if state == "none":
        return ~there
    return signed.is_not(None) if state == "signed" else and_(there, signed.is_(None))


def _last(query: Select[Any], reader: str, hidden: Collection[str]) -> Select[Any]:
    return (
        query.where(Review.study_id == Job.study_id, *_standing(reader, hidden))
        .order_by(Review.number.desc())
        .limit(1)
        .correlate(Job)
    )


def _standing(reader: str, hidden: Collection[str]) -> tuple[ColumnElement[bool], ...]:
    later = aliased(Review)
    superseded = exists().where(later.study_id == Review.study_id, later.supersedes == Review.id)
    own = or_(Review.reader == reader, Review.study_id.not_in(list(hidden)))
    return (Review.list_id.is_(None), ~superseded, *([own] if hidden else []))
