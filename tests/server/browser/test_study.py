"""The study page as a radiologist uses it, in both views, in a real browser on a real server."""

import io
import re
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import pytest
from PIL import Image
from tests.server.browser.conftest import LOADED, ask
from tests.server.browser.readers import HAS_WEBGL
from tests.server.browser.windows import Visit, Windows

pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")

from playwright.sync_api import expect

# Each view, the browser it is for, and what its address asks for.
VIEWS = {
    "plain canvas": ("browser", ""),
    "NiiVue": ("webgl", "?flat=0"),
    "pictures of the server": ("browser", "?fetch=0"),
}
# What the page says about the mask at the model's own threshold, by its own modules.
SAME_MASK = """async ({base, result}) => {
  const page = document.querySelector('script[src*="study/page.js"]').src;
  const { readVolume } = await import(new URL("grid/nifti.js", page));
  const { Thresholds } = await import(new URL("result/threshold.js", page));
  const view = (name) => fetch(`${base}/view/${name}?result=${result}`);
  const volume = async (name) => readVolume(await (await view(`${name}.nii.gz`)).arrayBuffer());
  const [mask, pixels] = [await volume("mask"), await volume("probability")];
  const [facts, analysis] = [await (await view("view.json")).json(),
    await (await fetch(`${base}/analysis`)).json()];
  const thresholds = new Thresholds({ size: mask.size, labels: mask.data, pixels: pixels.data,
    slices: analysis.slices.map((one) => one.probability), own: analysis.threshold,
    rule: facts.rule });
  const found = thresholds.at(analysis.threshold);
  return { differ: found.filter((label, at) => label !== mask.data[at]).length,
    quantised: thresholds.atOwn.filter((on, at) => (on > 0) !== (mask.data[at] > 0)).length,
    inside: found.filter((label) => label > 0).length };
}"""


class Opened(Visit):
    """A study on its page."""

    def picture(self) -> np.ndarray:
        """What is seen of the slice: rows, columns, red, green, blue."""
        self.page.wait_for_timeout(250)
        shot = self.page.locator(".screen").screenshot()
        return np.asarray(Image.open(io.BytesIO(shot)).convert("RGB")).astype(int)

    def orange(self) -> int:
        """Pixels that have the colour of the model's outline."""
        red, green, blue = np.moveaxis(self.picture(), 2, 0)
        return int(((red > 200) & (red - green > 70) & (green - blue > 50)).sum())

    def cyan(self) -> int:
        """Pixels that have the colour of the reader's own lengths."""
        red, _, blue = np.moveaxis(self.picture(), 2, 0)
        return int((blue - red > 50).sum())

    def slice(self) -> int:
        """The slice that is shown, from 1."""
        return int(self.page.locator(".strip").get_attribute("aria-valuenow"))


def wait_for(condition: Callable[[], bool], seconds: float = 60) -> None:
    """The page draws with the next frame, once it has fetched what it shows."""
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, "it did not come about in time"
        time.sleep(0.05)


@contextmanager
def opened_at(browser: Windows, address: str, path: str, lang: str = "en-GB") -> Iterator[Opened]:
    """The page of a study; errors on the console and what its policy forbids fail the test."""
    with browser.window(address, lang) as visit:
        visit.page.goto(path)
        yield Opened(visit.page, visit.faults)


@pytest.fixture(params=VIEWS)
def seen(request: pytest.FixtureRequest, address: str, study: dict[str, Any]) -> Iterator[Opened]:
    """The study in each view, with all that it fetches."""
    name, query = VIEWS[request.param]
    browser = request.getfixturevalue(name)
    with opened_at(browser, address, f"/studies/{study['id']}{query}") as opened:
        opened.page.locator(LOADED).wait_for(state="attached")
        assert opened.page.evaluate(HAS_WEBGL) == (name == "webgl")
        yield opened


@pytest.fixture
def flat(browser: Windows, address: str, study: dict[str, Any]) -> Iterator[Opened]:
    """The study as a computer without a graphics card shows it."""
    with opened_at(browser, address, f"/studies/{study['id']}") as opened:
        opened.page.locator(LOADED).wait_for(state="attached")
        yield opened


def test_the_picture_is_seen_and_the_outline_goes_off_and_on(seen: Opened) -> None:
    wait_for(lambda: seen.picture().mean() > 15)
    picture = seen.picture()
    assert np.unique(picture[:, :, 0]).size > 100
    wait_for(lambda: seen.orange() > 100)
    seen.page.keyboard.press("Space")
    wait_for(lambda: seen.orange() == 0)
    seen.page.keyboard.down("Space")
    wait_for(lambda: seen.orange() > 100)
    seen.page.wait_for_timeout(400)
    seen.page.keyboard.up("Space")
    wait_for(lambda: seen.orange() == 0)


def test_the_outline_is_filled_as_far_as_asked(seen: Opened) -> None:
    def tinted() -> int:
        red, _, blue = np.moveaxis(seen.picture(), 2, 0)
        return int((red - blue > 40).sum())

    wait_for(lambda: seen.orange() > 100)
    line = tinted()
    fill = seen.page.get_by_label("Fill")
    fill.focus()
    fill.press("End")
    wait_for(lambda: tinted() > 1.5 * line)
    fill.press("Home")
    wait_for(lambda: tinted() < 1.1 * line)


def test_wheel_and_keys_change_the_slice(seen: Opened) -> None:
    page, first = seen.page, seen.slice()
    before = seen.picture()
    page.locator(".screen").hover()
    page.mouse.wheel(0, 100)
    expect(page.locator(".strip")).to_have_attribute("aria-valuenow", str(first + 1))
    expect(page.locator("#slice-name")).to_contain_text(f"{first + 1} of 24")
    wait_for(lambda: np.abs(seen.picture() - before).mean() > 0.5)
    page.mouse.wheel(0, -100)
    page.keyboard.press("ArrowUp")
    page.keyboard.press("PageUp")
    expect(page.locator(".strip")).to_have_attribute("aria-valuenow", str(first - 6))
    page.keyboard.press("End")
    assert seen.slice() == 24


def test_n_and_p_go_from_finding_to_possible_miss(
    flat: Opened, address: str, study: dict[str, Any]
) -> None:
    found = ask(address, f"/studies/{study['id']}/analysis")
    stops = {f["diameter_slice"] for f in found["findings"]}
    stops |= {m["index"] for m in found["possible_misses"]}
    flat.page.keyboard.press("Home")
    visited: list[int] = []
    for _ in stops:
        flat.page.keyboard.press("n")
        visited.append(flat.slice() - 1)
    assert visited == sorted(stops)
    flat.page.keyboard.press("p")
    assert flat.slice() - 1 == sorted(stops)[-2]


def test_sequence_window_zoom_planes_and_reset_change_the_picture(seen: Opened) -> None:
    page, first = seen.page, seen.picture()
    page.keyboard.press("KeyT")
    expect(page.locator("#sequence-name")).to_contain_text("T1")
    wait_for(lambda: np.abs(seen.picture() - first).mean() > 1)
    page.keyboard.press("KeyF")
    page.keyboard.press("4")
    wait_for(lambda: seen.picture().mean() < first.mean() * 0.8)
    page.keyboard.press("1")
    page.keyboard.press("x")
    wait_for(lambda: np.abs(seen.picture() - first).mean() > 1)
    page.keyboard.press("x")
    page.keyboard.press("Equal")
    expect(page.locator("#sequence-name")).to_contain_text("1.3×")
    page.keyboard.press("0")
    wait_for(lambda: np.abs(seen.picture() - first).mean() < 0.2)


def test_all_views_show_the_same(
    browser: Windows, webgl: Windows, address: str, study: dict[str, Any]
) -> None:
    browsers = {"browser": browser, "webgl": webgl}
    shown = []
    for name, query in VIEWS.values():
        with opened_at(browsers[name], address, f"/studies/{study['id']}{query}") as opened:
            opened.page.locator(LOADED).wait_for(state="attached")
            opened.page.locator(".screen").hover(position={"x": 200, "y": 150})
            opened.page.keyboard.down("Control")
            opened.page.mouse.wheel(0, -100)
            opened.page.keyboard.up("Control")
            shown.append(opened.picture())
    for other in shown[1:]:
        assert np.percentile(np.abs(shown[0] - other), 99) <= 8


def test_drag_is_the_window_and_a_click_on_the_strip_a_slice(flat: Opened) -> None:
    page = flat.page
    before = page.locator("#sequence-name").inner_text()
    page.locator(".screen").hover(position={"x": 300, "y": 300})
    page.mouse.down()
    page.mouse.move(500, 420, steps=5)
    page.mouse.up()
    wait_for(lambda: page.locator("#sequence-name").inner_text() != before)
    box = page.locator(".strip").bounding_box()
    page.mouse.click(box["x"] + box["width"] * 2.5 / 24, box["y"] + 20)
    assert flat.slice() == 3


def test_the_slider_moves_the_outline_and_comes_back(flat: Opened) -> None:
    page = flat.page
    said = page.locator("#threshold-volume")
    called = page.locator(".bar.called")
    own, bars = said.inner_text(), called.count()
    page.locator("#threshold").fill("0")
    wait_for(lambda: called.count() > bars)
    expect(said).not_to_have_text(own)
    expect(page.locator("#threshold-meaning")).to_contain_text("%")
    page.locator("#threshold").fill("240")
    wait_for(lambda: called.count() < bars)
    expect(page.locator("#threshold-meaning")).to_contain_text("More specific")
    page.locator("#threshold").dblclick()
    expect(called).to_have_count(bars)
    expect(said).to_have_text(page.evaluate("(text) => text.replaceAll('\\n', '')", own))


def test_the_sure_and_the_possible_region_go_off_and_on_and_with_the_slider(flat: Opened) -> None:
    page = flat.page
    said = page.locator("#bounds")
    expect(said.locator("summary")).to_have_text(re.compile(r"Sure .+ml · possible .+ml"))
    toggle = page.get_by_role("button", name="Sure, possible")
    wait_for(lambda: flat.orange() > 100)
    both = flat.orange()
    page.keyboard.press("d")
    expect(toggle).to_have_attribute("aria-pressed", "false")
    wait_for(lambda: 0 < flat.orange() < both - 50)
    page.keyboard.press("d")
    wait_for(lambda: flat.orange() == both)
    page.locator("#threshold").fill("0")
    expect(toggle).to_be_disabled()
    page.locator("#threshold").dblclick()
    expect(toggle).to_be_enabled()
    wait_for(lambda: flat.orange() == both)
    said.locator("summary").click()
    expect(said).to_contain_text("10 % of the sure region")


def test_at_the_own_threshold_the_mask_is_the_models(flat: Opened, study: dict[str, Any]) -> None:
    where = {"base": f"/api/v1/studies/{study['id']}", "result": study["result"]["id"]}
    found = flat.page.evaluate(SAME_MASK, where)
    assert found["inside"] > 1000
    assert found["differ"] == 0
    assert found["quantised"] <= 10


def test_a_finger_swipes_through_slices(flat: Opened) -> None:
    finger = flat.page.context.new_cdp_session(flat.page)
    first = flat.slice()
    for kind, y in (("touchStart", 500), ("touchMove", 470), ("touchMove", 430), ("touchEnd", 0)):
        points = [] if kind == "touchEnd" else [{"x": 500, "y": y}]
        finger.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
    assert flat.slice() == first + 5


def test_a_click_on_a_tool_leaves_the_keys_to_the_picture(flat: Opened) -> None:
    page = flat.page
    page.locator(".tools button", has_text="Three").click()
    page.locator(".tools button", has_text="Three").click()
    page.keyboard.press("Space")
    wait_for(lambda: flat.orange() == 0)
    page.locator("#threshold").click()
    first = flat.slice()
    page.keyboard.press("ArrowDown")
    assert flat.slice() == first + 1


def test_a_sequence_that_does_not_come_leaves_the_others(
    browser: Windows, address: str, study: dict[str, Any]
) -> None:
    with browser.window(address) as visit:
        page = visit.page
        page.route("**/view/t1.nii.gz*", lambda route: route.abort())
        page.goto(f"/studies/{study['id']}")
        page.locator(LOADED).wait_for(state="attached")
        page.keyboard.press("t")
        expect(page.locator(".note")).to_contain_text("T1 could not be fetched")
        page.keyboard.press("g")
        expect(page.locator(".note")).to_be_empty()
        visit.forgive("ERR_FAILED")


def test_a_length_of_ones_own(flat: Opened) -> None:
    page = flat.page
    page.keyboard.press("Space")
    page.keyboard.press("m")
    expect(page.locator(".note")).to_contain_text("Click both ends")
    for x in (300, 420):
        page.locator(".screen").click(position={"x": x, "y": 300})
    wait_for(lambda: flat.cyan() > 100)
    page.keyboard.press("Delete")
    wait_for(lambda: flat.cyan() == 0)


def test_findings_misses_and_the_conclusion(flat: Opened, study: dict[str, Any]) -> None:
    page = flat.page
    finding = page.locator(".row:not(.miss)")
    expect(finding).to_have_count(1)
    expect(finding).to_contain_text("left")
    expect(finding).to_contain_text("ml (")
    miss = page.locator(".row.miss").first
    miss.click()
    away = flat.slice()
    finding.click()
    assert flat.slice() != away
    expect(page.locator(".conclusion")).to_contain_text("suspicious for glioma")
    expect(page.locator(".decision")).to_contain_text(f"{study['result']['volume_ml']:.1f}")
    expect(page.locator("footer")).to_contain_text("Research use only. Not a medical device.")
    expect(page).to_have_title(f"{study['name']} · glioscope")


def test_every_file_to_take_away_is_there(flat: Opened, address: str) -> None:
    flat.page.locator(".files summary").click()
    expect(flat.page.locator(".files a[href$='sr.dcm']")).to_have_count(1)
    links = flat.page.locator(".files a")
    names = [links.nth(n).get_attribute("href") for n in range(links.count())]
    for part in ("report.ru.pdf", "report.en.html", "seg.dcm", "sr.dcm", "mask.nii.gz"):
        assert any(name.endswith(part) for name in names), part
    for name in names:
        with urllib.request.urlopen(address.rstrip("/") + name) as answer:
            assert answer.status == 200


def test_help_lists_the_keys_and_closes(flat: Opened) -> None:
    flat.page.set_viewport_size({"width": 1280, "height": 400})
    flat.page.keyboard.press("?")
    dialog = flat.page.locator("#help")
    expect(dialog.locator("h2")).to_be_in_viewport()
    for key in ("PgUp", "Space", "N", "X", "B", "0"):
        expect(dialog.locator("kbd", has_text=key).first).to_be_visible()
    flat.page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()


def test_the_page_speaks_russian(browser: Windows, address: str, study: dict[str, Any]) -> None:
    with opened_at(browser, address, f"/studies/{study['id']}", "ru-RU") as opened:
        page = opened.page
        page.locator(LOADED).wait_for(state="attached")
        expect(page.locator(".decision")).to_contain_text("подозрительные на глиому")
        expect(page.locator(".row:not(.miss)")).to_contain_text("слева")
        expect(page.locator(".conclusion")).to_contain_text("На FLAIR определяется")
        expect(page.locator("#slice-name")).to_contain_text("серия")
        left = page.locator("main").inner_text()
        assert "page.study" not in left
        assert "undefined" not in left


def test_what_is_not_there_says_so(browser: Windows, address: str) -> None:
    with opened_at(browser, address, f"/studies/{'0' * 32}") as opened:
        expect(opened.page.locator("h2")).to_have_text("There is no such study.")
        opened.forgive("404")
        opened.page.locator("main a", has_text="list").click()
        expect(opened.page).to_have_url(address)


@pytest.mark.parametrize(
    ("state", "more", "said"),
    [
        ("waiting", {}, "Waiting"),
        ("running", {"stage": "network", "done": 7, "total": 24}, "7 of 24"),
        ("refused", {"cause": {"code": "gate.x", "text": "No FLAIR."}}, "No FLAIR."),
        ("refused", {"cause": {"code": "reading.dicom.no_flair", "text": "none"}}, "None."),
        ("failed", {"cause": {"code": "x", "text": "the disk is full"}}, "The disk is full."),
    ],
)
def test_a_study_without_result_says_why(
    browser: Windows,
    address: str,
    study: dict[str, Any],
    state: str,
    more: dict[str, Any],
    said: str,
) -> None:
    """The server's own answer about a study, changed on its way: such states pass too quickly."""
    named = {**study, "patient_id": "17", "patient_name": "Ivanov^Ivan"}
    changed = {**named, "result": None, "state": state, **more}
    with browser.window(address) as visit:
        page = visit.page
        page.route(f"**/api/v1/studies/{study['id']}", lambda route: route.fulfill(json=changed))
        page.goto(f"/studies/{study['id']}")
        expect(page.locator(".state")).to_contain_text(said)
        expect(page.locator("h1")).to_have_text("Ivanov Ivan · 17")
        expect(page).to_have_title(f"{study['name']} · glioscope")
        retry = page.locator(".state button")
        # What is refused can be opened without the model as well, if there is a FLAIR to draw on.
        refused = 1 if said == "None." else 2
        expect(retry).to_have_count({"refused": refused, "failed": 1}.get(state, 0))
