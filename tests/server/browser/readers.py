"""Readers who have signed in at a hospital with analysed studies, and how they draw."""

import gzip
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from tests.server.browser.windows import Visit, Windows

from glioscope.jobs.intake import take_in
from glioscope.phantom.study import DEFAULT_LESIONS, phantom_study
from glioscope.server.access import users
from glioscope.server.access.roles import Role
from glioscope.server.context import Context
from glioscope.writing.mr.study import write_dicom_study
from server.hospital import hospital

PASSWORD = "correct horse"
READERS = ("anna", "boris")
SIZE, SLICES = 96, 14
LOADED = "html[data-loaded=all]"
HAS_WEBGL = "() => document.createElement('canvas').getContext('webgl2') !== null"
FIGURES = """() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() =>
  done(document.getElementById("own-figures").innerText))))"""
# What stands before the values in a draft (`codec.js`), and in a NIfTI file.
DRAFT_HEAD, NIFTI_HEAD = 84, 352
_ANALYSED_S = 240


@dataclass(frozen=True)
class Examined:
    """Ids of the studies: two of one patient, and one that the model was not asked about."""

    earlier: str
    later: str
    unasked: str

    @classmethod
    def read(cls, folder: Path) -> "Examined":
        return cls(**json.loads((folder / "ids.json").read_text("utf-8")))


class Reader(Visit):
    """Somebody at a page."""

    def open(self, study: str, query: str = "flat=1") -> None:
        """Go to the page of a study and wait for all of it."""
        self.page.goto(f"/studies/{study}?{query}")
        self.page.locator(LOADED).wait_for(state="attached")

    def go(self, number: int) -> None:
        """Show a slice, from 1."""
        now = int(self.page.locator(".strip").get_attribute("aria-valuenow"))
        for _ in range(abs(number - now)):
            self.page.keyboard.press("ArrowDown" if number > now else "ArrowUp")

    def stroke(self, *points: tuple[float, float]) -> None:
        """Draw from point to point, in shares of the picture."""
        box = self.page.locator(".screen").bounding_box()
        places = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in points]
        self.page.mouse.move(*places[0])
        self.page.mouse.down()
        for place in places[1:]:
            self.page.mouse.move(*place, steps=3)
        self.page.mouse.up()

    def drawn(self) -> str:
        """What the page says of the own outline, which follows a stroke with the next frame."""
        return self.page.evaluate(FIGURES)

    def ask(self, path: str) -> Any:
        """What the API answers this reader."""
        answer = self.page.request.get(f"/api/v1{path}")
        assert answer.ok, answer.text()
        return answer.json()

    def draft(self, study: str) -> np.ndarray:
        """Values of the draft that the server has."""
        answer = self.page.request.get(f"/api/v1/studies/{study}/draft")
        assert answer.ok, answer.text()
        return _values(answer.body(), DRAFT_HEAD)

    def version(self, study: str, version: str) -> np.ndarray:
        """Labels of a version."""
        answer = self.page.request.get(f"/api/v1/studies/{study}/versions/{version}/mask")
        assert answer.ok, answer.text()
        return _values(answer.body(), NIFTI_HEAD)


def _values(packed: bytes, head: int) -> np.ndarray:
    whole = np.frombuffer(gzip.decompress(packed), np.uint8)
    return whole[head:][: SIZE * SIZE * SLICES]


def examine(folder: Path) -> None:
    """Fill `folder/data` with the studies, two readers, a viewer and an admin."""
    with hospital(folder / "data") as here:
        found = Examined(
            _take_in(here.context, "A_20260312"),
            _take_in(here.context, "A_20261120", lesions=(), slices=SLICES + 4),
            _take_in(here.context, "B_20261121", seed=3, with_model=False),
        )
        here.work(_ANALYSED_S)
        with here.context.engine.begin() as connection:
            for name in READERS:
                users.add_user(connection, name, PASSWORD, Role.READER, sees_identity=True)
            users.add_user(connection, "viola", PASSWORD, Role.VIEWER, sees_identity=True)
            users.add_user(connection, "chief", PASSWORD, Role.ADMIN, sees_identity=True)
    (folder / "ids.json").write_text(json.dumps(asdict(found)), "utf-8")


def _take_in(
    context: Context,
    name: str,
    *,
    seed: int = 0,
    lesions: tuple[Any, ...] = DEFAULT_LESIONS,
    slices: int = SLICES,
    with_model: bool = True,
) -> str:
    folder = context.store.scratch / name
    folder.mkdir(parents=True)
    study = replace(phantom_study(seed, lesions, SIZE, slices)[0], study_id=name)
    write_dicom_study(study, folder / "disc", patient=name[0])
    store, wake = context.store, context.wake
    [taken] = take_in(context.engine, store, folder, wake=wake, with_model=with_model)
    return taken.study_id


@contextmanager
def at_the_page(browser: Windows, address: str, name: str, lang: str = "en-GB") -> Iterator[Reader]:
    """A reader who has signed in; complaints on the console fail the test."""
    with browser.window(address, lang) as visit:
        sign_in(visit.page.context, name)
        yield Reader(visit.page, visit.faults)


def sign_in(context: Any, name: str) -> None:
    """Sign in without a page."""
    answer = context.request.post("/api/v1/session", data={"name": name, "password": PASSWORD})
    assert answer.ok, answer.text()
