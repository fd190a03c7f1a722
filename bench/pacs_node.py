"""A node between a real Orthanc and the analysis: is any study lost or sent twice, and how long?

`python bench/pacs_node.py -o bench/results/pacs_node.json` sends studies to an Orthanc that nothing
outside this computer reaches, while nodes and Orthanc are killed with signal 9, on SQLite with one
node and, where Debian's PostgreSQL is there, on that with two. Then, without kills, it sends one
study after the other and tells how long results took beyond the quiet time.
"""

import argparse
import json
import os
import random
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import requests
from sqlalchemy import Engine, select

from crash import Kept
from glioscope.database.engine import connect, sqlite_url
from glioscope.database.schema import upgrade
from glioscope.database.tables import Arrival, Delivery, Job, Result, Study
from glioscope.jobs.states import ENDED
from glioscope.pacs import arrivals, outbox
from machine import machine

sys.path.insert(0, os.fspath(Path(__file__).parents[1] / "tests"))
import orthanc as server
from mr_heads import Head, head
from postgres import installed, postgres

QUIET_S = 3.0
DESTINATIONS = ("web", "dicom")


@dataclass
class Campaign:
    """What was done, and what came of it; times in seconds beyond the quiet time."""

    database: str
    nodes: int
    studies: int
    kills: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0
    lost: int = 0
    twice: int = 0
    median_s: float = 0.0
    percentile_95_s: float = 0.0

    @property
    def clean(self) -> bool:
        return not (self.lost or self.twice)


def run(
    url: str,
    data: Path,
    archive: server.Orthanc,
    *,
    nodes: int,
    studies: int,
    kills: int,
    every_s: float,
    seed: int,
) -> Campaign:
    """One campaign; `data` is an empty folder."""
    chance = random.Random(seed)
    start = time.monotonic()
    engine = connect(url)
    upgrade(engine)
    came = Campaign(engine.dialect.name, nodes, studies)
    config = data / "pacs.toml"
    config.write_text(_config(archive), encoding="utf-8")
    sent_at: dict[str, float] = {}
    with ExitStack() as stack:
        crew = [stack.enter_context(_kept(config, data, url)) for _ in range(nodes)]
        sending = stack.enter_context(_sending(archive, studies, every_s, seed, sent_at))
        while came.kills.total() < kills or sending.is_alive() or not _all_sent(engine, sent_at):
            time.sleep(chance.uniform(1.0, 4.0) if kills else 0.5)
            if came.kills.total() < kills:
                came.kills.update([_kill(chance, crew, archive)])
            if time.monotonic() - start > 3600 + studies * every_s:
                break
    _judge(came, engine, archive, sent_at)
    came.seconds = round(time.monotonic() - start, 1)
    engine.dispose()
    return came


def _config(archive: server.Orthanc) -> str:
    who = f'user = "{server.USER}"\npassword_env = "BENCH_ORTHANC"'
    return f"""
quiet_s = {QUIET_S}
keep_free_mb = 0
[[source]]
kind = "orthanc"
name = "archive"
url = "{archive.url}"
poll_s = 0.5
{who}
[[destination]]
kind = "stow"
name = "web"
url = "{archive.url}/dicom-web"
{who}
[[destination]]
kind = "cstore"
name = "dicom"
host = "127.0.0.1"
port = {archive.dicom}
title = "ORTHANC"
"""


@contextmanager
def _kept(config: Path, data: Path, url: str) -> Iterator[Kept]:
    told = ["--config", str(config), "--data", str(data), "--database", url]
    command = [sys.executable, "-m", "glioscope", "pacs", "run", *told]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    environment = {**os.environ, "BENCH_ORTHANC": server.PASSWORD}
    kept = Kept(lambda: subprocess.Popen(command, env=environment, text=True, **quiet))
    try:
        yield kept
    finally:
        kept.end()


@contextmanager
def _sending(
    archive: server.Orthanc, studies: int, every_s: float, seed: int, sent_at: dict[str, float]
) -> Iterator[threading.Thread]:
    """Studies on their way to the archive, which may be away for a while."""
    over = threading.Event()

    def send() -> None:
        for number in range(studies):
            if over.is_set():
                return
            began = time.monotonic()
            one = head(name=f"{seed} {number}")
            while not _stored(archive, one) and not over.wait(0.5):
                pass
            sent_at[one.uid] = time.time()
            over.wait(max(0.0, every_s - (time.monotonic() - began)))

    thread = threading.Thread(target=send, daemon=True)
    thread.start()
    try:
        yield thread
    finally:
        over.set()
        thread.join()


def _stored(archive: server.Orthanc, one: Head) -> bool:
    session = requests.Session()
    session.auth = (server.USER, server.PASSWORD)
    try:
        for content in one.files:
            if not session.post(f"{archive.url}/instances", data=content, timeout=30).ok:
                return False
    except requests.RequestException:
        return False
    finally:
        session.close()
    return True


def _kill(chance: random.Random, crew: list[Kept], archive: server.Orthanc) -> str:
    if chance.random() < 0.3:
        archive.kill()
        time.sleep(chance.uniform(0.5, 3.0))
        archive.start()
        return "Orthanc"
    chance.choice(crew).kill()
    return "node"


def _all_sent(engine: Engine, sent_at: dict[str, float]) -> bool:
    with engine.connect() as connection:
        coming = connection.scalars(
            select(Arrival.id).where(Arrival.state == arrivals.State.COMING).limit(1)
        ).first()
        taken = set(connection.scalars(select(Study.study_uid)))
        working = connection.scalars(select(Job.id).where(Job.state.not_in(ENDED)).limit(1)).first()
        unrouted = connection.scalars(
            select(Result.id).where(Result.routed.is_(False)).limit(1)
        ).first()
        waiting = connection.scalars(
            select(Delivery.id).where(Delivery.state == outbox.State.WAITING).limit(1)
        ).first()
    there = set(sent_at) <= taken
    return there and not any(one is not None for one in (coming, working, unrouted, waiting))


def _judge(
    came: Campaign, engine: Engine, archive: server.Orthanc, sent_at: dict[str, float]
) -> None:
    """What the archive has of each study, and what the tables say."""
    came.lost = came.studies - len(sent_at)
    with engine.connect() as connection:
        results = Counter(
            connection.scalars(select(Study.study_uid).join(Result, Result.study_id == Study.id))
        )
        arrived: dict[str, int] = {}
        for uid, at in connection.execute(
            select(Study.study_uid, Delivery.sent_at)
            .join(Result, Result.study_id == Study.id)
            .join(Delivery, Delivery.result_id == Result.id)
            .where(Delivery.sent_at.is_not(None))
        ):
            arrived[uid] = max(arrived.get(uid, 0), at)
    for uid in sent_at:
        kinds = _kinds(archive, uid)
        came.lost += kinds["SR"] < 1 or results[uid] < 1
        came.twice += kinds["SR"] > 1 or kinds["SEG"] > 1 or results[uid] > 1
    took = [arrived[uid] / 1000 - at - QUIET_S for uid, at in sent_at.items() if uid in arrived]
    if took:
        came.median_s = round(float(np.median(took)), 2)
        came.percentile_95_s = round(float(np.percentile(took, 95)), 2)


def _kinds(archive: server.Orthanc, uid: str) -> Counter[str]:
    """Instances of a study in the archive by modality."""
    query = {"Level": "Study", "Query": {"StudyInstanceUID": uid}}
    found: Counter[str] = Counter()
    for number in archive.session.post(f"{archive.url}/tools/find", json=query, timeout=60).json():
        for series in archive.get(f"/studies/{number}/series"):
            found[series["MainDicomTags"]["Modality"]] += len(series["Instances"])
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("-o", "--out", type=Path, help="Where to write the figures, as JSON.")
    parser.add_argument("--studies", type=int, default=60)
    parser.add_argument("--kills", type=int, default=30)
    parser.add_argument("--timed", type=int, default=30, help="Studies of the timed campaign.")
    parser.add_argument("--every", type=float, default=60.0, help="Seconds between those.")
    parser.add_argument("--seed", type=int, default=1)
    told = parser.parse_args()
    if reason := server.missing():
        print(reason, file=sys.stderr)
        return 1
    found: dict[str, Any] = {"machine": machine(), "seed": told.seed, "quiet_s": QUIET_S}
    campaigns = list(_campaigns(told))
    found["campaigns"] = [asdict(one) for one in campaigns]
    for one in campaigns:
        print(
            f"{one.database}, nodes {one.nodes}, studies {one.studies}, kills {dict(one.kills)}: "
            f"lost {one.lost}, twice {one.twice}; median {one.median_s} s, "
            f"95 % {one.percentile_95_s} s beyond the quiet time; {one.seconds} s in all"
        )
    if told.out:
        told.out.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")
    return 0 if all(one.clean for one in campaigns) else 1


def _campaigns(told: argparse.Namespace) -> Iterator[Campaign]:
    common = {"studies": told.studies, "kills": told.kills, "every_s": 1.0, "seed": told.seed}
    with TemporaryDirectory() as folder, server.orthanc(Path(folder) / "orthanc") as archive:
        data = Path(folder) / "data"
        data.mkdir()
        yield run(sqlite_url(data / "bench.db"), data, archive, nodes=1, **common)
    if installed():
        with (
            TemporaryDirectory() as folder,
            postgres() as url,
            server.orthanc(Path(folder) / "orthanc") as archive,
        ):
            data = Path(folder) / "data"
            data.mkdir()
            yield run(url, data, archive, nodes=2, **common)
    if told.timed:
        with TemporaryDirectory() as folder, server.orthanc(Path(folder) / "orthanc") as archive:
            data = Path(folder) / "data"
            data.mkdir()
            timed = {"studies": told.timed, "kills": 0, "every_s": told.every}
            url = sqlite_url(data / "bench.db")
            yield run(url, data, archive, nodes=1, seed=told.seed + 1, **timed)


if __name__ == "__main__":
    sys.exit(main())
