"""What somebody has drawn and not handed in: one for a study, a person and a list."""

from sqlalchemy import ColumnElement, Connection, Row, delete, insert, select, update

from glioscope.database.engine import now_ms
from glioscope.database.tables import Draft

# A mask of 512 x 512 x 200 with what was touched in it takes less.
MOST_BYTES = 8 * 2**20


def draft_of(
    connection: Connection, study_id: str, author: str, list_id: str | None
) -> Row[str, bytes, int] | None:
    """Base, content and time of a draft; None where there is none."""
    query = select(Draft.base, Draft.content, Draft.saved_at)
    return connection.execute(query.where(*_key(study_id, author, list_id))).first()


def keep(
    connection: Connection,
    study_id: str,
    author: str,
    list_id: str | None,
    base: str,
    content: bytes,
) -> int:
    """Put a draft in the place of the one before; when, in ms since 1970.

    The study is held by the transaction.
    """
    saved_at = now_ms(connection)
    values = {"base": base, "content": content, "saved_at": saved_at}
    done = connection.execute(
        update(Draft).where(*_key(study_id, author, list_id)).values(**values)
    )
    if not done.rowcount:
        connection.execute(
            insert(Draft).values(study_id=study_id, author=author, list_id=list_id or "", **values)
        )
    return saved_at


def drop(connection: Connection, study_id: str, author: str, list_id: str | None) -> None:
    """Forget a draft; nothing happens where there is none."""
    connection.execute(delete(Draft).where(*_key(study_id, author, list_id)))


def _key(study_id: str, author: str, list_id: str | None) -> tuple[ColumnElement[bool], ...]:
    return Draft.study_id == study_id, Draft.author == author, Draft.list_id == (list_id or "")
