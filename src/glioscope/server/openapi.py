"""The description of the API, so that clients made from it are pleasant: short names, shapes."""

from collections.abc import Callable
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute

from glioscope.server.access.guard import COOKIE
from glioscope.server.api.shapes import ProblemDocument
from glioscope.server.problems import MEDIA_TYPE

Json = dict[str, Any]

_PROBLEM = "ProblemDocument"
# For signing in, and for what asks whether the server lives, nobody is asked who he is.
_OPEN = {"sign_in", "ready"}


def name_of(route: APIRoute) -> str:
    """The name of an operation: that of its function, which is what clients call it too."""
    return route.name


def describe(app: FastAPI) -> Callable[[], Json]:
    """What gives the application's document, made once."""

    def document() -> Json:
        if app.openapi_schema is None:
            made = get_openapi(
                title=app.title,
                version=app.version,
                description=app.description,
                routes=app.routes,
            )
            app.openapi_schema = _mended(made)
        return app.openapi_schema

    return document


def _mended(made: Json) -> Json:
    components: Json = made["components"]
    schemas: Json = components["schemas"]
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
    schemas[_PROBLEM] = ProblemDocument.model_json_schema()
    components["securitySchemes"] = {
        "token": {"type": "http", "scheme": "bearer"},
        "session": {"type": "apiKey", "in": "cookie", "name": COOKIE},
    }
    for methods in made["paths"].values():
        for operation in methods.values():
            _mend(operation)
    for schema in schemas.values():
        for field in schema.get("properties", {}).values():
            _mark_binary(field)
    return made


def _mend(operation: Json) -> None:
    problem = {"schema": {"$ref": f"#/components/schemas/{_PROBLEM}"}}
    # FastAPI's own shape of a refused request, which is answered as a problem here.
    operation["responses"].pop("422", None)
    operation["responses"]["default"] = {
        "description": "A problem, after RFC 9457.",
        "content": {MEDIA_TYPE: problem},
    }
    # Without users a server is open on its own computer.
    asked: list[Json] = [{"token": []}, {"session": []}, {}]
    operation["security"] = [] if operation["operationId"] in _OPEN else asked


def _mark_binary(field: Json) -> None:
    """Say that a field is a file in the way of OpenAPI 3.0 too: some generators know no other."""
    inner = field.get("items", field)
    if "contentMediaType" in inner:
        inner["format"] = "binary"
