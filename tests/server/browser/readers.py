"""Readers who have signed in at a hospital with analysed studies, and how they draw."""

import gzip
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

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


@dataclass
class Reader:
    """Somebody at a page, and what the browser complained of."""

    page: Any
    faults: list[str] = field(default_factory=list)

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

    def forgive(self, part: str) -> None:
        """Forget complaints that a test has caused on purpose."""
        self.faults[:] = [fault for fault in self.faults if part not in fault]


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
def at_the_page(browser: Any, address: str, name: str, lang: str = "en-GB") -> Iterator[Reader]:
    """A reader who has signed in; complaints on the console fail the test."""
    context = browser.new_context(
        base_url=address, locale=lang, viewport={"width": 1280, "height": 800}
    )
    context.set_default_timeout(30_000)
    sign_in(context, name)
    reader = Reader(context.new_page())
    watch(reader)
    yield reader
    context.close()
    assert reader.faults == []


def sign_in(context: Any, name: str) -> None:
    """Sign in without a page."""
    answer = context.request.post("/api/v1/session", data={"name": name, "password": PASSWORD})
    assert answer.ok, answer.text()


def watch(reader: Reader) -> None:
    """Note what the browser complains of."""
    reader.page.on("pageerror", lambda error: reader.faults.append(str(error)))
    reader.page.on("console", lambda said: _note(reader.faults, said))


def _note(faults: list[str], said: Any) -> None:
    # What the driver says of its own reading of pixels is no fault of the page.
    if said.type in {"error", "warning"} and "GPU stall" not in said.text:
        faults.append(said.text)
