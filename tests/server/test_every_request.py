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
from hypothesis.errors import Unsatisfiable
from hypothesis.strategies import nothing
from sqlalchemy import delete, insert

from glioscope.database.tables import User, Worker
from glioscope.server.access import passes, users
from glioscope.server.access.roles import Role
from glioscope.server.app import create_app
from server.hospital import Hospital, hospital

schemathesis = pytest.importorskip("schemathesis", reason="Schemathesis is not installed")

from schemathesis import GenerationMode  # noqa: E402
from schemathesis.core.failures import FailureGroup  # noqa: E402

DOCUMENT = "/api/v1/openapi.json"
ENDLESS = "/api/v1/events"
LISTS = "/api/v1/lists"
# Requests of each operation; one of nobody is refused before it is read.
OF_ADMIN, OF_NOBODY = 10, 4
RULES = settings(
    derandomize=True,
    database=None,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)


def _as_it_is(context: Any, value: Any) -> dict[str, Any]:
    """Nobody packs it: what is sent is mostly no multipart and no gzip at all."""
    return {"data": value if isinstance(value, bytes) else str(value).encode()}


for _kind in ("multipart/related", "application/gzip"):
    schemathesis.serializer(_kind)(_as_it_is)


@contextmanager
def told_who(here: Hospital, admin: bool) -> Iterator[dict[str, str]]:
    """Headers of an administrator, or of nobody where everybody must sign in; a worker is there."""
    with here.context.engine.begin() as connection:
        one = users.add_user(connection, "admin", None, Role.ADMIN, sees_identity=True)
        token = passes.new_token(connection, one, secrets.token_hex(4), None)
        connection.execute(delete(Worker))
        never = {"started_at": 0, "seen_at": 2**52}
        connection.execute(insert(Worker).values(name="toy", state="idle", **never))
    try:
        yield {"Authorization": f"Bearer {token}"} if admin else {}
    finally:
        with here.context.engine.begin() as connection:
            connection.execute(delete(User))
            connection.execute(delete(Worker))


def ask_everything(
    here: Hospital, study_id: str, headers: dict[str, str], *, safe: bool
) -> tuple[int, set[str]]:
    """Requests of each operation that changes something, or of each that does not.

    How many there were, and what was wrong with the answers.
    """
    hosts = here.context.hosts | {"testserver"}
    app = create_app(replace(here.context, hosts=hosts))
    asked, faults = 0, set[str]()
    described = schemathesis.openapi.from_asgi(DOCUMENT, app).get_all_operations()
    # Last what takes the study away.
    for operation in sorted((d.ok() for d in described), key=lambda o: o.method == "delete"):
        if operation.path != ENDLESS and (operation.method.upper() == "GET") == safe:
            number, wrong = ask(operation, study_id, headers)
            asked, faults = asked + number, faults | wrong
    return asked, faults


def _what_is_described(operation: Any) -> Any:
    return operation.as_strategy(generation_mode=GenerationMode.POSITIVE)


def _what_is_not(operation: Any) -> Any:
    """Nothing where every request is as described."""
    try:
        return operation.as_strategy(generation_mode=GenerationMode.NEGATIVE)
    except Unsatisfiable:
        return nothing()


def judged_by_more(operation: Any) -> bool:
    """Whether what lies in a file decides, which day comes first, or which names there are."""
    places = ("/versions", "/draft", "/reviews", "/users")
    begun = ("/api/v1/uploads", "/dicom-web", "/api/v1/monitoring", LISTS)
    return any(part in operation.path for part in places) or operation.path.startswith(begun)


def ask(operation: Any, study_id: str, headers: dict[str, str]) -> tuple[int, set[str]]:
    """The same of one operation; each request is made again for the study that is there."""
    left_out = [schemathesis.checks.positive_data_acceptance] if judged_by_more(operation) else []
    if operation.path.startswith("/dicom-web"):
        headers = {**headers, "Content-Type": "multipart/related; boundary=x"}
    asked, faults = 0, set[str]()

    @settings(RULES, max_examples=OF_ADMIN if headers.get("Authorization") else OF_NOBODY)
    @given(case=_what_is_described(operation) | _what_is_not(operation))
    def once(case: Any) -> None:
        nonlocal asked
        of_study = "study_id" in case.path_parameters
        for one in (case.path_parameters["study_id"], study_id) if of_study else (None,):
            if of_study:
                case.path_parameters["study_id"] = one
            asked += 1
            try:
                case.call_and_validate(headers=headers, excluded_checks=left_out)
            except FailureGroup as group:
                faults.update(f"{case.method} {case.path}: {e}" for e in group.exceptions)

    once()
    return asked, faults


@pytest.mark.parametrize("admin", [True, False], ids=["admin", "nobody"])
def test_what_only_looks_is_answered_as_described(analysed, admin: bool) -> None:
    here, study_id = analysed
    with told_who(here, admin) as headers:
        asked, faults = ask_everything(here, study_id, headers, safe=True)
    assert not faults and asked > 100


@pytest.mark.parametrize("admin", [True, False], ids=["admin", "nobody"])
def test_what_changes_something_is_too(tmp_path: Path, packed, admin: bool) -> None:
    with hospital(tmp_path / "data") as here:
        study_id = here.hand_in(packed)
        with told_who(here, admin) as headers:
            asked, faults = ask_everything(here, study_id, headers, safe=False)
    assert not faults and asked > 80
