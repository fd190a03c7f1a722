"""Only the server's own pages may use it: no page of another site in the same browser can."""

from http import HTTPStatus
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from glioscope.server.problems import answer
from glioscope.texts.message import message

_SAFE = {"GET", "HEAD", "OPTIONS"}
_OWN = {"same-origin", "none"}


class OwnPages:
    """Refuses requests under a foreign name, and changes that a foreign page asks for.

    A name that somebody else's page has made point here (DNS rebinding) stands in `Host`; a form or
    script of another site is told by `Sec-Fetch-Site`, in older browsers by `Origin`. Programs send
    neither.
    """

    def __init__(self, app: ASGIApp, hosts: frozenset[str], *, secure: bool = False) -> None:
        self._app = app
        self._hosts = hosts
        self._schemes = ("https",) if secure else ("http", "https")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or answer 403."""
        if scope["type"] == "http" and not self._own(scope["method"], Headers(scope=scope)):
            said = message("server.foreign_page")
            await answer(Request(scope), HTTPStatus.FORBIDDEN, said)(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    def _own(self, method: str, headers: Headers) -> bool:
        host = headers.get("host", "")
        if _name(f"//{host}") not in self._hosts:
            return False
        if method in _SAFE:
            return True
        site, origin = headers.get("sec-fetch-site"), headers.get("origin")
        if site is not None:
            return site in _OWN
        return origin is None or self._same(origin, host)

    def _same(self, origin: str, host: str) -> bool:
        found = urlsplit(origin)
        return found.netloc == host and found.scheme in self._schemes


def _name(url: str) -> str | None:
    try:
        return urlsplit(url).hostname
    except ValueError:
        return None
