"""Server, workers and the processes of studies killed at random: is any study lost or doubled?

`python bench/crash.py -o bench/results/crash.json` hands in studies through the API of a server
while it, two workers and their studies' processes are killed with signal 9; two studies are
poisoned, one crashes its process and one hangs. On SQLite and, where Debian's PostgreSQL is there,
on that. Workers import this file too: what they do not need is imported where it is used.
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
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import Engine, select

from crash_child import TOY
from glioscope.database.engine import connect, sqlite_url
from glioscope.database.schema import upgrade
from glioscope.database.tables import Job, Result, Study
from glioscope.jobs.states import ENDED, State
from glioscope.jobs.storage.stores import open_store
from glioscope.jobs.sweep import sweep
from glioscope.jobs.worker import Limits, Worker

HERE = Path(__file__).parent
POISONS = ("segfault", "hang")
# Of one attempt, the second for toys, and of a lease, in seconds: short, so that the campaign is.
STUDY_S, TOY_S, LEASE_S = 15.0, 2.0, 3.0


@dataclass
class Campaign:
    """What was done, and what came of it."""

    database: str
    studies: int
    kills: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0
    lost: int = 0
    doubled: int = 0
    wrongly_failed: int = 0
    poisoned_failed: int = 0

    @property
    def clean(self) -> bool:
        return not (self.lost or self.doubled or self.wrongly_failed)


def worker(data: Path, url: str, *, toy: bool) -> None:
    """A worker whose studies may be poisoned."""
    command = (sys.executable, os.fspath(HERE / "crash_child.py"), *([TOY] if toy else ()))
    limits = Limits(study_s=TOY_S if toy else STUDY_S, lease_s=LEASE_S, poll_s=0.2, free_bytes=0)
    Worker(connect(url), open_store(data), limits=limits, command=command).run()


def run(
    url: str, data: Path, *, studies: int, kills: int, seed: int, toy: bool, workers: int = 2
) -> Campaign:
    """One campaign; `data` is an empty folder."""
    chance = random.Random(seed)
    start = time.monotonic()
    engine = connect(url)
    upgrade(engine)
    came = Campaign(engine.dialect.name, studies)
    with ExitStack() as stack:
        killed_of: Counter[str] = Counter()
        server = stack.enter_context(_kept_alive(lambda: _server(data, url)))
        crew = [
            stack.enter_context(_kept_alive(lambda: _worker(data, url, toy=toy)))
            for _ in range(workers)
        ]
        files = [_file(data, n, studies) for n in range(studies)]
        sent = stack.enter_context(_sending(files, server))
        while came.kills.total() < kills or sent.is_alive() or _left(engine):
            time.sleep(chance.uniform(0.1, 0.4) if toy else chance.uniform(0.5, 2.5))
            if came.kills.total() < kills:
                came.kills.update(_kill(chance, engine, server, crew, killed_of))
            if time.monotonic() - start > 3600:
                break
    _judge(came, engine, data, files)
    came.seconds = round(time.monotonic() - start, 1)
    engine.dispose()
    return came


class Kept:
    """A process that is started again whenever it ends."""

    def __init__(self, start: "Callable[[], subprocess.Popen[str]]") -> None:
        self._start = start
        self._ended = threading.Event()
        self.process = start()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)

    def end(self) -> None:
        self._ended.set()
        self._thread.join()
        self.process.terminate()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def _watch(self) -> None:
        while not self._ended.is_set():
            if self.process.poll() is not None:
                self.process = self._start()
            time.sleep(0.05)


@contextmanager
def _kept_alive(start: "Callable[[], subprocess.Popen[str]]") -> Iterator[Kept]:
    kept = Kept(start)
    try:
        yield kept
    finally:
        kept.end()


def _server(data: Path, url: str) -> "subprocess.Popen[str]":
    place = ["--data", os.fspath(data), "--database", url]
    port = (data / "port").read_text() if (data / "port").exists() else "0"
    process = subprocess.Popen(
        [sys.executable, "-m", "glioscope", "serve", *place, "--workers", "0", "--port", port],
        stdout=subprocess.PIPE,
        text=True,
    )
    if process.stdout:
        with process.stdout as said:
            address = said.readline().strip().rstrip("/")
        if address:
            (data / "port").write_text(address.rpartition(":")[2])
    return process


def _worker(data: Path, url: str, *, toy: bool) -> "subprocess.Popen[str]":
    words = ["worker", os.fspath(data), url, *([TOY] if toy else ())]
    return subprocess.Popen([sys.executable, os.fspath(HERE / "crash.py"), *words], text=True)


def _file(data: Path, number: int, count: int) -> Path:
    """A small head as NIfTI; two of all are poisoned."""
    import nibabel as nib
    import numpy as np

    from glioscope.phantom.study import phantom_study
    from glioscope.study import Channel

    folder = data / "files"
    folder.mkdir(exist_ok=True)
    image = phantom_study(seed=0, size=64, slices=6)[0].images[Channel.FLAIR]
    array = image.array.copy()
    array[0, 0, 0] = number + 1  # another study
    made = nib.Nifti1Image(array.astype(np.float32), image.grid.affine)
    poison = {count // 3: POISONS[0], 2 * count // 3: POISONS[1]}.get(number, "")
    made.header["descrip"] = poison.encode()
    path = folder / f"{number:03d}{poison}_flair.nii.gz"
    nib.save(made, path)
    return path


@contextmanager
def _sending(files: list[Path], server: Kept) -> Iterator[threading.Thread]:
    thread = threading.Thread(target=_send, args=(files, server), daemon=True)
    thread.start()
    try:
        yield thread
    finally:
        thread.join(60)


def _send(files: list[Path], server: Kept) -> None:
    """Hand every study in until the server has said that it has it; the answer is kept."""
    import httpx2

    for path in files:
        while True:
            with suppress(httpx2.HTTPError, OSError):
                port = (path.parents[1] / "port").read_text()
                with path.open("rb") as stream:
                    answer = httpx2.post(
                        f"http://127.0.0.1:{port}/api/v1/uploads/files",
                        files={"files": (path.name, stream)},
                        timeout=20,
                    )
                if answer.status_code == 202:
                    [study] = answer.json()["studies"]
                    path.with_suffix(".id").write_text(study["id"])
                    break
            time.sleep(0.1)


def _kill(
    chance: random.Random, engine: Engine, server: Kept, crew: list[Kept], killed: Counter[str]
) -> list[str]:
    """Kill one of them; what it was, nothing where there was none.

    No study's process is killed a third time, which would end its job.
    """
    what = chance.choice(("server", "worker", "child"))
    if what == "server":
        server.kill()
        return [what]
    one = chance.choice(crew)
    if what == "worker":
        one.kill()
        return [what]
    with engine.connect() as connection:
        running = set(connection.scalars(select(Job.study_id).where(Job.state == State.RUNNING)))
    children = _children(one.process.pid)
    if not children or not running or any(killed[study] >= 2 for study in running):
        return []
    killed.update(running)
    with suppress(ProcessLookupError):
        os.kill(chance.choice(children), signal.SIGKILL)
    return [what]


def _children(pid: int) -> list[int]:
    try:
        text = Path(f"/proc/{pid}/task/{pid}/children").read_text()
    except OSError:
        return []
    found = [int(one) for one in text.split()]
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        with suppress(OSError):
            found += [int(one) for one in task.read_text().split()]
    return sorted(set(found))


def _left(engine: Engine) -> bool:
    with engine.connect() as connection:
        return connection.scalar(select(Job.id).where(Job.state.not_in(ENDED)).limit(1)) is not None


def _judge(came: Campaign, engine: Engine, data: Path, files: list[Path]) -> None:
    store = open_store(data)
    sweep(engine, store)
    with engine.connect() as connection:
        state = {
            study: state for study, state in connection.execute(select(Job.study_id, Job.state))
        }
        results = Counter(connection.scalars(select(Result.study_id)))
        folders = set(connection.scalars(select(Result.folder)))
        count = len(list(connection.scalars(select(Study.id))))
    stored = set(store.names("results"))
    came.doubled = sum(n - 1 for n in results.values()) + max(0, count - len(files))
    came.doubled += len(stored - folders)
    for path in files:
        said = path.with_suffix(".id")
        study = said.read_text() if said.exists() else ""
        poisoned = any(poison in path.name for poison in POISONS)
        if state.get(study) == State.FAILED:
            came.poisoned_failed += poisoned
            came.wrongly_failed += not poisoned
        elif poisoned or state.get(study) != State.DONE or not results[study]:
            came.lost += 1
    came.lost += len(folders - stored)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("-o", "--output", type=Path)
    parser.add_argument("--studies", type=int, default=60)
    parser.add_argument("--kills", type=int, default=40)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--toy", action="store_true", help="answers without the network")
    options = parser.parse_args()
    told = {"studies": options.studies, "kills": options.kills, "seed": options.seed}
    campaigns: list[Campaign] = []
    with TemporaryDirectory() as folder:
        data = Path(folder) / "sqlite"
        data.mkdir()
        campaigns.append(run(sqlite_url(data / "jobs.db"), data, **told, toy=options.toy))
    with _postgres() as url, TemporaryDirectory() as folder:
        if url is None:
            print("no PostgreSQL here: its campaign is left out")
        else:
            campaigns.append(run(url, Path(folder), **told, toy=options.toy))
    for came in campaigns:
        print(
            f"{came.database:10} {came.studies} studies, {came.kills.total()} kills "
            f"{dict(came.kills)}, {came.seconds:.0f} s: lost {came.lost}, doubled {came.doubled}, "
            f"wrongly failed {came.wrongly_failed}, poisoned and failed {came.poisoned_failed} of 2"
        )
    if options.output:
        from machine import machine

        document = {
            "command": "python bench/crash.py",
            **told,
            "toy": options.toy,
            "machine": machine(),
            "campaigns": [{**vars(c), "kills": dict(c.kills)} for c in campaigns],
        }
        options.output.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
    return 0 if all(c.clean and c.poisoned_failed == 2 for c in campaigns) else 1


@contextmanager
def _postgres() -> Iterator[str | None]:
    """A PostgreSQL of the campaign's own, where Debian's is installed."""
    sys.path.append(os.fspath(HERE.parent / "tests"))
    from postgres import installed, postgres

    if installed():
        with postgres() as url:
            yield url
    else:
        yield None


if __name__ == "__main__":
    if sys.argv[1:2] == ["worker"]:
        worker(Path(sys.argv[2]), sys.argv[3], toy=TOY in sys.argv)
    else:
        sys.exit(main())
