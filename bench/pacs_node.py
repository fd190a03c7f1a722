"""A node between a real Orthanc and the analysis: is any study lost or sent twice, and how long?

`python bench/pacs_node.py -o bench/results/pacs_node.json` sends studies to an Orthanc that nothing
outside this computer reaches, and disturbs: nodes, workers and Orthanc are killed with signal 9,
Orthanc is away for a while or has another password; on SQLite with one node and, where Debian's
PostgreSQL is there, on that with two. Then the disk of the node is full again and again, and then
the line to Orthanc is slow. `--timing` sends one study after the other without any of it, on
quiet cores, and tells how long results took beyond the quiet time; the file keeps both parts.
"""

import argparse
import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
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
from glioscope.jobs.states import ENDED, State
from glioscope.jobs.storage.stores import open_store
from glioscope.jobs.worker import Limits, Worker
from glioscope.pacs import arrivals, outbox
from glioscope.study import Channel
from machine import machine

sys.path.insert(0, os.fspath(Path(__file__).parents[1] / "tests"))
import orthanc as server
from mr_heads import Head, head
from postgres import installed, postgres
from slow_line import slow_line

QUIET_S = 3.0
DESTINATIONS = ("web", "dicom")
# Of the disk that is full again and again, in MiB, and what is left on it then, in bytes.
DISK_MB, LEFT_BYTES = 192, 300_000
# Of the slow line, in bytes a second: results of this campaign take a minute.
SLOW_BYTES_S = 128_000
# How much of each disturbance there is.
DISTURBANCES = {"node": 8, "worker": 8, "Orthanc": 4, "Orthanc away": 2, "password": 2}


@dataclass
class Campaign:
    """What was done, and what came of it; times in seconds beyond the quiet time.

    Attributes:
        disturbed: how often what was killed, away or full.
        in_parts: studies whose first part had been quiet for long enough to be taken alone, and
            which were taken again when the rest came.
        lost: studies of which a picture, the result or a delivery is missing.
        twice: studies with more results than were called for, here or in the archive.
        failed: jobs that were given up.
    """

    name: str
    database: str
    nodes: int
    workers: int
    studies: int
    disturbed: dict[str, int] = field(default_factory=dict)
    seconds: float = 0.0
    in_parts: int = 0
    lost: int = 0
    twice: int = 0
    failed: int = 0
    median_s: float = 0.0
    percentile_95_s: float = 0.0

    @property
    def clean(self) -> bool:
        return not (self.lost or self.twice or self.failed)


@dataclass(frozen=True, kw_only=True)
class Plan:
    """One campaign: how many take part, how often a study is sent, and what disturbs it."""

    name: str
    studies: int
    nodes: int = 1
    workers: int = 2
    every_s: float = 1.0
    disturbances: int = 0
    seed: int = 0
    # Of this line all that goes to the archive makes use.
    slow: bool = False
    disk: Path | None = None


def run(url: str, data: Path, archive: server.Orthanc, plan: Plan) -> Campaign:
    """One campaign; `data` is an empty folder."""
    chance = random.Random(plan.seed)
    start = time.monotonic()
    engine = connect(url)
    upgrade(engine)
    came = Campaign(plan.name, engine.dialect.name, plan.nodes, plan.workers, plan.studies)
    done: Counter[str] = Counter()
    with ExitStack() as stack:
        http, dicom = archive.http, archive.dicom
        if plan.slow:
            http, dicom = (stack.enter_context(slow_line(p, SLOW_BYTES_S)) for p in (http, dicom))
        config = data / "pacs.toml"
        config.write_text(_config(http, dicom, slow=plan.slow), encoding="utf-8")
        nodes = [stack.enter_context(_node(config, data, url)) for _ in range(plan.nodes)]
        workers = [stack.enter_context(_worker(data, url)) for _ in range(plan.workers)]
        disturb = _disturbances(chance, nodes, workers, archive, plan.disk)
        sent: dict[str, tuple[float, int]] = {}
        sending = stack.enter_context(_sending(archive, plan, sent))
        while done.total() < plan.disturbances or sending.is_alive() or not _all_sent(engine, sent):
            time.sleep(chance.uniform(1.0, 8.0) if done.total() < plan.disturbances else 0.5)
            if done.total() < plan.disturbances:
                [what] = chance.choices(list(disturb), [DISTURBANCES.get(k, 1) for k in disturb])
                disturb[what]()
                done[what] += 1
            if time.monotonic() - start > 3600 + plan.studies * plan.every_s:
                break
    _judge(came, engine, archive, sent)
    came.disturbed = dict(done)
    came.seconds = round(time.monotonic() - start, 1)
    engine.dispose()
    return came


def _config(http: int, dicom: int, *, slow: bool) -> str:
    who = f'user = "{server.USER}"\npassword_env = "BENCH_ORTHANC"'
    # Shorter than what is sent takes on the slow line, as 60 s would be for larger results.
    patience = "timeout_s = 5" if slow else ""
    parts = 'send = ["seg", "sr", "capture"]' if slow else ""
    return f"""
quiet_s = {QUIET_S}
keep_free_mb = 0
workers = 0
[[source]]
kind = "orthanc"
name = "archive"
url = "http://127.0.0.1:{http}"
poll_s = 0.5
{who}
{patience}
[[destination]]
kind = "stow"
name = "web"
url = "http://127.0.0.1:{http}/dicom-web"
{who}
{patience}
{parts}
[[destination]]
kind = "cstore"
name = "dicom"
host = "127.0.0.1"
port = {dicom}
title = "ORTHANC"
{patience}
{parts}
"""


@contextmanager
def _kept(command: list[str]) -> Iterator[Kept]:
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    environment = {**os.environ, "BENCH_ORTHANC": server.PASSWORD}
    kept = Kept(lambda: subprocess.Popen(command, env=environment, text=True, **quiet))
    try:
        yield kept
    finally:
        kept.end()


def _node(config: Path, data: Path, url: str) -> "Any":
    told = ["--config", str(config), "--data", str(data), "--database", url]
    return _kept([sys.executable, "-m", "glioscope", "pacs", "run", *told])


def _worker(data: Path, url: str) -> "Any":
    return _kept([sys.executable, os.fspath(Path(__file__)), "worker", os.fspath(data), url])


def work(data: Path, url: str) -> None:
    """A worker that goes on until the disk is really full."""
    limits = Limits(free_bytes=0, poll_s=0.5)
    Worker(connect(url), open_store(data), limits=limits).run()


def _disturbances(
    chance: random.Random,
    nodes: list[Kept],
    workers: list[Kept],
    archive: server.Orthanc,
    disk: Path | None,
) -> dict[str, Callable[[], None]]:
    """What may be done to a campaign; each ends with everything as it was."""

    def away(least: float, most: float) -> None:
        archive.kill()
        time.sleep(chance.uniform(least, most))
        archive.start()

    def password() -> None:
        archive.change_password("another")
        time.sleep(chance.uniform(5.0, 15.0))
        archive.change_password(server.PASSWORD)

    if disk:
        return {"disk": lambda: _fill(disk, chance.uniform(5.0, 12.0))}
    return {
        "node": lambda: chance.choice(nodes).kill(),
        "worker": lambda: chance.choice(workers).kill(),
        "Orthanc": lambda: away(0.0, 2.0),
        "Orthanc away": lambda: away(15.0, 40.0),
        "password": password,
    }


def _fill(disk: Path, seconds: float) -> None:
    """Let the disk be full for so long."""
    ballast = disk / "ballast"
    over = time.monotonic() + seconds
    while time.monotonic() < over:
        state = os.statvfs(disk)
        more = state.f_bavail * state.f_frsize - LEFT_BYTES
        if more > 0:
            with suppress(OSError), ballast.open("ab") as file:
                file.write(bytes(more))
        time.sleep(0.2)
    ballast.unlink(missing_ok=True)


@contextmanager
def _small_disk(folder: Path) -> Iterator[Path | None]:
    """A file system of its own, in memory; None where mounting is not allowed."""
    folder.mkdir()
    size = f"size={DISK_MB}m"
    tried = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", size, "tmpfs", folder], capture_output=True, check=False
    )
    if tried.returncode:
        yield None
        return
    try:
        yield folder
    finally:
        subprocess.run(["umount", folder], check=True)


@contextmanager
def _sending(
    archive: server.Orthanc, plan: Plan, sent: dict[str, tuple[float, int]]
) -> Iterator[threading.Thread]:
    """Studies on their way to the archive, which may be away for a while."""
    over = threading.Event()

    def send() -> None:
        for number in range(plan.studies):
            if over.is_set():
                return
            began = time.monotonic()
            # Every fourth has more than FLAIR.
            channels = tuple(Channel) if number % 4 == 0 else (Channel.FLAIR,)
            one = head(channels, name=f"{plan.seed} {number}")
            while not _stored(archive, one) and not over.wait(0.5):
                pass
            sent[one.uid] = time.time(), len(one.files)
            over.wait(max(0.0, plan.every_s - (time.monotonic() - began)))

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


def _all_sent(engine: Engine, sent: dict[str, tuple[float, int]]) -> bool:
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
    there = set(sent) <= taken
    return there and not any(one is not None for one in (coming, working, unrouted, waiting))


def _judge(
    came: Campaign, engine: Engine, archive: server.Orthanc, sent: dict[str, tuple[float, int]]
) -> None:
    """What the archive has of each study, and what the tables say."""
    came.lost = came.studies - len(sent)
    with engine.connect() as connection:
        versions = Counter(connection.scalars(select(Study.study_uid)))
        of_version = Counter(connection.scalars(select(Result.study_id)))
        results = Counter(
            connection.scalars(select(Study.study_uid).join(Result, Result.study_id == Study.id))
        )
        counted = {
            uid: sum(census.values())
            for uid, census in connection.execute(select(Arrival.study_uid, Arrival.judged))
            if census
        }
        ended = connection.scalars(select(Job.state).where(Job.state.in_(ENDED)))
        came.failed = sum(state != State.DONE for state in ended)
        reached: Counter[str] = Counter()
        arrived: dict[str, int] = {}
        for uid, at in connection.execute(
            select(Study.study_uid, Delivery.sent_at)
            .join(Result, Result.study_id == Study.id)
            .join(Delivery, Delivery.result_id == Result.id)
            .where(Delivery.sent_at.is_not(None))
        ):
            reached[uid] += 1
            arrived[uid] = max(arrived.get(uid, 0), at)
    came.in_parts = sum(count > 1 for count in versions.values())
    for uid, (_, files) in sent.items():
        kinds = _kinds(archive, uid)
        whole = counted.get(uid) == files
        everywhere = reached[uid] == len(DESTINATIONS) * results[uid] > 0
        came.lost += not (whole and everywhere and kinds["SR"] and kinds["SEG"])
        came.twice += max(kinds["SR"], kinds["SEG"], results[uid]) > versions[uid]
    came.twice += sum(count > 1 for count in of_version.values())
    took = [arrived[uid] / 1000 - at - QUIET_S for uid, (at, _) in sent.items() if uid in arrived]
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
    parser.add_argument("--disturbances", type=int, default=40)
    parser.add_argument("--only", choices=("sqlite", "postgresql", "disk", "slow"))
    parser.add_argument("--timing", action="store_true", help="Only how long results take.")
    parser.add_argument("--timed", type=int, default=30, help="Studies of that campaign.")
    parser.add_argument("--every", type=float, default=60.0, help="Seconds between those.")
    parser.add_argument("--seed", type=int, default=1)
    told = parser.parse_args()
    if reason := server.missing():
        print(reason, file=sys.stderr)
        return 1
    # So that what was started ends too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    plans = _timing(told) if told.timing else _disturbed(told)
    found: dict[str, Any] = {"machine": machine(), "seed": told.seed, "quiet_s": QUIET_S}
    clean = True
    for plan in plans:
        came = _campaign(plan)
        if came is None:
            print(f"{plan.name}: left out, what it needs is not here", flush=True)
            continue
        clean = clean and came.clean
        print(
            f"{came.name}: {came.database}, nodes {came.nodes}, workers {came.workers}, "
            f"studies {came.studies} ({came.in_parts} in parts), disturbed {came.disturbed}: "
            f"lost {came.lost}, twice {came.twice}, failed {came.failed}; beyond the quiet time "
            f"median {came.median_s} s, 95 % {came.percentile_95_s} s; {came.seconds} s in all",
            flush=True,
        )
        found.setdefault("campaigns", {})[came.name] = asdict(came)
        if told.out:
            _write(told.out, "timing" if told.timing else "disturbed", found)
    return 0 if clean else 1


def _write(path: Path, part: str, found: dict[str, Any]) -> None:
    """Into the file, beside the other part and campaigns that were not run now."""
    there = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    before = there.get(part, {}).get("campaigns", {})
    there[part] = {**found, "campaigns": {**before, **found["campaigns"]}}
    path.write_text(json.dumps(there, indent=2) + "\n", encoding="utf-8")


def _disturbed(told: argparse.Namespace) -> list[Plan]:
    common = {"studies": told.studies, "disturbances": told.disturbances, "seed": told.seed}
    plans = [
        Plan(name="sqlite", nodes=1, **common),
        Plan(name="postgresql", nodes=2, **common),
        Plan(name="disk", studies=20, disturbances=10, seed=told.seed, disk=Path()),
        Plan(name="slow", studies=6, seed=told.seed, slow=True),
    ]
    return [plan for plan in plans if told.only in (None, plan.name)]


def _timing(told: argparse.Namespace) -> list[Plan]:
    return [
        Plan(
            name="one after the other",
            studies=told.timed,
            workers=1,
            every_s=told.every,
            seed=told.seed,
        )
    ]


def _campaign(plan: Plan) -> Campaign | None:
    with (
        TemporaryDirectory() as folder,
        ExitStack() as stack,
        server.orthanc(Path(folder) / "orthanc") as archive,
    ):
        data = Path(folder) / "data"
        if plan.disk is None:
            data.mkdir()
        else:
            disk = stack.enter_context(_small_disk(data))
            if disk is None:
                return None
            plan = Plan(**{**vars(plan), "disk": disk})
        if plan.name != "postgresql":
            return run(sqlite_url(data / "bench.db"), data, archive, plan)
        if not installed():
            return None
        return run(stack.enter_context(postgres()), data, archive, plan)


if __name__ == "__main__":
    if sys.argv[1:2] == ["worker"]:
        work(Path(sys.argv[2]), sys.argv[3])
        sys.exit()
    sys.exit(main())
