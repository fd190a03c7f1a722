"""HTML around the scripts in `static`: a frame with the page's texts, filled by its script."""

import json
from functools import cache
from pathlib import Path
from typing import Any

from fastapi import APIRouter, FastAPI, Request
from fastapi.responses import HTMLResponse
from fastapi.staticfiles import StaticFiles
from jinja2 import Environment, PackageLoader, StrictUndefined

import glioscope
from glioscope.server.context import Lang
from glioscope.texts.catalogue import Language, sentences

router = APIRouter(include_in_schema=False)
_STATIC = Path(__file__).parents[1] / "static"


def install(app: FastAPI) -> None:
    """Add the pages and what they load."""
    app.include_router(router)
    # The version stands in the address, so that a browser never mixes two of them.
    app.mount(f"/static/{glioscope.__version__}", StaticFiles(directory=_STATIC), "static")


@router.get("/", response_class=HTMLResponse)
def list_page(request: Request, lang: Lang) -> HTMLResponse:
    """The work list."""
    return _page("list.html", lang, request)


@router.get("/studies/{study_id}", response_class=HTMLResponse)
def study_page(study_id: str, request: Request, lang: Lang) -> HTMLResponse:
    """One study."""
    return _page("study.html", lang, request, study_id=study_id)


def _page(name: str, lang: Language, request: Request, **values: Any) -> HTMLResponse:
    theme = request.cookies.get("theme", "")
    html = _templates().get_template(name)
    text = html.render(
        lang=lang,
        theme=theme if theme in ("light", "dark") else "auto",
        static=f"/static/{glioscope.__version__}",
        version=glioscope.__version__,
        texts=_texts(lang),
        said=sentences(lang),
        **values,
    )
    return HTMLResponse(text, headers={"Cache-Control": "no-cache"})


@cache
def _templates() -> Environment:
    return Environment(
        loader=PackageLoader("glioscope.server", "pages"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


@cache
def _texts(lang: Language) -> str:
    """The sentences of pages, for their scripts; nothing in it can end the element around it."""
    own = {code: said for code, said in sentences(lang).items() if code.startswith("page.")}
    return json.dumps(own, ensure_ascii=False).replace("<", "\\u003c")
