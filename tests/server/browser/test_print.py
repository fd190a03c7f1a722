"""What comes out on paper, whatever the theme: result, warnings and what the program is for."""

import io
from typing import Any

import pytest
from pypdf import PdfReader
from tests.server.browser.conftest import LOADED
from tests.server.browser.windows import Windows

pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")

from playwright.sync_api import expect

# What is written in a colour too light for white paper.
PALE = """() => [...document.querySelectorAll("main *, footer")].filter((one) => {
  const own = [...one.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
  const [red, green, blue] = getComputedStyle(one).color.match(/[0-9.]+/g).map(Number);
  const light = 0.2126 * red + 0.7152 * green + 0.0722 * blue > 140;
  // White on a sign of its own, which is printed with its ground.
  const ground = getComputedStyle(one).printColorAdjust === "exact";
  return own && light && !ground && one.getClientRects().length > 0;
}).map((one) => one.textContent)"""


FIRST = """() => document.querySelector("footer").getBoundingClientRect().bottom
  <= document.querySelector("main").getBoundingClientRect().top"""
NOTICE = "Research use only. Not a medical device."


def papers(page: Any) -> list[PdfReader]:
    """The page on a sheet that stands, and on one that lies."""
    made = [page.pdf(format="A4", landscape=across) for across in (False, True)]
    return [PdfReader(io.BytesIO(one)) for one in made]


def words(paper: PdfReader) -> str:
    return " ".join(" ".join(page.extract_text() for page in paper.pages).split())


def require(paper: PdfReader, there: tuple[str, ...], not_there: tuple[str, ...]) -> None:
    said = words(paper)
    assert [one for one in (NOTICE, *there) if one not in said] == [], said
    assert [one for one in not_there if one in said] == [], said


def test_a_study_is_printed_without_its_black_ground(
    browser: Windows, address: str, study: dict[str, Any]
) -> None:
    with browser.window(address) as visit:
        page = visit.page
        page.goto(f"/studies/{study['id']}?flat=1")
        page.locator(LOADED).wait_for(state="attached")
        page.get_by_label("Theme").select_option("dark")
        made = papers(page)
        page.emulate_media(media="print")
        assert page.evaluate(PALE) == [] and page.evaluate(FIRST)
        expect(page.locator(".screen, .tools, .verdicts").filter(visible=True)).to_have_count(0)
    found = ("Finding suspicious for glioma, probability", "Possible misses", "Conclusion")
    for paper in made:
        require(paper, (*found, "No remarks."), ("Accept", "Brush", "Comment", "Download"))
        assert not any(sheet.images for sheet in paper.pages)


def test_the_list_is_printed_without_its_tools(browser: Windows, address: str) -> None:
    with browser.window(address) as visit:
        page = visit.page
        page.goto("/")
        page.locator("#studies tbody tr").wait_for()
        page.get_by_label("Theme").select_option("dark")
        made = papers(page)
        page.emulate_media(media="print")
        assert page.evaluate(PALE) == [] and page.evaluate(FIRST)
        visit.forgive("status of 503")  # no worker is here
    for paper in made:
        tools = ("Search", "Folder…", "Theme", "Keyboard")
        require(paper, ("suspicious", "ml", "Ready", "to read", "1–1 of 1"), tools)
