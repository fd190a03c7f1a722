"""Users and tokens by the API of admins, each change in the audit."""

import pytest
from sqlalchemy import select

from glioscope.database.tables import Audit
from glioscope.server.access import passes, users
from glioscope.server.access.roles import Role

PASSWORD = "correct horse"


@pytest.fixture
def ward(empty):
    """A server whose client shows the token of an admin, `chief`."""
    with empty.context.engine.begin() as connection:
        one = users.add_user(connection, "chief", PASSWORD, Role.ADMIN, sees_identity=True)
        token = passes.new_token(connection, one, "test", None)
    empty.client.headers["Authorization"] = f"Bearer {token}"
    return empty


def add(here, name: str, role: str = "reader", **more):
    wanted = {"name": name, "role": role, "password": PASSWORD, **more}
    return here.client.post("/api/v1/users", json=wanted)


def named(here) -> dict:
    found = here.client.get("/api/v1/users").json()["users"]
    return {one["name"]: one for one in found}


def done(here) -> list[tuple[str, str, str | None]]:
    with here.context.engine.connect() as connection:
        rows = connection.execute(select(Audit).order_by(Audit.id))
        return [(row.who, row.action, row.object) for row in rows]


def test_a_user_from_the_first_to_the_last_day(ward) -> None:
    anna = add(ward, "anna", sees_identity=True).json()
    at = f"/api/v1/users/{anna['id']}"
    assert (anna["role"], anna["sees_identity"], anna["password"]) == ("reader", True, True)
    changed = {"role": "viewer", "sees_identity": False}
    assert ward.client.patch(at, json=changed).json() == {**anna, **changed}
    put = ward.client.put(f"{at}/password", json={"password": "another horse"})
    assert put.status_code == 204
    assert ward.client.patch(at, json={"disabled": True}).json()["disabled"] is True
    credentials = {"name": "anna", "password": "another horse"}
    assert ward.client.post("/api/v1/session", json=credentials).status_code == 401
    ward.client.patch(at, json={"disabled": False})
    assert ward.client.post("/api/v1/session", json=credentials).status_code == 200
    actions = ("add user", "change user", "set password", "disable user")
    assert done(ward)[:4] == [("chief", action, "anna") for action in actions]
    assert ("chief", "enable user", "anna") in done(ward)


def test_tokens_are_made_listed_and_revoked(ward) -> None:
    user_id = add(ward, "robot", password=None).json()["id"]
    at = f"/api/v1/users/{user_id}/tokens"
    secret = ward.client.post(at, json={"label": "PACS", "days": 3}).json()["token"]
    [entry] = ward.client.get(at).json()["tokens"]
    assert entry["label"] == "PACS" and entry["ends_at"] > entry["created_at"]
    assert secret not in str(entry)
    shown = {"Authorization": f"Bearer {secret}"}
    assert ward.client.get("/api/v1/session", headers=shown).json()["name"] == "robot"
    assert ward.client.delete(f"{at}/{entry['id']}").status_code == 204
    assert ward.client.get("/api/v1/session", headers=shown).status_code == 401
    assert ward.client.delete(f"{at}/{entry['id']}").status_code == 404
    assert [action for _, action, _ in done(ward)] == ["add user", "new token", "revoke token"]


def test_a_token_of_somebody_else_is_not_revoked_by_mistake(ward) -> None:
    user_id = add(ward, "anna").json()["id"]
    chief = named(ward)["chief"]["id"]
    [entry] = ward.client.get(f"/api/v1/users/{chief}/tokens").json()["tokens"]
    at = f"/api/v1/users/{user_id}/tokens/{entry['id']}"
    assert ward.client.delete(at).status_code == 404
    assert named(ward), "the token is still good"


@pytest.mark.parametrize("change", [{"role": "reader"}, {"disabled": True}])
def test_the_last_admin_stays(ward, change) -> None:
    at = f"/api/v1/users/{named(ward)['chief']['id']}"
    assert ward.client.patch(at, json=change).status_code == 409
    assert named(ward)["chief"]["role"] == "admin" and done(ward) == []
    add(ward, "second", "admin")
    assert ward.client.patch(at, json=change).status_code == 200


def test_the_first_user_is_an_admin_who_can_sign_in(empty) -> None:
    assert add(empty, "anna").status_code == 409
    assert add(empty, "anna", "admin", password=None).status_code == 409
    assert add(empty, "anna", "admin").status_code == 201
    assert empty.client.get("/api/v1/users").status_code == 401


def test_what_will_not_do_is_said(ward) -> None:
    assert add(ward, "").status_code == add(ward, "chief").status_code == 422
    assert add(ward, "anna", password="short").status_code == 422
    assert add(ward, "anna", "chief").status_code == 422
    assert ward.client.patch("/api/v1/users/x", json={}).status_code == 404
    assert set(named(ward)) == {"chief"}
