"""Reviewing in a real browser: accepted, corrected, rejected, signed, superseded, and seen."""

from collections.abc import Iterator

import pytest
from tests.server.browser.conftest import Served
from tests.server.browser.readers import Examined, Reader, at_the_page
from tests.server.browser.windows import Windows

pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")

from playwright.sync_api import expect

# A version has its reports made before the page goes on.
SAVED_MS = 180_000
expect.set_options(timeout=20_000)


@pytest.fixture(scope="module")
def hospital(readers: tuple[Served, Examined]) -> Served:
    return readers[0]


@pytest.fixture(scope="module")
def study(readers: tuple[Served, Examined]) -> str:
    return readers[1].earlier


@pytest.fixture
def anna(hospital: Served, browser: Windows, study: str) -> Iterator[Reader]:
    with at_the_page(browser, hospital.address, "anna") as reader:
        reader.open(study)
        yield reader


def sign(reader: Reader) -> None:
    reader.page.keyboard.press("s")
    expect(reader.page.locator(".question")).to_contain_text("This locks it")
    reader.page.keyboard.press("Tab")
    reader.page.keyboard.press("Enter")
    expect(reader.page.locator("#standing")).to_have_class("standing locked")


def test_accepted_withdrawn_rejected_and_signed_by_keys(anna: Reader, study: str) -> None:
    page, standing = anna.page, anna.page.locator("#standing")
    expect(standing).to_have_text("not reviewed")
    page.keyboard.press("a")
    expect(standing).to_have_text("accepted, not signed")
    page.locator("button", has_text="Withdraw").click()
    page.locator(".question button", has_text="Withdraw").click()
    expect(standing).to_have_text("not reviewed")
    page.keyboard.press("r")
    expect(page.locator(".question input").first).to_be_focused()
    # No reason is given by passing it over.
    page.keyboard.press("Enter")
    expect(page.locator(".question input:checked")).to_have_count(0)
    page.locator(".question button", has_text="Cancel").click()
    expect(page.locator(".question")).to_have_count(0)
    page.keyboard.press("r")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Tab")
    page.keyboard.type("Old infarct.")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(standing).to_have_text("rejected, not signed")
    sign(anna)
    [review] = anna.ask(f"/studies/{study}/reviews")["reviews"]
    assert (review["verdict"], review["reason"]) == ("reject", "infarct")
    assert review["comment"] == "Old infarct."
    assert review["signed_at"] and review["seconds"] is not None


def test_a_signed_review_is_superseded_and_both_are_seen(anna: Reader, study: str) -> None:
    page = anna.page
    page.keyboard.press("b")
    question = page.locator(".question")
    expect(question).to_contain_text("You have signed a review")
    question.locator("button", has_text="Review again").click()
    anna.stroke((0.5, 0.5), (0.55, 0.5))
    page.keyboard.press("s")
    expect(page.locator("#standing")).to_have_text("corrected, not signed", timeout=SAVED_MS)
    page.locator("#comment").fill("Larger in front.")
    page.keyboard.press("Escape")
    sign(anna)
    expect(page.locator("#history .superseded").last).to_contain_text("Infarct")
    *_, now = anna.ask(f"/studies/{study}/reviews")["reviews"]
    assert now["comment"] == "Larger in front."
    assert now["signed_at"]


def test_another_reader_sees_outline_review_and_who_is_there(
    anna: Reader, study: str, hospital: Served, browser: Windows
) -> None:
    with at_the_page(browser, hospital.address, "boris", "ru-RU") as boris:
        boris.open(study)
        page = boris.page
        expect(page.locator(".others")).to_have_text("открыто: anna")
        expect(page.locator("#outlines")).to_contain_text("Версия 1 · anna")
        expect(page.locator("#outlines .findings .row").first).to_contain_text("мм")
        expect(page.locator("#history")).to_contain_text("Larger in front.")
        expect(page.locator("#standing")).to_have_text("не оценено")
        page.locator("#outlines summary").click()
        links = page.locator("#outlines .files a")
        expect(links.first).to_be_visible()
        for address in [links.nth(n).get_attribute("href") for n in range(links.count())]:
            assert page.request.get(address).ok, address
        said = page.locator("main").inner_text()
        assert "page." not in said and "undefined" not in said


def test_a_viewer_looks_and_can_change_nothing(
    hospital: Served, browser: Windows, study: str, readers: tuple[Served, Examined]
) -> None:
    with at_the_page(browser, hospital.address, "viola") as viola:
        viola.open(study)
        page = viola.page
        expect(page.locator("#history li:not(.superseded)")).to_contain_text("anna · signed")
        expect(page.locator(".verdicts")).to_be_hidden()
        for key in "abcrs":
            page.keyboard.press(key)
        expect(page.locator(".correct")).to_be_hidden()
        expect(page.locator("dialog[open]")).to_have_count(0)
        # Where nobody has said anything, no heading stands above nothing.
        viola.open(readers[1].unasked)
        for heading in ("Review", "Doctors' outlines"):
            expect(page.locator(".side h2", has_text=heading)).to_be_hidden()


def test_a_study_without_model_is_outlined_and_reviewed(
    readers: tuple[Served, Examined], browser: Windows
) -> None:
    hospital, examined = readers
    with at_the_page(browser, hospital.address, "boris") as boris:
        boris.open(examined.unasked)
        page = boris.page
        expect(page.locator(".decision")).to_have_text("The model was not asked.")
        expect(page.locator(".verdicts button", has_text="Accept")).to_be_hidden()
        expect(page.locator("#threshold")).to_have_count(0)
        page.keyboard.press("c")
        page.keyboard.press("b")
        boris.stroke((0.5, 0.5), (0.55, 0.5))
        page.keyboard.press("s")
        expect(page.locator("#standing")).to_have_text("corrected, not signed", timeout=SAVED_MS)
        sign(boris)
        full = {"status": 507, "json": {"detail": "the disk is full"}}
        page.route("**/retry", lambda route: route.fulfill(**full))
        page.get_by_role("button", name="Ask the model").click()
        expect(page.locator(".head [role=alert]")).to_have_text("The disk is full.")
        boris.forgive("507")
        page.unroute_all()
        page.get_by_role("button", name="Ask the model").click()
        expect(page.locator(".state progress")).to_be_attached()


@pytest.mark.parametrize("lang", ["ru", "en"])
def test_nothing_spills_on_a_tablet(
    hospital: Served, browser: Windows, study: str, lang: str
) -> None:
    with at_the_page(browser, hospital.address, "anna") as anna:
        page = anna.page
        page.set_viewport_size({"width": 1024, "height": 768})
        anna.open(study, f"flat=1&lang={lang}")
        page.keyboard.press("b")
        page.locator(".question button.main").click()
        expect(page.locator(".correct")).to_be_visible()
        spilt = """all => all.filter(one => one.scrollWidth > one.clientWidth + 1)
          .map(one => one.textContent)"""
        buttons = page.locator(".correct button, .review-bar button, .tools button")
        # A tablet, text at twice its size, a telephone.
        for theme, width in (("light", 1024), ("dark", 640), ("dark", 360)):
            page.locator("#theme").select_option(theme)
            page.set_viewport_size({"width": width, "height": 768})
            assert page.evaluate("document.documentElement.scrollWidth") == width
            assert (width, buttons.evaluate_all(spilt)) == (width, [])
            middle, side = (page.locator(part).bounding_box() for part in (".middle", ".side"))
            strip = page.locator(".strip").bounding_box()
            assert strip["y"] + strip["height"] <= middle["y"] + middle["height"]
            assert side["x"] > middle["x"] or side["y"] >= middle["y"] + middle["height"]


def test_a_blind_reader_sees_the_models_answer_once_he_has_signed(
    hospital: Served, browser: Windows, study: str
) -> None:
    given = {"name": "Blind", "readers": ["anna", "boris"], "studies": [study]}
    with at_the_page(browser, hospital.address, "chief") as chief:
        opened = chief.page.request.post("/api/v1/lists", data={**given, "model_shown": "after"})
        assert opened.ok, opened.text()
        place = f"flat=1&list={opened.json()['id']}"
    with at_the_page(browser, hospital.address, "boris") as boris:
        boris.open(study, place)
        page = boris.page
        expect(page.locator(".decision")).to_contain_text("hidden while you read blind")
        expect(page.locator("#outlines li")).to_have_count(0)
        expect(page.locator(".starts button")).to_have_count(1)
        page.keyboard.press("b")
        boris.stroke((0.5, 0.5), (0.55, 0.5))
        page.keyboard.press("s")
        expect(page.locator("#standing")).to_have_text("corrected, not signed", timeout=SAVED_MS)
        sign(boris)
        expect(page.locator(".decision")).to_contain_text("suspicious for glioma")
        expect(page.locator("#outlines li")).to_have_count(1)
