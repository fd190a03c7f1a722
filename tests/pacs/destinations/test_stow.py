"""STOW-RS on a slow line: what moves arrives, however long it takes, and once."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from glioscope.pacs.config import StowDestination
from glioscope.pacs.destinations.destination import Parcel
from glioscope.pacs.destinations.stow import Stow
from glioscope.writing.fhir.bundle import Whose
from slow_line import slow_line

MIB = 2**20


@contextmanager
def archive() -> Iterator[tuple[int, list[int]]]:
    """The port of a server that takes whatever comes, and how long each body was."""
    got: list[int] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = int(self.headers["Content-Length"])
            got.append(len(self.rfile.read(length)))
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            """Says nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield server.server_address[1], got
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def test_a_result_may_take_longer_than_the_time_out_of_one_answer(tmp_path: Path) -> None:
    (tmp_path / "files").mkdir()
    # More than the buffers of both ends hold.
    (tmp_path / "files" / "seg.dcm").write_bytes(bytes(10 * MIB))
    passed = [0]

    def halt() -> None:
        """Twice on the way the line stands still; together that is longer than the time-out."""
        passed[0] += 1
        if passed[0] in (20, 60):
            threading.Event().wait(0.9)

    with archive() as (port, got), slow_line(port, 1000 * MIB, halt) as slow:
        told = StowDestination(name="web", url=f"http://127.0.0.1:{slow}", timeout_s=1.5)
        destination = Stow(told)
        try:
            destination.send(Parcel("1", tmp_path, "en", 0, Whose(), tmp_path))
        finally:
            destination.close()
    assert len(got) == 1
    assert got[0] > 10 * MIB
