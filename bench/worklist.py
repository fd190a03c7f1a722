"""The work list under load: 10,000 studies, 200 requests a second, while a study is analysed.

`python bench/worklist.py -o bench/results/worklist.json` starts a server with one worker on the
loopback, fills its table, asks for pages of the list at a steady rate, and prints how long answers
took. Requests are sent when they are due, whether or not earlier ones are answered, so that a slow
server cannot slow its own measurement.
"""

import argparse
import asyncio
import json
import os
import random
import secrets
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import urlencode, urlsplit

import httpx2
import nibabel as nib
import numpy as np
from sqlalchemy import Connection, insert, select

from glioscope.database.engine import connect, sqlite_url
from glioscope.database.schema import upgrade
from glioscope.database.tables import Job, Result, Review, Study
from glioscope.jobs.ranks import Found, listed
from glioscope.jobs.states import State
from glioscope.phantom.study import phantom_study
from glioscope.server.access.cookies import COOKIE
from glioscope.server.access.passes import open_session
from glioscope.server.access.roles import Role
from glioscope.server.access.users import add_user
from glioscope.server.serve import DATABASE
from glioscope.study import Channel
from machine import machine

SORTS = ("urgency", "received", "date", "probability", "volume")
_NAME = "doctor"
_CHUNK = 1000
# Studies handed in before, so that one is in work until the last request.
_BEGUN = 30
# Of connections, as many as browsers of a hospital may hold open at once.
_LINES = 64


def fill(data: Path, count: int, seed: int) -> str:
    """A table of studies as a hospital's would be; the secret of a signed-in doctor's session.

    A third has a finding, patients have three studies each, and two thirds were reviewed.
    """
    data.mkdir()
    engine = connect(sqlite_url(data / DATABASE))
    upgrade(engine)
    chance = random.Random(seed)
    for start in range(0, count, _CHUNK):
        with engine.begin() as connection:
            _rows(connection, range(start, min(start + _CHUNK, count)), chance)
    with engine.begin() as connection:
        doctor = add_user(connection, _NAME, None, Role.READER, sees_identity=True)
        secret = open_session(connection, doctor)
    engine.dispose()
    return secret


def _rows(connection: Connection, numbers: range, chance: random.Random) -> None:
    studies, jobs, results, reviews = [], [], [], []
    for number in numbers:
        study = secrets.token_hex(16)
        probability = chance.random() ** 2
        reviewed = chance.choices(("none", "unsigned", "signed"), (3, 1, 6))[0]
        common = {"study_id": study, "created_at": number}
        found = Found(
            id=f"result-{number}",
            folder=f"results/{number}",
            decision="tumour" if probability > 0.5 else "no tumour",
            probability=probability,
            volume_ml=60 * probability,
            volume_low=50 * probability,
            volume_high=70 * probability,
            gate="warned" if chance.random() < 0.2 else "fit",
            slices=[round(100 * probability * chance.random()) for _ in range(30)],
            model="glioma-lgg",
            model_version="0",
        )
        studies.append(
            {
                "id": study,
                "key": f"key-{number}",
                "name": f"dicom-{number:012x}",
                "kind": "dicom",
                "folder": f"uploads/{number}",
                "place": 0,
                "study_uid": f"1.2.{number}",
                "patient_key": f"patient-{number // 3}",
                "patient_id": f"{number // 3:06d}",
                "patient_name": "Doe^Jane",
                "accession": f"A{number:07d}",
                "study_date": f"2026{chance.randint(1, 12):02d}{chance.randint(1, 28):02d}",
                "received_at": number,
            }
        )
        jobs.append(
            {
                **common,
                "id": number + 1,
                "state": State.DONE.value,
                "due_at": number,
                "finished_at": number,
                "sort_date": studies[-1]["study_date"],
                "review": reviewed,
                "review_id": None if reviewed == "none" else f"review-{number}",
                **listed(found, 0),
            }
        )
        results.append({**common, "job_id": number + 1, **vars(found)})
        if reviewed != "none":
            reviews.append(
                {
                    **common,
                    "id": f"review-{number}",
                    "number": 1,
                    "reader": _NAME,
                    "verdict": "accept",
                    "signed_at": number if reviewed == "signed" else None,
                }
            )
    for table, rows in ((Study, studies), (Job, jobs), (Result, results), (Review, reviews)):
        connection.execute(insert(table), rows)


def _wanted(chance: random.Random) -> dict[str, Any]:
    """A page of the list as somebody may ask for it: sorted, further on, filtered, searched."""
    wanted: dict[str, Any] = {"sort": chance.choice(SORTS), "limit": 50}
    if chance.random() < 0.3:
        wanted["offset"] = 50 * chance.randint(1, 20)
    if chance.random() < 0.2:
        number = f"{chance.randint(0, 9999):07d}"
        wanted["search"] = chance.choice((f"A{number}"[:6], f"A{number}", f"jane {number[-3:]}"))
    if chance.random() < 0.2:
        wanted["decision"] = chance.choice(("tumour", "no tumour"))
    if chance.random() < 0.2:
        wanted["review"] = chance.choice(("none", "unsigned", "signed"))
    if chance.random() < 0.1:
        wanted["gate"] = "warned"
    if chance.random() < 0.1:
        wanted["state"] = "done"
    return wanted


class _Line:
    """One connection that is kept open; no more of HTTP than asking takes.

    A whole client takes as long to ask as the server to answer, of the cores that both share.
    """

    def __init__(self, host: str, port: int, secret: str) -> None:
        self._place = host, port
        self._head = f"Host: {host}:{port}\r\nCookie: {COOKIE}={secret}\r\n\r\n"
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def get(self, path: str) -> int:
        """The status of the answer, whose body was read to its end.

        A server closes a connection that was idle for long; then it is opened anew.
        """
        if self._streams is not None:
            with suppress(ConnectionError, asyncio.IncompleteReadError):
                return await self._ask(path, *self._streams)
        self._streams = await asyncio.open_connection(*self._place)
        return await self._ask(path, *self._streams)

    async def _ask(
        self, path: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> int:
        writer.write(f"GET {path} HTTP/1.1\r\n{self._head}".encode())
        head = (await reader.readuntil(b"\r\n\r\n")).lower()
        await reader.readexactly(int(head.split(b"content-length:")[1].split(b"\r\n")[0]))
        return int(head.split(b" ", 2)[1])

    async def close(self) -> None:
        if self._streams is not None:
            self._streams[1].close()
            with suppress(ConnectionError):
                await self._streams[1].wait_closed()


async def ask(address: str, secret: str, rate: float, seconds: float, seed: int) -> dict[str, Any]:
    """Pages of the list at a steady rate; how long each answer took, from when it was due."""
    chance = random.Random(seed)
    place = urlsplit(address)
    lines = [_Line(place.hostname or "", place.port or 0, secret) for _ in range(_LINES)]
    free: asyncio.LifoQueue[_Line] = asyncio.LifoQueue()
    for line in lines:
        free.put_nowait(line)
    took: list[float] = []
    failed: list[int] = []

    async def one(due: float, path: str) -> None:
        line = await free.get()
        status = await line.get(path)
        took.append(time.perf_counter() - due)
        free.put_nowait(line)
        if status != 200:
            failed.append(status)

    count = round(rate * seconds)
    paths = [f"/api/v1/studies?{urlencode(_wanted(chance))}" for _ in range(count)]
    start = time.perf_counter()
    async with asyncio.TaskGroup() as group:
        for number, path in enumerate(paths):
            due = start + number / rate
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            group.create_task(one(due, path))
    whole = time.perf_counter() - start
    for line in lines:
        await line.close()
    milliseconds = 1000 * np.array(took)
    return {
        "requests": len(took),
        "failed": len(failed),
        "per_second": round(len(took) / whole, 1),
        **{f"p{p}_ms": round(float(np.percentile(milliseconds, p)), 1) for p in (50, 95, 99)},
    }


def hand_in(address: str, secret: str, folder: Path, number: int) -> str:
    """A study to analyse meanwhile: 40 slices, FLAIR alone."""
    image = phantom_study(seed=0, size=256, slices=40)[0].images[Channel.FLAIR]
    array = image.array.astype(np.float32)
    array[0, 0, 0] = number + 1  # another study
    path = folder / f"{number}_flair.nii.gz"
    nib.save(nib.Nifti1Image(array, image.grid.affine), path)
    with path.open("rb") as stream:
        answer = httpx2.post(
            f"{address}/api/v1/uploads/files",
            files={"files": (path.name, stream)},
            cookies={COOKIE: secret},
            timeout=60,
        )
    answer.raise_for_status()
    return answer.json()["studies"][0]["id"]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("-o", "--output", type=Path)
    parser.add_argument("--studies", type=int, default=10_000)
    parser.add_argument("--rate", type=float, default=200.0)
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--warm", type=float, default=5.0, help="Seconds before, not counted.")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    with TemporaryDirectory() as name:
        folder = Path(name)
        data = folder / "data"
        secret = fill(data, options.studies, options.seed)
        command = [sys.executable, "-m", "glioscope", "serve", "--data", os.fspath(data)]
        server = subprocess.Popen([*command, "--port", "0"], stdout=subprocess.PIPE, text=True)
        try:
            with server.stdout or open(os.devnull) as said:  # noqa: PTH123
                address = said.readline().strip().rstrip("/")
            for number in range(_BEGUN):
                hand_in(address, secret, folder, number)
            time.sleep(3)
            asked = (options.rate, options.seconds, options.seed)
            # The first questions of each kind are put into words of the database.
            asyncio.run(ask(address, secret, options.rate, options.warm, options.seed + 1))
            found = asyncio.run(ask(address, secret, *asked))
            busy = _still_busy(data)
        finally:
            server.send_signal(signal.SIGTERM)
            server.wait(60)
    document = {
        "command": "python bench/worklist.py",
        "studies": options.studies,
        "asked_per_second": options.rate,
        "seconds": options.seconds,
        "warm_seconds": options.warm,
        "seed": options.seed,
        "a_study_was_analysed_all_the_while": busy,
        **found,
        "machine": machine(),
    }
    print(json.dumps(document, indent=2))
    if options.output:
        options.output.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
    return 0 if busy and not found["failed"] else 1


def _still_busy(data: Path) -> bool:
    engine = connect(sqlite_url(data / DATABASE))
    with engine.connect() as connection:
        running = select(Job.id).where(Job.state.in_((State.RUNNING, State.WAITING))).limit(1)
        found = connection.scalar(running) is not None
    engine.dispose()
    return found


if __name__ == "__main__":
    sys.exit(main())
