"""What cannot be answered is a problem for programs, and a page for who opened an address."""

import re
import urllib.error
import urllib.request

import pytest

from glioscope.server.access import users
from glioscope.server.access.roles import Role
from server.hospital import address_of

PAGE = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
WORDS = {"en": "There is nothing at this address", "ru": "По этому адресу ничего нет"}


@pytest.mark.parametrize("lang", ["en", "ru"])
@pytest.mark.parametrize("path", ["/nowhere", "/static/0/x.js", "/api/v1/nowhere"])
def test_an_address_that_leads_nowhere_is_a_page_with_a_way_back(empty, path, lang) -> None:
    answer = empty.client.get(path, headers={"Accept": PAGE, "Accept-Language": lang})
    assert answer.status_code == 404
    assert answer.headers["content-type"].startswith("text/html")
    assert WORDS[lang] in answer.text and '<html lang="' + lang in answer.text
    assert '<a href="/">' in answer.text and "Not Found" not in answer.text
    assert "default-src 'self'" in answer.headers["content-security-policy"]


@pytest.mark.parametrize("accept", ["*/*", "application/json", "text/event-stream"])
def test_programs_and_scripts_are_told_a_problem(empty, accept) -> None:
    answer = empty.client.get("/nowhere", headers={"Accept": accept})
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["type"] == "urn:glioscope:problem:server.no_address"


def test_a_change_is_answered_by_a_problem_whoever_asks(empty) -> None:
    answer = empty.client.post("/api/v1/lists/x/close", headers={"Accept": PAGE})
    assert answer.headers["content-type"] == "application/problem+json"


def test_a_link_that_is_followed_too_late_says_so_in_words(empty) -> None:
    """The session has ended, or the study is gone: what a browser shows is what somebody reads."""
    link = f"/api/v1/studies/{'0' * 32}/files/report.en.pdf"
    gone = empty.client.get(link, headers={"Accept": PAGE})
    assert gone.status_code == 404 and "There is no such study" in gone.text
    with empty.context.engine.begin() as connection:
        users.add_user(connection, "anna", "x" * 12, Role.READER, sees_identity=True)
    ended = empty.client.get(link, headers={"Accept": PAGE})
    assert ended.status_code == 401 and "Sign in first." in ended.text
    assert "<nav" not in ended.text


def test_nothing_of_an_address_stands_on_the_page(empty) -> None:
    text = empty.client.get("/<b>x</b>?next=<script>", headers={"Accept": PAGE}).text
    assert "<b>" not in text and not re.search("<script>", text)


def broken(*_: object) -> None:
    raise RuntimeError("Ivanova^Anna")


def test_a_failure_is_a_page_too_and_forbids_what_is_foreign(empty, monkeypatch) -> None:
    from glioscope.server.pages import routes

    monkeypatch.setattr(routes, "who_asks", broken)
    answer = empty.client.get("/", headers={"Accept": PAGE})
    assert answer.status_code == 500
    assert "The server failed to answer" in answer.text and "Ivanova" not in answer.text
    assert "default-src 'self'" in answer.headers["content-security-policy"]
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_refused_before_the_application_it_forbids_what_is_foreign_too(empty) -> None:
    answer = empty.client.get("/", headers={"Accept": PAGE, "Host": "elsewhere.example"})
    assert answer.status_code == 403 and "Only the pages of this server" in answer.text
    assert "default-src 'self'" in answer.headers["content-security-policy"]


def test_no_log_has_the_words_of_a_failure(empty, monkeypatch, capfd, caplog) -> None:
    """Neither ours nor that of what serves the application."""
    from glioscope.server.api import studies

    monkeypatch.setattr(studies, "page", broken)
    with address_of(empty) as address, pytest.raises(urllib.error.HTTPError) as raised:
        urllib.request.urlopen(f"{address}/api/v1/studies", timeout=10)
    assert raised.value.code == 500
    assert raised.value.headers["Cache-Control"] == "no-store"
    raised.value.close()
    said = "".join([*capfd.readouterr(), caplog.text])
    assert "RuntimeError at test_problems.py" in said and "Ivanova" not in said
