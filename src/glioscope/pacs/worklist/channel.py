"""A WebSocket on which a server tells what happens (RFC 6455): read only, no extensions.

By hand, for no library of the node speaks it, and what a reader of short texts needs is small.
"""

import base64
import hashlib
import os
import socket
import ssl
import struct
from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.parse import urlsplit

# RFC 6455, section 1.3.
_MAGIC = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
_CONTINUED, _TEXT, _CLOSE, _PING, _PONG = 0x0, 0x1, 0x8, 0x9, 0xA
_FINAL, _MASKED = 0x80, 0x80
_LONGEST = 2**20
_PORTS = {"ws": 80, "wss": 443}


class Channel:
    """One open connection; whoever opened it closes it."""

    def __init__(
        self, url: str, headers: Mapping[str, str], *, timeout_s: float, ca: Path | None
    ) -> None:
        """Open it.

        Raises:
            OSError: nobody answers, or no WebSocket does.
        """
        parts = urlsplit(url)
        host = parts.hostname or ""
        port = parts.port or _PORTS[parts.scheme]
        self._received = bytearray()
        self._socket = socket.create_connection((host, port), timeout_s)
        try:
            if parts.scheme == "wss":
                context = ssl.create_default_context(cafile=ca)
                self._socket = context.wrap_socket(self._socket, server_hostname=host)
            self._shake_hands(parts.path or "/", parts.netloc.rpartition("@")[2], headers)
        except BaseException:
            self._socket.close()
            raise

    def texts(self) -> Iterator[str | None]:
        """What is told, one text after the other, until the server ends it; None now and then.

        Raises:
            OSError: the connection broke.
        """
        self._socket.settimeout(0.5)
        told = bytearray()
        while True:
            frame = self._frame()
            if frame is None:
                yield None
                continue
            final, kind, content = frame
            if kind == _CLOSE:
                self._send(_CLOSE, content[:2])
                return
            if kind == _PING:
                self._send(_PONG, content)
            elif kind in (_TEXT, _CONTINUED):
                told += content
                if len(told) > _LONGEST:
                    raise OSError("too long")
                if final:
                    yield told.decode("utf-8", "replace")
                    told.clear()

    def close(self) -> None:
        """End it."""
        self._socket.close()

    def _shake_hands(self, path: str, host: str, headers: Mapping[str, str]) -> None:
        key = base64.b64encode(os.urandom(16))
        asked = {
            "Host": host,
            "Upgrade": "websocket",
            "Connection": "Upgrade",
            "Sec-WebSocket-Key": key.decode(),
            "Sec-WebSocket-Version": "13",
            **headers,
        }
        lines = [f"GET {path} HTTP/1.1", *(f"{k}: {v}" for k, v in asked.items()), "", ""]
        self._socket.sendall("\r\n".join(lines).encode("latin-1"))
        while b"\r\n\r\n" not in self._received:
            if len(self._received) > _LONGEST or not self._read():
                raise OSError("no answer")
        head, _, rest = bytes(self._received).partition(b"\r\n\r\n")
        self._received = bytearray(rest)
        status, *fields = head.decode("latin-1").split("\r\n")
        said = {name.strip().lower(): value.strip() for name, _, value in map(_split, fields)}
        proof = base64.b64encode(hashlib.sha1(key + _MAGIC).digest()).decode()
        if status.split(" ")[1:2] != ["101"] or said.get("sec-websocket-accept") != proof:
            raise OSError("no WebSocket")

    def _frame(self) -> tuple[bool, int, bytes] | None:
        """The next frame: whether it is the last of its message, its kind and content."""
        while (size := _size_of(self._received)) is None or len(self._received) < sum(size):
            if size and size[1] > _LONGEST:
                raise OSError("too long")
            try:
                if not self._read():
                    raise OSError("the connection ended")
            except TimeoutError:
                return None
        start, length = size
        first = self._received[0]
        content = bytes(self._received[start : start + length])
        del self._received[: start + length]
        return bool(first & _FINAL), first & 0x0F, content

    def _read(self) -> bool:
        part = self._socket.recv(1 << 16)
        self._received += part
        return bool(part)

    def _send(self, kind: int, content: bytes) -> None:
        mask = os.urandom(4)
        masked = bytes(byte ^ mask[place % 4] for place, byte in enumerate(content))
        self._socket.sendall(bytes([_FINAL | kind, _MASKED | len(content)]) + mask + masked)


def _size_of(received: bytearray) -> tuple[int, int] | None:
    """Where the content of the first frame begins, and its length; None before that is known."""
    if len(received) < 2:
        return None
    short = received[1] & 0x7F
    # RFC 6455, section 5.2: longer ones stand in two bytes, or in eight.
    layout = {126: "!H", 127: "!Q"}.get(short)
    if layout is None:
        return 2, short
    start = 2 + struct.calcsize(layout)
    if len(received) < start:
        return None
    return start, struct.unpack_from(layout, received, 2)[0]


def _split(field: str) -> tuple[str, str, str]:
    return field.partition(":")
