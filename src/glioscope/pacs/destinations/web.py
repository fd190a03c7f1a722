# pyright: basic
# It speaks with Requests, whose types have gaps.
"""What destinations on the web have in common: bytes handed over, and plain faults."""

from typing import Any

import requests

from glioscope.pacs.config import Web
from glioscope.pacs.connections import Down, Refused, ask
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
        return ask(session, web, "POST", path, data=body, headers=headers)
    except Down as error:
        raise DestinationDown(str(error)) from error
    except Refused as error:
        raise DestinationRefused(str(error)) from error
