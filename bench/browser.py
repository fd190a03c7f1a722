"""A server of this checkout on the loopback, and Debian's Chromium without a window."""

import json
import os
import shutil
import subprocess
import sys
import time
import urllib.request
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

NAMES = ("chromium", "chromium-headless-shell", "chromium-browser", "google-chrome")
FLAGS = (
    "--no-sandbox",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
NO_GPU = ("--disable-gpu",)
# A graphics card played by software, so that NiiVue runs anywhere.
WEBGL = (
    "--use-gl=angle",
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
    "--ignore-gpu-blocklist",
)
# What has ended one way or another.
_ENDED = {"done", "failed", "refused", "cancelled"}
_STOP_S = 60


@contextmanager
def browser(*flags: str) -> Generator[Any, None, None]:
    """The browser while the block runs.

    Raises:
        FileNotFoundError: Chromium is not installed.
    """
    from playwright.sync_api import sync_playwright

    program = next((found for name in NAMES if (found := shutil.which(name))), None)
    if program is None:
        raise FileNotFoundError("Chromium is not installed")
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=program, args=[*FLAGS, *flags])
        try:
            yield opened
        finally:
            opened.close()


@contextmanager
def serving(data: Path, *options: str) -> Generator[str, None, None]:
    """The address of a server, without the slash at its end, while the block runs."""
    source = str(Path(__file__).parents[1] / "src")
    paths = os.pathsep.join([source, *filter(None, [os.environ.get("PYTHONPATH")])])
    command = [sys.executable, "-m", "glioscope", "serve", "--data", os.fspath(data)]
    server = subprocess.Popen(
        [*command, "--port", "0", *options],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": paths, "GLIOSCOPE_LANG": "en"},
    )
    try:
        with server.stdout or open(os.devnull) as said:  # noqa: PTH123
            yield said.readline().strip().rstrip("/")
    finally:
        server.terminate()
        server.wait(_STOP_S)


def ask(
    address: str,
    path: str,
    method: str = "GET",
    body: Any = None,
    kind: str = "application/json",
    token: str = "",
) -> Any:
    """What the API answers; anything but bytes is sent as JSON."""
    packed = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
    headers = {"Content-Type": kind} if packed is not None else {}
    if token:
        headers["Authorization"] = f"Bearer {token}"
    request = urllib.request.Request(f"{address}/api/v1{path}", packed, headers, method=method)
    with urllib.request.urlopen(request, timeout=60) as answer:
        return json.loads(answer.read() or b"null")


def analysed(address: str, count: int, seconds: float = 600) -> list[dict[str, Any]]:
    """The studies of the list, once there are so many and all have ended.

    Raises:
        TimeoutError: they took longer.
    """
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        studies = ask(address, "/studies?limit=200")["studies"]
        if len(studies) >= count and all(one["state"] in _ENDED for one in studies):
            return studies
        time.sleep(0.3)
    raise TimeoutError(f"{count} studies were not analysed in {seconds:.0f} s")
