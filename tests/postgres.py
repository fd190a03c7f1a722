"""A PostgreSQL of the tests' own: started on a free port of the loopback, ended by its own pid."""

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest


def _binary(name: str) -> str | None:
    places = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
    return os.fspath(places[-1]) if places else shutil.which(name)


def installed() -> bool:
    """Whether PostgreSQL's programs are there."""
    return _binary("initdb") is not None and _binary("postgres") is not None


@contextmanager
def postgres() -> Iterator[str]:
    """The URL of an empty server; skips where PostgreSQL is not installed."""
    initdb, server = _binary("initdb"), _binary("postgres")
    if initdb is None or server is None:
        pytest.skip("needs PostgreSQL: apt-get install postgresql")
    # It refuses to run as root.
    prefix = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
    folder = Path(tempfile.mkdtemp(prefix="glioscope-postgres-"))
    try:
        if prefix:
            shutil.chown(folder, "postgres")
        data = folder / "data"
        subprocess.run(
            [*prefix, initdb, "-D", os.fspath(data), "-U", "tests", "--auth=trust", "-N"],
            check=True,
            capture_output=True,
            cwd=folder,
        )
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        quick = ["-c", "fsync=off", "-c", f"unix_socket_directories={folder}"]
        address = ["-c", "listen_addresses=127.0.0.1", "-p", str(port)]
        process = subprocess.Popen(
            [*prefix, server, "-D", os.fspath(data), *address, *quick],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd=folder,
        )
        try:
            _wait(port, process)
            yield f"postgresql://tests@127.0.0.1:{port}/postgres"
        finally:
            pid = int((data / "postmaster.pid").read_text().split()[0])
            os.kill(pid, signal.SIGQUIT)
            process.wait(20)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _wait(port: int, process: subprocess.Popen[bytes]) -> None:
    import psycopg

    deadline = time.monotonic() + 120
    while True:
        assert process.poll() is None, "PostgreSQL ended by itself"
        try:
            psycopg.connect(f"postgresql://tests@127.0.0.1:{port}/postgres").close()
        except psycopg.OperationalError:
            assert time.monotonic() < deadline, "PostgreSQL does not answer"
            time.sleep(0.1)
        else:
            return
