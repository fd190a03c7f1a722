"""Every table, with what its columns hold. Times are milliseconds since 1970, UTC.

A change here needs a migration beside it (`migrations/`); a test compares the two.

- `base`: what all tables share.
- `studies`: studies, their jobs and results, and workers.
- `access`: who may sign in, and what was done.
- `reading`: what readers draw and say.
- `node`: what a PACS node has on its way.
"""

from glioscope.database.tables.access import Audit, AuditEnd, Pass, User
from glioscope.database.tables.base import Table
from glioscope.database.tables.node import Arrival, Cursor, Delivery, Workitem
from glioscope.database.tables.reading import (
    Draft,
    ListReader,
    ListStudy,
    Presence,
    ReadingList,
    Review,
    Version,
)
from glioscope.database.tables.studies import Job, Result, Study, Worker

__all__ = [
    "Arrival",
    "Audit",
    "AuditEnd",
    "Cursor",
    "Delivery",
    "Draft",
    "Job",
    "ListReader",
    "ListStudy",
    "Pass",
    "Presence",
    "ReadingList",
    "Result",
    "Review",
    "Study",
    "Table",
    "User",
    "Version",
    "Worker",
    "Workitem",
]
