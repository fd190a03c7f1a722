"""Where a server listens, where it keeps everything, and how it starts and stops."""

import os
import signal
import stat
import subprocess
import sys
from pathlib import Path

import httpx2
import pytest

from glioscope.errors import UsageError
from glioscope.server.serve import DATABASE, Place, bound, require_loopback


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.1", "::", "example.org"])
def test_addresses_that_others_reach_are_refused(host: str) -> None:
    with pytest.raises(UsageError, match=r"127\.0\.0\.1"):
        require_loopback(host)


def test_a_taken_port_is_named() -> None:
    with bound("127.0.0.1", 0) as first:
        port = first.getsockname()[1]
        with pytest.raises(UsageError, match=str(port)):
            bound("127.0.0.1", port)


def test_the_data_folder_is_the_owners_alone(tmp_path: Path) -> None:
    context = Place(data=tmp_path / "data").context("en", None)
    assert stat.S_IMODE((tmp_path / "data").stat().st_mode) == 0o700
    assert (tmp_path / "data" / DATABASE).exists()
    context.engine.dispose()


def test_a_data_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match="--data"):
        Place(data=tmp_path / "file" / "data").context("en", None)


def test_the_command_prints_its_address_and_ends_by_ctrl_c(tmp_path: Path) -> None:
    command = ["serve", "--data", os.fspath(tmp_path / "data"), "--port", "0", "--workers", "0"]
    process = subprocess.Popen(
        [sys.executable, "-m", "glioscope", *command],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    address = process.stdout.readline().strip()
    assert address.startswith("http://127.0.0.1:")
    assert httpx2.get(f"{address}health", timeout=20).json() == {"state": "alive"}
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=30)
    assert (process.returncode, said) == (0, "")
