"""axe finds nothing on any page, in both languages and themes, on a screen and on a tablet.

It is Deque's, under MPL-2.0, and comes by npm for this test alone (`make javascript`).
"""

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.server.browser.windows import Windows

pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")

AXE = Path(__file__).parents[3] / "tools/javascript/node_modules/axe-core/axe.min.js"
if not AXE.is_file():
    pytest.skip("axe is not installed: run `make javascript`", allow_module_level=True)

FOUND = """async (rules) => (await axe.run(document, { resultTypes: ["violations"], ...rules }))
  .violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html, failureSummary }) =>
    `${html.slice(0, 200)} ${failureSummary}`).join(" | ")}`)"""
# Of the rules, what is asked of each theme: the dark one changes colours and nothing else.
THEMES: dict[str, dict[str, Any]] = {
    "light": {},
    "dark": {"runOnly": ["color-contrast", "link-in-text-block"]},
}
LIST = {
    "id": "0" * 32,
    "name": "Pilot",
    "model_shown": "after",
    "created_by": "local",
    "created_at": 1_795_780_800_000,
    "closed_at": None,
    "readers": ["local", "boris"],
    "studies": [{"id": "1" * 32, "name": "dicom-1", "position": 0, "read_by": ["boris"]}],
}
NODE = {
    "sources": [{"name": "archive", "counts": {"taken": 3, "coming": 1}, "oldest_s": 90}],
    "destinations": [{"name": "pacs", "counts": {"failed": 1, "waiting": 1}, "oldest_s": 7300}],
    "faults": [
        {
            "where": "pacs",
            "study_id": "1" * 32,
            "age_s": 7300,
            "times": 5,
            "cause": {"code": "pacs.destination_refused", "text": "HTTP 400"},
            "delivery": delivery,
            "next_s": None if delivery else 20,
        }
        for delivery in (1, None)
    ],
}
PAIR = {
    "a": {"who": "model", "version": None},
    "b": {"who": "local", "version": "2" * 32},
    "dice": 0.91,
    "kappa": 0.9,
    "volume_difference_ml": -1.2,
    "slices": [None, 0.91],
}
AGREED = {
    "studies": [{"id": "1" * 32, "pairs": [PAIR]}],
    "medians": [{**PAIR, "a": "model", "b": "local", "studies": 1}],
}


def empty(page: Any) -> None:
    page.route("**/api/v1/studies?*", lambda r: r.fulfill(json={"total": 0, "studies": []}))


def refused(page: Any) -> None:
    cause = {"code": "gate.x", "text": "No FLAIR."}

    def change(route: Any) -> None:
        document = route.fetch().json()
        for study in document.get("studies", [document]):
            study.update(state="refused", result=None, cause=cause, open_by=["boris"])
        route.fulfill(json=document)

    page.route("**/api/v1/studies?*", change)
    page.route(re.compile("/api/v1/studies/[0-9a-f]{32}$"), change)


def node(page: Any) -> None:
    page.route("**/api/v1/node", lambda route: route.fulfill(json=NODE))


def stuck(page: Any) -> None:
    page.route("**/ready", lambda route: route.fulfill(json={"state": "ready", "stuck": 2}))


def lists(page: Any) -> None:
    page.route("**/api/v1/lists", lambda route: route.fulfill(json={"lists": [LIST]}))
    page.route("**/api/v1/lists/*/agreement", lambda route: route.fulfill(json=AGREED))


def nothing(page: Any) -> None:
    """The page as the server answers it."""


def pressed(*keys: str) -> Callable[[Any], None]:
    def press(page: Any) -> None:
        for key in keys:
            page.keyboard.press(key)

    return press


def opened_lists(page: Any) -> None:
    for summary in page.locator("summary").all():
        summary.click()
    page.locator(".agreement table").wait_for()


def new_list(page: Any) -> None:
    page.locator("#make").click()
    page.locator("#choose li").first.wait_for()


def opened_figures(page: Any) -> None:
    for summary in page.locator("#charts summary").all():
        summary.click()


STUDY = "html[data-loaded=all]"
CORRECTING = pressed("c", "b")
Looks = dict[str, Callable[[Any], None]]
Page = tuple[str, Callable[[Any], None], str, Looks]
# What is asked for, what is changed of the server's answers, what is waited for, and what is done
# there, one after the other, before each look.
PAGES: list[Page] = [
    ("/login", nothing, "#login", {"login": nothing}),
    ("/nowhere", nothing, ".instead", {"no such page": nothing}),
    ("/", empty, "#nothing[data-why=empty]", {"empty list": nothing}),
    (
        "/",
        nothing,
        "tbody tr",
        {
            "list": nothing,
            "keys": pressed("Shift+?"),
            "deleting": pressed("Escape", "ArrowDown", "Delete"),
        },
    ),
    ("/", refused, "tbody tr.state-refused", {"refused": nothing}),
    ("/studies/{}", refused, ".state button", {"refused study": nothing}),
    (
        "/studies/{}?flat=1",
        nothing,
        STUDY,
        {
            "study": nothing,
            "help": pressed("Shift+?"),
            "rejecting": pressed("Escape", "r"),
        },
    ),
    ("/studies/{}?flat=1", nothing, STUDY, {"correcting": CORRECTING}),
    ("/reviews", lists, ".list", {"lists": opened_lists, "new list": new_list}),
    ("/node", node, "#faults tbody tr", {"node": nothing}),
    ("/", stuck, "#banner:not([hidden])", {"stuck": nothing}),
    ("/monitoring", nothing, "#charts figure", {"monitoring": opened_figures}),
    (
        "/monitoring?from=1999-01-01&to=1999-02-01",
        nothing,
        "#nothing p",
        {"nothing to monitor": nothing},
    ),
]
# On a tablet, in Russian: a page of each kind.
TABLET: list[Page] = [
    ("/login", nothing, "#login", {"login": nothing}),
    ("/", nothing, "tbody tr", {"list": nothing}),
    ("/", refused, "tbody tr.state-refused", {"refused": nothing}),
    ("/studies/{}?flat=1", nothing, STUDY, {"study": nothing, "correcting": CORRECTING}),
    ("/reviews", lists, ".list", {"lists": opened_lists}),
    ("/node", node, "#faults tbody tr", {"node": nothing}),
    ("/monitoring", nothing, "#charts figure", {"monitoring": opened_figures}),
]
LOOKS = [("en-GB", (1280, 800), PAGES), ("ru-RU", (1024, 768), TABLET)]

# What a graphics card draws.
DRAWN: list[Page] = [
    (
        "/studies/{}?flat=0",
        nothing,
        STUDY,
        {"planes": pressed("x"), "correcting": pressed("x", "c", "b")},
    ),
]


def violations(
    windows: Windows,
    address: str,
    study_id: str,
    pages: list[Page],
    lang: str,
    size: tuple[int, int],
) -> Iterator[tuple[str, Any]]:
    """What axe finds on pages, by name and theme."""
    context = windows.chromium.new_context(
        base_url=address,
        locale=lang,
        viewport=dict(zip(("width", "height"), size, strict=True)),
        reduced_motion="reduce",
        bypass_csp=True,
    )
    context.set_default_timeout(30_000)
    context.add_init_script(path=AXE)
    page = context.new_page()
    for path, change, wait, looks in pages:
        change(page)
        page.goto(path.format(study_id))
        page.locator(wait).first.wait_for(state="attached")
        for name, then in looks.items():
            then(page)
            for theme, rules in THEMES.items():
                page.emulate_media(color_scheme=theme)
                if found := page.evaluate(FOUND, rules):
                    yield f"{name}, {theme}", found
        page.unroute_all()
    context.close()


def told(found: dict[str, Any]) -> str:
    return json.dumps(found, indent=1, ensure_ascii=False)


@pytest.mark.parametrize(("lang", "size", "pages"), LOOKS, ids=["en", "ru"])
def test_axe_finds_nothing(
    browser: Windows,
    address: str,
    study: dict[str, Any],
    lang: str,
    size: tuple[int, int],
    pages: list[Page],
) -> None:
    found = dict(violations(browser, address, study["id"], pages, lang, size))
    assert found == {}, told(found)


def test_axe_finds_nothing_where_a_graphics_card_draws(
    webgl: Windows, address: str, study: dict[str, Any]
) -> None:
    found = dict(violations(webgl, address, study["id"], DRAWN, "ru-RU", (1280, 800)))
    assert found == {}, told(found)
