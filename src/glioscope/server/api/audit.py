"""Who did what, and whether the record of it is whole."""

import csv
import datetime
import io
from collections.abc import Iterator
from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, Field
from sqlalchemy import Select, select

from glioscope.database.tables import Audit
from glioscope.server.access.audit import count, first_fault
from glioscope.server.access.guard import Admin, note
from glioscope.server.context import Context, Here

router = APIRouter(prefix="/audit", tags=["audit"])
_COLUMNS = ("id", "time", "who", "action", "object")
# What a spreadsheet would take for a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_MOMENT = Annotated[int | None, Field(ge=0, le=2**53)]


class AuditRow(BaseModel):
    """One row: `at` in milliseconds since 1970, `object` an id or a file's name."""

    id: int
    at: int
    who: str
    action: str
    object: str | None


class AuditPage(BaseModel):
    """Rows, the last first; `more` tells that there are others before them."""

    rows: list[AuditRow]
    more: bool


class AuditState(BaseModel):
    """Whether the audit is whole: `fault` is the first row that is not, null for none."""

    rows: int
    fault: int | None


class AuditFilter(BaseModel):
    """Which rows: `object` by how it begins, times in milliseconds since 1970."""

    who: Annotated[str | None, Field(max_length=64)] = None
    action: Annotated[str | None, Field(max_length=32)] = None
    object: Annotated[str | None, Field(max_length=200)] = None
    since: _MOMENT = None
    until: _MOMENT = None

    def query(self) -> Select[Audit]:
        """The rows, in no order."""
        query = select(Audit)
        if self.who:
            query = query.where(Audit.who == self.who)
        if self.action:
            query = query.where(Audit.action == self.action)
        if self.object:
            query = query.where(Audit.object.startswith(self.object, autoescape=True))
        if self.since is not None:
            query = query.where(Audit.at >= self.since)
        if self.until is not None:
            query = query.where(Audit.at < self.until)
        return query


class AuditQuery(AuditFilter):
    """The same by pages: rows with smaller numbers than `before`."""

    before: Annotated[int | None, Field(ge=1, le=2**53)] = None
    limit: Annotated[int, Field(ge=1, le=1000)] = 100


@router.get("")
def list_audit(here: Here, who: Admin, wanted: Annotated[AuditQuery, Query()]) -> AuditPage:
    """A page of rows, the last first."""
    del who
    query = wanted.query().order_by(Audit.id.desc()).limit(wanted.limit + 1)
    if wanted.before is not None:
        query = query.where(Audit.id < wanted.before)
    with here.reads.connect() as connection:
        found = [
            AuditRow(id=r.id, at=r.at, who=r.who, action=r.action, object=r.object)
            for r in connection.execute(query)
        ]
    return AuditPage(rows=found[: wanted.limit], more=len(found) > wanted.limit)


@router.get("/state")
def verify_audit(here: Here, who: Admin) -> AuditState:
    """Walk through all rows, as `glioscope audit verify` does: seconds for a million."""
    del who
    with here.reads.connect() as connection:
        return AuditState(rows=count(connection), fault=first_fault(connection))


@router.get("/rows.csv", response_class=StreamingResponse)
def export_audit(
    here: Here, who: Admin, wanted: Annotated[AuditFilter, Query()]
) -> StreamingResponse:
    """Rows as a table, the first first; nothing in it is a formula."""
    note(here, who, "export", "audit")
    headers = {"Content-Disposition": 'attachment; filename="audit.csv"'}
    return StreamingResponse(_lines(here, wanted), media_type="text/csv", headers=headers)


def _lines(here: Context, wanted: AuditFilter) -> Iterator[str]:
    # Spreadsheets take a file without this mark for one of their own code page.
    yield "\ufeff" + _line(_COLUMNS)
    query = wanted.query().order_by(Audit.id)
    query = query.execution_options(yield_per=1000)
    with here.reads.connect() as connection, connection.execute(query) as rows:
        for row in rows:
            at = datetime.datetime.fromtimestamp(row.at / 1000, datetime.UTC)
            yield _line((row.id, at.isoformat(timespec="milliseconds"), *map(_cell, row[2:5])))


def _line(cells: tuple[object, ...]) -> str:
    text = io.StringIO()
    csv.writer(text).writerow(cells)
    return text.getvalue()


def _cell(text: str | None) -> str:
    return f"'{text}" if text and text.startswith(_FORMULA) else text or ""
