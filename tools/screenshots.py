"""Make the pictures of the workplace again: `make screenshots`.

A server with studies made by code is looked at in Debian's Chromium: every page in both languages
and both themes. No picture of a patient may come to lie beside them.
"""

import argparse
import gzip
import tempfile
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from io import BytesIO
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
from bench.browser import WEBGL, analysed, ask, browser, serving
from PIL import Image
from sqlalchemy import insert, select, update
from tools.imports import ROOT

from glioscope.database.engine import connect, now_ms, sqlite_url
from glioscope.database.tables import Arrival, Delivery, ReadingList, Result, Review, Version
from glioscope.server.access import passes, users
from glioscope.server.access.guard import COOKIE
from glioscope.server.access.roles import Role
from glioscope.server.demo import HEADS
from glioscope.server.serve import DATABASE
from glioscope.texts.message import message

FOLDER = ROOT / "docs" / "images"
MOST_BYTES = 200_000
# Of 256 colours.
GREY_STEP, USUAL = 3, 90
WIDTH, HEIGHT = 1280, 800
LANGUAGES = {"en": "en-GB", "ru": "ru-RU"}
THEMES = ("light", "dark")
# 27 November 2026 at noon, UTC: pictures do not change from day to day.
_MOMENT = 1_795_780_800_000
_HOUR_MS = 3_700_000  # and a little, so that a slow machine shows the same hour
# What stands before the values of an unpacked NIfTI file.
_HEADER = 352


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
        with serving(data, "--with-demo") as address, browser(*WEBGL) as opened:
            studies = {_key(one): one["id"] for one in analysed(address, len(HEADS))}
            for act in (_at_work, _reading):
                shots, signed_in = act(address, data, studies)
                _still(data)
                wanted = [one for one in shots if not names or one.name.startswith(names)]
                _take(opened, address, wanted, signed_in)


def _key(study: dict[str, Any]) -> str:
    return f"{study['patient_id']} {study['study_date']}"


def _at_work(address: str, data: Path, studies: dict[str, str]) -> tuple[list[Shot], str]:
    """A list of studies, some of them reviewed, on a server without users."""
    for key, signed in (("DEMO_A 2026-03-12", True), ("DEMO_B 2026-09-18", False)):
        place = f"/studies/{studies[key]}/reviews"
        review = ask(address, place, "POST", {"verdict": "accept"})
        if signed:
            ask(address, f"{place}/{review['id']}/sign", "POST")
    later, two = (f"/studies/{studies[key]}" for key in ("DEMO_A 2026-11-20", "DEMO_C 2026-10-04"))
    return [
        Shot("login", "/login", _wait("#login")),
        Shot("list", "/", _wait("#studies tbody tr")),
        Shot("study", f"{later}?flat=0", _loaded),
        Shot("prior", f"{later}?flat=1", _prior),
        Shot("correction", f"{two}?flat=1", _correction),
    ], ""


def _reading(address: str, data: Path, studies: dict[str, str]) -> tuple[list[Shot], str]:
    """One reading list that is closed, with a study handed in, and one to be read by Anna."""
    one, *others = (
        studies[key] for key in ("DEMO_C 2026-10-04", "DEMO_D 2026-11-17", "DEMO_B 2026-09-18")
    )
    # What she draws is the model's outline, moved a little.
    drawn = _moved(address, one)
    token, session = _anna(data)
    _node(data, one)
    anna = partial(ask, address, token=token)
    pilot = anna("/lists", "POST", _listed("Pilot", [one]))["id"]
    place = f"/studies/{one}"
    asked = f"{place}/versions?base=empty&list={pilot}"
    version = anna(asked, "POST", drawn, "application/gzip")["id"]
    said = {"verdict": "correct", "version": version, "list": pilot}
    review = anna(f"{place}/reviews", "POST", said)["id"]
    anna(f"{place}/reviews/{review}/sign", "POST")
    anna(f"/lists/{pilot}/close", "POST")
    blind = anna("/lists", "POST", _listed("Demo", others))["id"]
    both = f"{place}?flat=1&list={pilot}&between=model&and=anna"
    return [
        Shot("reviews", "/reviews", _agreement),
        Shot("reading", f"/studies/{others[0]}?flat=1&list={blind}", _loaded),
        Shot("both", both, _wait("html[data-pair=shown]")),
        Shot("monitoring", "/monitoring", _wait("#charts svg")),
        Shot("admin", "/admin", _wait("#audit tbody tr")),
        Shot("node", "/node", _wait("#destinations tbody tr")),
    ], session


def _listed(name: str, studies: list[str]) -> dict[str, Any]:
    return {"name": name, "readers": ["anna"], "model_shown": "after", "studies": studies}


def _anna(data: Path) -> tuple[str, str]:
    """The first user of the server: her token and her session."""
    engine = connect(sqlite_url(data / DATABASE))
    with engine.begin() as connection:
        anna = users.add_user(connection, "anna", None, Role.ADMIN, sees_identity=True)
        found = (
            passes.new_token(connection, anna, "pictures", 1),
            passes.open_session(connection, anna),
        )
    engine.dispose()
    return found


def _node(data: Path, study: str) -> None:
    """A PACS node that has worked, with one archive that refused a result and one that is away."""
    engine = connect(sqlite_url(data / DATABASE))
    with engine.begin() as connection:
        now = now_ms(connection)
        result = connection.scalar(select(Result.id).where(Result.study_id == study))
        said = {"refused": ("pacs", "HTTP 400"), "down": ("archive", "HTTP 503")}
        for (kind, (name, answer)), state in zip(said.items(), ("failed", "waiting"), strict=True):
            cause = message(f"pacs.destination_{kind}", name=name, said=answer).to_dict()
            times = {"created_at": now - 3 * _HOUR_MS, "due_at": now + _HOUR_MS, "refusals": 0}
            row = {"destination": name, "state": state, "result_id": result, "cause": cause}
            connection.execute(insert(Delivery).values(**times, **row))
        for number, state in enumerate(("taken", "taken", "taken", "left")):
            uid = {"source": "archive", "study_uid": f"2.25.{number}", "stamp": "", "state": state}
            times = dict.fromkeys(("first_at", "changed_at", "due_at"), now)
            connection.execute(insert(Arrival).values(**uid, **times))
    engine.dispose()


def _moved(address: str, study: str) -> bytes:
    """The model's outline a few voxels to one side, packed as the page sends one."""
    with urllib.request.urlopen(f"{address}/api/v1/studies/{study}/view/mask.nii.gz") as answer:
        values = np.frombuffer(gzip.decompress(answer.read()), np.uint8, offset=_HEADER)
    return gzip.compress(np.roll(values, 3).tobytes(), mtime=0)


def _still(data: Path) -> None:
    """Have everything happened at the same moment, whenever pictures are taken."""
    engine = connect(sqlite_url(data / DATABASE))
    with engine.begin() as connection:
        for table in (Result, ReadingList, Review, Version):
            connection.execute(update(table).values(created_at=_MOMENT))
        for ended in (Review.signed_at, ReadingList.closed_at):
            there = update(ended.class_).where(ended.is_not(None))
            connection.execute(there.values({ended.key: _MOMENT}))
    engine.dispose()


def _wait(selector: str) -> Callable[[Any], None]:
    return lambda page: page.locator(selector).first.wait_for(state="attached")


def _loaded(page: Any) -> None:
    page.locator("html[data-loaded=all]").wait_for(state="attached")


def _agreement(page: Any) -> None:
    page.locator(".list.closed summary").last.click()
    page.locator(".agreement table").wait_for()


def _prior(page: Any) -> None:
    _loaded(page)
    page.locator(".priors button").first.click()
    page.locator("html[data-prior=shown]").wait_for(state="attached")


def _correction(page: Any) -> None:
    _loaded(page)
    page.keyboard.press("c")
    page.keyboard.press("b")
    page.locator(".correct").wait_for()
    page.mouse.move(480, 330)


def _take(opened: Any, address: str, shots: list[Shot], session: str) -> None:
    cookies = [{"name": COOKIE, "value": session, "url": address}] if session else []
    for (lang, locale), theme in product(LANGUAGES.items(), THEMES):
        context = opened.new_context(
            base_url=address,
            locale=locale,
            timezone_id="UTC",
            color_scheme=theme,
            reduced_motion="reduce",
            viewport={"width": WIDTH, "height": HEIGHT},
        )
        context.set_default_timeout(120_000)
        context.add_cookies(cookies)
        for shot in shots:
            page = context.new_page()
            page.goto(shot.path)
            shot.prepare(page)
            page.wait_for_timeout(500)
            taken = page.screenshot(animations="disabled", caret="hide")
            page.close()
            print(_store(taken, FOLDER / f"{shot.name}.{lang}.{theme}.png"), flush=True)
        context.close()


def _store(taken: bytes, path: Path) -> str:
    """Write the picture in few colours, and say whether it is what it was.

    Raises:
        ValueError: it is larger than a repository should carry.
    """
    packed = BytesIO()
    with Image.open(BytesIO(taken)) as picture:
        _in_few_colours(picture.convert("RGB")).save(packed, "PNG", optimize=True)
    content = packed.getvalue()
    if len(content) > MOST_BYTES:
        raise ValueError(f"{path.name}: {len(content)} bytes, expected at most {MOST_BYTES}")
    same = path.exists() and path.read_bytes() == content
    path.write_bytes(content)
    return f"{path.name}: {'same' if same else 'changed'}, {len(content) // 1000} kB"


def _in_few_colours(picture: Image.Image) -> Image.Image:
    """Greys close enough for slices, the page's usual colours as they are, and near all others."""
    found = sorted(picture.getcolors(picture.width * picture.height) or [], reverse=True)
    colours = [colour for _, colour in found]
    greys = [(level, level, level) for level in range(0, 256, GREY_STEP)]
    usual = [colour for colour in colours if colour not in greys][:USUAL]
    # Each colour once, so that those of a few pixels count: a red sign is to stay red.
    once = Image.new("RGB", (len(colours), 1))
    once.putdata(colours)
    rest = 256 - len(greys) - len(usual)
    others = once.quantize(rest, Image.Quantize.FASTOCTREE).getpalette() or []
    palette = Image.new("P", (1, 1))
    parts = [part for colour in (*greys, *usual) for part in colour]
    palette.putpalette(parts + others[: 3 * rest])
    return picture.quantize(palette=palette, dither=Image.Dither.NONE)


if __name__ == "__main__":
    main()
