"""Who has a study open: a row for each page, renewed while it is open."""

from collections import defaultdict
from collections.abc import Sequence

from sqlalchemy import ColumnElement, Connection, bindparam, delete, insert, select, update

from glioscope.database.engine import now_ms
from glioscope.database.tables import Presence

# A page that was not renewed for so long is closed, in milliseconds.
GONE_MS = 60_000

# Built once: the work list asks for it with every page.
_OTHERS = (
    select(Presence.study_id, Presence.who)
    .where(Presence.who != bindparam("me"), Presence.seen_at >= bindparam("since"))
    .distinct()
    .order_by(Presence.who)
)
_OTHERS_OF = _OTHERS.where(Presence.study_id.in_(bindparam("studies", expanding=True)))


def renew(connection: Connection, study_id: str, page: str, who: str) -> None:
    """Say that a page is open; the study is held by the transaction."""
    now = now_ms(connection)
    connection.execute(
        delete(Presence).where(Presence.study_id == study_id, Presence.seen_at < now - GONE_MS)
    )
    values = {"who": who, "seen_at": now}
    done = connection.execute(update(Presence).where(*_key(study_id, page)).values(**values))
    if not done.rowcount:
        connection.execute(insert(Presence).values(study_id=study_id, page=page, **values))


def close(connection: Connection, study_id: str, page: str, who: str) -> None:
    """Say that a page is closed; nobody closes another's."""
    connection.execute(delete(Presence).where(*_key(study_id, page), Presence.who == who))


def others(connection: Connection, studies: Sequence[str] | None, who: str) -> dict[str, list[str]]:
    """By study, the names of others who have it open; without `studies` of all."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    values = {"me": who, "since": now_ms(connection) - GONE_MS}
    query = _OTHERS if studies is None else _OTHERS_OF
    for study, name in connection.execute(query, values | {"studies": studies}):
        found[study].append(name)
    return found


def _key(study_id: str, page: str) -> tuple[ColumnElement[bool], ...]:
    return Presence.study_id == study_id, Presence.page == page
