"""What changed, as it changes: server-sent events, so that pages need not ask again and again."""

import asyncio
from collections.abc import AsyncGenerator
from typing import Any

from fastapi import APIRouter, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import StreamingResponse
from sqlalchemy import or_, select

from glioscope.database.tables import Job
from glioscope.jobs.states import State
from glioscope.server.access.guard import Viewer
from glioscope.server.context import Context, Here

router = APIRouter(tags=["events"])

_PAUSE_S = 0.5
# A comment now and then, lest a proxy thinks that nobody is there any more.
_QUIET_PAUSES = 30

Seen = dict[str, tuple[Any, ...]]


@router.get("/events", response_class=StreamingResponse)
async def get_events(request: Request, here: Here, who: Viewer) -> StreamingResponse:
    """`studies` events with the ids of studies whose job has changed.

    They are hints, and each may stand for several changes: whoever shows a study asks for it anew.
    """
    del who
    return StreamingResponse(_events(request, here), media_type="text/event-stream")


async def _events(request: Request, here: Context) -> AsyncGenerator[str, None]:
    seen = await run_in_threadpool(_look, here)
    yield "retry: 2000\n\n"
    quiet = 0
    while not await request.is_disconnected():
        await asyncio.sleep(_PAUSE_S)
        now = await run_in_threadpool(_look, here)
        changed = [key for key, value in now.items() if seen.get(key) != value]
        changed += [key for key in seen if key not in now]
        seen, quiet = now, quiet + 1
        if changed:
            yield f"event: studies\ndata: {' '.join(changed)}\n\n"
        elif quiet >= _QUIET_PAUSES:
            yield ": still here\n\n"
        if changed or quiet >= _QUIET_PAUSES:
            quiet = 0


def _look(here: Context) -> Seen:
    """Where each job stands that is in work, or has been until a moment ago."""
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
    return {row.study_id: tuple(row)[1:] for row in rows}
