"""Readers who have signed in at a hospital with one analysed study, and how they draw."""

import gzip
import io
import re
import time
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from tests.server.browser.conftest import Server

from glioscope.phantom.study import phantom_study
from glioscope.server.access import users
from glioscope.server.access.roles import Role
from glioscope.server.serve import Place
from glioscope.writing.mr.study import write_dicom_study

PASSWORD = "correct horse"
READERS = ("anna", "boris")
SIZE, SLICES = 96, 14
LOADED = "html[data-loaded=all]"
# What stands before the values in a draft (`codec.js`), and in a NIfTI file.
DRAFT_HEAD, NIFTI_HEAD = 84, 352
_ANALYSED_S = 180


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


@contextmanager
def hospital_of_readers(data: Path) -> Iterator[Server]:
    """A server with two readers, a viewer and an admin."""
    context = Place(data=data).context("en", None)
    with context.engine.begin() as connection:
        for name in READERS:
            users.add_user(connection, name, PASSWORD, Role.READER, sees_identity=True)
        users.add_user(connection, "viola", PASSWORD, Role.VIEWER, sees_identity=True)
        users.add_user(connection, "chief", PASSWORD, Role.ADMIN, sees_identity=True)
    context.engine.dispose()
    started = Server(data)
    try:
        started.start()
        yield started
    finally:
        started.stop()


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


def hand_in(browser: Any, address: str, folder: Path, seed: int = 0, **options: Any) -> str:
    """Have a phantom analysed; the id of its study."""
    write_dicom_study(phantom_study(seed, size=SIZE, slices=SLICES)[0], folder / "disc")
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for file in sorted(folder.rglob("*.dcm")):
            archive.write(file, file.relative_to(folder))
    context = browser.new_context(base_url=address)
    sign_in(context, READERS[0])
    file = {"name": "disc.zip", "mimeType": "application/zip", "buffer": packed.getvalue()}
    answer = context.request.post(
        "/api/v1/uploads/files", multipart={"files": file}, params=options or None
    )
    assert answer.ok, answer.text()
    [study] = answer.json()["studies"]
    until = time.monotonic() + _ANALYSED_S
    while (known := context.request.get(f"/api/v1/studies/{study['id']}").json())[
        "state"
    ] != "done":
        assert re.fullmatch("waiting|running", known["state"]), known
        assert time.monotonic() < until
        time.sleep(0.2)
    context.close()
    return study["id"]
