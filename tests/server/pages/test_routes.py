"""Pages: their languages and themes, who sees them, and that no text of theirs can run."""

import re

import pytest

from glioscope.server.access import passes, users
from glioscope.server.access.guard import COOKIE
from glioscope.server.access.roles import Role


@pytest.mark.parametrize("path", ["/", "/studies/abc", "/reviews", "/monitoring", "/login"])
@pytest.mark.parametrize("lang", ["en", "ru"])
def test_pages_speak_the_language_asked_for(empty, path, lang) -> None:
    page = empty.client.get(path, headers={"Accept-Language": lang}).text
    assert f'<html lang="{lang}"' in page
    assert {"en": "not a medical device", "ru": "не является медицинским"}[lang] in page.lower()


def test_what_loads_is_the_servers_own_and_there(empty) -> None:
    for path in ("/", "/studies/abc", "/reviews", "/monitoring", "/login"):
        page = empty.client.get(path).text
        found = re.findall(r'(?:src|href)="([^"]+)"', page)
        for address in found:
            assert address.startswith(("/", "?")), address
            if address.startswith("/static"):
                assert empty.client.get(address).status_code == 200, address


def test_nothing_in_an_address_becomes_part_of_the_page(empty) -> None:
    page = empty.client.get('/studies/"><script>alert(1)<%2Fscript>?lang="><b>').text
    assert "<script>alert" not in page and "<b>" not in page


def test_with_users_pages_lead_to_the_login_and_back(empty) -> None:
    with empty.context.engine.begin() as connection:
        one = users.add_user(connection, "anna", "x" * 12, Role.VIEWER, sees_identity=True)
        secret = passes.open_session(connection, one)
    answer = empty.client.get("/studies/abc", follow_redirects=False)
    assert answer.status_code == 303
    assert answer.headers["location"] == "/login?next=%2Fstudies%2Fabc"
    answer = empty.client.get("/studies/abc?list=1", follow_redirects=False)
    assert answer.headers["location"] == "/login?next=%2Fstudies%2Fabc%3Flist%3D1"
    assert empty.client.get("/login").status_code == 200
    empty.client.cookies.set(COOKIE, secret)
    page = empty.client.get("/").text
    assert "anna" in page and 'placeholder="Name, ID, no., date' in page


@pytest.mark.parametrize(
    ("role", "there"), [(Role.VIEWER, ""), (Role.READER, "U"), (Role.ADMIN, "U Delete")]
)
def test_the_list_offers_what_its_reader_may_do(empty, role, there) -> None:
    with empty.context.engine.begin() as connection:
        one = users.add_user(connection, "anna", "x" * 12, role, sees_identity=True)
        empty.client.cookies.set(COOKIE, passes.open_session(connection, one))
    page = empty.client.get("/").text
    assert f'data-role="{role}"' in page
    assert ('id="pick-files"' in page) == (role != "viewer")
    keys = re.findall("<kbd>(U|Delete)</kbd>", page)
    assert keys == there.split()


def test_pages_of_admins_tell_others_so_in_words(empty) -> None:
    with empty.context.engine.begin() as connection:
        one = users.add_user(connection, "anna", "x" * 12, Role.READER, sees_identity=True)
        empty.client.cookies.set(COOKIE, passes.open_session(connection, one))
    for path in ("/admin", "/node"):
        answer = empty.client.get(path, headers={"Accept-Language": "ru"})
        assert answer.status_code == 403
        assert answer.headers["content-type"].startswith("text/html")
        assert "только администратор" in answer.text and 'id="users"' not in answer.text


def test_before_one_has_signed_in_no_page_is_offered(empty) -> None:
    assert "<nav" in empty.client.get("/").text
    with empty.context.engine.begin() as connection:
        users.add_user(connection, "anna", "x" * 12, Role.READER, sees_identity=True)
    assert "<nav" not in empty.client.get("/login").text


def test_who_may_not_know_patients_is_not_told_to_search_by_their_names(empty) -> None:
    with empty.context.engine.begin() as connection:
        one = users.add_user(connection, "vera", "x" * 12, Role.VIEWER, sees_identity=False)
        empty.client.cookies.set(COOKIE, passes.open_session(connection, one))
    page = empty.client.get("/").text
    assert 'placeholder="Pseudonym, date"' in page and 'placeholder="Name, ID' not in page
