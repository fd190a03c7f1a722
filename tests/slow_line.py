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

    All connections share them. Hardly anything is held back under way, so that who sends feels
    the line. `wait` is called before each piece that goes towards `port`, and holds its connection
    up for as long as it takes.
    """
    gate = socket.socket()
    # What one accepts from it inherits it.
    gate.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _PIECE)
    gate.bind(("127.0.0.1", 0))
    gate.listen(16)
    over = threading.Event()
    line = _Line(port, bytes_s, wait)
    threading.Thread(target=line.accept, args=(gate, over), daemon=True).start()
    try:
        yield gate.getsockname()[1]
    finally:
        over.set()
        with suppress(OSError):
            socket.create_connection(gate.getsockname(), timeout=1).close()
        gate.close()


class _Line:
    """What both ends of it are joined by, whichever connection."""

    def __init__(self, port: int, bytes_s: float, wait: Callable[[], object] | None) -> None:
        self._port = port
        self._bytes_s = bytes_s
        self._wait = wait
        self._there, self._back = threading.Lock(), threading.Lock()

    def accept(self, gate: socket.socket, over: threading.Event) -> None:
        while not over.is_set():
            outside, _ = gate.accept()
            try:
                inside = socket.create_connection(("127.0.0.1", self._port))
            except OSError:
                outside.close()
                continue
            threading.Thread(target=self._relay, args=(outside, inside), daemon=True).start()

    def _relay(self, one: socket.socket, other: socket.socket) -> None:
        with one, other:
            words = (other, one, self._back, None)
            back = threading.Thread(target=self._pump, args=words, daemon=True)
            back.start()
            self._pump(one, other, self._there, self._wait)
            back.join()

    def _pump(
        self,
        one: socket.socket,
        other: socket.socket,
        turn: threading.Lock,
        wait: Callable[[], object] | None,
    ) -> None:
        with suppress(OSError):
            while piece := one.recv(_PIECE):
                if wait:
                    wait()
                with turn:
                    time.sleep(len(piece) / self._bytes_s)
                other.sendall(piece)
        # The other direction hears of it, as on a line that was cut.
        for end, how in ((other, socket.SHUT_WR), (one, socket.SHUT_RD)):
            with suppress(OSError):
                end.shutdown(how)
