"""Whether the server lives, is ready to work, and how it does."""

from http import HTTPStatus

from fastapi import APIRouter, Response
from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError

from glioscope.database.engine import now_ms
from glioscope.database.tables import Job, Worker
from glioscope.jobs import queue
from glioscope.pacs.status import stuck
from glioscope.server.access.guard import Viewer
from glioscope.server.api.shapes import Health
from glioscope.server.context import Context, Here

router = APIRouter(tags=["health"])

# A worker that was not seen for this long, in milliseconds, is gone.
_GONE_MS = 60_000


@router.get("/health", include_in_schema=False)
def live() -> dict[str, str]:
    """The process answers."""
    return {"state": "alive"}


@router.get("/ready", responses={503: {"model": Health}})
def ready(here: Here, response: Response) -> Health:
    """Whether work that is handed in now would be done; 503 where not."""
    found = _health(here)
    if found.state != "ready":
        response.status_code = HTTPStatus.SERVICE_UNAVAILABLE
    return found


@router.get("/metrics", include_in_schema=False)
def metrics(here: Here, who: Viewer) -> Response:
    """Figures for Prometheus; none of them tells of a patient."""
    del who
    from prometheus_client import CollectorRegistry, Gauge, generate_latest
    from prometheus_client.exposition import CONTENT_TYPE_LATEST

    registry = CollectorRegistry()
    jobs = Gauge("glioscope_jobs", "Jobs by state.", ["state"], registry=registry)
    workers = Gauge("glioscope_workers", "Workers that were seen lately.", registry=registry)
    held = Gauge(
        "glioscope_stuck",
        "Studies and results of a PACS node that do not get on.",
        registry=registry,
    )
    free = Gauge("glioscope_free_bytes", "Room on the disk of results.", registry=registry)
    with here.reads.connect() as connection:
        for state, number in connection.execute(
            select(Job.state, func.count()).group_by(Job.state)
        ):
            jobs.labels(state).set(number)
    found = _health(here)
    workers.set(found.workers)
    held.set(found.stuck)
    free.set(here.store.free_bytes())
    return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)


def _health(here: Context) -> Health:
    try:
        with here.reads.connect() as connection:
            seen = now_ms(connection) - _GONE_MS
            living = select(func.count()).select_from(Worker).where(Worker.seen_at > seen)
            found = {
                "workers": connection.scalar(living) or 0,
                "waiting": queue.waiting(connection),
                "stuck": stuck(connection),
            }
    except SQLAlchemyError:
        return Health(state="no database", workers=0, waiting=0, stuck=0)
    if here.store.free_bytes() < here.free_bytes:
        return Health(state="no space", **found)
    return Health(state="ready" if found["workers"] else "no worker", **found)
