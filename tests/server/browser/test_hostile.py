"""What a hostile study brings is shown as text: no dialog, no script, no fault of the policy."""

import json
import urllib.request
import zipfile
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

from server.browser.conftest import Answering, answering
from server.browser.windows import Windows
from server.hostile import NAME, hostile_disc

pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")

from playwright.sync_api import expect

ANALYSED_S = 180
NO_SCRIPT = "() => window.pwned === undefined"


def send(address: str, path: str, content: bytes, kind: str) -> None:
    request = urllib.request.Request(f"{address}{path}", content, {"Content-Type": kind})
    with urllib.request.urlopen(request, timeout=60) as answer:
        assert answer.status in (200, 202)


def store(address: str, packed: bytes) -> None:
    """Hand a ZIP's files in by STOW-RS."""
    with zipfile.ZipFile(BytesIO(packed)) as archive:
        files = [archive.read(name) for name in archive.namelist()]
    head = b"--x\r\nContent-Type: application/dicom\r\n\r\n"
    body = b"".join(head + one + b"\r\n" for one in files) + b"--x--\r\n"
    kind = 'multipart/related; type="application/dicom"; boundary=x'
    send(address, "dicom-web/studies", body, kind)


def studies(address: str) -> list[dict[str, Any]]:
    with urllib.request.urlopen(f"{address}api/v1/studies", timeout=60) as answer:
        return json.load(answer)["studies"]


@pytest.fixture
def server(tmp_path: Path, browser: Windows) -> Iterator[Answering]:
    with answering(tmp_path / "data") as started:
        yield started


def test_texts_of_a_study_stay_texts(visit: Any, server: Answering, tmp_path: Path) -> None:
    page = visit.page
    page.on("dialog", lambda dialog: (visit.faults.append(dialog.message), dialog.dismiss()))
    archive = tmp_path / "x'onerror='alert(1).zip"
    archive.write_bytes(hostile_disc(tmp_path / "disc"))
    page.set_input_files("#files", archive)
    expect(page.locator("#uploads li")).to_contain_text("Studies taken in: 1.")
    store(server.address, hostile_disc(tmp_path / "other", 1, StudyInstanceUID="1.2.840.7"))
    page.reload()
    rows = page.locator("#studies tbody tr")
    expect(rows).to_have_count(2)
    server.hospital.work(ANALYSED_S)
    page.reload()
    expect(page.locator("#studies tbody tr.state-done")).to_have_count(2)
    shown = page.locator("#studies tbody").inner_text()
    # Of a name the page shows what stands before the first "=": other letters follow.
    assert NAME.split("=")[0] in shown and "../../../etc/passwd" in shown and "=1+1" in shown
    assert page.evaluate(NO_SCRIPT)
    first = studies(server.address)[0]["id"]
    page.goto(f"/studies/{first}?flat=1")
    page.locator("html[data-loaded=all]").wait_for(timeout=60_000)
    assert page.evaluate(NO_SCRIPT)
    for lang in ("en", "ru"):
        page.goto(f"/api/v1/studies/{first}/files/report.{lang}.html")
        assert page.locator("script, svg [onload], img[onerror]").count() == 0
        assert page.evaluate("() => document.body.innerText.length") > 200
        assert page.evaluate(NO_SCRIPT)
    # The server has no worker.
    visit.forgive("status of 503")
