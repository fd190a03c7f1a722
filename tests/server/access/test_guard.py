"""Every route, and who may use it: a route without a row here fails."""

import tempfile
from pathlib import Path
from typing import Any

import pytest
from starlette.routing import Mount

from glioscope.server.access import passes, users
from glioscope.server.access.guard import COOKIE
from glioscope.server.access.roles import Role
from server.hospital import hospital

PASSWORD = "correct horse"
STUDY = "/api/v1/studies/{study_id}"
UPLOAD = "/api/v1/uploads/{upload_id}"
VERSION = f"{STUDY}/versions/{{version_id}}"
LIST = "/api/v1/lists/{list_id}"
USER = "/api/v1/users/{user_id}"
# None: anybody. The others say who is the least that may.
TABLE: dict[tuple[str, str], Role | None] = {
    ("GET", "/"): None,
    ("GET", "/login"): None,
    ("GET", "/health"): None,
    ("GET", "/ready"): None,
    ("GET", "/studies/{study_id}"): None,
    ("GET", "/reviews"): None,
    ("GET", "/account"): None,
    ("GET", "/login/openid"): None,
    ("GET", "/login/openid/back"): None,
    ("GET", "/monitoring"): None,
    ("POST", "/api/v1/session"): None,
    ("GET", "/api/v1/openapi.json"): None,
    ("HEAD", "/api/v1/openapi.json"): None,
    ("GET", "/metrics"): Role.VIEWER,
    ("GET", "/api/v1/session"): Role.VIEWER,
    ("DELETE", "/api/v1/session"): Role.VIEWER,
    ("PUT", "/api/v1/session/password"): Role.VIEWER,
    ("GET", "/api/v1/studies"): Role.VIEWER,
    ("GET", STUDY): Role.VIEWER,
    ("GET", f"{STUDY}/analysis"): Role.VIEWER,
    ("GET", f"{STUDY}/comparison"): Role.VIEWER,
    ("GET", f"{STUDY}/fhir"): Role.VIEWER,
    ("GET", f"{STUDY}/files"): Role.VIEWER,
    ("GET", f"{STUDY}/files/{{name:path}}"): Role.VIEWER,
    ("GET", f"{STUDY}/view/{{name}}"): Role.VIEWER,
    ("GET", f"{STUDY}/slices/{{index}}.png"): Role.VIEWER,
    ("GET", f"{STUDY}/versions"): Role.VIEWER,
    ("GET", f"{VERSION}/mask"): Role.VIEWER,
    ("GET", f"{VERSION}/view"): Role.VIEWER,
    ("GET", f"{VERSION}/files"): Role.VIEWER,
    ("GET", f"{VERSION}/files/{{name:path}}"): Role.VIEWER,
    ("GET", f"{STUDY}/reviews"): Role.VIEWER,
    ("GET", f"{STUDY}/agreement"): Role.VIEWER,
    ("GET", f"{STUDY}/priors"): Role.VIEWER,
    ("PUT", f"{STUDY}/presence"): Role.VIEWER,
    ("DELETE", f"{STUDY}/presence"): Role.VIEWER,
    ("GET", "/api/v1/lists"): Role.VIEWER,
    ("GET", LIST): Role.VIEWER,
    ("GET", f"{LIST}/agreement"): Role.VIEWER,
    ("GET", "/api/v1/events"): Role.VIEWER,
    ("GET", "/api/v1/monitoring"): Role.VIEWER,
    ("GET", "/api/v1/monitoring.json"): Role.READER,
    ("GET", "/api/v1/monitoring.csv"): Role.READER,
    ("GET", "/api/v1/monitoring-4472.csv"): Role.READER,
    ("POST", f"{STUDY}/versions"): Role.READER,
    ("GET", f"{STUDY}/draft"): Role.READER,
    ("PUT", f"{STUDY}/draft"): Role.READER,
    ("DELETE", f"{STUDY}/draft"): Role.READER,
    ("POST", f"{STUDY}/reviews"): Role.READER,
    ("POST", f"{STUDY}/reviews/{{review_id}}/sign"): Role.READER,
    ("DELETE", f"{STUDY}/reviews/{{review_id}}"): Role.READER,
    ("POST", f"{STUDY}/cancel"): Role.READER,
    ("POST", f"{STUDY}/retry"): Role.READER,
    ("PUT", f"{STUDY}/priority"): Role.READER,
    ("POST", "/api/v1/uploads/files"): Role.READER,
    ("POST", "/api/v1/uploads"): Role.READER,
    ("GET", UPLOAD): Role.READER,
    ("PUT", f"{UPLOAD}/file"): Role.READER,
    ("POST", f"{UPLOAD}/complete"): Role.READER,
    ("DELETE", UPLOAD): Role.READER,
    ("POST", "/dicom-web/studies"): Role.READER,
    ("POST", "/dicom-web/studies/{study_uid}"): Role.READER,
    ("DELETE", STUDY): Role.ADMIN,
    ("POST", "/api/v1/lists"): Role.ADMIN,
    ("POST", f"{LIST}/close"): Role.ADMIN,
    ("DELETE", LIST): Role.ADMIN,
    ("GET", "/api/v1/node"): Role.ADMIN,
    ("POST", "/api/v1/node/deliveries/{delivery_id}/retry"): Role.ADMIN,
    ("POST", "/api/v1/node/destinations/{name}/retry"): Role.ADMIN,
    ("GET", "/api/v1/audit"): Role.ADMIN,
    ("GET", "/api/v1/audit/state"): Role.ADMIN,
    ("GET", "/api/v1/audit/rows.csv"): Role.ADMIN,
    ("GET", "/api/v1/users"): Role.ADMIN,
    ("POST", "/api/v1/users"): Role.ADMIN,
    ("PATCH", USER): Role.ADMIN,
    ("PUT", f"{USER}/password"): Role.ADMIN,
    ("GET", f"{USER}/tokens"): Role.ADMIN,
    ("POST", f"{USER}/tokens"): Role.ADMIN,
    ("DELETE", f"{USER}/tokens/{{token_id}}"): Role.ADMIN,
}
# A page: who has not signed in is led to where he can, and who may not is told so.
ADMIN_PAGES = {("GET", "/admin"), ("GET", "/node")}
_IDS = ("study_id", "upload_id", "version_id", "review_id", "list_id", "user_id", "token_id")
PLACES: dict[str, object] = {
    **dict.fromkeys(_IDS, "0" * 32),
    "study_uid": "1.2",
    "name": "x",
    "index": 0,
    "delivery_id": 1,
}
BODIES: dict[str, dict[str, object]] = {
    "/priority": {"json": {"urgent": True}},
    "/uploads/files": {"files": {"files": b"x"}},
}


def routes(router: Any, prefix: str = "") -> set[tuple[str, str]]:
    """Method and path of every route of an application; mounts hold what pages load, no data."""
    found: set[tuple[str, str]] = set()
    for route in router.routes:
        if included := getattr(route, "original_router", None):
            found |= routes(included, prefix + route.include_context.prefix)
        elif not isinstance(route, Mount):
            found |= {(method, prefix + route.path) for method in route.methods}
    return found


def secrets(here) -> dict[str, dict[str, str]]:
    """Headers of one of each role, and of those whose secrets are worth nothing."""
    found: dict[str, dict[str, str]] = {"nobody": {}, "stranger": {"Authorization": "Bearer x"}}
    with here.context.engine.begin() as connection:
        for role in Role:
            one = users.add_user(connection, role, PASSWORD, role, sees_identity=True)
            token = passes.new_token(connection, one, "test", None)
            found[role.value] = {"Authorization": f"Bearer {token}"}
        gone = users.add_user(connection, "gone", PASSWORD, Role.ADMIN, sees_identity=True)
        token = passes.new_token(connection, gone, "test", None)
        found["disabled"] = {"Authorization": f"Bearer {token}"}
        users.disable(connection, "gone")
        # A session's secret is no token.
        other = users.add_user(connection, "other", PASSWORD, Role.ADMIN, sees_identity=True)
        session = passes.open_session(connection, other)
        found["session as token"] = {"Authorization": f"Bearer {session}"}
        found["token as session"] = {"Cookie": f"{COOKIE}={token}"}
    found |= other_hospital()
    return found


def other_hospital() -> dict[str, dict[str, str]]:
    """Secrets of an admin that are good in another server's database."""
    with tempfile.TemporaryDirectory() as folder, hospital(Path(folder)) as other:
        with other.context.engine.begin() as connection:
            one = users.add_user(connection, "admin", PASSWORD, Role.ADMIN, sees_identity=True)
            token = passes.new_token(connection, one, "test", None)
            session = passes.open_session(connection, one)
        found = {
            "another hospital's token": {"Authorization": f"Bearer {token}"},
            "another hospital's session": {"Cookie": f"{COOKIE}={session}"},
        }
        for headers in found.values():
            other.client.cookies.clear()
            assert other.client.get("/api/v1/audit", headers=headers).status_code == 200
    return found


def test_every_route_has_a_row(empty) -> None:
    assert routes(empty.client.app) == set(TABLE) | ADMIN_PAGES


def test_nobody_may_do_more_than_his_role(empty) -> None:
    """Not found, or refused for what was sent, is past the guard."""
    who = secrets(empty)
    for (method, path), least in TABLE.items():
        if path == "/api/v1/events":
            continue  # it does not end; its guard is the same, and asked below
        at = path.replace(":path", "").format(**PLACES)
        body = next((b for end, b in BODIES.items() if path.endswith(end)), {})
        for name, headers in who.items():
            empty.client.cookies.clear()
            status = empty.client.request(method, at, headers=headers, **body).status_code
            known = name in {r.value for r in Role}
            if least is None:
                assert status not in (403,), (method, path, name, status)
            elif not known:
                assert status == 401, (method, path, name, status)
            elif Role(name).includes(least):
                assert status not in (401, 403), (method, path, name, status)
            else:
                assert status == 403, (method, path, name, status)


def test_events_ask_too(empty) -> None:
    who = secrets(empty)
    for name in set(who) - set(Role):
        assert empty.client.get("/api/v1/events", headers=who[name]).status_code == 401, name
    assert empty.client.head("/api/v1/events", headers=who["viewer"]).status_code == 200


def test_head_tells_nobody_more_than_get(empty) -> None:
    who = secrets(empty)
    for (method, path), least in TABLE.items():
        if method != "GET" or least is None or path == "/api/v1/events":
            continue
        at = path.replace(":path", "").format(**PLACES)
        for name in ("nobody", "viewer", "admin"):
            empty.client.cookies.clear()
            got, head = (
                empty.client.request(asked, at, headers=who[name]) for asked in ("GET", "HEAD")
            )
            assert head.status_code == got.status_code, (path, name)
            assert head.content == b"", (path, name)


def test_pages_of_admins_are_theirs(empty) -> None:
    who = secrets(empty)
    for _, path in ADMIN_PAGES:
        for name, headers in who.items():
            empty.client.cookies.clear()
            answer = empty.client.get(path, headers=headers, follow_redirects=False)
            expected = {"admin": 200, "reader": 403, "viewer": 403}.get(name, 303)
            assert answer.status_code == expected, name


@pytest.mark.parametrize("role", list(Role))
def test_who_may_not_see_identity_sees_none(analysed, role: Role) -> None:
    here, study_id = analysed
    name = f"blind-{role}"
    with here.context.engine.begin() as connection:
        one = users.add_user(connection, name, PASSWORD, role, sees_identity=False)
        token = passes.new_token(connection, one, "test", None)
    try:
        headers = {"Authorization": f"Bearer {token}"}
        study = here.study(study_id, headers=headers)
        assert [study[k] for k in ("patient_id", "patient_name", "accession")] == [None] * 3
        listed = here.client.get("/api/v1/studies?search=77", headers=headers).json()
        assert listed["total"] == 0
        path = f"/api/v1/studies/{study_id}/files"
        names = {f["name"] for f in here.client.get(path, headers=headers).json()["files"]}
        assert "seg.dcm" not in names and "report.en.pdf" in names
        assert here.client.get(f"{path}/sr.dcm", headers=headers).status_code == 403
        for shown in names:
            content = here.client.get(f"{path}/{shown}", headers=headers).content
            assert b"Ivanova" not in content, shown
    finally:
        with here.context.engine.begin() as connection:
            connection.exec_driver_sql("DELETE FROM account")
