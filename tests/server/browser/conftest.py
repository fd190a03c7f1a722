"""A real server with an empty data folder, and a real Chromium that looks at its pages."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
# A graphics card played by software, so that NiiVue can be tested anywhere.
WEBGL = (
    "--use-gl=angle",
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
    "--ignore-gpu-blocklist",
)
NAMES = ("chromium", "chromium-browser", "google-chrome")
STOP_S = 60


@dataclass
class Visit:
    """A page, and what the browser complained of: nothing, when a test ends."""

    page: Any
    faults: list[str] = field(default_factory=list)

    def forgive(self, part: str) -> None:
        """Forget complaints that a test has caused on purpose."""
        self.faults[:] = [fault for fault in self.faults if part not in fault]


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """Chromium of this computer, without a window."""
    api = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
    program = next((found for name in NAMES if (found := shutil.which(name))), None)
    if program is None:
        pytest.skip("Chromium is not installed")
    with api.sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=program, args=list(FLAGS))
        yield opened
        opened.close()


@pytest.fixture(scope="session")
def webgl(browser: Any) -> Iterator[Any]:
    """The same browser with a graphics card."""
    program = next(found for name in NAMES if (found := shutil.which(name)))
    flags = [*(flag for flag in FLAGS if flag != "--disable-gpu"), *WEBGL]
    opened = browser.browser_type.launch(executable_path=program, args=flags)
    yield opened
    opened.close()


@dataclass
class Server:
    """A server that is stopped and started again at the same address, with the same data."""

    data: Path
    address: str = "http://127.0.0.1:0/"
    process: subprocess.Popen[str] | None = None

    def start(self) -> None:
        port = self.address.rstrip("/").rsplit(":", 1)[1]
        command = [sys.executable, "-m", "glioscope", "serve", "--data", str(self.data)]
        self.process = subprocess.Popen(
            [*command, "--port", port], stdout=subprocess.PIPE, text=True, env=_environment()
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


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, browser: Any) -> Iterator[Server]:
    """A server without studies."""
    started = Server(tmp_path_factory.mktemp("data"))
    try:
        started.start()
        yield started
    finally:
        started.stop()


def _environment() -> dict[str, str]:
    source = str(Path(__file__).parents[3] / "src")
    paths = [source, *filter(None, [os.environ.get("PYTHONPATH")])]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(paths), "GLIOSCOPE_LANG": "en"}


@pytest.fixture
def visit(browser: Any, server: Server) -> Iterator[Visit]:
    """The work list in English; errors on the console and what its policy forbids fail the test."""
    context = browser.new_context(
        base_url=server.address, locale="en-GB", viewport={"width": 1280, "height": 720}
    )
    context.set_default_timeout(15_000)
    visit = Visit(context.new_page())
    visit.page.on("pageerror", lambda error: visit.faults.append(str(error)))
    visit.page.on("console", lambda said: _note(visit.faults, said))
    visit.page.goto("/")
    yield visit
    context.close()
    assert visit.faults == []


def _note(faults: list[str], said: Any) -> None:
    if said.type in {"error", "warning"}:
        faults.append(said.text)
