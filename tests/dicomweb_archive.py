"""A DICOMweb server in this process: studies found by QIDO-RS and brought by WADO-RS.

It tells studies in pages, asks who is there, and counts what it was asked (PS3.18, sections 10.4
and 10.6).
"""

import io
import json
import ssl
import threading
from base64 import b64encode
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pydicom
from pydicom.datadict import tag_for_keyword

_MARK = "part-of-a-study"
Answer = tuple[int, str, bytes]


@dataclass
class Archive:
    """What the server has; tests put studies into it and look at what it was asked.

    Attributes:
        studies: files of each study and series by their UIDs.
        user: `name:password` without which nobody is answered; None lets everybody in.
        pages: whether `limit` and `offset` are understood.
        counts: whether numbers of instances are told.
        lost: instances of each series that are listed and do not come.
    """

    url: str = ""
    studies: dict[str, dict[str, list[bytes]]] = field(default_factory=dict)
    user: str | None = None
    pages: bool = True
    counts: bool = True
    lost: int = 0
    asked: Counter[str] = field(default_factory=Counter)

    def add(self, files: Iterable[bytes]) -> str:
        """Take files of one study; its UID."""
        uid = ""
        for content in files:
            header = pydicom.dcmread(io.BytesIO(content), stop_before_pixels=True)
            uid = str(header.StudyInstanceUID)
            series = self.studies.setdefault(uid, {})
            series.setdefault(str(header.SeriesInstanceUID), []).append(content)
        return uid

    def answer(self, path: str, query: dict[str, str], who: str | None) -> Answer:
        """Status, kind and content."""
        if self.user and who != f"Basic {b64encode(self.user.encode()).decode()}":
            return 401, "text/plain", b""
        match path.strip("/").split("/"):
            case ["dicom-web", "studies"]:
                self.asked["studies"] += 1
                return self._found(query)
            case ["dicom-web", "studies", uid, "series"] if uid in self.studies:
                self.asked["series"] += 1
                return _json([self._series(one) for one in self.studies[uid].values()])
            case ["dicom-web", "studies", uid, "series", number] if uid in self.studies:
                self.asked["pictures"] += 1
                return self._pictures(self.studies[uid][number])
            case _:
                return 404, "text/plain", b""

    def _found(self, query: dict[str, str]) -> Answer:
        wanted = {k: v for k, v in query.items() if k not in ("limit", "offset", "includefield")}
        fitting = [
            (uid, series) for uid, series in self.studies.items() if _fits(_first(series), wanted)
        ]
        if self.pages:
            first = int(query.get("offset", 0))
            fitting = fitting[first : first + int(query.get("limit", 10**9))]
        if not fitting:
            return 204, "text/plain", b""
        return _json([self._study(uid, series) for uid, series in fitting])

    def _study(self, uid: str, series: dict[str, list[bytes]]) -> dict[str, Any]:
        told: dict[str, Any] = {"0020000D": {"vr": "UI", "Value": [uid]}}
        if self.counts:
            told["00201208"] = {"vr": "IS", "Value": [sum(map(len, series.values()))]}
        return told

    def _series(self, files: list[bytes]) -> dict[str, Any]:
        header = pydicom.dcmread(io.BytesIO(files[0]), stop_before_pixels=True)
        told = {
            "0020000E": {"vr": "UI", "Value": [str(header.SeriesInstanceUID)]},
            "00080060": {"vr": "CS", "Value": [str(header.Modality)]},
        }
        return told | {"00201209": {"vr": "IS", "Value": [len(files)]}}

    def _pictures(self, files: list[bytes]) -> Answer:
        parts = [
            f"--{_MARK}\r\nContent-Type: application/dicom\r\n\r\n".encode() + content + b"\r\n"
            for content in files[self.lost :]
        ]
        kind = f'multipart/related; type="application/dicom"; boundary={_MARK}'
        return 200, kind, b"".join([*parts, f"--{_MARK}--\r\n".encode()])


def _json(content: list[dict[str, Any]]) -> Answer:
    return 200, "application/dicom+json", json.dumps(content).encode()


def _first(series: dict[str, list[bytes]]) -> pydicom.Dataset:
    return pydicom.dcmread(io.BytesIO(next(iter(series.values()))[0]), stop_before_pixels=True)


def _fits(header: pydicom.Dataset, wanted: dict[str, str]) -> bool:
    """Whether every attribute is as asked for; of modalities the first file's stands for all."""
    found = {k: header.get("Modality" if k == "ModalitiesInStudy" else k, "") for k in wanted}
    assert all(tag_for_keyword(keyword) for keyword in wanted), wanted
    return all(fnmatchcase(str(found[k]), v) for k, v in wanted.items())


@contextmanager
def dicomweb_archive(tls: ssl.SSLContext | None = None) -> Iterator[Archive]:
    """An archive on a free port of this computer's loopback address; `url` ends in /dicom-web."""
    kept = Archive()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            told = urlsplit(self.path)
            query = dict(parse_qsl(told.query, keep_blank_values=True))
            status, kind, content = kept.answer(told.path, query, self.headers.get("Authorization"))
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: Any) -> None:
            """Says nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    if tls:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    scheme = "https" if tls else "http"
    kept.url = f"{scheme}://127.0.0.1:{server.server_address[1]}/dicom-web"
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield kept
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
