"""A worklist by UPS-RS in this process, as strict as PS3.18, section 11 and PS3.4, annex CC.

It keeps workitems in memory, refuses what the standard has it refuse, and counts what it was asked.
"""

import base64
import hashlib
import json
import queue
import struct
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from pydicom import Dataset
from pydicom.uid import generate_uid

Answer = tuple[int, Any, str | None]
_MAGIC = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
_KIND = "application/dicom+json"
_INCONSISTENT = "The submitted request is inconsistent with the current state of the UPS Instance."
_WRONG = "The Transaction UID is incorrect."
_MISSING = "The Transaction UID is missing."


@dataclass
class Worklist:
    """The worklist; tests put workitems into it and look at what became of them.

    Attributes:
        deleted: workitems that were there once (410).
        deaf: requests, as `PUT state`, that are carried out and then not answered, once each.
        asked: how often each kind of request came.
    """

    url: str = ""
    items: dict[str, Dataset] = field(default_factory=dict)
    locks: dict[str, str] = field(default_factory=dict)
    deleted: set[str] = field(default_factory=set)
    deaf: list[str] = field(default_factory=list)
    asked: Counter[str] = field(default_factory=Counter)
    progress: list[float] = field(default_factory=list)
    down: bool = False
    pong: bytes = b""
    subscribers: dict[str, set[str]] = field(default_factory=dict)
    channels: dict[str, "queue.SimpleQueue[str]"] = field(default_factory=dict)
    guard: threading.RLock = field(default_factory=threading.RLock)

    def add(self, study_uid: str, **values: Any) -> str:
        """A scheduled workitem about one study, or about what `values` say."""
        uid = generate_uid()
        item = Dataset()
        item.SOPClassUID = "1.2.840.10008.5.1.4.34.6.1"
        item.SOPInstanceUID = uid
        item.ProcedureStepState = "SCHEDULED"
        item.InputReadinessState = "READY"
        item.ScheduledProcedureStepStartDateTime = f"20261130{len(self.items):06}"
        item.ScheduledWorkitemCodeSequence = [_code("GLIOMA", "99TEST", "find glioma")]
        picture = Dataset()
        picture.TypeOfInstances = "DICOM"
        picture.StudyInstanceUID = study_uid
        item.InputInformationSequence = [picture]
        for keyword, value in values.items():
            setattr(item, keyword, value)
        with self.guard:
            self.items[uid] = item
        return uid

    def state(self, uid: str) -> str:
        """Of one workitem."""
        with self.guard:
            return str(self.items[uid].ProcedureStepState)

    def answer(self, method: str, path: str, query: list[tuple[str, str]], body: bytes) -> Answer:
        """The answer to one request: status, JSON and what its warning says."""
        match method, path.strip("/").split("/"):
            case "GET", ["workitems"]:
                return self._search(dict(query))
            case "GET", ["workitems", uid]:
                return self._there(uid) or (200, [self._shown(uid)], None)
            case "POST", ["workitems", uid]:
                return self._there(uid) or self._update(uid, query, body)
            case "PUT", ["workitems", uid, "state"]:
                return self._there(uid) or self._change(uid, body)
            case "POST", ["workitems", uid, "subscribers", title]:
                return self._there(uid) or self._subscribe(uid, title)
            case "POST", ["workitems", uid, "cancelrequest"]:
                return self._there(uid) or self._ask_to_cancel(uid)
            case _:
                return 404, None, None

    def _subscribe(self, uid: str, title: str) -> Answer:
        self.subscribers.setdefault(uid, set()).add(title)
        return 201, None, None

    def _ask_to_cancel(self, uid: str) -> Answer:
        """A performer hears of it; nothing else happens to what is in progress (CC.2.2.3)."""
        if self.state(uid) != "IN PROGRESS":
            return 409, None, "The UPS is already COMPLETED."
        event = {
            "00000002": {"vr": "UI", "Value": ["1.2.840.10008.5.1.4.34.6.4"]},
            "00001000": {"vr": "UI", "Value": [uid]},
            "00001002": {"vr": "US", "Value": [2]},
        }
        told = [
            self.channels[title].put(json.dumps(event))
            for title in self.subscribers.get(uid, ())
            if title in self.channels
        ]
        return (202, None, None) if told else (409, None, "The performer cannot be contacted.")

    def _there(self, uid: str) -> Answer | None:
        if uid in self.deleted:
            return 410, None, None
        return None if uid in self.items else (404, None, None)

    def _shown(self, uid: str) -> dict[str, Any]:
        """Without the Transaction UID, which is its owner's secret."""
        return self.items[uid].to_json_dict()

    def _search(self, query: dict[str, str]) -> Answer:
        offset, limit = int(query.pop("offset", "0")), int(query.pop("limit", "100"))
        query.pop("includefield", None)
        found = [uid for uid, item in self.items.items() if _fits(item, query)]
        page = found[offset : offset + limit]
        return (200, [self._shown(uid) for uid in page], None) if page else (204, None, None)

    def _update(self, uid: str, query: list[tuple[str, str]], body: bytes) -> Answer:
        told = _dataset(body)
        if told is None or "ProcedureStepState" in told:
            return 400, None, None
        shown = [value or key for key, value in query] + [str(told.get("TransactionUID", ""))]
        match self.state(uid):
            case "SCHEDULED":
                return 409, None, "The target URI did not reference a claimed Workitem."
            case "IN PROGRESS":
                if any(one != self.locks[uid] for one in shown) or len(shown) != 2:
                    return 400, None, _WRONG
            case _:
                return 400, None, _INCONSISTENT
        del told.TransactionUID
        self.items[uid].update(told)
        if "ProcedureStepProgressInformationSequence" in told:
            step = told.ProcedureStepProgressInformationSequence[0]
            if "ProcedureStepProgress" in step:
                self.progress.append(float(step.ProcedureStepProgress))
        return 200, None, None

    def _change(self, uid: str, body: bytes) -> Answer:
        asked = _dataset(body)
        if asked is None or asked.get("ProcedureStepState") not in _STATES:
            return 400, None, None
        lock = str(asked.get("TransactionUID", ""))
        if not lock:
            return 400, None, _MISSING
        before, after = self.state(uid), str(asked.ProcedureStepState)
        if after == "IN PROGRESS":
            if before != "SCHEDULED":
                return 409, None, _INCONSISTENT
            self.locks[uid] = lock
        elif before == "SCHEDULED":
            return 409, None, _INCONSISTENT
        elif self.locks[uid] != lock:
            return 400, None, _WRONG
        elif before == after:
            return 200, None, f"The UPS is already in the requested state of {after}."
        elif before != "IN PROGRESS" or not _final(self.items[uid], after):
            return 409, None, _INCONSISTENT
        self.items[uid].ProcedureStepState = after
        return 200, None, None


_STATES = ("IN PROGRESS", "COMPLETED", "CANCELED")


@contextmanager
def worklist() -> Iterator[Worklist]:
    """A worklist on a free port of this computer's loopback address."""
    kept = Worklist()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            match urlsplit(self.path).path.strip("/").split("/"):
                case ["subscribers", title]:
                    self._tell(title)
                case _:
                    self._do("GET")

        def _tell(self, title: str) -> None:
            """Events as texts of a WebSocket (RFC 6455), until the subscriber goes away."""
            proof = hashlib.sha1(self.headers["Sec-WebSocket-Key"].encode() + _MAGIC).digest()
            self.send_response(101)
            self.send_header("Upgrade", "websocket")
            self.send_header("Connection", "Upgrade")
            self.send_header("Sec-WebSocket-Accept", base64.b64encode(proof).decode())
            self.end_headers()
            self.close_connection = True
            told = kept.channels[title] = queue.SimpleQueue()
            with suppress(OSError):
                # A ping that has to be answered with what it holds, masked.
                self.connection.sendall(b"\x89\x04here")
                answer = self.rfile.read(10)
                mask, content = answer[2:6], answer[6:]
                kept.pong = bytes(one ^ other for one, other in zip(content, mask, strict=True))
                while text := told.get():
                    # In two parts, the first of them long enough for a longer length.
                    for first, part in ((0x01, text + " " * 200), (0x80, "")):
                        packed = part.encode()
                        size = struct.pack("!BH", 126, len(packed)) if packed else b"\0"
                        self.connection.sendall(bytes([first]) + size + packed)

        def do_POST(self) -> None:
            self._do("POST")

        def do_PUT(self) -> None:
            self._do("PUT")

        def _do(self, method: str) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            parts = urlsplit(self.path)
            name = f"{method} {parts.path.strip('/').split('/')[-1]}"
            with kept.guard:
                kept.asked[name] += 1
                if kept.down:
                    status, content, said = 503, None, None
                elif self.headers.get("Accept") != _KIND:
                    status, content, said = 406, None, None
                else:
                    query = parse_qsl(parts.query, keep_blank_values=True)
                    status, content, said = kept.answer(method, parts.path, query, body)
                deaf = name in kept.deaf and status == 200
                if deaf:
                    kept.deaf.remove(name)
            if deaf:
                self.close_connection = True
                return
            self.send_response(status)
            packed = b"" if content is None else json.dumps(content).encode()
            if packed:
                self.send_header("Content-Type", _KIND)
            if status == 201:
                place = f"ws{kept.url.removeprefix('http')}/subscribers/{parts.path.split('/')[-1]}"
                self.send_header("Content-Location", place)
            if said:
                self.send_header("Warning", f"299 worklist: {said}")
            self.send_header("Content-Length", str(len(packed)))
            self.end_headers()
            self.wfile.write(packed)

        def log_message(self, *_: Any) -> None:
            """Says nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    kept.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield kept
    finally:
        for told in kept.channels.values():
            told.put("")
        server.shutdown()
        server.server_close()
        thread.join()


def _dataset(body: bytes) -> Dataset | None:
    """What a request holds: an array of one dataset (PS3.18, F.2)."""
    try:
        [one] = json.loads(body)
        return Dataset.from_json(one)
    except (ValueError, TypeError):
        return None


def _fits(item: Dataset, query: dict[str, str]) -> bool:
    for key, wanted in query.items():
        first, _, inner = key.partition(".")
        found = item.get(first)
        values = [one.get(inner) for one in found or ()] if inner else [found]
        if wanted not in [str(value) for value in values]:
            return False
    return True


def _final(item: Dataset, state: str) -> bool:
    """The requirements of table CC.2.5-3 of what a performer adds."""
    if state == "CANCELED":
        step = (item.get("ProcedureStepProgressInformationSequence") or [Dataset()])[0]
        reason = step.get("ProcedureStepDiscontinuationReasonCodeSequence")
        return bool(reason) and bool(step.get("ProcedureStepCancellationDateTime"))
    step = (item.get("UnifiedProcedureStepPerformedProcedureSequence") or [Dataset()])[0]
    return "OutputInformationSequence" in step and all(
        step.get(keyword)
        for keyword in (
            "PerformedStationNameCodeSequence",
            "PerformedProcedureStepStartDateTime",
            "PerformedProcedureStepEndDateTime",
            "PerformedWorkitemCodeSequence",
        )
    )


def _code(value: str, scheme: str, meaning: str) -> Dataset:
    item = Dataset()
    item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = value, scheme, meaning
    return item
