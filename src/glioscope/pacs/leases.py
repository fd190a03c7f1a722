"""Rows that one node at a time is at: claimed by a token, for as long as a lease holds."""

import secrets
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, select, update

from glioscope.database.engine import now_ms
from glioscope.database.tables import Arrival, Workitem


def lease(
    connection: Connection,
    table: type[Arrival] | type[Workitem],
    *wanted: ColumnElement[bool],
    lease_ms: int,
) -> tuple[Row[Any], str] | None:
    """The row that is due first among those wanted, and the token it is claimed by."""
    now = now_ms(connection)
    free = table.lease_until.is_(None) | (table.lease_until < now)
    row = connection.execute(
        select(table.__table__)
        .where(*wanted, table.due_at <= now, free)
        .order_by(table.due_at, table.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    ).first()
    if row is None:
        return None
    token = secrets.token_hex(16)
    values = {"token": token, "lease_until": now + lease_ms}
    connection.execute(update(table).where(table.id == row.id).values(**values))
    return row, token
