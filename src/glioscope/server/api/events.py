"""What changed, as it changes: server-sent events, so that pages need not ask again and again."""

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import StreamingResponse
from sqlalchemy import Connection, or_, select

from glioscope.database.tables import Audit, Job
from glioscope.jobs.states import State
from glioscope.reviews import presence
from glioscope.reviews.sight import limits
from glioscope.server.access.audit import count
from glioscope.server.access.guard import Viewer
from glioscope.server.access.roles import Who
from glioscope.server.context import Context, Here

router = APIRouter(tags=["events"])

_PAUSE_S = 0.5
# A comment now and then, lest a proxy thinks that nobody is there any more.
_QUIET_PAUSES = 30
# What changed longer before the last change than this was told of already.
_LATELY_MS = 60_000

# Of the audit, what changes versions or reviews.
READ = ("draw", "review", "sign", "withdraw")
# And what is done to studies whose job has long ended.
_DONE_TO_STUDIES = ("delete", "urgent", "not urgent")


@dataclass(frozen=True)
class _Seen:
    """What one look showed.

    Attributes:
        lines: by study, what the work list shows of a job in work, and who has it open.
        read: studies that readers did something with since the look before.
        done_to: studies that were deleted, or made urgent or less so, since then.
        rows: how many the audit had.
    """

    lines: dict[str, tuple[Any, ...]]
    read: frozenset[str]
    done_to: frozenset[str]
    rows: int


@router.get("/events", response_class=StreamingResponse)
async def get_events(request: Request, here: Here, who: Viewer) -> StreamingResponse:
    """`studies` events with the ids of studies whose line in the work list has changed or is gone.

    `reviews` events name those of them whose versions or reviews have. They are hints, and each may
    stand for several changes: whoever shows a study asks for it anew.
    """
    return StreamingResponse(_events(request, here, who), media_type="text/event-stream")


async def _events(request: Request, here: Context, who: Who) -> AsyncGenerator[str, None]:
    seen = await run_in_threadpool(_look, here, who, None)
    yield "retry: 2000\n\n"
    quiet = 0
    while not await request.is_disconnected():
        await asyncio.sleep(_PAUSE_S)
        now = await run_in_threadpool(_look, here, who, seen)
        keys = seen.lines.keys() | now.lines.keys()
        changed = {key for key in keys if seen.lines.get(key) != now.lines.get(key)}
        changed |= now.read | now.done_to
        seen, quiet = now, quiet + 1
        if changed:
            yield f"event: studies\ndata: {' '.join(sorted(changed))}\n\n"
        if seen.read:
            yield f"event: reviews\ndata: {' '.join(sorted(seen.read))}\n\n"
        if not changed and quiet >= _QUIET_PAUSES:
            yield ": still here\n\n"
        if changed or quiet >= _QUIET_PAUSES:
            quiet = 0


def _look(here: Context, who: Who, before: _Seen | None) -> _Seen:
    with here.reads.connect() as connection:
        lines = _jobs(connection)
        for study, names in presence.others(connection, None, who.name).items():
            lines[study] = (*lines.get(study, ()), *names)
        rows = count(connection)
        after = before.rows if before else rows
        read = _read(connection, who, after, rows)
        return _Seen(lines, read, _done_to(connection, after, rows), rows)


def _jobs(connection: Connection) -> dict[str, tuple[Any, ...]]:
    """Where each job stands that is in work, or has been until a moment ago."""
    latest = connection.scalars(
        select(Job.finished_at)
        .where(Job.finished_at.is_not(None))
        .order_by(Job.finished_at.desc())
        .limit(1)
    ).first()
    rows = connection.execute(
        select(Job.study_id, Job.state, Job.stage, Job.done, Job.priority).where(
            or_(
                Job.state.in_((State.WAITING, State.RUNNING)),
                Job.finished_at >= (latest or 0) - 60_000,
            )
        )
    ).all()
    return {row.study_id: tuple(row)[1:] for row in rows}


def _read(connection: Connection, who: Who, after: int, last: int) -> frozenset[str]:
    """Studies of which the audit tells that readers did something; of blind ones, oneself."""
    if after == last:
        return frozenset()
    rows = connection.execute(
        select(Audit.who, Audit.object).where(
            Audit.id > after, Audit.id <= last, Audit.action.in_(READ)
        )
    ).all()
    alone = {study for study, seen in limits(connection, who.name).items() if not seen.others}
    studies = {(name, (thing or "").split()[0]) for name, thing in rows}
    return frozenset(study for name, study in studies if name == who.name or study not in alone)


def _done_to(connection: Connection, after: int, last: int) -> frozenset[str]:
    """Studies of which the audit tells that somebody deleted them or changed their urgency."""
    if after == last:
        return frozenset()
    query = select(Audit.object).where(
        Audit.id > after, Audit.id <= last, Audit.action.in_(_DONE_TO_STUDIES)
    )
    return frozenset(study for study in connection.scalars(query) if study)
