"""Errors as RFC 9457 has them: `application/problem+json`, in the language of the request."""

import logging
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.encoders import jsonable_encoder
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from glioscope.errors import GlioscopeError, InputError, MissingSequence, UsageError
from glioscope.server.context import language_of
from glioscope.texts.message import Message, message

log = logging.getLogger("glioscope.server")

MEDIA_TYPE = "application/problem+json"


class Problem(Exception):
    """A request that cannot be answered, and why; the sentence is shown to its user."""

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
    app.add_exception_handler(Exception, _of_anything)


def answer(request: Request, status: HTTPStatus, said: Message, **more: Any) -> JSONResponse:
    """The problem as a response, in the language of the request."""
    document = {
        "type": f"urn:glioscope:problem:{said.code}",
        "title": status.phrase,
        "status": status.value,
        "detail": said.in_language(language_of(request), on_page=True),
        **more,
    }
    return JSONResponse(document, status.value, media_type=MEDIA_TYPE)


def _of_problem(request: Request, error: Exception) -> JSONResponse:
    if not isinstance(error, Problem):
        raise error
    return answer(request, error.status, error.said)


def _of_error(request: Request, error: Exception) -> JSONResponse:
    if not isinstance(error, GlioscopeError):
        raise error
    theirs = isinstance(error, InputError | MissingSequence | UsageError)
    status = HTTPStatus.UNPROCESSABLE_ENTITY if theirs else HTTPStatus.INTERNAL_SERVER_ERROR
    return answer(request, status, error.message)


def _of_http(request: Request, error: Exception) -> JSONResponse:
    if not isinstance(error, HTTPException):
        raise error
    status = HTTPStatus(error.status_code)
    # What the framework cannot read of a body, it answers so.
    body = status is HTTPStatus.BAD_REQUEST
    said = message("server.body") if body else message("server.http", what=status.phrase)
    answered = answer(request, status, said)
    answered.headers.update(error.headers or {})
    return answered


def _of_anything(request: Request, error: Exception) -> JSONResponse:
    # What a library says may hold a patient's name: only its kind is told, here and in the log.
    log.error("a request failed: %s", type(error).__name__)
    return answer(request, HTTPStatus.INTERNAL_SERVER_ERROR, message("server.failed"))


def _of_validation(request: Request, error: Exception) -> JSONResponse:
    if not isinstance(error, RequestValidationError):
        raise error
    faults = [{"at": list(e["loc"]), "said": e["msg"]} for e in error.errors()]
    where = ", ".join(".".join(str(part) for part in fault["at"]) for fault in faults)
    said = message("server.invalid", where=where)
    return answer(request, HTTPStatus.UNPROCESSABLE_ENTITY, said, errors=jsonable_encoder(faults))
