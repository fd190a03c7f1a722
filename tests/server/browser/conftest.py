"""Real servers, empty or with an analysed study, and a real Chromium that looks at their pages.

Studies are analysed once for all modules, and Chromium starts once for all that follow each other:
until Playwright stops, it keeps an event loop running, beside which tests of other folders could
start none. Its windows serve one test of a module after the other (`windows.py`). A module that
wants the phantom asks for `hospital`, `address` and `study`, one that wants readers for `readers`:
a server of its own on a copy of the data.
"""

import json
import os
import shutil
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from tests.server.browser.readers import Examined, examine
from tests.server.browser.windows import Visit, Windows

from once import once
from server.hospital import Hospital, Listening, disc
from server.hospital import hospital as hospital_in_process
from server.study_here import studies_here

FLAGS = (
    "--no-sandbox",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
# No WebGL2 at all: without the second flag Chromium plays a graphics card by software, slowly.
NO_GRAPHICS = ("--disable-gpu", "--disable-software-rasterizer")
# A graphics card played by software, so that NiiVue can be tested anywhere; for its canvas only.
GRAPHICS = (
    "--use-gl=angle",
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
    "--ignore-gpu-blocklist",
    "--disable-gpu-compositing",
)
NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
LOADED = "html[data-loaded=all]"
ANALYSED_S, STOP_S = 180, 60


@pytest.fixture(scope="package")
def chromium() -> Iterator[Callable[..., Any]]:
    """Chromium of this computer, without a window, to be started with flags; once with each."""
    api = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
    program = next((found for name in NAMES if (found := shutil.which(name))), None)
    if program is None:
        pytest.skip("Chromium is not installed")
    with api.sync_playwright() as playwright:
        launched: dict[tuple[str, ...], Any] = {}

        def with_flags(*flags: str) -> Any:
            if flags not in launched:
                launched[flags] = playwright.chromium.launch(
                    executable_path=program, args=[*FLAGS, *flags]
                )
            return launched[flags]

        yield with_flags
        for one in launched.values():
            one.close()


@pytest.fixture(scope="module")
def browser(chromium: Callable[..., Any]) -> Iterator[Windows]:
    """A browser without WebGL2, as on most computers of an office."""
    windows = Windows(chromium(*NO_GRAPHICS))
    yield windows
    windows.close()


@pytest.fixture(scope="module")
def webgl(chromium: Callable[..., Any]) -> Iterator[Windows]:
    """A browser with a graphics card."""
    windows = Windows(chromium(*GRAPHICS))
    yield windows
    windows.close()


@dataclass
class Served:
    """A server's data, and where it listens."""

    data: Path
    address: str


@dataclass
class Answering(Served):
    """A server in this process, which is stopped and started again at the same address."""

    hospital: Hospital
    listening: Listening


@dataclass
class Server(Served):
    """A process that is stopped and started again at the same address, with the same data.

    Without workers it analyses nothing, and starts in half the time.
    """

    workers: int = 1
    process: subprocess.Popen[str] | None = None

    def start(self) -> None:
        port = self.address.rstrip("/").rsplit(":", 1)[1]
        command = [sys.executable, "-m", "glioscope", "serve", "--data", str(self.data)]
        options = ["--port", port, "--workers", str(self.workers)]
        self.process = subprocess.Popen(
            [*command, *options], stdout=subprocess.PIPE, text=True, env=_environment()
        )
        assert self.process.stdout is not None
        self.address = self.process.stdout.readline().strip()
        assert self.address.startswith("http://127.0.0.1:"), "the server did not start"

    def stop(self) -> None:
        if self.process and self.process.stdout:
            self.process.terminate()
            self.process.wait(STOP_S)
            self.process.stdout.close()
        self.process = None


@contextmanager
def answering(data: Path) -> Iterator[Answering]:
    """A server without workers in this process: where pages are all, at a tenth of the cost."""
    with hospital_in_process(data) as here, studies_here():
        listening = Listening(here)
        try:
            yield Answering(data, f"{listening.address}/", here, listening)
        finally:
            listening.stop()


@contextmanager
def serving(data: Path, workers: int = 1) -> Iterator[Server]:
    """A server in a process of its own, stopped at the end."""
    started = Server(data, "http://127.0.0.1:0/", workers)
    try:
        started.start()
        yield started
    finally:
        started.stop()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, browser: Any) -> Iterator[Server]:
    """A server without studies."""
    with serving(tmp_path_factory.mktemp("data")) as started:
        yield started


@pytest.fixture(scope="session")
def filled(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A data folder with an analysed phantom of 24 slices and one lesion, and its id; to copy."""

    def fill(folder: Path) -> None:
        with hospital_in_process(folder / "data") as here:
            study_id = here.hand_in(disc(folder / "phantom", slices=24), "phantom.zip")
            here.work(ANALYSED_S)
        (folder / "id").write_text(study_id)

    folder = once(tmp_path_factory, "filled", fill)
    return folder / "data", (folder / "id").read_text()


@pytest.fixture(scope="module")
def examined(browser: Windows, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Examined]:
    """A data folder with the studies and the users of `readers.py`, which the module may change."""
    folder = once(tmp_path_factory, "examined", examine)
    data = tmp_path_factory.mktemp("readers") / "data"
    shutil.copytree(folder / "data", data)
    return data, Examined.read(folder)


@pytest.fixture(scope="module")
def readers(examined: tuple[Path, Examined]) -> Iterator[tuple[Answering, Examined]]:
    """A server without workers that has the studies and the users of `readers.py`."""
    data, ids = examined
    with answering(data) as started:
        yield started, ids


@pytest.fixture(scope="module")
def hospital(
    browser: Windows, filled: tuple[Path, str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Served]:
    """A server without workers that has the analysed phantom; the module may change it."""
    data = tmp_path_factory.mktemp("hospital") / "data"
    shutil.copytree(filled[0], data)
    with answering(data) as started:
        yield started


@pytest.fixture(scope="module")
def address(hospital: Served) -> str:
    """Where the server with the phantom listens."""
    return hospital.address


@pytest.fixture(scope="module")
def study(address: str, filled: tuple[Path, str]) -> dict[str, Any]:
    """The phantom, as the API knows it."""
    known = ask(address, f"/studies/{filled[1]}")
    assert known["result"]["decision"] == "tumour"
    return known


def ask(address: str, path: str, method: str = "GET", body: bytes | None = None) -> Any:
    """What the server's API answers."""
    kind = {"Content-Type": "application/octet-stream"} if body else {}
    where = f"{address.rstrip('/')}/api/v1{path}"
    request = urllib.request.Request(where, body, kind, method=method)
    with urllib.request.urlopen(request) as answer:
        return json.loads(answer.read() or b"null")


def _environment() -> dict[str, str]:
    source = str(Path(__file__).parents[3] / "src")
    paths = [source, *filter(None, [os.environ.get("PYTHONPATH")])]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(paths), "GLIOSCOPE_LANG": "en"}


@pytest.fixture
def visit(browser: Windows, server: Served) -> Iterator[Visit]:
    """The work list in English; errors on the console and what its policy forbids fail the test."""
    with browser.window(server.address, height=720) as visit:
        visit.page.goto("/")
        yield visit
