"""A page made of its template: the frame with its texts, in a language and a theme."""

import json
from functools import cache
from http import HTTPStatus
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, PackageLoader, StrictUndefined

import glioscope
from glioscope.server.access.roles import Who
from glioscope.texts.catalogue import Language, sentences
from glioscope.texts.message import Message


def shown(
    name: str, lang: Language, request: Request, who: Who | None, **values: Any
) -> HTMLResponse:
    """A page made of its template."""
    theme = request.cookies.get("theme", "")
    html = _templates().get_template(name)
    text = html.render(
        lang=lang,
        theme=theme if theme in ("light", "dark") else "auto",
        static=f"/static/{glioscope.__version__}",
        version=glioscope.__version__,
        texts=_texts(lang),
        said=sentences(lang),
        who=who,
        path=request.url.path,
        **values,
    )
    return HTMLResponse(text, headers={"Cache-Control": "no-cache"})


def instead(
    request: Request, lang: Language, status: HTTPStatus, said: Message, who: Who | None = None
) -> HTMLResponse:
    """A page that says why the one that was asked for is not shown, with a way back."""
    page = shown("instead.html", lang, request, who, why=said.in_language(lang, on_page=True))
    page.status_code = status
    return page


@cache
def _templates() -> Environment:
    return Environment(
        loader=PackageLoader("glioscope.server", "templates"),
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
