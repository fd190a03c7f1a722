"""Errors as RFC 9457 has them, in the language of the request; a page for who asks for a page."""

import logging
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.encoders import jsonable_encoder
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.types import Message as Said

from glioscope.errors import (
    GlioscopeError,
    InputError,
    MissingSequence,
    UsageError,
    kind_and_place,
)
from glioscope.files import disk_full
from glioscope.server.context import language_of
from glioscope.server.pages.frame import instead
from glioscope.texts.message import Message, message

log = logging.getLogger("glioscope.server")

MEDIA_TYPE = "application/problem+json"


class Failures:
    """Answers what nobody expected, and keeps its words from the log: they may name a patient.

    The framework would have them printed by whatever serves the application.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or answer 500; an answer that was begun is broken off."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        begun = False

        async def noted(said: Said) -> None:
            nonlocal begun
            begun = True
            await send(said)

        try:
            await self._app(scope, receive, noted)
        except Exception as error:
            log.error("a request failed: %s", kind_and_place(error))
            if begun:
                raise Failed from None
            status = HTTPStatus.INTERNAL_SERVER_ERROR
            await answer(Request(scope), status, message("server.failed"))(scope, receive, send)


class Failed(Exception):
    """An answer that could not be ended."""


class Problem(Exception):
    """A request that cannot be answered, and why; the sentence is shown to its user."""

    @classmethod
    def not_stored(cls, error: OSError) -> "Problem":
        """What kept a request's files from being stored: a full disk, or something else."""
        if disk_full(error):
            return cls(HTTPStatus.INSUFFICIENT_STORAGE, "server.no_space")
        said = error.strerror or type(error).__name__
        return cls(HTTPStatus.SERVICE_UNAVAILABLE, "server.not_stored", said=said)

    def __init__(self, status: HTTPStatus, code: str, /, **values: Any) -> None:
        super().__init__(code)
        self.status = status
        self.said: Message = message(code, **values)


def install(app: FastAPI) -> None:
    """Have every error of the application answered as a problem."""
    app.add_exception_handler(Problem, _of_problem)
    app.add_exception_handler(GlioscopeError, _of_error)
    app.add_exception_handler(HTTPException, _of_http)
    app.add_exception_handler(RequestValidationError, _of_validation)


def answer(request: Request, status: HTTPStatus, said: Message, **more: Any) -> Response:
    """The problem as a response, in the language of the request.

    Browsers name HTML when somebody opens an address; programs and the pages' own scripts do not.
    """
    if request.method == "GET" and "text/html" in request.headers.get("accept", ""):
        return instead(request, language_of(request), status, said)
    document = {
        "type": f"urn:glioscope:problem:{said.code}",
        "title": status.phrase,
        "status": status.value,
        "detail": said.in_language(language_of(request), on_page=True),
        **more,
    }
    return JSONResponse(document, status.value, media_type=MEDIA_TYPE)


def _of_problem(request: Request, error: Exception) -> Response:
    if not isinstance(error, Problem):
        raise error
    return answer(request, error.status, error.said)


def _of_error(request: Request, error: Exception) -> Response:
    if not isinstance(error, GlioscopeError):
        raise error
    theirs = isinstance(error, InputError | MissingSequence | UsageError)
    status = HTTPStatus.UNPROCESSABLE_ENTITY if theirs else HTTPStatus.INTERNAL_SERVER_ERROR
    return answer(request, status, error.message)


def _of_http(request: Request, error: Exception) -> Response:
    if not isinstance(error, HTTPException):
        raise error
    status = HTTPStatus(error.status_code)
    if status is HTTPStatus.NOT_FOUND:
        said = message("server.no_address")
    elif status is HTTPStatus.BAD_REQUEST:
        # What the framework cannot read of a body, it answers so.
        said = message("server.body")
    else:
        said = message("server.http", what=status.phrase)
    answered = answer(request, status, said)
    answered.headers.update(error.headers or {})
    return answered


def _of_validation(request: Request, error: Exception) -> Response:
    if not isinstance(error, RequestValidationError):
        raise error
    faults = [{"at": list(e["loc"]), "said": e["msg"]} for e in error.errors()]
    where = ", ".join(".".join(str(part) for part in fault["at"]) for fault in faults)
    said = message("server.invalid", where=where)
    return answer(request, HTTPStatus.UNPROCESSABLE_ENTITY, said, errors=jsonable_encoder(faults))
