"""A real Orthanc with DICOMweb and authentication, which nothing outside this computer can reach.

Orthanc listens on every address whatever its configuration says. So it lives in a network
namespace of its own; bytes go in and out through sockets in a folder, and a loopback port here
stands for each of its ports.
"""

import json
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import requests

USER, PASSWORD = "glioscope", "an orthanc's password"
PLUGINS = Path("/usr/share/orthanc/plugins")
HTTP, DICOM = 8042, 4242
_WAIT_S = 60
# A network and processes of its own: whatever ends the first of them ends all.
_APART = ("unshare", "-rn", "--pid", "--fork", "--kill-child=KILL")
_INSIDE = """
import socket, subprocess, sys, threading
folder, *command = sys.argv[1:]
subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
def pump(one, other):
    try:
        while part := one.recv(1 << 16):
            other.sendall(part)
        other.shutdown(socket.SHUT_WR)
    except OSError:
        pass
def serve(port):
    gate = socket.socket(socket.AF_UNIX)
    gate.bind(f"{folder}/{port}")
    gate.listen(64)
    while True:
        outside, _ = gate.accept()
        try:
            inside = socket.create_connection(("127.0.0.1", port))
        except OSError:
            outside.close()
            continue
        for pair in ((outside, inside), (inside, outside)):
            threading.Thread(target=pump, args=pair, daemon=True).start()
for port in PORTS:
    threading.Thread(target=serve, args=(port,), daemon=True).start()
sys.exit(subprocess.run(command).returncode)
"""


def missing() -> str | None:
    """What is not installed; None where an Orthanc can be started."""
    if not shutil.which("Orthanc") or not (PLUGINS / "libOrthancDicomWeb.so").exists():
        return "no Orthanc: apt-get install orthanc orthanc-dicomweb orthanc-gdcm"
    tried = subprocess.run([*_APART, "true"], capture_output=True, check=False)
    return None if tried.returncode == 0 else "no network namespaces for this user"


@dataclass
class Orthanc:
    """One server; `http` and `dicom` are its ports on this computer's loopback address."""

    folder: Path
    http: int
    dicom: int
    sockets: Path
    session: requests.Session
    _process: "subprocess.Popen[bytes] | None" = field(default=None, repr=False)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.http}"

    def get(self, path: str) -> Any:
        answer = self.session.get(self.url + path, timeout=30)
        assert answer.ok, (path, answer.status_code)
        return answer.json()

    def start(self) -> None:
        for left in self.sockets.iterdir():
            left.unlink()
        inside = _INSIDE.replace("PORTS", str([HTTP, DICOM]))
        told = self.folder / "orthanc.json"
        command = [
            *_APART,
            sys.executable,
            "-c",
            inside,
            str(self.sockets),
            "Orthanc",
            str(told),
        ]
        log = (self.folder / "orthanc.log").open("ab")
        self._process = subprocess.Popen(command, stdout=log, stderr=log)
        log.close()
        deadline = time.monotonic() + _WAIT_S
        while True:
            with suppress(requests.RequestException):
                if self.session.get(f"{self.url}/system", timeout=2).ok:
                    return
            assert time.monotonic() < deadline, (self.folder / "orthanc.log").read_text()[-2000:]
            assert self._process.poll() is None, (self.folder / "orthanc.log").read_text()[-2000:]
            time.sleep(0.1)

    def change_password(self, password: str) -> None:
        """End it at once, and start it anew with another password."""
        self.kill()
        told = self.folder / "orthanc.json"
        settings = json.loads(told.read_text())
        told.write_text(json.dumps({**settings, "RegisteredUsers": {USER: password}}))
        self.session.auth = (USER, password)
        self.start()

    def kill(self) -> None:
        """End it at once, as a power cut would."""
        if self._process is None:
            return
        self._process.kill()
        self._process.wait()
        self._process = None


@contextmanager
def orthanc(folder: Path, **settings: Any) -> Iterator[Orthanc]:
    """A server while the block runs; its data stay in `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    with (
        # Names of sockets are short.
        TemporaryDirectory(prefix="orthanc-") as place,
        _gate(Path(place), HTTP) as http,
        _gate(Path(place), DICOM) as dicom,
    ):
        told = {
            "Name": "test",
            "StorageDirectory": str(folder / "storage"),
            "IndexDirectory": str(folder / "storage"),
            "HttpPort": HTTP,
            "DicomPort": DICOM,
            "DicomAet": "ORTHANC",
            "RemoteAccessAllowed": True,
            "AuthenticationEnabled": True,
            "RegisteredUsers": {USER: PASSWORD},
            "DicomCheckCalledAet": False,
            "DicomAlwaysAllowStore": True,
            "StableAge": 2,
            "Plugins": [str(PLUGINS)],
            "DicomWeb": {"Enable": True, "Root": "/dicom-web/", "Host": f"127.0.0.1:{http}"},
            "TcpNoDelay": True,
            **settings,
        }
        (folder / "orthanc.json").write_text(json.dumps(told))
        with requests.Session() as session:
            session.auth = (USER, PASSWORD)
            server = Orthanc(folder, http, dicom, Path(place), session)
            server.start()
            try:
                yield server
            finally:
                server.kill()


@contextmanager
def _gate(sockets: Path, port: int) -> Iterator[int]:
    """A loopback port here that leads to a port of the namespace."""
    gate = socket.create_server(("127.0.0.1", 0))
    over = threading.Event()
    threading.Thread(target=_accept, args=(gate, sockets, port, over), daemon=True).start()
    try:
        yield gate.getsockname()[1]
    finally:
        over.set()
        # A closed socket does not wake whoever waits on it; a last call does.
        with suppress(OSError):
            socket.create_connection(gate.getsockname(), timeout=1).close()
        gate.close()


def _accept(gate: socket.socket, sockets: Path, port: int, over: threading.Event) -> None:
    while not over.is_set():
        outside, _ = gate.accept()
        inside = socket.socket(socket.AF_UNIX)
        try:
            inside.connect(str(sockets / str(port)))
        except OSError:
            outside.close()
            inside.close()
            continue
        threading.Thread(target=_relay, args=(outside, inside), daemon=True).start()


def _relay(one: socket.socket, other: socket.socket) -> None:
    with one, other:
        back = threading.Thread(target=_pump, args=(other, one), daemon=True)
        back.start()
        _pump(one, other)
        back.join()


def _pump(one: socket.socket, other: socket.socket) -> None:
    with suppress(OSError):
        while part := one.recv(1 << 16):
            other.sendall(part)
        other.shutdown(socket.SHUT_WR)
