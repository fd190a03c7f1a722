# pyright: basic
# It speaks with Requests, whose types have gaps.
"""A server that takes results by STOW-RS."""

import secrets
from typing import Any

from typing_extensions import override

from glioscope.pacs.config import StowDestination
from glioscope.pacs.connections import session_of
from glioscope.pacs.destinations.destination import Destination, DestinationRefused, Parcel
from glioscope.pacs.destinations.web import post

_FAILED = "00081198"
_JSON = "application/dicom+json"


class Stow(Destination):
    """One server."""

    def __init__(self, config: StowDestination) -> None:
        self._config = config
        self._session = session_of(config)

    @property
    @override
    def name(self) -> str:
        return self._config.name

    @override
    def send(self, parcel: Parcel) -> None:
        files = parcel.dicom(self._config.send, pseudonymous=self._config.pseudonymous)
        if not files:
            return
        boundary = secrets.token_hex(16)
        parts = [
            f"--{boundary}\r\nContent-Type: application/dicom\r\n\r\n".encode()
            + path.read_bytes()
            + b"\r\n"
            for path in files
        ]
        body = b"".join((*parts, f"--{boundary}--\r\n".encode()))
        kind = f'multipart/related; type="application/dicom"; boundary={boundary}'
        answer = post(self._session, self._config, "/studies", body, kind=kind, accept=_JSON)
        # 202 is some of them.
        if answer.status_code == 202:
            raise DestinationRefused(_reason(answer))

    @override
    def close(self) -> None:
        self._session.close()


def _reason(answer: Any) -> str:
    try:
        [first, *_] = answer.json()[_FAILED]["Value"]
        return f"failure reason {first['00081197']['Value'][0]:#06x}"
    except (ValueError, KeyError, TypeError):
        return "HTTP 202"
