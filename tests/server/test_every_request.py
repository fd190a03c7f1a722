"""Whatever the OpenAPI allows, and much that it does not, is answered as it says, and never by 5xx.

Requests are made by Schemathesis from the document, the same ones each time. `/events` is left out:
its answer never ends.
"""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from sqlalchemy import delete

from glioscope.database.tables import User
from glioscope.server.access import passes, users
from glioscope.server.access.roles import Role
from glioscope.server.app import create_app
from server.hospital import Hospital, hospital

schemathesis = pytest.importorskip("schemathesis", reason="Schemathesis is not installed")

DOCUMENT = "/api/v1/openapi.json"
ENDLESS = "/api/v1/events"
RULES = settings(
    max_examples=8,
    derandomize=True,
    database=None,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)


@schemathesis.serializer("multipart/related")
def _as_it_is(context: Any, value: Any) -> dict[str, Any]:
    """Nobody divides the parts: what is sent is mostly no multipart at all."""
    return {"data": value if isinstance(value, bytes) else str(value).encode()}


@contextmanager
def told_who(here: Hospital, admin: bool) -> Iterator[dict[str, str]]:
    """Headers of an administrator, or of nobody where everybody must sign in."""
    with here.context.engine.begin() as connection:
        one = users.add_user(connection, "admin", None, Role.ADMIN, sees_identity=True)
        token = passes.new_token(connection, one, secrets.token_hex(4), None)
    try:
        yield {"Authorization": f"Bearer {token}"} if admin else {}
    finally:
        with here.context.engine.begin() as connection:
            connection.execute(delete(User))


def ask_everything(here: Hospital, study_id: str, headers: dict[str, str], *, safe: bool) -> int:
    """Requests of each operation that changes something, or of each that does not; how many."""
    hosts = here.context.hosts | {"testserver"}
    schema = schemathesis.openapi.from_asgi(DOCUMENT, create_app(replace(here.context, hosts=hosts)))
    asked = 0
    for found in schema.get_all_operations():
        operation = found.ok()
        if operation.path == ENDLESS or (operation.method.upper() == "GET") != safe:
            continue

        @RULES
        @given(case=operation.as_strategy())
        def ask(case: Any) -> None:
            nonlocal asked
            asked += 1
            case.call_and_validate(headers=headers)
            if safe and "study_id" in case.path_parameters:
                case.path_parameters["study_id"] = study_id
                case.call_and_validate(headers=headers)

        ask()
    return asked


@pytest.mark.parametrize("admin", [True, False], ids=["admin", "nobody"])
def test_what_only_looks_is_answered_as_described(analysed, admin: bool) -> None:
    here, study_id = analysed
    with told_who(here, admin) as headers:
        assert ask_everything(here, study_id, headers, safe=True) > 100


@pytest.mark.parametrize("admin", [True, False], ids=["admin", "nobody"])
def test_what_changes_something_is_too(tmp_path: Path, packed, admin: bool) -> None:
    with hospital(tmp_path / "data") as here:
        study_id = here.hand_in(packed)
        with told_who(here, admin) as headers:
            assert ask_everything(here, study_id, headers, safe=False) > 80
