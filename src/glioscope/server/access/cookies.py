"""The cookie of a session: out of reach of scripts, other sites, and connections without TLS."""

from fastapi import Request, Response

from glioscope.server.access import passes
from glioscope.server.context import Context

COOKIE = "glioscope_session"


def cookie_name(here: Context, name: str = COOKIE) -> str:
    """By TLS with the prefix that lets no other server of the domain set it."""
    return f"__Host-{name}" if here.reach.secure else name


def session_of(request: Request, here: Context) -> str:
    """The session's secret that a browser shows, "" for none."""
    return request.cookies.get(cookie_name(here), "")


def give_session(response: Response, here: Context, secret: str) -> None:
    """Have the browser keep a session."""
    response.set_cookie(
        cookie_name(here),
        secret,
        max_age=passes.SESSION_MS // 1000,
        httponly=True,
        secure=here.reach.secure,
        samesite="strict",
    )


def take_session(response: Response, here: Context) -> None:
    """Have the browser forget it."""
    response.delete_cookie(
        cookie_name(here), httponly=True, secure=here.reach.secure, samesite="strict"
    )
