"""A server in this process, with studies made by code: what tests of the workplace speak to."""

import io
import shutil
import threading
import time
import zipfile
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import uvicorn
from fastapi import FastAPI
from starlette.testclient import TestClient

from databases import empty_sqlite
from dicom_datasets import TAGS, write
from glioscope.jobs.states import ENDED
from glioscope.jobs.worker import Limits
from glioscope.phantom.study import phantom_study
from glioscope.server.app import create_app
from glioscope.server.context import Context
from glioscope.server.serve import DATABASE, Place, bound, working
from glioscope.study import Channel
from mr_series import series_datasets
from server.study_here import studies_here

LIMITS = Limits(poll_s=0.05, free_bytes=0)


@dataclass(frozen=True)
class Hospital:
    """A server without workers, and a client of it."""

    context: Context
    client: TestClient

    def hand_in(self, disc: bytes, name: str = "disc.zip", **options: Any) -> str:
        """Hand a file in; the id of its study."""
        answer = self.client.post(
            "/api/v1/uploads/files", files={"files": (name, disc)}, params=options
        )
        assert answer.status_code == 202, answer.text
        [study] = answer.json()["studies"]
        return study["id"]

    def study(self, study_id: str, **options: Any) -> dict[str, Any]:
        answer = self.client.get(f"/api/v1/studies/{study_id}", **options)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def work(self, seconds: float = 600) -> None:
        """Have everything analysed that waits."""
        with studies_here(), working(self.context, LIMITS, 1):
            deadline = time.monotonic() + seconds
            while any(one["state"] not in ENDED for one in self.list()):
                assert time.monotonic() < deadline, "it took too long"
                time.sleep(0.05)

    def list(self, **wanted: Any) -> list[dict[str, Any]]:
        answer = self.client.get("/api/v1/studies", params={"limit": 200, **wanted})
        assert answer.status_code == 200, answer.text
        return answer.json()["studies"]


# Applications whose hospital has closed, by what they know of it: making one takes longer than most
# tests.
_unused: dict[Any, list[FastAPI]] = defaultdict(list)


@contextmanager
def hospital(data: Path, **options: Any) -> Iterator[Hospital]:
    """A server and its client; `options` are fields of its context."""
    if not (data / DATABASE).exists():
        data.mkdir(parents=True, exist_ok=True)
        (data / DATABASE).write_bytes(empty_sqlite()[0])
    context = Place(data=data).context("en", None)
    context = Context(**{**vars(context), "free_bytes": 0, **options})
    unused = _unused[context.reach, context.hosts, context.most_upload_bytes]
    app = unused.pop() if unused else create_app(context)
    app.state.context = context
    with TestClient(app, "http://localhost", raise_server_exceptions=False) as client:
        yield Hospital(context, client)
    context.engine.dispose()
    unused.append(app)


class Listening:
    """The same server on a port of its own, at which it is found again after a stop."""

    def __init__(self, here: Hospital) -> None:
        self._app = create_app(here.context)
        self._port = 0
        self.start()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    def start(self) -> None:
        self._listener = bound("127.0.0.1", self._port)
        self._port = self._listener.getsockname()[1]
        config = uvicorn.Config(self._app, log_level="error", timeout_graceful_shutdown=1)
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(
            target=self._server.run, args=([self._listener],), daemon=True
        )
        self._thread.start()

    def stop(self) -> None:
        self._server.should_exit = True
        self._thread.join(20)
        self._listener.close()


@contextmanager
def address_of(here: Hospital) -> Iterator[str]:
    """Where the same server listens while the block runs."""
    listening = Listening(here)
    try:
        yield listening.address
    finally:
        listening.stop()


def disc(folder: Path, seed: int = 0, slices: int = 12, **attributes: str) -> bytes:
    """A ZIP of a small phantom as three DICOM series."""
    head, _ = phantom_study(seed, size=128, slices=slices)
    for channel in Channel:
        datasets = series_datasets(head.images[channel], TAGS[channel])
        for dataset in datasets:
            for keyword, value in attributes.items():
                setattr(dataset, keyword, value)
        write(datasets, folder)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for path in sorted(folder.iterdir()):
            archive.write(path, path.name)
    shutil.rmtree(folder)
    return packed.getvalue()
