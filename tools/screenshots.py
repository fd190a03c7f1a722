"""Make the pictures of the workplace again: `make screenshots`.

A server with studies made by code is looked at in Debian's Chromium: every page in both languages
and both themes. No picture of a patient may come to lie beside them.
"""

import argparse
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

from bench.browser import WEBGL, analysed, ask, browser, serving
from PIL import Image
from sqlalchemy import update
from tools.imports import ROOT

from glioscope.database.engine import connect, sqlite_url
from glioscope.database.tables import ReadingList, Result, Review
from glioscope.server.demo import HEADS
from glioscope.server.serve import DATABASE

FOLDER = ROOT / "docs" / "images"
MOST_BYTES = 200_000
COLOURS = 256
WIDTH, HEIGHT = 1280, 800
LANGUAGES = {"en": "en-GB", "ru": "ru-RU"}
THEMES = ("light", "dark")
# 27 November 2026 at noon, UTC: pictures do not change from day to day.
_MOMENT = 1_795_780_800_000


@dataclass(frozen=True)
class Shot:
    """One picture: its name, its address, and what is done on the page before it is taken."""

    name: str
    path: str
    prepare: Callable[[Any], None]


def main() -> None:
    """Take all pictures, or those whose names begin as told, and say which have changed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", help="take only these, such as `study`")
    names = tuple(parser.parse_args().names)
    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as name:
        data = Path(name) / "data"
        with serving(data, "--with-demo") as address:
            studies = {_key(one): one["id"] for one in analysed(address, len(HEADS))}
            _read(address, studies)
            _still(data)
            shots = [one for one in _shots(studies) if not names or one.name.startswith(names)]
            with browser(*WEBGL) as opened:
                for lang, locale in LANGUAGES.items():
                    for theme in THEMES:
                        _take(opened, address, shots, lang, locale, theme)


def _key(study: dict[str, Any]) -> str:
    return f"{study['patient_id']} {study['study_date']}"


def _read(address: str, studies: dict[str, str]) -> None:
    """A reading list, and reviews of some studies, so that their pages have something to show."""
    chosen = [studies[key] for key in sorted(studies)]
    body = {"name": "Demo", "readers": ["local"], "model_shown": "after", "studies": chosen}
    ask(address, "/lists", "POST", body)
    for key, verdict in (("DEMO_A 2026-03-12", "accept"), ("DEMO_B 2026-09-18", "accept")):
        place = f"/studies/{studies[key]}/reviews"
        review = ask(address, place, "POST", {"verdict": verdict})
        if key.startswith("DEMO_A"):
            ask(address, f"{place}/{review['id']}/sign", "POST")


def _still(data: Path) -> None:
    """Have everything happened at the same moment, whenever pictures are taken."""
    engine = connect(sqlite_url(data / DATABASE))
    with engine.begin() as connection:
        for table in (Result, ReadingList, Review):
            connection.execute(update(table).values(created_at=_MOMENT))
        signed = Review.signed_at.is_not(None)
        connection.execute(update(Review).where(signed).values(signed_at=_MOMENT))
    engine.dispose()


def _shots(studies: dict[str, str]) -> list[Shot]:
    later = f"/studies/{studies['DEMO_A 2026-11-20']}"
    return [
        Shot("login", "/login", _wait("#login")),
        Shot("list", "/", _wait("#studies tbody tr")),
        Shot("list-keys", "/", _help),
        Shot("study", f"{later}?flat=0", _loaded),
        Shot("study-planes", f"{later}?flat=1", _planes),
        Shot("study-none", f"/studies/{studies['DEMO_B 2026-09-18']}?flat=1", _loaded),
        Shot("prior", f"{later}?flat=1", _prior),
        Shot("correction", f"/studies/{studies['DEMO_C 2026-10-04']}?flat=1", _correction),
        Shot("reviews", "/reviews", _wait(".list")),
    ]


def _wait(selector: str) -> Callable[[Any], None]:
    return lambda page: page.locator(selector).first.wait_for()


def _help(page: Any) -> None:
    page.locator("#studies tbody tr").first.wait_for()
    page.keyboard.press("Shift+?")
    page.locator("dialog[open]").wait_for()


def _loaded(page: Any) -> None:
    page.locator("html[data-loaded=all]").wait_for(state="attached")


def _planes(page: Any) -> None:
    _loaded(page)
    page.keyboard.press("x")


def _prior(page: Any) -> None:
    _loaded(page)
    page.locator(".priors button").first.click()
    page.locator("html[data-prior=shown]").wait_for(state="attached")


def _correction(page: Any) -> None:
    _loaded(page)
    page.keyboard.press("c")
    page.keyboard.press("b")
    page.mouse.move(560, 330)


def _take(opened: Any, address: str, shots: list[Shot], lang: str, locale: str, theme: str) -> None:
    context = opened.new_context(
        base_url=address,
        locale=locale,
        timezone_id="UTC",
        color_scheme=theme,
        reduced_motion="reduce",
        viewport={"width": WIDTH, "height": HEIGHT},
    )
    context.set_default_timeout(60_000)
    for shot in shots:
        page = context.new_page()
        page.goto(shot.path)
        shot.prepare(page)
        page.wait_for_timeout(500)
        taken = page.screenshot(animations="disabled", caret="hide")
        page.close()
        print(_store(taken, FOLDER / f"{shot.name}.{lang}.{theme}.png"))
    context.close()


def _store(taken: bytes, path: Path) -> str:
    """Write the picture in few colours, and say whether it is what it was.

    Raises:
        ValueError: it is larger than a repository should carry.
    """
    packed = BytesIO()
    with Image.open(BytesIO(taken)) as picture:
        few = picture.convert("RGB").quantize(
            COLOURS, Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE
        )
    few.save(packed, "PNG", optimize=True)
    content = packed.getvalue()
    if len(content) > MOST_BYTES:
        raise ValueError(f"{path.name}: {len(content)} bytes, expected at most {MOST_BYTES}")
    same = path.exists() and path.read_bytes() == content
    path.write_bytes(content)
    return f"{path.name}: {'same' if same else 'changed'}, {len(content) // 1000} kB"


if __name__ == "__main__":
    main()
