"""Correcting in a real browser: drawn, kept through every mishap, saved voxel for voxel."""

import time
from collections.abc import Iterator

import numpy as np
import pytest
from tests.server.browser.conftest import Answering
from tests.server.browser.readers import (
    HAS_WEBGL,
    LOADED,
    PASSWORD,
    SIZE,
    SLICES,
    Examined,
    Reader,
    at_the_page,
)
from tests.server.browser.windows import Windows

pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")

from playwright.sync_api import expect

# A version has its reports made before the page goes on.
SAVED_MS = 180_000
expect.set_options(timeout=20_000)

ARC = ((0.46, 0.40), (0.52, 0.36), (0.57, 0.44))
RING = ((0.45, 0.45), (0.55, 0.45), (0.55, 0.57), (0.45, 0.57), (0.45, 0.45))


@pytest.fixture(scope="module")
def hospital(readers: tuple[Answering, Examined]) -> Answering:
    return readers[0]


@pytest.fixture(scope="module")
def study(readers: tuple[Answering, Examined]) -> str:
    return readers[1].earlier


@pytest.fixture
def anna(hospital: Answering, browser: Windows, study: str) -> Iterator[Reader]:
    with at_the_page(browser, hospital.address, "anna") as reader:
        reader.page.request.delete(f"/api/v1/studies/{study}/draft")
        reader.open(study)
        yield reader


def begin_empty(reader: Reader) -> None:
    reader.page.locator(".starts button", has_text="empty").click()
    expect(reader.page.locator(".correct")).to_be_visible()
    reader.page.keyboard.press("b")


def expect_saved(reader: Reader) -> None:
    expect(reader.page.locator("#kept")).to_contain_text("saved")
    expect(reader.page.locator("#kept")).not_to_contain_text("not saved")


def drawn_on(values: np.ndarray) -> list[int]:
    """Slices, from 1, that hold anything."""
    inside = values.reshape(SLICES, SIZE * SIZE).any(axis=1)
    return [int(place) + 1 for place in np.flatnonzero(inside)]


def test_three_slices_interpolated_undone_redone_reloaded_and_saved(
    anna: Reader, study: str
) -> None:
    page, figures = anna.page, anna.page.locator("#own-figures")
    begin_empty(anna)
    for number in (4, 7, 10):
        anna.go(number)
        anna.stroke(*ARC)
    drawn = anna.drawn()
    page.keyboard.press("i")
    expect(page.locator(".said")).to_contain_text("Slices made: 4")
    made = anna.drawn()
    assert made != drawn
    page.keyboard.press("z")
    expect(figures).to_have_text(drawn)
    page.keyboard.press("Control+Shift+Z")
    expect(figures).to_have_text(made)
    expect_saved(anna)
    before = anna.draft(study)
    assert drawn_on(before) == [4, 5, 6, 7, 8, 9, 10]
    page.reload()
    page.locator(LOADED).wait_for(state="attached")
    expect(page.locator(".said")).to_contain_text("is back")
    anna.go(10)
    expect(figures).to_have_text(made)
    page.keyboard.press("s")
    expect(page.locator(".correct")).to_be_hidden(timeout=SAVED_MS)
    version = anna.ask(f"/studies/{study}/versions")["versions"][-1]
    assert (version["author"], version["base"]) == ("anna", "empty")
    assert np.array_equal(anna.version(study, version["id"]) > 0, before > 0)
    assert version["voxels"] == int((before > 0).sum())
    expect(page.locator("#standing")).to_have_text("corrected, not signed")
    expect(page.locator("#outlines .row").first).to_have_attribute("aria-pressed", "true")


def test_every_view_draws_the_same(
    browser: Windows, webgl: Windows, hospital: Answering, study: str
) -> None:
    found = {}
    for query, opened in (("flat=1", browser), ("flat=0", webgl), ("fetch=0", browser)):
        with at_the_page(opened, hospital.address, "anna") as reader:
            reader.page.set_viewport_size({"width": 1024, "height": 600})
            reader.page.request.delete(f"/api/v1/studies/{study}/draft")
            reader.open(study, query)
            begin_empty(reader)
            reader.go(6)
            reader.page.keyboard.press("k")
            reader.stroke(*RING)
            reader.page.keyboard.press("l")
            reader.page.keyboard.press("e")
            reader.stroke((0.5, 0.5), (0.52, 0.5))
            expect_saved(reader)
            found[query] = reader.draft(study)
    assert drawn_on(found["flat=1"]) == [5, 6, 7]
    assert np.array_equal(found["flat=1"], found["flat=0"])
    assert np.array_equal(found["flat=1"], found["fetch=0"])


def test_without_webgl2_one_corrects_the_models_outline(
    hospital: Answering, browser: Windows, study: str
) -> None:
    with at_the_page(browser, hospital.address, "boris") as boris:
        boris.open(study, "")
        assert not boris.page.evaluate(HAS_WEBGL)
        page = boris.page
        page.keyboard.press("w")
        expect(page.locator(".correct")).to_be_visible()
        first = page.locator("#own-figures").inner_text()
        boris.stroke((0.5, 0.6))
        expect(page.locator("#own-figures")).not_to_have_text(first)
        grown = page.locator("#own-figures").inner_text()
        for _ in range(3):
            page.keyboard.press("]")
        expect(page.locator("#own-figures")).not_to_have_text(grown)
        page.keyboard.press("z")
        expect(page.locator("#own-figures")).to_have_text(first)


def test_a_finger_draws_and_a_second_one_takes_it_back(anna: Reader, study: str) -> None:
    begin_empty(anna)
    page = anna.page
    finger = page.context.new_cdp_session(page)
    box = page.locator(".screen").bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2

    def touch(kind: str, *points: tuple[float, float]) -> None:
        given = [{"x": px, "y": py, "id": place} for place, (px, py) in enumerate(points)]
        finger.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": given})

    touch("touchStart", (x, y))
    touch("touchMove", (x + 20, y))
    touch("touchStart", (x + 20, y), (x + 60, y))
    touch("touchEnd")
    expect(page.locator("#own-figures")).to_have_text("0.0\u00a0ml")
    touch("touchStart", (x, y))
    touch("touchMove", (x + 20, y))
    touch("touchEnd")
    expect(page.locator("#own-figures")).not_to_have_text("0.0\u00a0ml")


def test_a_dead_server_and_a_closed_page_lose_nothing(
    anna: Reader, study: str, hospital: Answering
) -> None:
    begin_empty(anna)
    anna.go(5)
    anna.stroke(*ARC)
    expect_saved(anna)
    hospital.listening.stop()
    anna.stroke(*RING)
    kept = anna.page.locator("#kept")
    expect(kept).to_have_text("not saved, kept in this browser")
    expect(anna.page.locator(".fault")).to_contain_text("The server does not answer")
    drawn = anna.drawn()
    context = anna.page.context
    anna.page.close()
    hospital.listening.start()
    anna.page = context.new_page()
    anna.open(study)
    anna.go(5)
    expect(anna.page.locator(".said")).to_contain_text("is back")
    expect(anna.page.locator("#own-figures")).to_have_text(drawn)
    expect_saved(anna)
    assert anna.draft(study).any()
    anna.forgive("ERR_")


def test_what_is_drawn_in_the_last_moment_outlives_the_page(anna: Reader, study: str) -> None:
    begin_empty(anna)
    anna.go(5)
    anna.stroke(*ARC)
    drawn = anna.drawn()
    anna.page.reload()
    anna.page.locator(LOADED).wait_for(state="attached")
    anna.go(5)
    expect(anna.page.locator("#own-figures")).to_have_text(drawn)


def test_an_expired_session_is_signed_in_again_without_loss(anna: Reader, study: str) -> None:
    page = anna.page
    begin_empty(anna)
    anna.go(5)
    page.request.delete("/api/v1/session")
    anna.stroke(*ARC)
    drawn = anna.drawn()
    expect(page.locator(".fault")).to_contain_text("Your session has ended")
    page.locator(".fault a").click()
    page.locator("[name=name]").fill("anna")
    page.locator("[name=password]").fill(PASSWORD)
    page.keyboard.press("Enter")
    page.locator(LOADED).wait_for(state="attached")
    anna.go(5)
    expect(page.locator("#own-figures")).to_have_text(drawn)
    expect_saved(anna)
    anna.forgive("401")


def test_two_drafts_are_asked_about(
    anna: Reader, study: str, hospital: Answering, browser: Windows
) -> None:
    begin_empty(anna)
    anna.go(5)
    anna.stroke(*ARC)
    expect_saved(anna)
    first = anna.draft(study)
    with at_the_page(browser, hospital.address, "anna") as elsewhere:
        elsewhere.open(study)
        elsewhere.go(8)
        elsewhere.page.keyboard.press("b")
        elsewhere.stroke(*RING)
        # The page may still say "saved" of the draft that it was opened with.
        deadline = time.monotonic() + 60
        while np.array_equal(newer := elsewhere.draft(study), first):
            assert time.monotonic() < deadline, "the draft did not come"
            time.sleep(0.1)
        expect_saved(elsewhere)
    anna.stroke(*RING)
    expect(anna.page.locator(".fault")).to_contain_text("newer draft")
    assert np.array_equal(anna.draft(study), newer)
    drawn = anna.drawn()
    anna.page.reload()
    anna.page.locator(".question button", has_text="This browser's").click()
    anna.page.locator(LOADED).wait_for(state="attached")
    anna.go(5)
    expect(anna.page.locator("#own-figures")).to_have_text(drawn)
    expect_saved(anna)
    assert not np.array_equal(anna.draft(study), newer)
    anna.forgive("409")
