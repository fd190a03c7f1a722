"""Signing in by the hospital's own sign-in: there, and back."""

import hmac
import logging
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import RedirectResponse

from glioscope.server.access import arrivals, audit, passes
from glioscope.server.access.cookies import cookie_name, give_session
from glioscope.server.access.openid import claims
from glioscope.server.access.openid.pending import LASTS_S, Begun
from glioscope.server.access.openid.provider import Away, Provider, Refused
from glioscope.server.access.roles import Who
from glioscope.server.context import Context, Here, Lang
from glioscope.server.pages.frame import shown
from glioscope.server.pages.routes import login
from glioscope.server.problems import Problem
from glioscope.texts.message import message

log = logging.getLogger("glioscope.server")
router = APIRouter(prefix="/login/openid", include_in_schema=False)
# Holds the state of the sign-in that this browser has begun.
_COOKIE = "glioscope_signing_in"


@router.get("")
def go_there(
    request: Request,
    here: Here,
    lang: Lang,
    wanted: Annotated[str, Query(alias="next", max_length=2000)] = "/",
) -> Response:
    """Send the browser to the provider."""
    provider = _provider(here)
    computer = request.client.host if request.client else ""
    if not here.attempts.allow(computer):
        raise Problem(HTTPStatus.TOO_MANY_REQUESTS, "server.too_often")
    begun = provider.pending.begin(_own_path(wanted))
    try:
        url = provider.begin(begun, _back(request, here))
    except Away as error:
        return _away(error, request, here, lang)
    response = RedirectResponse(url, HTTPStatus.SEE_OTHER)
    # It must come with the provider's redirection, which is another site's.
    response.set_cookie(
        cookie_name(here, _COOKIE),
        begun.state,
        max_age=LASTS_S,
        httponly=True,
        secure=here.reach.secure,
        samesite="lax",
    )
    return response


@router.get("/back")
def come_back(
    request: Request,
    here: Here,
    lang: Lang,
    state: Annotated[str, Query(max_length=200)] = "",
    code: Annotated[str, Query(max_length=4000)] = "",
) -> Response:
    """Take up whom the provider has signed in."""
    provider = _provider(here)
    begun = _begun(request, here, provider, state)
    if begun is None:
        return _failed(request, here, lang, "server.sign_on_again", HTTPStatus.FORBIDDEN)
    if not code:
        return _nobody(request, here, lang, "server.sign_on_again")
    try:
        said = provider.finish(begun, _back(request, here), code)
    except Away as error:
        return _away(error, request, here, lang)
    except Refused as error:
        log.warning("a sign-in was refused: %s", error)
        return _nobody(request, here, lang, "server.sign_on_again")
    who = _admitted(here, provider, said)
    if who is None or who.user_id is None:
        return _nobody(request, here, lang, "server.sign_on_unknown")
    with here.engine.begin() as connection:
        secret = passes.open_session(connection, who.user_id)
        audit.record(connection, who.name, "sign in")
    # A page of our own that leads on: the session's cookie goes with no redirection from elsewhere.
    response = shown("signed_in.html", lang, request, who, following=begun.afterwards)
    give_session(response, here, secret)
    response.delete_cookie(
        cookie_name(here, _COOKIE), httponly=True, secure=here.reach.secure, samesite="lax"
    )
    return response


def _begun(request: Request, here: Context, provider: Provider, state: str) -> Begun | None:
    """The sign-in of this very browser."""
    kept = request.cookies.get(cookie_name(here, _COOKIE), "")
    if not hmac.compare_digest(kept.encode(), state.encode()):
        return None
    return provider.pending.end(state)


def _admitted(here: Context, provider: Provider, said: claims.Claims) -> Who | None:
    found = claims.arrival(provider.config, said)
    if not claims.is_let_in(provider.config, found):
        return None
    with here.engine.begin() as connection:
        return arrivals.admit(connection, found, claims.rules(provider.config))


def _provider(here: Context) -> Provider:
    if here.openid is None:
        raise Problem(HTTPStatus.NOT_FOUND, "server.no_sign_on")
    return here.openid


def _back(request: Request, here: Context) -> str:
    scheme = "https" if here.reach.secure else "http"
    return f"{scheme}://{request.headers['host']}{router.prefix}/back"


def _own_path(wanted: str) -> str:
    # "//host" and "/\host" are addresses of elsewhere.
    own = wanted.startswith("/") and wanted[1:2] not in ("/", "\\") and wanted.isprintable()
    return wanted if own else "/"


def _away(error: Away, request: Request, here: Context, lang: Lang) -> Response:
    log.warning("the provider of sign-ins does not answer: %s", error)
    return _failed(request, here, lang, "server.sign_on_away", HTTPStatus.BAD_GATEWAY)


def _nobody(request: Request, here: Context, lang: Lang, code: str) -> Response:
    with here.engine.begin() as connection:
        audit.record(connection, "?", "sign in, refused")
    return _failed(request, here, lang, code, HTTPStatus.FORBIDDEN)


def _failed(request: Request, here: Context, lang: Lang, code: str, status: HTTPStatus) -> Response:
    """The page where one signs in, with what went wrong."""
    page = login(lang, request, here, failed=message(code).in_language(lang))
    page.status_code = status
    return page
