"""What a proxy says of a request, believed only from its address."""

import ipaddress
from http import HTTPStatus
from typing import Any, cast

from starlette.requests import HTTPConnection, Request
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from glioscope.server.problems import answer
from glioscope.texts.message import Message, message

_USER = "glioscope.proxy_user"
_PROTO = b"x-forwarded-proto"
# Whoever looks after the server may ask these by any way.
_OPEN = frozenset({"/health", "/ready"})


class BehindProxy:
    """Lets in what comes through a trusted proxy by TLS, and what this computer itself asks.

    `X-Forwarded-For`, `X-Forwarded-Proto` and the header that names the user are taken from the
    trusted addresses alone, and struck out of all other requests.
    """

    def __init__(self, app: ASGIApp, proxies: tuple[str, ...], user_header: str | None) -> None:
        self._app = app
        self._through: Any = ProxyHeadersMiddleware(cast("Any", app), list(proxies))
        self._networks = [ipaddress.ip_network(one, strict=False) for one in proxies]
        self._user_header = user_header.lower().encode() if user_header else None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or answer 403."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        names = {name for name, _ in scope["headers"]}
        peer = scope["client"][0] if scope.get("client") else ""
        if self._trusts(peer) and _PROTO in names:
            scope = self._told(scope)
            refused = None if _by_tls(scope) else message("server.proxy_without_tls")
            app = self._through
        else:
            scope = self._struck_out(scope)
            here = _is_loopback(peer)
            refused = None if here else message("server.proxy_only")
            app = self._app
        if refused is None or scope["path"] in _OPEN:
            await app(scope, receive, send)
        else:
            await _refuse(refused, scope, receive, send)

    def _told(self, scope: Scope) -> Scope:
        """With the user whom the proxy names. A name said twice is nobody's."""
        found = [value for name, value in scope["headers"] if name == self._user_header]
        if self._user_header is None or len(found) != 1:
            return scope
        return {**scope, _USER: found[0].decode("utf-8", "replace").strip()}

    def _struck_out(self, scope: Scope) -> Scope:
        forwarded = {_PROTO, b"x-forwarded-for", self._user_header}
        kept = [pair for pair in scope["headers"] if pair[0] not in forwarded]
        return {**scope, "headers": kept}

    def _trusts(self, peer: str) -> bool:
        address = _address(peer)
        return address is not None and any(address in network for network in self._networks)


def proxied_user(connection: HTTPConnection) -> str | None:
    """Whom the trusted proxy has named for this request; None for nobody."""
    return connection.scope.get(_USER) or None


async def _refuse(said: Message, scope: Scope, receive: Receive, send: Send) -> None:
    await answer(Request(scope), HTTPStatus.FORBIDDEN, said)(scope, receive, send)


def _by_tls(scope: Scope) -> bool:
    said = [value.strip() for name, value in scope["headers"] if name == _PROTO]
    return said == [b"https"]


def _is_loopback(peer: str) -> bool:
    address = _address(peer)
    return address is not None and address.is_loopback


def _address(peer: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        found = ipaddress.ip_address(peer)
    except ValueError:
        return None
    # A socket for both kinds shows the older one inside the newer.
    mapped = found.ipv4_mapped if isinstance(found, ipaddress.IPv6Address) else None
    return mapped or found
