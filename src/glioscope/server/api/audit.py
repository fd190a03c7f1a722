"""Who did what, and whether the record of it is whole."""

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel
from sqlalchemy import select

from glioscope.database.tables import Audit
from glioscope.server.access.audit import first_fault
from glioscope.server.access.guard import Admin
from glioscope.server.context import Here

router = APIRouter(prefix="/audit", tags=["audit"])


class AuditRow(BaseModel):
    """One row: `at` in milliseconds since 1970, `object` an id or a file's name."""

    id: int
    at: int
    who: str
    action: str
    object: str | None


class AuditPage(BaseModel):
    """Rows, the last first; `fault` is the first one that was changed or removed, null for none."""

    rows: list[AuditRow]
    fault: int | None


@router.get("")
def list_audit(
    here: Here,
    who: Admin,
    before: Annotated[int | None, Query(ge=1, le=2**53)] = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
) -> AuditPage:
    """Rows before a number, the last first, and whether all of them are whole."""
    del who
    query = select(Audit).order_by(Audit.id.desc()).limit(limit)
    if before is not None:
        query = query.where(Audit.id < before)
    with here.reads.connect() as connection:
        found = [
            AuditRow(id=r.id, at=r.at, who=r.who, action=r.action, object=r.object)
            for r in connection.execute(query)
        ]
        return AuditPage(rows=found, fault=first_fault(connection))
