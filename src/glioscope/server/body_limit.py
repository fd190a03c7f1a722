"""No request is larger than the server allows, whatever its header says."""

from http import HTTPStatus

from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from glioscope.server.problems import Problem, answer


class BodyLimit:
    """Counts the bytes of a request as they come, and answers 413 beyond the limit."""

    def __init__(self, app: ASGIApp, most: int) -> None:
        self._app = app
        self._most = most

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on with its body counted."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        came = 0
        begun = False

        async def counted() -> Message:
            nonlocal came
            said = await receive()
            came += len(said.get("body", b""))
            if came > self._most:
                raise _TooLarge
            return said

        async def noted(said: Message) -> None:
            nonlocal begun
            begun = True
            await send(said)

        try:
            if self._announced(scope) > self._most:
                raise _TooLarge
            await self._app(scope, counted, noted)
        except _TooLarge:
            if begun:
                raise
            error = Problem(
                HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "server.too_large", most=self._most
            )
            await answer(Request(scope), error.status, error.said)(scope, receive, send)

    def _announced(self, scope: Scope) -> int:
        for name, value in scope["headers"]:
            if name == b"content-length" and value.isdigit():
                return int(value)
        return 0


class _TooLarge(Exception):
    pass
