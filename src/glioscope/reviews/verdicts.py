"""Reviews: given, signed, superseded, withdrawn; none is ever changed but for its signature.

The study is held by the transaction (`versions.hold`), so that two of them never go by each other.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, Row, delete, func, insert, select, update

from glioscope.database.engine import now_ms
from glioscope.database.tables import Review
from glioscope.reviews.reasons import Reason, Verdict
from glioscope.reviews.sight import Sight
from glioscope.reviews.worklist import note_state


class Locked(Exception):
    """A signed review stands: only one that names it may take its place."""


class Fixed(Exception):
    """The review is signed, or superseded: it stays as it is."""


@dataclass(frozen=True, kw_only=True)
class Given:
    """What a reader says of a study; fields as in `glioscope.database.tables.Review`."""

    reader: str
    verdict: Verdict
    reason: Reason | None
    comment: str | None
    version_id: str | None
    list_id: str | None
    seconds: int | None


def give(connection: Connection, study_id: str, given: Given, supersedes: str | None) -> str:
    """Enter a review; its id. It takes the place of the reader's unsigned one for the same list.

    Raises:
        Locked: his last one is signed and `supersedes` does not name it, or names another.
    """
    rows = _own(connection, study_id, given.reader, given.list_id)
    last = standing(rows)[-1:] if rows else []
    allowed = {row.id for row in last}
    if last and last[0].signed_at is None:
        # What the unsigned one was to supersede is superseded with it.
        allowed |= {None, last[0].supersedes}
    if supersedes not in (allowed or {None}):
        raise Locked
    number = connection.scalar(select(func.max(Review.number)).where(Review.study_id == study_id))
    review_id = secrets.token_hex(16)
    connection.execute(
        insert(Review).values(
            id=review_id,
            study_id=study_id,
            number=(number or 0) + 1,
            supersedes=last[0].id if last else None,
            created_at=now_ms(connection),
            **vars(given),
        )
    )
    note_state(connection, [study_id])
    return review_id


def sign(connection: Connection, review: Row[Review]) -> None:
    """Lock a review.

    Raises:
        Fixed: it is signed or superseded already.
    """
    _require_open(connection, review)
    values = {"signed_at": now_ms(connection)}
    connection.execute(update(Review).where(Review.id == review.id).values(**values))
    note_state(connection, [review.study_id])


def withdraw(connection: Connection, review: Row[Review]) -> None:
    """Remove an unsigned review; the one before it stands again.

    Raises:
        Fixed: as `sign`.
    """
    _require_open(connection, review)
    connection.execute(delete(Review).where(Review.id == review.id))
    note_state(connection, [review.study_id])


def review_of(connection: Connection, study_id: str, review_id: str) -> Row[Review] | None:
    """The row of one review."""
    query = select(Review.__table__)
    return connection.execute(
        query.where(Review.id == review_id, Review.study_id == study_id)
    ).first()


def reviews_of(
    connection: Connection, study_id: str, reader: str, seen: Sight, list_id: str | None = None
) -> list[Row[Review]]:
    """Reviews that a person may see, oldest first; those of one list where it is named."""
    query = select(Review.__table__).where(Review.study_id == study_id)
    if not seen.others:
        query = query.where(Review.reader == reader)
    if list_id is not None:
        query = query.where(Review.list_id == list_id)
    return list(connection.execute(query.order_by(Review.number)))


def standing(rows: Sequence[Row[Review]]) -> list[Row[Review]]:
    """Those that none of the others supersedes."""
    gone = {row.supersedes for row in rows}
    return [row for row in rows if row.id not in gone]


def _own(
    connection: Connection, study_id: str, reader: str, list_id: str | None
) -> list[Row[Review]]:
    at = Review.list_id.is_(None) if list_id is None else Review.list_id == list_id
    query = select(Review.__table__).where(Review.study_id == study_id, Review.reader == reader, at)
    return list(connection.execute(query.order_by(Review.number)))


def _require_open(connection: Connection, review: Row[Review]) -> None:
    later = select(Review.id).where(
        Review.study_id == review.study_id, Review.supersedes == review.id
    )
    if review.signed_at is not None or connection.scalar(later) is not None:
        raise Fixed
