"""The work list as somebody uses it, in a real browser against a real server."""

import base64
import re
import zipfile
from pathlib import Path
from typing import Any

import pytest

from glioscope.phantom.study import phantom_study
from glioscope.writing.mr.study import write_dicom_study

pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")

from playwright.sync_api import expect

# A study is analysed in seconds; a computer that does other things takes longer.
ANALYSED_MS = 180_000
SIZE, SLICES = 96, 14
# What somebody drags onto the page: a file that the browser has.
HOLD = """(packed) => {
  const bytes = Uint8Array.from(atob(packed), (letter) => letter.charCodeAt(0));
  window.held = new DataTransfer();
  window.held.items.add(new File([bytes], "phantom.zip"));
}"""
DROP = """() => {
  for (const type of ["dragenter", "dragover", "drop"]) {
    document.body.dispatchEvent(new DragEvent(type,
      { dataTransfer: window.held, bubbles: true, cancelable: true }));
  }
}"""
NOTE_STATES = """() => {
  window.states = [];
  const note = () => {
    const state = document.querySelector("tbody tr")?.className.match(/state-(\\w+)/)?.[1];
    if (state && state !== window.states.at(-1)) window.states.push(state);
  };
  new MutationObserver(note).observe(document.querySelector("tbody"),
    { childList: true, subtree: true, attributes: true });
}"""


OVERLAPPING = """cells => {
  for (const one of document.querySelectorAll("tbody .spoken")) one.hidden = true;
  const boxes = cells.filter(cell => cell.innerText.trim()).map(cell => {
    const inside = document.createRange();
    inside.selectNodeContents(cell);
    return { said: cell.innerText, box: inside.getBoundingClientRect() };
  });
  return boxes.flatMap(({ said, box }, at) => boxes.slice(at + 1).filter(({ box: other }) =>
    box.left < other.right - 1 && other.left < box.right - 1
    && box.top < other.bottom - 1 && other.top < box.bottom - 1).map((one) => [said, one.said]));
}"""
HINT_IS_WHOLE = """field => {
  const look = getComputedStyle(field);
  const pen = document.createElement("canvas").getContext("2d");
  pen.font = look.font;
  const room = field.clientWidth - parseFloat(look.paddingLeft) - parseFloat(look.paddingRight);
  return pen.measureText(field.placeholder).width <= room;
}"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A phantom's DICOM files."""
    folder = tmp_path_factory.mktemp("study") / "phantom"
    write_dicom_study(phantom_study(size=SIZE, slices=SLICES)[0], folder)
    return folder


@pytest.fixture(scope="module")
def archive(folder: Path) -> Path:
    """The same as a ZIP."""
    path = folder.with_suffix(".zip")
    with zipfile.ZipFile(path, "w") as packed:
        for file in sorted(folder.rglob("*")):
            packed.write(file, file.relative_to(folder.parent))
    return path


def rows(page: Any) -> Any:
    return page.locator("#studies tbody tr")


@pytest.fixture
def analysed(visit: Any, archive: Path) -> Any:
    """The page with one study that is analysed."""
    page = visit.page
    page.locator("#studies, #nothing[data-why=empty]").locator("visible=true").first.wait_for()
    if rows(page).count() == 0:
        page.set_input_files("#files", archive)
    expect(rows(page)).to_have_class(re.compile("state-done"), timeout=ANALYSED_MS)
    return page


def test_an_empty_list_says_what_to_do_first(visit: Any) -> None:
    expect(visit.page.locator("#nothing")).to_contain_text("Drag a folder, a ZIP or DICOM files")
    expect(visit.page.locator("#studies")).to_be_hidden()
    expect(visit.page.locator("footer")).to_contain_text("Research use only")


def test_a_dropped_study_comes_to_its_outline(visit: Any, archive: Path) -> None:
    page = visit.page
    page.locator("#nothing").wait_for()
    page.evaluate(NOTE_STATES)
    page.evaluate(HOLD, base64.b64encode(archive.read_bytes()).decode())
    page.evaluate(DROP)
    taken_in = page.locator("#uploads li")
    expect(taken_in).to_contain_text("Studies taken in: 1.", timeout=ANALYSED_MS)
    expect(rows(page)).to_have_class(re.compile("state-done"), timeout=ANALYSED_MS)
    seen = page.evaluate("window.states")
    # A worker that waits for work may take it before the page has asked for the list; one that gets
    # no time from a busy computer loses it and takes it once more.
    assert seen[-2:] == ["running", "done"]
    assert set(seen[:-2]) <= {"waiting", "running"}
    row = rows(page)
    expect(row.locator(".finding")).to_have_text(re.compile(r"^(suspicious|no finding)[\d >.<\s]+"))
    expect(row.locator(".volume")).to_contain_text("ml")
    label = row.locator(".strip").get_attribute("aria-label") or ""
    assert f"{SLICES} slices from the lowest up" in label
    expect(page.locator("#said")).to_contain_text("Ready")
    row.locator("a").first.click()
    page.locator("html[data-loaded=all]").wait_for(state="attached", timeout=ANALYSED_MS)
    visit.forgive("status of 503")  # of a computer that is too busy: the page asks again


def test_what_was_there_already_is_said(analysed: Any, folder: Path) -> None:
    analysed.set_input_files("#folder", folder)
    line = analysed.locator("#uploads li")
    expect(line).to_contain_text(f"phantom ({3 * SLICES} files)")
    expect(line).to_contain_text("Was there already: 1.", timeout=ANALYSED_MS)
    expect(line.get_by_role("link", name="Open")).to_have_attribute("href", re.compile("/studies/"))
    line.get_by_role("button", name="Close").click()
    expect(analysed.locator("#uploads")).to_be_hidden()


def test_files_that_are_no_study_are_refused_in_words(visit: Any, analysed: Any) -> None:
    analysed.evaluate("""() => {
      const dropped = new DataTransfer();
      dropped.items.add(new File(["no study"], "letter.txt"));
      for (const type of ["dragenter", "drop"]) {
        document.body.dispatchEvent(
          new DragEvent(type, { dataTransfer: dropped, bubbles: true, cancelable: true }));
      }
    }""")
    expect(analysed.locator("#uploads .told.failed")).to_contain_text("letter.txt")
    expect(analysed.locator("#drop")).to_be_hidden()
    expect(rows(analysed)).to_have_count(1)
    visit.forgive("status of 422")


def test_search_and_filters_leave_out_what_does_not_fit(analysed: Any) -> None:
    analysed.keyboard.press("/")
    analysed.keyboard.type("no such study")
    expect(analysed.locator("#nothing")).to_contain_text("No study matches")
    analysed.get_by_role("button", name="Clear").click()
    expect(rows(analysed)).to_have_count(1)
    analysed.get_by_label("State").select_option("failed")
    expect(analysed.locator("#nothing")).to_contain_text("No study matches")
    analysed.reload()
    expect(analysed.get_by_label("State")).to_have_value("failed")
    analysed.get_by_label("State").select_option("done")
    expect(rows(analysed)).to_have_count(1)


def test_the_page_speaks_both_languages(analysed: Any) -> None:
    analysed.get_by_role("link", name="Русский").click()
    expect(analysed.locator("html")).to_have_attribute("lang", "ru")
    expect(analysed.locator("footer")).to_contain_text("Не является медицинским изделием")
    expect(rows(analysed).locator(".volume")).to_contain_text(re.compile(r"\d,\d\sмл"))
    analysed.goto("/?lang=en")
    expect(analysed.locator("html")).to_have_attribute("lang", "en")
    analysed.goto("/")
    expect(analysed.locator("html")).to_have_attribute("lang", "en")


def test_a_theme_is_put_on_at_once_and_kept(analysed: Any) -> None:
    ground = "getComputedStyle(document.documentElement).backgroundColor"
    light = analysed.evaluate(ground)
    analysed.get_by_label("Theme").select_option("dark")
    dark = analysed.evaluate(ground)
    assert dark != light
    analysed.reload()
    assert analysed.evaluate(ground) == dark
    analysed.get_by_label("Theme").select_option("auto")
    analysed.emulate_media(color_scheme="dark")
    assert analysed.evaluate(ground) == dark
    analysed.emulate_media(color_scheme="light")
    assert analysed.evaluate(ground) == light


def test_a_study_is_made_urgent_and_opened_by_keys_alone(analysed: Any) -> None:
    analysed.keyboard.press("ArrowDown")
    mark = rows(analysed).locator(".urgent-mark")
    expect(mark).to_have_attribute("aria-pressed", "false")
    analysed.keyboard.press("u")
    expect(mark).to_have_attribute("aria-pressed", "true")
    analysed.keyboard.press("u")
    expect(mark).to_have_attribute("aria-pressed", "false")
    analysed.keyboard.press("Shift+?")
    expect(analysed.locator("#keys")).to_be_visible()
    analysed.keyboard.press("Escape")
    expect(analysed.locator("#keys")).to_be_hidden()
    analysed.keyboard.press("Enter")
    analysed.wait_for_url(re.compile("/studies/[0-9a-f]{32}"))
    analysed.locator("html[data-loaded=all]").wait_for(state="attached", timeout=ANALYSED_MS)
    analysed.keyboard.press("q")
    expect(rows(analysed)).to_have_class(re.compile("current"))


@pytest.mark.parametrize("lang", ["ru", "en"])
def test_nothing_is_wider_than_the_page(analysed: Any, lang: str) -> None:
    analysed.goto(f"/?lang={lang}")
    rows(analysed).wait_for()
    spilt = """cells => cells.filter(cell => cell.scrollWidth > cell.clientWidth + 1)
      .map(cell => cell.innerText)"""
    # The narrow ones are a telephone, and text at twice its size.
    for width in (360, 640, 768, 820, 1024, 1280):
        analysed.set_viewport_size({"width": width, "height": 720})
        assert analysed.evaluate("document.documentElement.scrollWidth") == width
        cells = analysed.locator("#studies tbody tr > *")
        assert (width, cells.evaluate_all(spilt)) == (width, [])
        assert (width, cells.evaluate_all(OVERLAPPING)) == (width, [])
        assert analysed.get_by_role("searchbox").evaluate(HINT_IS_WHOLE)


def test_the_page_goes_on_by_itself_when_the_server_was_away(
    visit: Any, analysed: Any, server: Any
) -> None:
    banner = analysed.locator("#banner")
    server.stop()
    expect(banner).to_contain_text("The server does not answer")
    server.start()
    # The worker of the server that comes back is not there at once.
    expect(banner).to_be_hidden(timeout=60_000)
    analysed.keyboard.press("u")
    expect(rows(analysed).locator(".urgent-mark")).to_have_attribute("aria-pressed", "true")
    for part in ("ERR_CONNECTION_REFUSED", "ERR_INCOMPLETE_CHUNKED_ENCODING", "status of 503"):
        visit.forgive(part)


def test_a_study_is_deleted_after_a_question(analysed: Any) -> None:
    analysed.keyboard.press("ArrowDown")
    name = rows(analysed).locator("a").inner_text()
    analysed.keyboard.press("Delete")
    expect(analysed.locator("#confirm")).to_contain_text(name)
    analysed.keyboard.press("Enter")
    expect(analysed.locator("#confirm")).to_be_hidden()
    expect(rows(analysed)).to_have_count(1)
    # Asked, answered and asked anew before the browser draws, which is when it tells of an answer.
    analysed.evaluate("""() => {
      for (const answer of ["no", "yes"]) {
        document.body.dispatchEvent(new KeyboardEvent("keydown", { key: "Delete", bubbles: true }));
        document.querySelector(`#confirm button[value=${answer}]`).click();
      }
    }""")
    expect(analysed.locator("#said")).to_contain_text("deleted")
    expect(analysed.locator("#nothing")).to_contain_text("No studies yet")
