"""The addresses of pages, and who sees them: their scripts fill them."""

import mimetypes
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import quote

from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from fastapi.staticfiles import StaticFiles

import glioscope
from glioscope.server.access.guard import who_asks
from glioscope.server.access.roles import Role
from glioscope.server.context import Context, Here, Lang
from glioscope.server.pages.frame import instead, shown
from glioscope.texts.catalogue import Language
from glioscope.texts.message import message

router = APIRouter(include_in_schema=False)
_STATIC = Path(__file__).parents[1] / "static"
# Windows takes kinds of files from its registry, where other programs may have called scripts text,
# which browsers then do not run.
mimetypes.add_type("text/javascript", ".js")


def install(app: FastAPI) -> None:
    """Add the pages and what they load."""
    app.include_router(router)
    # The version stands in the address, so that a browser never mixes two of them.
    app.mount(f"/static/{glioscope.__version__}", StaticFiles(directory=_STATIC), "static")


@router.get("/", response_class=HTMLResponse)
def list_page(request: Request, lang: Lang, here: Here) -> Response:
    """The work list."""
    return _page("list.html", lang, request, here)


@router.get("/studies/{study_id}", response_class=HTMLResponse)
def study_page(study_id: str, request: Request, lang: Lang, here: Here) -> Response:
    """One study."""
    return _page("study.html", lang, request, here, study_id=study_id)


@router.get("/reviews", response_class=HTMLResponse)
def reviews_page(request: Request, lang: Lang, here: Here) -> Response:
    """Lists that readers go through without seeing each other's work."""
    return _page("reviews.html", lang, request, here)


@router.get("/monitoring", response_class=HTMLResponse)
def monitoring_page(request: Request, lang: Lang, here: Here) -> Response:
    """Counts, agreement and drift over time."""
    return _page("monitoring.html", lang, request, here)


@router.get("/login", response_class=HTMLResponse)
def login_page(request: Request, lang: Lang, here: Here) -> Response:
    """Where one signs in."""
    return login(lang, request, here)


@router.get("/account", response_class=HTMLResponse)
def account_page(request: Request, lang: Lang, here: Here) -> Response:
    """What one may do about one's own signing in."""
    return _page("account.html", lang, request, here)


@router.get("/admin", response_class=HTMLResponse)
def admin_page(request: Request, lang: Lang, here: Here) -> Response:
    """Users, and what was done."""
    return _page("admin.html", lang, request, here, least=Role.ADMIN)


@router.get("/node", response_class=HTMLResponse)
def node_page(request: Request, lang: Lang, here: Here) -> Response:
    """What waits on its way from and to archives, and what went wrong."""
    return _page("node.html", lang, request, here, least=Role.ADMIN)


def login(lang: Language, request: Request, here: Context, failed: str = "") -> HTMLResponse:
    """The page where one signs in, with what went wrong."""
    asked = request.query_params.get("next", "/")
    return shown(
        *("login.html", lang, request, None),
        failed=failed,
        sign_on=f"/login/openid?next={quote(asked, safe='')}" if here.openid else "",
    )


def _page(
    name: str,
    lang: Language,
    request: Request,
    here: Context,
    *,
    least: Role = Role.VIEWER,
    **values: Any,
) -> Response:
    """A page for those who have signed in, if they must, and have that role."""
    who = who_asks(request, here)
    if who is None:
        # What is asked for of a page names nobody: which reading list, which view.
        query = f"?{request.url.query}" if request.url.query else ""
        asked = quote(request.url.path + query, safe="")
        return RedirectResponse(f"/login?next={asked}", HTTPStatus.SEE_OTHER)
    if not who.role.includes(least):
        return instead(request, lang, HTTPStatus.FORBIDDEN, message("server.admins_alone"), who)
    return shown(name, lang, request, who, **values)
