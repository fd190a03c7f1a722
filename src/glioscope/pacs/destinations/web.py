# pyright: basic
# It speaks with Requests, whose types have gaps.
"""What destinations on the web have in common: bytes handed over, and plain faults."""

import io
from typing import Any

import requests

from glioscope.pacs.config import Web
from glioscope.pacs.connections import SLOWEST, Down, Refused, ask
from glioscope.pacs.destinations.destination import DestinationDown, DestinationRefused


def post(
    session: requests.Session, web: Web, path: str, body: bytes, *, kind: str, accept: str
) -> Any:
    """Hand a body of some kind over; the answer.

    Raises:
        DestinationDown, DestinationRefused: it did not arrive.
    """
    headers = {"Content-Type": kind, "Accept": accept}
    try:
        # As a stream it goes in pieces, each of which may take `timeout_s`; in one piece all of it
        # has to go in that time (Python's `socket.sendall`), and on a slow line never would.
        # What has been handed to the system is still on its way while the answer is waited for.
        patience = (web.timeout_s, web.timeout_s + len(body) / SLOWEST)
        stream = io.BytesIO(body)
        return ask(session, web, "POST", path, data=stream, headers=headers, timeout=patience)
    except Down as error:
        raise DestinationDown(str(error)) from error
    except Refused as error:
        raise DestinationRefused(str(error)) from error
