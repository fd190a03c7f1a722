"""Bodies of requests that are one piece of data, read up to a limit."""

from http import HTTPStatus
from typing import Any

from fastapi import Request

from glioscope.server.problems import Problem


async def body_of(request: Request, most: int) -> bytes:
    """All bytes of a request; 413 where there are more than it may have."""
    found = bytearray()
    async for part in request.stream():
        found += part
        if len(found) > most:
            raise Problem(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "server.too_large", most=most)
    return bytes(found)


def described_body(kind: str) -> dict[str, Any]:
    """How OpenAPI describes a request whose body is bytes of one kind."""
    schema = {"type": "string", "format": "binary"}
    return {"requestBody": {"required": True, "content": {kind: {"schema": schema}}}}
