"""The application, read top to bottom."""

from fastapi import APIRouter, FastAPI
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

import glioscope
from glioscope.server import openapi as description
from glioscope.server import problems
from glioscope.server.access.openid import routes as openid
from glioscope.server.api import (
    audit,
    comparisons,
    events,
    fhir,
    health,
    monitoring,
    node,
    results,
    session,
    studies,
    uploads,
    users,
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
from glioscope.server.body_limit import BodyLimit
from glioscope.server.context import Context
from glioscope.server.dicomweb import stow
from glioscope.server.head_requests import HeadRequests
from glioscope.server.own_pages import OwnPages
from glioscope.server.pages import routes as pages
from glioscope.server.reach.proxy import BehindProxy

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


# From the first visit on browsers come by TLS alone.
_A_YEAR = "max-age=31536000"


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
        generate_unique_id_function=description.name_of,
    )
    app.state.context = context
    app.openapi = description.describe(app)
    api = APIRouter(prefix="/api/v1")
    for room in (session, studies, results, comparisons, fhir, uploads, events, monitoring):
        api.include_router(room.router)
    for room in (node, users, audit, versions, drafts, reviews, agreement, presence, priors, lists):
        api.include_router(room.router)
    app.include_router(api)
    app.include_router(stow.router)
    app.include_router(health.router)
    app.include_router(openid.router)
    pages.install(app)
    problems.install(app)
    # From the application outwards; what is outermost holds for every answer.
    app.add_middleware(HeadRequests)
    app.add_middleware(BodyLimit, most=context.most_upload_bytes)
    app.add_middleware(OwnPages, hosts=context.hosts, secure=context.reach.secure)
    if context.reach.proxies:
        proxies, header = context.reach.proxies, context.reach.user_header
        app.add_middleware(BehindProxy, proxies=proxies, user_header=header)
    app.add_middleware(problems.Failures)
    app.add_middleware(_WithHeaders, tls=context.reach.tls)
    return app


class _WithHeaders:
    """Answers with what every browser must know of them."""

    def __init__(self, app: ASGIApp, *, tls: bool) -> None:
        self._app = app
        self._headers = _HEADERS | ({"Strict-Transport-Security": _A_YEAR} if tls else {})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on; its answer gets the headers that it lacks."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        wanted = self._headers
        if scope["path"].startswith(("/api/", "/dicom-web/")):
            wanted = {**wanted, "Cache-Control": "no-store"}

        async def with_headers(said: Message) -> None:
            if said["type"] == "http.response.start":
                headers = MutableHeaders(scope=said)
                for name, value in wanted.items():
                    headers.setdefault(name, value)
            await send(said)

        await self._app(scope, receive, with_headers)
