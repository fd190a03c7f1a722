"""Changes are told as they come, on a connection of their own."""

import threading
from pathlib import Path

import httpx2
import uvicorn

from glioscope.server.app import create_app
from glioscope.server.serve import bound
from server.hospital import hospital


def test_a_change_is_told_with_its_study(tmp_path: Path, packed) -> None:
    with hospital(tmp_path / "data") as here:
        listener = bound("127.0.0.1", 0)
        address = f"http://127.0.0.1:{listener.getsockname()[1]}"
        server = uvicorn.Server(uvicorn.Config(create_app(here.context), log_level="error"))
        thread = threading.Thread(target=server.run, args=([listener],), daemon=True)
        thread.start()
        try:
            with httpx2.stream("GET", f"{address}/api/v1/events", timeout=30) as stream:
                assert stream.headers["content-type"].startswith("text/event-stream")
                lines = stream.iter_lines()
                assert next(lines) == "retry: 2000"
                study_id = here.hand_in(packed)
                told = next(line for line in lines if line.startswith("data:"))
                assert told == f"data: {study_id}"
                here.client.post(f"/api/v1/studies/{study_id}/cancel")
                assert next(line for line in lines if line.startswith("data:")) == told
        finally:
            server.should_exit = True
            thread.join(20)
            listener.close()
        assert not thread.is_alive()
