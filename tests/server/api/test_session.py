"""Signing in and out: right and wrong passwords, locks, and how a session ends."""

import pytest
from argon2 import PasswordHasher, extract_parameters
from argon2.exceptions import VerifyMismatchError
from sqlalchemy import select, update

from glioscope.database.tables import Audit, Pass, User
from glioscope.errors import UsageError
from glioscope.server.access import passes, users
from glioscope.server.access.guard import COOKIE
from glioscope.server.access.roles import Role

PASSWORD = "correct horse"


@pytest.fixture
def anna(empty):
    with empty.context.engine.begin() as connection:
        users.add_user(connection, "anna", PASSWORD, Role.READER, sees_identity=True)
    return empty


def sign_in(here, password: str = PASSWORD, name: str = "anna"):
    return here.client.post("/api/v1/session", json={"name": name, "password": password})


def test_without_users_it_is_open_to_its_own_computer(empty) -> None:
    me = empty.client.get("/api/v1/session").json()
    assert me == {"name": "local", "role": "admin", "sees_identity": True, "signed_in": False}
    empty.client.cookies.set(COOKIE, "of an earlier day")
    assert empty.client.get("/api/v1/studies").status_code == 200


def test_a_session_from_sign_in_to_sign_out(anna) -> None:
    assert anna.client.get("/api/v1/studies").status_code == 401
    answer = sign_in(anna)
    assert answer.json() == {
        "name": "anna",
        "role": "reader",
        "sees_identity": True,
        "signed_in": True,
    }
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie and "samesite=strict" in cookie
    assert anna.client.get("/api/v1/studies").status_code == 200
    secret = anna.client.cookies[COOKIE]
    assert anna.client.delete("/api/v1/session").json() == {"next": "/login"}
    anna.client.cookies.set(COOKIE, secret)
    assert anna.client.get("/api/v1/studies").status_code == 401


def test_wrong_passwords_and_unknown_names_are_answered_alike(anna) -> None:
    wrong, unknown = sign_in(anna, "wrong password"), sign_in(anna, name="nobody")
    assert wrong.status_code == unknown.status_code == 401
    assert wrong.json() == unknown.json()


def test_a_name_that_nobody_has_costs_as_much_as_any_other() -> None:
    hasher = PasswordHasher(2, 16, 1)
    made = users._of_no_password(hasher)
    assert extract_parameters(made) == extract_parameters(hasher.hash("any"))
    with pytest.raises(VerifyMismatchError):
        hasher.verify(made, "any")


def test_five_wrong_passwords_lock_the_name_for_a_while(anna) -> None:
    for _ in range(users.MOST_FAILURES):
        assert sign_in(anna, "wrong password").status_code == 401
    assert sign_in(anna).status_code == 429, "also with the right one"
    with anna.context.engine.begin() as connection:
        connection.execute(update(User).values(locked_until=1))
    assert sign_in(anna).status_code == 200


def test_a_computer_may_not_try_without_end(anna) -> None:
    codes = [sign_in(anna, name=f"n{n}").status_code for n in range(25)]
    assert codes[0] == 401 and codes[-1] == 429


@pytest.mark.parametrize("change", [{"seen_at": 1}, {"ends_at": 1}])
def test_a_session_ends(anna, change) -> None:
    sign_in(anna)
    with anna.context.engine.begin() as connection:
        connection.execute(update(Pass).values(**change))
    assert anna.client.get("/api/v1/studies").status_code == 401


def test_a_session_in_use_goes_on(anna) -> None:
    sign_in(anna)
    with anna.context.engine.begin() as connection:
        before = connection.scalar(select(Pass.seen_at)) - passes.IDLE_MS // 2
        connection.execute(update(Pass).values(seen_at=before))
    assert anna.client.get("/api/v1/studies").status_code == 200
    with anna.context.engine.begin() as connection:
        assert connection.scalar(select(Pass.seen_at)) > before


def test_a_changed_password_ends_all_sessions(anna) -> None:
    sign_in(anna)
    with anna.context.engine.begin() as connection:
        users.set_password(connection, "anna", "another horse")
    assert anna.client.get("/api/v1/studies").status_code == 401
    assert sign_in(anna).status_code == 401
    assert sign_in(anna, "another horse").status_code == 200


def test_neither_passwords_nor_secrets_are_kept(anna) -> None:
    sign_in(anna)
    secret = anna.client.cookies[COOKIE]
    with anna.context.engine.begin() as connection:
        stored = connection.execute(select(User.password)).scalar_one()
        hashes = list(connection.scalars(select(Pass.hash)))
    assert stored.startswith("$argon2id$") and PASSWORD not in stored
    assert secret not in hashes


def test_what_is_typed_for_a_name_and_is_none_is_not_kept(anna) -> None:
    sign_in(anna, "wrong password", name="my password")
    with anna.context.engine.begin() as connection:
        rows = [(row.who, row.action) for row in connection.execute(select(Audit))]
    assert rows == [("?", "sign in, refused")]


@pytest.mark.parametrize(
    ("name", "password"), [("", PASSWORD), ("x" * 65, PASSWORD), ("a\nb", PASSWORD), ("b", "short")]
)
def test_names_and_passwords_that_will_not_do(anna, name, password) -> None:
    with anna.context.engine.begin() as connection, pytest.raises(UsageError):
        users.add_user(connection, name, password, Role.READER, sees_identity=False)


def test_a_name_is_given_once(anna) -> None:
    with anna.context.engine.begin() as connection, pytest.raises(UsageError, match="already"):
        users.add_user(connection, "anna", PASSWORD, Role.READER, sees_identity=False)


def test_one_signs_out_everywhere(anna) -> None:
    here = anna.client
    sign_in(anna)
    elsewhere = here.cookies[COOKIE]
    sign_in(anna)
    token = _token(anna)
    assert here.delete("/api/v1/session", params={"everywhere": True}).status_code == 200
    here.cookies.clear()
    for headers, status in (
        ({"Cookie": f"{COOKIE}={elsewhere}"}, 401),
        ({"Authorization": f"Bearer {token}"}, 200),
    ):
        assert here.get("/api/v1/studies", headers=headers).status_code == status


def _token(here) -> str:
    with here.context.engine.begin() as connection:
        return passes.new_token(connection, users.id_of(connection, "anna"), "robot", None)


def change(here, old: str, new: str):
    return here.client.put("/api/v1/session/password", json={"old": old, "new": new})


def test_one_changes_ones_own_password_and_stays_signed_in_here_alone(anna) -> None:
    sign_in(anna)
    elsewhere = anna.client.cookies[COOKIE]
    sign_in(anna)
    assert change(anna, "wrong password", "another horse").status_code == 403
    assert change(anna, PASSWORD, "short").status_code == 422
    assert change(anna, PASSWORD, "another horse").status_code == 200
    assert anna.client.get("/api/v1/studies").status_code == 200
    anna.client.cookies.clear()
    headers = {"Cookie": f"{COOKIE}={elsewhere}"}
    assert anna.client.get("/api/v1/studies", headers=headers).status_code == 401
    assert sign_in(anna, "another horse").status_code == 200


def test_whoever_finds_an_open_browser_cannot_guess_its_password(anna) -> None:
    sign_in(anna)
    codes = [change(anna, "wrong password", "another horse").status_code for _ in range(6)]
    assert codes == [403] * 5 + [429]


def test_where_nobody_signs_in_there_is_no_password_to_change(empty) -> None:
    assert change(empty, PASSWORD, "another horse").status_code == 409
