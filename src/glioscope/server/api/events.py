"""What changed, as it changes: server-sent events, so that pages need not ask again and again."""

import asyncio
from collections.abc import AsyncGenerator
from typing import Any, NamedTuple

from fastapi import APIRouter, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import StreamingResponse
from sqlalchemy import Connection, func, or_, select

from glioscope.database.tables import Audit, Job
from glioscope.jobs.states import State
from glioscope.server.access.guard import Viewer
from glioscope.server.context import Context, Here

router = APIRouter(tags=["events"])

_PAUSE_S = 0.5
# A comment now and then, lest a proxy thinks that nobody is there any more.
_QUIET_PAUSES = 30

# What is done to studies whose job has long ended, by the name that it has in the audit.
_DONE_TO_STUDIES = ("delete", "urgent", "not urgent")

Jobs = dict[str, tuple[Any, ...]]


class _Seen(NamedTuple):
    """Where jobs stand, and how long the audit is."""

    jobs: Jobs
    audit: int
    done_to: list[str]


@router.get("/events", response_class=StreamingResponse)
async def get_events(request: Request, here: Here, who: Viewer) -> StreamingResponse:
    """`studies` events with the ids of studies that have changed or were deleted.

    They are hints, and each may stand for several changes: whoever shows a study asks for it anew.
    """
    del who
    return StreamingResponse(_events(request, here), media_type="text/event-stream")


async def _events(request: Request, here: Context) -> AsyncGenerator[str, None]:
    seen = await run_in_threadpool(_look, here, None)
    yield "retry: 2000\n\n"
    quiet = 0
    while not await request.is_disconnected():
        await asyncio.sleep(_PAUSE_S)
        now = await run_in_threadpool(_look, here, seen.audit)
        changed = [key for key, value in now.jobs.items() if seen.jobs.get(key) != value]
        changed += [key for key in seen.jobs if key not in now.jobs]
        changed += [key for key in now.done_to if key not in changed]
        seen, quiet = now, quiet + 1
        if changed:
            yield f"event: studies\ndata: {' '.join(changed)}\n\n"
        elif quiet >= _QUIET_PAUSES:
            yield ": still here\n\n"
        if changed or quiet >= _QUIET_PAUSES:
            quiet = 0


def _look(here: Context, since: int | None) -> _Seen:
    """Where each job stands that is in work, or has been until a moment ago.

    And what was done to studies after row `since` of the audit.
    """
    with here.reads.connect() as connection:
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
        end = connection.scalar(select(func.max(Audit.id))) or 0
        done_to = _done_to(connection, since) if since is not None and since < end else []
    return _Seen({row.study_id: tuple(row)[1:] for row in rows}, end, done_to)


def _done_to(connection: Connection, since: int) -> list[str]:
    query = select(Audit.object).where(Audit.id > since, Audit.action.in_(_DONE_TO_STUDIES))
    return [study for study in connection.scalars(query.distinct()) if study]
