"""Reading lists: studies that readers outline without seeing each other's work."""

import secrets
from collections.abc import Collection, Iterable, Sequence

from sqlalchemy import Connection, Row, delete, insert, select, update

from glioscope.database.engine import now_ms
from glioscope.database.tables import ListReader, ListStudy, ReadingList, Review, Study
from glioscope.reviews.worklist import note_state


def new_list(
    connection: Connection,
    name: str,
    readers: Collection[str],
    studies: Sequence[str],
    model_shown: str,
    created_by: str,
) -> str:
    """Open a list; its id. Readers and studies are there, and each is named once."""
    list_id = secrets.token_hex(16)
    now = now_ms(connection)
    values = {"name": name, "model_shown": model_shown, "created_by": created_by}
    connection.execute(insert(ReadingList).values(id=list_id, created_at=now, **values))
    rows = [{"list_id": list_id, "reader": reader} for reader in readers]
    connection.execute(insert(ListReader), rows)
    places = [
        {"list_id": list_id, "study_id": study, "position": position}
        for position, study in enumerate(studies)
    ]
    connection.execute(insert(ListStudy), places)
    return list_id


def known(connection: Connection, studies: Iterable[str]) -> set[str]:
    """Which of the studies there are."""
    return set(connection.scalars(select(Study.id).where(Study.id.in_(list(studies)))))


def close(connection: Connection, list_id: str) -> bool:
    """From now on everybody sees everything of it; False where it is closed already."""
    query = update(ReadingList).where(ReadingList.id == list_id, ReadingList.closed_at.is_(None))
    return bool(connection.execute(query.values(closed_at=now_ms(connection))).rowcount)


def remove(connection: Connection, list_id: str) -> bool:
    """Remove a list; outlines and reviews made for it stay. False where there is none."""
    mine = select(Review.study_id).where(Review.list_id == list_id).distinct()
    studies = connection.scalars(mine).all()
    found = connection.execute(delete(ReadingList).where(ReadingList.id == list_id)).rowcount
    note_state(connection, studies)
    return bool(found)


def list_of(connection: Connection, list_id: str) -> Row[ReadingList] | None:
    """The row of one list."""
    query = select(ReadingList.__table__)
    return connection.execute(query.where(ReadingList.id == list_id)).first()


def lists_for(connection: Connection, reader: str | None) -> list[Row[ReadingList]]:
    """Lists that somebody reads, or all of them; the newest first."""
    query = select(ReadingList.__table__).order_by(ReadingList.created_at.desc(), ReadingList.id)
    if reader is not None:
        own = select(ListReader.list_id).where(ListReader.reader == reader)
        query = query.where(ReadingList.id.in_(own))
    return list(connection.execute(query))


def readers_of(connection: Connection, list_id: str) -> list[str]:
    """Names, in their order."""
    query = select(ListReader.reader).where(ListReader.list_id == list_id)
    return list(connection.scalars(query.order_by(ListReader.reader)))


def studies_of(connection: Connection, list_id: str) -> list[Row[str, str, int]]:
    """Id, pseudonym and position of each study, in order."""
    query = (
        select(Study.id, Study.name, ListStudy.position)
        .join(ListStudy, ListStudy.study_id == Study.id)
        .where(ListStudy.list_id == list_id)
    )
    return list(connection.execute(query.order_by(ListStudy.position)))


def handed_in(connection: Connection, list_id: str) -> dict[str, set[str]]:
    """By study, who has signed a review for the list."""
    query = select(Review.study_id, Review.reader).where(
        Review.list_id == list_id, Review.signed_at.is_not(None)
    )
    found: dict[str, set[str]] = {}
    for study, reader in connection.execute(query):
        found.setdefault(study, set()).add(reader)
    return found


def reads(connection: Connection, list_id: str, reader: str, study_id: str) -> bool:
    """Whether somebody reads this study for an open list."""
    query = (
        select(ListReader.reader)
        .join(ReadingList, ReadingList.id == ListReader.list_id)
        .join(ListStudy, ListStudy.list_id == ReadingList.id)
        .where(
            ReadingList.id == list_id,
            ReadingList.closed_at.is_(None),
            ListReader.reader == reader,
            ListStudy.study_id == study_id,
        )
    )
    return connection.scalar(query) is not None
