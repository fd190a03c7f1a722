"""Where a server listens, where it keeps everything, and how it starts and stops."""

import os
import signal
import socket
import ssl
import stat
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import httpx2
import pytest

from glioscope.errors import UsageError
from glioscope.server.access import users
from glioscope.server.access.roles import Role
from glioscope.server.reach.certificates import FILE
from glioscope.server.reach.terms import Reach
from glioscope.server.serve import DATABASE, Place, bound, require_users


def test_others_reach_it_only_where_somebody_can_sign_in(tmp_path: Path) -> None:
    alone = Place(data=tmp_path / "data").context("en", None)
    context = replace(alone, reach=Reach(beyond=True, tls=True))
    require_users(alone)
    with pytest.raises(UsageError, match="glioscope users add"):
        require_users(context)
    with context.engine.begin() as connection:
        users.add_user(connection, "anna", "x" * 12, Role.ADMIN, sees_identity=True)
    require_users(context)
    with context.engine.begin() as connection:
        users.disable(connection, "anna")
    with pytest.raises(UsageError):
        require_users(context)
    named = Reach(beyond=True, proxies=("10.0.0.5",), user_header="X-User")
    require_users(replace(context, reach=named))
    context.close()


def test_a_taken_port_is_named() -> None:
    with bound("127.0.0.1", 0) as first:
        port = first.getsockname()[1]
        with pytest.raises(UsageError, match=str(port)):
            bound("127.0.0.1", port)


def test_on_windows_a_port_is_nobody_elses(monkeypatch: pytest.MonkeyPatch) -> None:
    """SO_REUSEADDR lets others listen beside it there; SO_KEEPALIVE stands in for its opposite."""
    monkeypatch.setattr("glioscope.server.serve.sys.platform", "win32")
    alone = socket.SO_KEEPALIVE
    monkeypatch.setattr(socket, "SO_EXCLUSIVEADDRUSE", alone, raising=False)
    with bound("127.0.0.1", 0) as listener:
        options = [listener.getsockopt(socket.SOL_SOCKET, n) for n in (alone, socket.SO_REUSEADDR)]
    assert options == [1, 0]


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


def test_by_tls_of_its_own_making(tmp_path: Path) -> None:
    """With a user, on an address that others reach: HSTS, a safe cookie, and no plain HTTP."""
    context = Place(data=tmp_path / "data").context("en", None)
    with context.engine.begin() as connection:
        users.add_user(connection, "anna", "correct horse", Role.ADMIN, sees_identity=True)
    context.close()
    command = ["serve", "--data", os.fspath(tmp_path / "data"), "--port", "0", "--workers", "0"]
    beyond = ["--host", "0.0.0.0", "--name", "localhost", "--self-signed", "--lang", "en"]
    process = subprocess.Popen(
        [sys.executable, "-m", "glioscope", *command, *beyond],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None and process.stderr is not None
    try:
        address = process.stdout.readline().strip()
        assert address.startswith("https://localhost:")
        assert "SHA-256" in process.stderr.readline()
        trusted = ssl.create_default_context(cafile=os.fspath(tmp_path / "data" / FILE))
        with httpx2.Client(base_url=address, verify=trusted, timeout=20) as client:
            health = client.get("/health")
            assert health.headers["strict-transport-security"].startswith("max-age=")
            assert client.get("/api/v1/studies").status_code == 401
            body = {"name": "anna", "password": "correct horse"}
            answer = client.post("/api/v1/session", json=body)
            assert answer.headers["set-cookie"].startswith("__Host-glioscope_session=")
            assert client.get("/api/v1/studies").status_code == 200
            plain = {"Origin": address.replace("https", "http").rstrip("/")}
            assert client.delete("/api/v1/session", headers=plain).status_code == 403
        with pytest.raises(httpx2.HTTPError):
            httpx2.get(address.replace("https", "http"), timeout=20)
    finally:
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=30)
    assert process.returncode == 0
