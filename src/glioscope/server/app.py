"""The application, read top to bottom."""

from collections.abc import Awaitable, Callable

from fastapi import APIRouter, FastAPI, Request, Response

import glioscope
from glioscope.server import pages, problems
from glioscope.server.api import (
    audit,
    comparisons,
    events,
    health,
    monitoring,
    results,
    session,
    studies,
    uploads,
)
from glioscope.server.api.reading import (
    agreement,
    drafts,
    lists,
    presence,
    priors,
    reviews,
    versions,
)
from glioscope.server.api.shapes import PROBLEMS
from glioscope.server.body_limit import BodyLimit
from glioscope.server.context import Context
from glioscope.server.own_pages import OwnPages

# Nothing from elsewhere, nothing inline: a study that brings a script cannot run it. Workers and
# pictures of a drawing canvas are the page's own.
_POLICY = (
    "default-src 'self'; img-src 'self' blob: data:; worker-src 'self' blob:; object-src 'none'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
_HEADERS = {
    "Content-Security-Policy": _POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


def create_app(context: Context) -> FastAPI:
    """The server's application: API under `/api/v1`, pages beside it."""
    app = FastAPI(
        title="glioscope",
        version=glioscope.__version__,
        description="Finds glioma on brain MRI. Research use only; not a medical device.",
        openapi_url="/api/v1/openapi.json",
        # Its pages load scripts from elsewhere.
        docs_url=None,
        redoc_url=None,
    )
    app.state.context = context
    api = APIRouter(prefix="/api/v1", responses=PROBLEMS)
    for room in (session, studies, results, comparisons, uploads, events, monitoring, audit):
        api.include_router(room.router)
    for room in (versions, drafts, reviews, agreement, presence, priors, lists):
        api.include_router(room.router)
    app.include_router(api)
    app.include_router(health.router)
    pages.install(app)
    problems.install(app)
    app.middleware("http")(_with_headers)
    app.add_middleware(BodyLimit, most=context.most_upload_bytes)
    app.add_middleware(OwnPages, hosts=context.hosts)
    return app


async def _with_headers(
    request: Request, call: Callable[[Request], Awaitable[Response]]
) -> Response:
    response = await call(request)
    for name, value in _HEADERS.items():
        response.headers.setdefault(name, value)
    if request.url.path.startswith("/api/"):
        response.headers.setdefault("Cache-Control", "no-store")
    return response
