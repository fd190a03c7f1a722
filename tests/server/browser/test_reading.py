"""Reading beside others: a prior study, lists that are read blind, and where outlines differ."""

import gzip
import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from tests.server.browser.conftest import Served
from tests.server.browser.readers import SIZE, SLICES, Examined, at_the_page
from tests.server.browser.windows import Windows

api = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")


@dataclass(frozen=True)
class Hospital:
    """A server with readers, an admin, and two studies of one patient."""

    address: str
    earlier: str
    later: str


@pytest.fixture(scope="module")
def hospital(readers: tuple[Served, Examined]) -> Hospital:
    started, examined = readers
    return Hospital(started.address, examined.earlier, examined.later)


@pytest.mark.parametrize("query", ["flat=1", "flat=0"])
def test_a_prior_study_is_seen_beside_and_follows(
    request: pytest.FixtureRequest, browser: Windows, hospital: Hospital, query: str
) -> None:
    opened = browser if query == "flat=1" else request.getfixturevalue("webgl")
    with at_the_page(opened, hospital.address, "anna") as anna:
        anna.open(hospital.later, query)
        page = anna.page
        entry = page.locator(".priors button")
        api.expect(entry).to_contain_text("2026-03-12")
        entry.click()
        page.locator("html[data-prior=shown]").wait_for(state="attached")
        prior = page.locator(".screen.prior")
        api.expect(prior).to_contain_text("not registered")
        anna.go(9)
        # 18 slices over the same 126 mm as 14: the middle of the ninth lies in the seventh.
        api.expect(prior.locator(".corner").first).to_contain_text(f"7 of {SLICES}")
        page.keyboard.press("t")
        api.expect(prior).to_contain_text("T1")
        api.expect(page.locator(".since")).to_contain_text("RANO")
        api.expect(page.locator(".since")).to_contain_text("Only a proposal")
        entry.click()
        api.expect(prior).to_be_hidden()
        api.expect(page.locator(".since")).to_be_empty()


@pytest.fixture(scope="module")
def reading(browser: Windows, hospital: Hospital) -> str:
    """The id of a list that the admin has made on its page."""
    with at_the_page(browser, hospital.address, "chief") as chief:
        page = chief.page
        page.goto("/reviews")
        api.expect(page.locator("#nothing")).to_contain_text("No reading lists")
        page.locator("#make").click()
        page.get_by_label("Name", exact=True).fill("Pilot")
        page.get_by_label("Readers").fill("anna, nobody")
        page.locator("#choose li", has_text="2026-03-12").locator("input").check()
        page.get_by_role("button", name="Make the list").click()
        api.expect(page.locator("#wrong")).to_contain_text("nobody")
        page.get_by_label("Readers").fill("anna, boris")
        page.get_by_role("button", name="Make the list").click()
        api.expect(page.locator(".list h2")).to_have_text("Pilot")
        api.expect(page.locator(".list .progress li")).to_have_count(2)
        chief.forgive("status of 422")
        return chief.ask("/lists")["lists"][0]["id"]


def test_a_list_is_read_blind(browser: Windows, hospital: Hospital, reading: str) -> None:
    with at_the_page(browser, hospital.address, "anna") as anna:
        page = anna.page
        page.goto("/")
        row = page.locator(f"tr[data-study='{hospital.earlier}']")
        api.expect(row.locator(".finding")).to_contain_text("read it first")
        page.goto("/reviews")
        api.expect(page.locator(".list .progress li")).to_have_count(1)
        page.get_by_role("link", name="Read next").click()
        page.wait_for_url(re.compile(f"/studies/{hospital.earlier}.*list={reading}"))
        page.locator("html[data-loaded=all]").wait_for(state="attached")
        api.expect(page.locator(".head")).to_contain_text("hidden while you read blind")
        api.expect(page.locator(".head")).to_contain_text("Pilot: 0 of 1 read")
        for hidden in ("#threshold", ".row.miss", ".conclusion", ".bar.called", ".priors button"):
            api.expect(page.locator(hidden).locator("visible=true")).to_have_count(0)
        answer = page.request.get(f"/api/v1/studies/{hospital.earlier}/analysis")
        assert answer.status == 403
        # The work list says that the server has no worker.
        anna.forgive("status of 503")


@pytest.fixture(scope="module")
def handed_in(browser: Windows, hospital: Hospital, reading: str) -> None:
    """Both readers have drawn and signed; their outlines differ by some columns."""
    for name, shift in (("anna", 0), ("boris", 4)):
        with at_the_page(browser, hospital.address, name) as reader:
            values = np.zeros((SLICES, SIZE, SIZE), np.uint8)
            values[6:9, 40:60, 30 + shift : 50 + shift] = 1
            place = f"/api/v1/studies/{hospital.earlier}"
            version = reader.page.request.post(
                f"{place}/versions?base=empty&list={reading}",
                data=gzip.compress(values.tobytes()),
                headers={"Content-Type": "application/gzip"},
                timeout=120_000,
            )
            assert version.ok, version.text()
            said = {"verdict": "correct", "version": version.json()["id"], "list": reading}
            review = reader.page.request.post(f"{place}/reviews", data=said).json()
            signed = reader.page.request.post(f"{place}/reviews/{review['id']}/sign")
            assert signed.ok, signed.text()


def test_readers_see_where_they_differ(
    browser: Windows, hospital: Hospital, reading: str, handed_in: None
) -> None:
    with at_the_page(browser, hospital.address, "anna") as anna:
        anna.open(hospital.earlier, f"flat=1&list={reading}&between=anna&and=boris")
        page = anna.page
        page.locator("html[data-pair=shown]").wait_for(state="attached")
        api.expect(page.locator(".both .row")).to_have_count(3)
        pressed = page.locator(".both .row[aria-pressed=true]")
        api.expect(pressed).to_contain_text("anna – boris")
        api.expect(pressed).to_contain_text("Dice 0.80")
        api.expect(page.locator(".both-legend")).to_contain_text("anna")
        api.expect(page.locator(".strip")).to_have_attribute(
            "aria-valuetext", re.compile(r"Dice 0\.80")
        )
        # A correction shows the outline that it is made of, and no other.
        page.keyboard.press("c")
        page.get_by_role("button", name="Review again").click()
        api.expect(page.locator(".correct")).to_be_visible()
        api.expect(page.locator(".both-legend")).to_be_hidden()


def test_agreement_is_a_table_and_a_file(
    browser: Windows, hospital: Hospital, reading: str, handed_in: None
) -> None:
    with at_the_page(browser, hospital.address, "chief") as chief:
        page = chief.page
        page.goto("/reviews")
        page.locator("summary", has_text="Agreement").click()
        table = page.locator(".agreement table")
        api.expect(table.locator("tbody tr")).to_have_count(3)
        row = table.locator("tbody tr", has_text="anna – boris")
        api.expect(row).to_contain_text("0.800")
        api.expect(row.get_by_role("link")).to_have_attribute("href", re.compile("between=anna"))
        with page.expect_download() as saving:
            page.get_by_role("button", name="Save as CSV").click()
        lines = Path(saving.value.path()).read_text("utf-8-sig").splitlines()
        assert lines[0] == "study,a,b,dice,kappa,volume_difference_ml"
        assert any(re.search(r",anna,boris,0\.8,", line) for line in lines)
        page.get_by_role("button", name="Close: Pilot").click()
        page.locator("#confirm-yes").click()
        api.expect(page.locator(".list.closed")).to_contain_text("closed")


def test_the_page_of_lists_speaks_russian(
    browser: Windows, hospital: Hospital, reading: str
) -> None:
    with at_the_page(browser, hospital.address, "boris", "ru-RU") as boris:
        boris.page.goto("/reviews")
        main = boris.page.locator("main")
        api.expect(main).to_contain_text("Списки чтения")
        api.expect(main.locator(".list")).to_contain_text("из 1")
        assert "page." not in main.inner_text()
