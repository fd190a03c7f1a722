"""Who did what, in a chain: each row's hash covers the row before it and all its own columns."""

import hashlib
import json

from sqlalchemy import Connection, func, insert, select, update

from glioscope.database.engine import now_ms
from glioscope.database.tables import Audit, AuditEnd

_START = "0" * 64
_ONE = 1
# Rows that are held in memory while all are looked through.
_AT_ONCE = 1000


def record(connection: Connection, who: str, action: str, thing: str | None = None) -> None:
    """Add a row. `thing` is an id or a file's name, never what tells who a patient is."""
    end = connection.execute(select(AuditEnd).with_for_update()).first()
    if end is None:
        connection.execute(insert(AuditEnd).values(id=_ONE, rows=0, hash=_START))
    rows, before = (end.rows, end.hash) if end else (0, _START)
    at = now_ms(connection)
    digest = _hash(before, rows + 1, at, who, action, thing)
    values = {"at": at, "who": who, "action": action, "object": thing, "hash": digest}
    connection.execute(insert(Audit).values(id=rows + 1, **values))
    connection.execute(update(AuditEnd).values(rows=rows + 1, hash=digest))


def first_fault(connection: Connection) -> int | None:
    """The number of the first row that was changed, removed or put in; None where all is whole.

    Others may add rows meanwhile.
    """
    end = connection.execute(select(AuditEnd)).first()
    rows, last = (end.rows, end.hash) if end else (0, _START)
    before, number = _START, 0
    query = select(Audit).where(Audit.id <= rows).order_by(Audit.id)
    with connection.execute(query.execution_options(yield_per=_AT_ONCE)) as found:
        for row in found:
            number += 1
            digest = _hash(before, number, row.at, row.who, row.action, row.object)
            if row.id != number or row.hash != digest:
                return number
            before = digest
    if (rows, last) != (number, before):
        return number + 1
    # In one statement, which sees one moment.
    known = select(func.coalesce(func.max(AuditEnd.rows), 0)).scalar_subquery()
    return connection.scalar(select(func.min(Audit.id)).where(Audit.id > known))


def count(connection: Connection) -> int:
    """How many rows there are."""
    return connection.scalar(select(AuditEnd.rows)) or 0


def _hash(before: str, number: int, at: int, who: str, action: str, thing: str | None) -> str:
    row = json.dumps([before, number, at, who, action, thing], ensure_ascii=False)
    return hashlib.sha256(row.encode()).hexdigest()
