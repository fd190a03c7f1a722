"""Signing in by the hospital's own sign-in: there and back, and all that must sign in nobody."""

import time
from collections.abc import Iterator
from typing import Any

import pytest
from joserfc.jwk import RSAKey
from sqlalchemy import select, update
from starlette.testclient import TestClient

from glioscope.database.tables import Audit, User
from glioscope.server.access import users
from glioscope.server.access.openid.config import OpenIdConfig
from glioscope.server.access.openid.provider import Provider
from glioscope.server.access.roles import Role
from glioscope.server.reach.terms import Reach
from server.access.openid.provider_for_tests import CLIENT, SECRET, shared_key
from server.access.openid.provider_for_tests import Provider as Theirs
from server.access.openid.provider_for_tests import provider as serving
from server.hospital import Hospital, hospital

BACK = "/login/openid/back"
HOST = "glio.example"


@pytest.fixture(scope="module")
def running() -> Iterator[Theirs]:
    with serving() as found:
        yield found


@pytest.fixture
def theirs(running: Theirs) -> Iterator[Theirs]:
    before = dict(vars(running))
    yield running
    vars(running).update(before)


@pytest.fixture
def ward(tmp_path, theirs: Theirs) -> Iterator[Hospital]:
    """A server reached by TLS that lets in whom the provider signs in, as viewers."""
    with at(tmp_path, theirs, new_users="viewer") as here:
        yield here


def at(folder, theirs: Theirs, secret: str = SECRET, **config: Any):
    found = OpenIdConfig(issuer=theirs.issuer, client_id=CLIENT, **config)
    reach = Reach(beyond=True, tls=True)
    options = {"openid": Provider(found, secret), "reach": reach, "hosts": frozenset({HOST})}
    return hospital(folder / "data", **options)


def browser(here: Hospital) -> TestClient:
    return TestClient(here.client.app, f"https://{HOST}", follow_redirects=False)


def sent(client: TestClient, wanted: str = "/") -> str:
    """The address that a browser is sent to."""
    answer = client.get("/login/openid", params={"next": wanted})
    assert answer.status_code == 303, answer.text
    return answer.headers["location"]


def signed_in(client: TestClient) -> bool:
    return client.get("/api/v1/session").status_code == 200


def refused(here: Hospital, theirs: Theirs) -> str:
    """A sign-in that must fail; what the page says."""
    client = browser(here)
    answer = client.get(BACK, params=theirs.sign_in(sent(client)))
    assert answer.status_code == 403
    assert not signed_in(client)
    with here.context.engine.connect() as connection:
        assert list(connection.scalars(select(User.name).where(User.name == "anna"))) == []
        last = connection.execute(select(Audit).order_by(Audit.id.desc())).first()
    assert (last.who, last.action) == ("?", "sign in, refused")
    return answer.text


def test_there_and_back_with_a_session_and_the_page_that_was_asked_for(ward, theirs) -> None:
    client = browser(ward)
    assert "/login/openid?next=%2Fstudies%2Fx" in client.get("/login?next=/studies/x").text
    answer = client.get(BACK, params=theirs.sign_in(sent(client, "/studies/x")))
    assert answer.status_code == 200 and "url=/studies/x" in answer.text
    me = client.get("/api/v1/session").json()
    assert me == {"name": "anna", "role": "viewer", "sees_identity": False, "signed_in": True}
    cookies = answer.headers.get_list("set-cookie")
    assert any(c.startswith("__Host-glioscope_session=") and "strict" in c for c in cookies)
    with ward.context.engine.connect() as connection:
        assert connection.scalar(select(User.subject)) == f"{theirs.issuer} 17"
        rows = [(r.who, r.action) for r in connection.execute(select(Audit).order_by(Audit.id))]
    assert rows == [("sign-on", "add user"), ("anna", "sign in")]


def test_it_is_the_same_person_whatever_he_is_called(ward, theirs) -> None:
    for name in ("anna", "anna.married"):
        theirs.claims = {"preferred_username": name}
        client = browser(ward)
        client.get(BACK, params=theirs.sign_in(sent(client)))
        assert client.get("/api/v1/session").json()["name"] == "anna"


@pytest.mark.parametrize(
    "claims",
    [
        {"nonce": "of another sign-in"},
        {"nonce": None},
        {"aud": "another program"},
        {"aud": ["another program"]},
        {"aud": [CLIENT, "another program"], "azp": "another program"},
        {"iss": "https://evil.example"},
        {"exp": round(time.time()) - 3600},
        {"iat": round(time.time()) + 3600, "nbf": round(time.time()) + 3600},
        {"sub": None},
        {"exp": None},
    ],
    ids=["nonce", "no nonce", "aud", "auds", "azp", "iss", "exp", "nbf", "no sub", "no exp"],
)
def test_a_token_that_is_not_for_this_sign_in_signs_in_nobody(ward, theirs, claims) -> None:
    theirs.claims = claims
    refused(ward, theirs)


def test_a_key_that_is_not_the_providers_signs_in_nobody(ward, theirs) -> None:
    for kid in ("one", "two"):
        theirs.key = RSAKey.generate_key(2048, {"kid": kid})
        refused(ward, theirs)


def test_a_key_that_is_no_secret_signs_in_nobody(ward, theirs) -> None:
    """Neither a signature by what the client knows itself, nor none."""
    theirs.key, theirs.algorithm = shared_key(), "HS256"
    theirs.shown = [*theirs.shown, theirs.key]
    refused(ward, theirs)
    theirs.algorithm = "none"
    refused(ward, theirs)


def test_new_keys_of_the_provider_are_asked_for(ward, theirs) -> None:
    first = browser(ward)
    first.get(BACK, params=theirs.sign_in(sent(first)))
    theirs.key = RSAKey.generate_key(2048, {"kid": "two"})
    theirs.shown = [theirs.key]
    client = browser(ward)
    client.get(BACK, params=theirs.sign_in(sent(client)))
    assert signed_in(client)


def test_what_came_back_a_second_time_signs_in_nobody(ward, theirs) -> None:
    client = browser(ward)
    url = sent(client)
    kept = client.cookies["__Host-glioscope_signing_in"]
    first, second = theirs.sign_in(url), theirs.sign_in(url)
    assert client.get(BACK, params=first).status_code == 200
    again = browser(ward)
    again.cookies.set("__Host-glioscope_signing_in", kept)
    assert again.get(BACK, params=second).status_code == 403
    assert not signed_in(again)


def test_what_another_browser_has_begun_signs_in_nobody(ward, theirs) -> None:
    """Nobody is signed in as somebody else by a link that he was sent."""
    attacker, victim = browser(ward), browser(ward)
    brought = theirs.sign_in(sent(attacker))
    assert victim.get(BACK, params=brought).status_code == 403
    sent(victim)
    assert victim.get(BACK, params=brought).status_code == 403
    assert not signed_in(victim)


@pytest.mark.parametrize("brought", [{}, {"state": "x", "code": "x"}, {"error": "access_denied"}])
def test_nothing_begun_is_nothing_ended(ward, brought) -> None:
    assert browser(ward).get(BACK, params=brought).status_code == 403


def test_a_sign_in_that_took_too_long_is_begun_again(ward, theirs, monkeypatch) -> None:
    client = browser(ward)
    brought = theirs.sign_in(sent(client))
    monkeypatch.setattr("glioscope.server.access.openid.pending.LASTS_S", -1)
    assert client.get(BACK, params=brought).status_code == 403


@pytest.mark.parametrize("wanted", ["//evil.example", "/\\evil.example", "https://evil.example"])
def test_nobody_is_led_elsewhere(ward, theirs, wanted) -> None:
    client = browser(ward)
    answer = client.get(BACK, params=theirs.sign_in(sent(client, wanted)))
    assert "url=/&#34;" in answer.text or 'url=/"' in answer.text
    assert "evil.example" not in answer.text


def test_a_wrong_secret_is_seen(tmp_path, theirs) -> None:
    with at(tmp_path, theirs, secret="wrong", new_users="viewer") as here:
        refused(here, theirs)


def test_a_provider_that_is_away_is_said(tmp_path, theirs) -> None:
    with at(tmp_path, theirs, new_users="viewer") as here:
        client = browser(here)
        brought = theirs.sign_in(sent(client))
        theirs.issuer += "/elsewhere"
        here.context.openid._metadata["token_endpoint"] = "http://127.0.0.1:1/"
        answer = client.get(BACK, params=brought)
        assert answer.status_code == 502 and "does not answer" in answer.text
        here.context.openid._metadata.clear()
        assert client.get("/login/openid").status_code == 502
        assert not signed_in(client)


def test_strangers_are_refused_unless_told_otherwise(tmp_path, theirs) -> None:
    with at(tmp_path, theirs) as here:
        assert "ask whoever looks after it" in refused(here, theirs)


def test_an_added_user_is_who_has_his_name_only_where_told_so(tmp_path, theirs) -> None:
    for linked in (False, True):
        with at(tmp_path / str(linked), theirs, link_by_name=linked) as here:
            with here.context.engine.begin() as connection:
                users.add_user(connection, "anna", None, Role.READER, sees_identity=True)
            client = browser(here)
            answer = client.get(BACK, params=theirs.sign_in(sent(client)))
            assert answer.status_code == (200 if linked else 403)
            assert signed_in(client) is linked


def test_roles_and_identity_are_as_the_provider_says_at_each_sign_in(tmp_path, theirs) -> None:
    config = {
        "role_claim": "realm_access.roles",
        "roles": {"chiefs": Role.ADMIN, "doctors": Role.READER},
        "sees_identity_claim": "identity",
    }
    with at(tmp_path, theirs, **config) as here:
        for roles, identity, expected in (
            (["doctors"], True, ("reader", True)),
            (["doctors", "chiefs", "others"], "true", ("admin", False)),
            (["doctors"], None, ("reader", False)),
            (["others"], True, None),
        ):
            theirs.claims = {"realm_access": {"roles": roles}, "identity": identity}
            client = browser(here)
            client.get(BACK, params=theirs.sign_in(sent(client)))
            if expected is None:
                assert not signed_in(client)
            else:
                me = client.get("/api/v1/session").json()
                assert (me["role"], me["sees_identity"]) == expected


def test_who_may_no_more_is_not_signed_in(ward, theirs) -> None:
    client = browser(ward)
    client.get(BACK, params=theirs.sign_in(sent(client)))
    with ward.context.engine.begin() as connection:
        connection.execute(update(User).values(disabled=True))
    assert not signed_in(client)
    again = browser(ward)
    assert again.get(BACK, params=theirs.sign_in(sent(again))).status_code == 403


def test_signing_out_leads_out_of_the_provider_too(ward, theirs) -> None:
    client = browser(ward)
    client.get(BACK, params=theirs.sign_in(sent(client)))
    end = client.delete("/api/v1/session").json()["next"]
    assert end.startswith(f"{theirs.issuer}/logout?client_id={CLIENT}")
    assert "https%3A%2F%2Fglio.example%2Flogin" in end
    assert not signed_in(client)


def test_a_computer_may_not_begin_without_end(ward) -> None:
    client = browser(ward)
    codes = [client.get("/login/openid").status_code for _ in range(21)]
    assert codes[-1] == 429


def test_with_a_provider_nobody_is_let_in_unasked_also_on_its_own_computer(
    tmp_path, theirs
) -> None:
    config = OpenIdConfig(issuer=theirs.issuer, client_id=CLIENT)
    with hospital(tmp_path / "data", openid=Provider(config, SECRET)) as here:
        assert here.client.get("/api/v1/studies").status_code == 401


def test_without_a_provider_there_is_no_such_way(empty) -> None:
    assert empty.client.get("/login/openid").status_code == 404
    assert "/login/openid" not in empty.client.get("/login").text
