"""A slow line between two programs on this computer: bytes in small pieces, with pauses."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

_PIECE = 1 << 16


@contextmanager
def slow_line(port: int, bytes_s: float, wait: Callable[[], object] | None = None) -> Iterator[int]:
    """A loopback port that leads to `port`, with so many bytes a second in each direction.

    Hardly anything is held back under way, so that who sends feels the line. `wait` is called
    before each piece that goes towards `port`, and holds the line up for as long as it takes.
    """
    gate = socket.socket()
    # What one accepts from it inherits it.
    gate.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _PIECE)
    gate.bind(("127.0.0.1", 0))
    gate.listen(16)
    over = threading.Event()
    threading.Thread(target=_accept, args=(gate, port, bytes_s, wait, over), daemon=True).start()
    try:
        yield gate.getsockname()[1]
    finally:
        over.set()
        with suppress(OSError):
            socket.create_connection(gate.getsockname(), timeout=1).close()
        gate.close()


def _accept(
    gate: socket.socket,
    port: int,
    bytes_s: float,
    wait: Callable[[], object] | None,
    over: threading.Event,
) -> None:
    while not over.is_set():
        outside, _ = gate.accept()
        try:
            inside = socket.create_connection(("127.0.0.1", port))
        except OSError:
            outside.close()
            continue
        threading.Thread(target=_relay, args=(outside, inside, bytes_s, wait), daemon=True).start()


def _relay(
    one: socket.socket, other: socket.socket, bytes_s: float, wait: Callable[[], object] | None
) -> None:
    with one, other:
        back = threading.Thread(target=_pump, args=(other, one, bytes_s, None), daemon=True)
        back.start()
        _pump(one, other, bytes_s, wait)
        back.join()


def _pump(
    one: socket.socket, other: socket.socket, bytes_s: float, wait: Callable[[], object] | None
) -> None:
    with suppress(OSError):
        while piece := one.recv(_PIECE):
            if wait:
                wait()
            time.sleep(len(piece) / bytes_s)
            other.sendall(piece)
    # The other direction hears of it, as on a line that was cut.
    for end, how in ((other, socket.SHUT_WR), (one, socket.SHUT_RD)):
        with suppress(OSError):
            end.shutdown(how)
