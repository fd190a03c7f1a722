"""HEAD is answered as GET is, without the body: programs that watch a server ask so."""

from starlette.types import ASGIApp, Message, Receive, Scope, Send


class HeadRequests:
    """Asks the application for the whole answer, and ends it after its head."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on; of HEAD the answer comes without its body."""
        if scope["type"] != "http" or scope["method"] != "HEAD":
            await self._app(scope, receive, send)
            return

        async def without_body(said: Message) -> None:
            if said["type"] != "http.response.body":
                await send(said)
                return
            await send({"type": "http.response.body", "body": b""})
            if said.get("more_body"):
                raise _Enough

        try:
            await self._app({**scope, "method": "GET"}, receive, without_body)
        except _Enough:
            return


class _Enough(Exception):
    """The rest of a long answer, or of one that never ends, is not wanted."""
