"""A proxy that speaks TLS is believed from its address alone; forged headers are nothing."""

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import select
from starlette.testclient import TestClient

from glioscope.database.tables import Audit, User
from glioscope.server.access import passes, users
from glioscope.server.access.roles import Role
from glioscope.server.reach.terms import Reach
from server.hospital import Hospital, hospital

NAME = "glio.example"
PROXY, OTHER, HERE = "10.0.0.5", "10.0.0.6", "127.0.0.1"
BY_TLS = {"X-Forwarded-Proto": "https"}
NAMED = {**BY_TLS, "X-Remote-User": "anna"}
# As a browser says that a page of the server itself asks.
OWN = {"Sec-Fetch-Site": "same-origin"}


@pytest.fixture
def ward(tmp_path) -> Iterator[Hospital]:
    """A server behind a proxy that names users, with one of them added."""
    reach = Reach(beyond=True, proxies=("10.0.0.5/32",), user_header="X-Remote-User")
    with hospital(tmp_path / "data", reach=reach, hosts=frozenset({NAME, "localhost"})) as here:
        with here.context.engine.begin() as connection:
            users.add_user(connection, "anna", None, Role.READER, sees_identity=False)
        yield here


def ask(here: Hospital, peer: str, method: str = "GET", path: str = "/session", **options: Any):
    client = TestClient(here.client.app, f"http://{NAME}", client=(peer, 50_000))
    return client.request(method, f"/api/v1{path}", **options)


def test_whom_the_proxy_names_is_signed_in(ward) -> None:
    me = ask(ward, PROXY, headers=NAMED).json()
    assert me == {"name": "anna", "role": "reader", "sees_identity": False, "signed_in": True}
    assert ask(ward, PROXY, headers=BY_TLS).status_code == 401


def test_forged_headers_of_others_are_nothing(ward) -> None:
    """Others are not let in at all; this computer itself must sign in as ever."""
    assert ask(ward, OTHER, headers=NAMED).status_code == 403
    assert ask(ward, HERE, headers=NAMED).status_code == 401
    assert ask(ward, "::ffff:10.0.0.6", headers=NAMED).status_code == 403
    assert ask(ward, "::ffff:10.0.0.5", headers=NAMED).status_code == 200


def test_who_is_said_to_be_two_is_nobody(ward) -> None:
    headers = [*BY_TLS.items(), ("X-Remote-User", "anna"), ("X-Remote-User", "boris")]
    assert ask(ward, PROXY, headers=headers).status_code == 401


@pytest.mark.parametrize("said", ["http", "https, http", "", "wss"])
def test_a_proxy_without_tls_is_told_so(ward, said: str) -> None:
    answer = ask(ward, PROXY, headers={**NAMED, "X-Forwarded-Proto": said})
    assert answer.status_code == 403 and "X-Forwarded-Proto" in answer.json()["detail"]
    assert ask(ward, PROXY, headers={"X-Remote-User": "anna"}).status_code == 403


def test_health_is_asked_by_any_way(ward) -> None:
    for peer in (PROXY, OTHER, HERE):
        client = TestClient(ward.client.app, "http://localhost", client=(peer, 1))
        assert client.get("/health").status_code == 200


def test_attempts_are_counted_by_the_browsers_computer(ward) -> None:
    def attempts(peer: str, computer: str) -> list[int]:
        headers = {**BY_TLS, "X-Forwarded-For": f"6.6.6.6, {computer}"}
        body = {"name": "nobody", "password": "x"}
        return [ask(ward, peer, "POST", headers=headers, json=body).status_code for _ in range(21)]

    assert attempts(PROXY, "192.168.0.1")[-1] == 429
    assert attempts(PROXY, "192.168.0.2")[0] == 401
    # The part that the browser itself has sent is not believed.
    with_forged = {**BY_TLS, "X-Forwarded-For": "7.7.7.7, 192.168.0.1"}
    body = {"name": "nobody", "password": "x"}
    assert ask(ward, PROXY, "POST", headers=with_forged, json=body).status_code == 429


def test_a_page_of_another_site_changes_nothing_though_the_proxy_adds_the_name(ward) -> None:
    """The proxy's header comes with every request of the browser, whoever has caused it."""
    for headers, status in (
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": f"http://{NAME}"}, 403),
        ({}, 403),
        ({"Origin": f"https://{NAME}"}, 201),
        (OWN, 201),
    ):
        answer = ask(ward, PROXY, "POST", "/uploads", headers={**NAMED, **headers})
        assert answer.status_code == status, headers


def test_programs_show_a_token_and_need_not_be_pages(ward) -> None:
    with ward.context.engine.begin() as connection:
        token = passes.new_token(connection, users.id_of(connection, "anna"), "robot", None)
    headers = {**BY_TLS, "Authorization": f"Bearer {token}"}
    assert ask(ward, PROXY, "POST", "/uploads", headers=headers).status_code == 201
    # A wrong token is not made good by the name that the proxy adds.
    wrong = {**NAMED, "Authorization": "Bearer x"}
    assert ask(ward, PROXY, headers=wrong).status_code == 401


def test_strangers_are_let_in_only_where_told_so(ward, tmp_path) -> None:
    stranger = {**BY_TLS, "X-Remote-User": "Виктор".encode()}
    assert ask(ward, PROXY, headers=stranger).status_code == 401
    reach = Reach(beyond=True, proxies=(PROXY,), user_header="X-Remote-User", new_users=Role.VIEWER)
    with hospital(tmp_path / "open", reach=reach, hosts=frozenset({NAME})) as here:
        me = ask(here, PROXY, headers=stranger).json()
        assert (me["name"], me["role"], me["sees_identity"]) == ("Виктор", "viewer", False)
        assert ask(here, PROXY, headers=stranger).status_code == 200
        with here.context.engine.connect() as connection:
            [row] = connection.execute(select(User))
            actions = [r.action for r in connection.execute(select(Audit))]
    assert row.subject == "proxy Виктор" and actions == ["add user"]


def test_who_may_no_more_is_not_let_in_by_the_proxy(ward) -> None:
    assert ask(ward, PROXY, headers=NAMED).status_code == 200
    with ward.context.engine.begin() as connection:
        users.disable(connection, "anna")
    assert ask(ward, PROXY, headers=NAMED).status_code == 401


def test_without_users_nobody_is_let_in(tmp_path) -> None:
    """Open is a server that only its own computer reaches."""
    reach = Reach(beyond=True, proxies=(PROXY,))
    with hospital(tmp_path / "data", reach=reach, hosts=frozenset({NAME})) as here:
        assert ask(here, PROXY, headers=BY_TLS).status_code == 401
        assert ask(here, HERE).status_code == 401


def test_cookies_go_by_tls_alone(ward) -> None:
    with ward.context.engine.begin() as connection:
        users.set_password(connection, "anna", "correct horse")
    body = {"name": "anna", "password": "correct horse"}
    answer = ask(ward, PROXY, "POST", headers=BY_TLS, json=body)
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith("__Host-glioscope_session=")
    assert "; Secure" in cookie and "; Path=/" in cookie and "Domain" not in cookie
    shown = {**BY_TLS, "Cookie": cookie.split(";")[0]}
    assert ask(ward, PROXY, headers=shown).json()["name"] == "anna"
    # A cookie that another server of the domain could have set is none.
    planted = {**BY_TLS, "Cookie": shown["Cookie"].removeprefix("__Host-")}
    assert ask(ward, PROXY, headers=planted).status_code == 401
