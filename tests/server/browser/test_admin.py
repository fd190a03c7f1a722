"""The page of admins in a real browser: by keyboard, in both languages and both themes."""

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import insert

from glioscope.database.engine import now_ms
from glioscope.database.tables import Delivery
from glioscope.server.access.roles import Role
from glioscope.server.access.users import add_user
from glioscope.server.serve import Place
from glioscope.texts.message import message
from server.browser.conftest import Served, answering
from server.browser.windows import Visit, Windows

PASSWORD = "correct horse"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, browser: Windows) -> Iterator[Served]:
    """A server with one admin."""
    data = tmp_path_factory.mktemp("admin") / "data"
    with answering(data) as started:
        context = Place(data=data).context("en", None)
        with context.engine.begin() as connection:
            add_user(connection, "chief", PASSWORD, Role.ADMIN, sees_identity=True)
        context.close()
        yield started


def enter(page: Any, name: str, password: str, at: str = "/admin") -> None:
    """Sign in by keyboard alone."""
    page.goto(at)
    page.locator("#login [name=name]").focus()
    page.keyboard.type(name)
    page.keyboard.press("Tab")
    page.keyboard.type(password)
    page.keyboard.press("Enter")
    page.wait_for_url(f"**{at}")


def test_a_wrong_password_is_said_and_the_right_one_leads_on(visit: Visit) -> None:
    page = visit.page
    page.goto("/reviews")
    page.wait_for_url("**/login?next=*")
    page.get_by_label("Name").fill("chief")
    page.get_by_label("Password").fill("wrong horse")
    page.keyboard.press("Enter")
    page.locator("#said", has_text="Name or password is wrong").wait_for()
    visit.forgive("status of 401")
    page.get_by_label("Password").fill(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/reviews")


def test_an_admin_looks_after_users_and_reads_the_audit(visit: Visit) -> None:
    page = visit.page
    enter(page, "chief", PASSWORD)
    users = page.locator("#users tbody tr")
    users.first.wait_for()
    page.locator("#add [name=name]").focus()
    page.keyboard.type("anna")
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    anna = page.locator("#users tbody tr", has_text="anna")
    anna.wait_for()
    assert users.count() == 2
    anna.get_by_label("Sees patients' names: anna").press("Space")
    page.locator("#audit tbody tr", has_text="change user").wait_for()
    anna.get_by_role("button", name="Tokens: anna").press("Enter")
    page.get_by_label("What it is for").fill("robot")
    page.keyboard.press("Enter")
    page.locator("#token-list li", has_text="robot, for ever").wait_for()
    assert len(page.locator("#secret").inner_text().split(": ")[1]) > 40
    page.keyboard.press("Escape")
    page.locator("#audit tbody tr", has_text="new token").wait_for()
    assert page.locator("#secret").text_content() == ""
    page.locator("#verify").press("Enter")
    page.locator("#chain.whole", has_text="✓ Whole").wait_for()
    page.locator("#filter [name=action]").fill("add user")
    page.keyboard.press("Enter")
    page.locator("#audit tbody tr", has_text="new token").wait_for(state="detached")
    assert page.locator("#audit tbody tr").count() == 1
    with page.expect_download() as download:
        page.locator("#csv").click()
    assert download.value.suggested_filename == "audit.csv"


def test_the_last_admin_cannot_lock_himself_out(visit: Visit) -> None:
    page = visit.page
    enter(page, "chief", PASSWORD)
    row = page.locator("#users tbody tr", has_text="chief")
    row.get_by_role("button", name="Let in no more: chief").click()
    page.locator("#problem", has_text="last admin").wait_for()
    row.get_by_role("button", name="Let in no more: chief").wait_for()
    visit.forgive("409")


def test_it_speaks_russian_in_the_dark(visit: Visit) -> None:
    page = visit.page
    enter(page, "chief", PASSWORD)
    page.locator("#users tbody tr").first.wait_for()
    page.locator("#theme").select_option("dark")
    page.get_by_role("link", name="Русский").click()
    page.get_by_role("heading", name="Журнал действий").wait_for()
    page.locator("#audit tbody tr", has_text="вход").first.wait_for()
    assert page.locator("html").get_attribute("data-theme") == "dark"


def test_what_was_given_up_is_sent_again_by_keyboard(visit: Visit, server: Served) -> None:
    context = Place(data=server.data).context("en", None)
    with context.engine.begin() as connection:
        now = now_ms(connection)
        cause = message("pacs.destination_refused", name="pacs", said="HTTP 400").to_dict()
        values = {"destination": "pacs", "state": "failed", "refusals": 5, "cause": cause}
        times = {"created_at": now, "due_at": now}
        connection.execute(insert(Delivery).values(notice={"n": 1}, **times, **values))
    context.close()
    page = visit.page
    enter(page, "chief", PASSWORD)
    page.get_by_role("link", name="PACS node").press("Enter")
    page.locator("#faults tbody tr", has_text="HTTP 400").wait_for()
    page.get_by_role("button", name="Send again to pacs").press("Enter")
    page.locator("#said", has_text="On its way again: 1").wait_for()
    page.locator("#destinations .alarm").wait_for(state="detached")
    page.get_by_role("link", name="Administration").first.press("Enter")
    page.locator("#audit tbody tr", has_text="result sent again").wait_for()


def test_one_changes_ones_password_and_signs_out_everywhere(visit: Visit) -> None:
    page = visit.page
    enter(page, "chief", PASSWORD, "/account")
    for old, said in (("wrong password", "wrong"), (PASSWORD, "was changed")):
        page.get_by_label("Present password").fill(old)
        page.get_by_label("New password").fill(PASSWORD)
        page.keyboard.press("Enter")
        page.locator("#said", has_text=said).wait_for()
    page.locator("#everywhere").press("Enter")
    page.wait_for_url("**/login")
    visit.forgive("403")
