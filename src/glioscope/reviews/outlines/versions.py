"""Outlines of readers: numbered as they come, and never changed."""

import secrets
import time

from sqlalchemy import Connection, Row, func, insert, select

from glioscope.database.engine import now_ms
from glioscope.database.tables import Study, Version
from glioscope.reviews.outlines.redraw import Redrawn
from glioscope.reviews.sight import Sight

FOLDER = "versions"
# What a reader begins with, unless it is another version.
MODEL, EMPTY = "model", "empty"


def new_folder() -> str:
    """A name in the store; it says when, so that what nobody owns can be cleared."""
    return f"{FOLDER}/{round(time.time())}-{secrets.token_hex(12)}"


def hold(connection: Connection, study_id: str) -> bool:
    """Keep others from entering anything for a study until the transaction ends.

    False where there is no such study.
    """
    query = select(Study.id).where(Study.id == study_id).with_for_update()
    return connection.scalar(query) is not None


def enter(
    connection: Connection,
    study_id: str,
    *,
    author: str,
    base: str,
    list_id: str | None,
    folder: str,
    found: Redrawn,
) -> str:
    """Enter a version whose files are stored; its id. The study is held by the transaction."""
    last = connection.scalar(select(func.max(Version.number)).where(Version.study_id == study_id))
    version_id = secrets.token_hex(16)
    connection.execute(
        insert(Version).values(
            id=version_id,
            study_id=study_id,
            number=(last or 0) + 1,
            author=author,
            base=base,
            list_id=list_id,
            folder=folder,
            created_at=now_ms(connection),
            **vars(found),
        )
    )
    return version_id


def version_of(connection: Connection, study_id: str, version_id: str) -> Row[Version] | None:
    """The row of one version."""
    query = select(Version.__table__)
    return connection.execute(
        query.where(Version.id == version_id, Version.study_id == study_id)
    ).first()


def versions_of(
    connection: Connection, study_id: str, reader: str, seen: Sight, list_id: str | None = None
) -> list[Row[Version]]:
    """Versions that a person may see, oldest first; those of one list where it is named."""
    query = select(Version.__table__).where(Version.study_id == study_id)
    if not seen.others:
        query = query.where(Version.author == reader)
    if list_id is not None:
        query = query.where(Version.list_id == list_id)
    return list(connection.execute(query.order_by(Version.number)))


def began_with_the_model(connection: Connection, study_id: str, base: str) -> bool:
    """Whether an outline goes back to the model's, at first or by way of other versions."""
    while base not in (MODEL, EMPTY):
        row = version_of(connection, study_id, base)
        if row is None:
            return False
        base = row.base
    return base == MODEL
