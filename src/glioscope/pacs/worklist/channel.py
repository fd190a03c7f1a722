"""A WebSocket on which a server tells what happens."""

import ssl
from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from websockets.exceptions import ConnectionClosed, ConnectionClosedOK, WebSocketException
from websockets.sync.client import ClientConnection, connect

_LONGEST = 2**20
# How often it is looked whether the listener is to stop, and how long a server may take to part.
_LOOK_S, _PART_S = 0.5, 1.0


@contextmanager
def listening(
    url: str, headers: Mapping[str, str], *, timeout_s: float, ca: Path | None
) -> Generator[Iterator[str | None], None, None]:
    """What is told there, one text after the other, until the server ends it; None now and then.

    Raises:
        OSError: nobody answers, or no WebSocket does, or the connection broke.
    """
    secure = url.startswith("wss:")
    try:
        with connect(
            url,
            additional_headers=headers,
            user_agent_header=None,
            ssl=ssl.create_default_context(cafile=ca) if secure else None,
            open_timeout=timeout_s,
            close_timeout=_PART_S,
            max_size=_LONGEST,
            compression=None,
            proxy=None,
        ) as connection:
            yield _texts(connection)
    except WebSocketException as error:
        raise OSError("no WebSocket, or none any more") from error


def _texts(connection: ClientConnection) -> Iterator[str | None]:
    while True:
        try:
            yield connection.recv(timeout=_LOOK_S, decode=True)
        except TimeoutError:
            yield None
        except ConnectionClosedOK:
            return
        except ConnectionClosed as error:
            raise OSError("the connection broke") from error
