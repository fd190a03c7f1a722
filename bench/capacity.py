"""What an archive costs: seconds, bytes and memory of a study, and whether a model of them holds.

    python bench/capacity.py -o bench/results/capacity.json

Analyses made DICOM studies by one and by two workers, from a folder and from an object store of
this computer behind lines of several speeds. From the runs on the folder, and one on the store
without a line between, come the cost of a study and of a run; the model (`Cost`) then says
beforehand how long each run behind a line will take, and the file holds both. Nothing else may run
beside. The table that is printed extrapolates to archives of a thousand to ten million studies;
prices are assumptions, given as options.
"""

import argparse
import logging
import os
import resource
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from archive import children, make, resident_mb, start
from glioscope.files import atomic_json
from machine import machine, usable_cores

sys.path.insert(0, os.fspath(Path(__file__).parents[1] / "tests"))
from slow_line import slow_line

SCHEMA = "glioscope.bench-capacity/1"
ARCHIVES = (10**3, 10**5, 10**7)
CORES = (2, 64, 1024)
# Of the lines to the object store, bytes a second.
LINES = (2e6, 5e6)
# A prediction farther from what was measured than this ends with exit status 1.
CLOSE = 0.15
HOUR_S, TB = 3600.0, 1e12


@dataclass(frozen=True, kw_only=True)
class Cost:
    """What one study takes, and one run; sizes in bytes, times in seconds.

    Attributes:
        run_s: of a run, before and after its studies: start, libraries, network, table.
        study_s: of a study by a worker that has a core to itself.
        beside: by how much longer a study takes where all cores are at work; 1 is not at all.
        bring_s: of bringing a study from an object store, besides the time of its line.
        cpu_s: processor time of a study.
        read_bytes, written_bytes: of a study, as it lies in the archive and as its results lie.
        worker_bytes: resident memory of one worker at its highest.
    """

    run_s: float
    study_s: float
    beside: float
    bring_s: float
    cpu_s: float
    read_bytes: float
    written_bytes: float
    worker_bytes: float

    def seconds(self, studies: int, workers: int, line_bytes_s: float | None = None) -> float:
        """Of a run of `workers` on a folder, or on a store whose line they share.

        A worker computes, then waits for its next study behind those of others: mean value
        analysis of a closed network of one queue. Source: Reiser and Lavenberg, JACM 1980,
        doi 10.1145/322186.322195.
        """
        away = self.study_s * (self.beside if workers > 1 else 1.0)
        if line_bytes_s is None:
            return self.run_s + studies * away / workers
        away += self.bring_s
        alone, queue, took = self.read_bytes / line_bytes_s, 0.0, 0.0
        for there in range(1, workers + 1):
            took = alone * (1 + queue)
            queue = there * took / (away + took)
        return self.run_s + studies * (away + took) / workers

    def line_bytes_s(self, workers: int) -> float:
        """What a line must bring so that it is idle for half of the time of so many workers."""
        return 2 * workers * self.read_bytes / (self.study_s * self.beside)


@dataclass(frozen=True, kw_only=True)
class Run:
    """One call of `glioscope batch`."""

    studies: int
    workers: int
    line_bytes_s: float | None
    wall_s: float
    cpu_s: float
    peak_mb: float


def watched(archive: str, out: Path, studies: int, workers: int, line: float | None) -> Run:
    """Runs it; CPU seconds are of all its processes, memory that of the largest worker."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    began = time.monotonic()
    process = start(archive, out, "--jobs", str(workers))
    highest = 0.0
    while process.poll() is None:
        highest = max([highest, *map(resident_mb, children(process.pid))])
        time.sleep(0.1)
    wall = time.monotonic() - began
    if process.returncode:
        raise SystemExit(f"glioscope batch ended with {process.returncode}")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Run(
        studies=studies,
        workers=workers,
        line_bytes_s=line,
        wall_s=wall,
        cpu_s=cpu,
        peak_mb=highest,
    )


def cost(few: Run, one: Run, two: Run, read: float, written: float) -> Cost:
    """From a short and a long run of one worker, which differ by studies alone, and one of two.

    What bringing a study takes is not known from these, and 0.
    """
    more = one.studies - few.studies
    study_s = (one.wall_s - few.wall_s) / more
    run_s = one.wall_s - one.studies * study_s
    return Cost(
        run_s=run_s,
        study_s=study_s,
        beside=2 * (two.wall_s - run_s) / two.studies / study_s,
        bring_s=0.0,
        cpu_s=(one.cpu_s - few.cpu_s) / more,
        read_bytes=read,
        written_bytes=written,
        worker_bytes=1e6 * max(one.peak_mb, two.peak_mb),
    )


def with_bringing(known: Cost, stored: Run) -> Cost:
    """The same with what bringing takes, from a run on a store whose line is no limit."""
    each = stored.workers * (stored.wall_s - known.run_s) / stored.studies
    return replace(known, bring_s=each - known.study_s * known.beside)


def size_of(folder: Path, studies: int) -> float:
    return sum(p.stat().st_size for p in folder.rglob("*") if p.is_file()) / studies


@contextmanager
def object_store(folder: Path) -> Iterator[int]:
    """The port of a server on this computer whose bucket `archive` holds the folder."""
    import moto.server as moto
    import s3fs

    logging.getLogger("werkzeug").setLevel(logging.WARNING)
    server = moto.ThreadedMotoServer(port=0, verbose=False)
    server.start()
    _, port = server.get_host_and_port()
    os.environ |= {
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_EC2_METADATA_DISABLED": "true",
    }
    store = s3fs.S3FileSystem(endpoint_url=f"http://127.0.0.1:{port}")
    store.mkdir("archive")
    store.put(f"{folder}/", "archive/", recursive=True)
    try:
        yield port
    finally:
        server.stop()


def from_store(
    folder: Path, work: Path, studies: int, lines: Sequence[float], known: Cost
) -> tuple[Run, Cost, list[dict[str, Any]]]:
    """Runs of two workers on the object store, each with what the model says of it beforehand.

    The first has no line between, and tells what bringing takes.
    """
    came: list[dict[str, Any]] = []
    with object_store(folder) as port:
        os.environ["AWS_ENDPOINT_URL"] = f"http://127.0.0.1:{port}"
        stored = watched("s3://archive", work / "stored", studies, 2, None)
        known = with_bringing(known, stored)
        for line in lines:
            with slow_line(port, line) as slow:
                os.environ["AWS_ENDPOINT_URL"] = f"http://127.0.0.1:{slow}"
                run = watched("s3://archive", work / f"line{line:.0f}", studies, 2, line)
            expected = known.seconds(studies, 2, line)
            came.append({**asdict(run), "expected_s": expected, "off": run.wall_s / expected - 1})
    return stored, known, came


def extrapolated(known: Cost, options: argparse.Namespace) -> list[dict[str, float]]:
    """A row for each size of archive and number of cores, one worker a core."""
    rows = []
    for studies in ARCHIVES:
        for cores in CORES:
            rows.append(
                {
                    "studies": studies,
                    "cores": cores,
                    "hours": known.seconds(studies, cores) / HOUR_S,
                    "core_hours": studies * known.study_s * known.beside / HOUR_S,
                    "read_tb": studies * known.read_bytes / TB,
                    "written_tb": studies * known.written_bytes / TB,
                    "line_mbit_s": 8e-6 * known.line_bytes_s(cores),
                    "memory_gb": cores * known.worker_bytes / 1e9,
                    "computing": studies
                    * known.study_s
                    * known.beside
                    / HOUR_S
                    * options.core_hour,
                    "keeping_a_month": studies * known.written_bytes / 1e9 * options.gb_month,
                }
            )
    return rows


def table(rows: Sequence[dict[str, float]]) -> str:
    lines = [f"| {' | '.join(rows[0])} |", "|" + "---:|" * len(rows[0])]
    lines += [f"| {' | '.join(f'{value:,.6g}' for value in row.values())} |" for row in rows]
    return "\n".join(lines)


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python bench/capacity.py", description=__doc__)
    parser.add_argument("-o", "--output", type=Path, required=True)
    parser.add_argument("--studies", type=int, default=40)
    parser.add_argument("--size", type=int, default=256)
    parser.add_argument("--slices", type=int, default=34)
    parser.add_argument("--core-hour", type=float, default=0.05, help="Its price.")
    parser.add_argument("--gb-month", type=float, default=0.02, help="Of a GB kept for a month.")
    return parser.parse_args(arguments)


def main(arguments: Sequence[str] | None = None) -> int:
    options = parse(arguments)
    studies, few = options.studies, max(2, options.studies // 4)
    with TemporaryDirectory() as place:
        folder = Path(place)
        make(folder / "few", few, options.size, options.slices)
        make(folder / "all", studies, options.size, options.slices)
        short = watched(f"{folder}/few", folder / "out-few", few, 1, None)
        one = watched(f"{folder}/all", folder / "out-one", studies, 1, None)
        two = watched(f"{folder}/all", folder / "out-two", studies, 2, None)
        read, written = (size_of(folder / name, studies) for name in ("all", "out-one"))
        known = cost(short, one, two, read, written)
        stored, known, lines = from_store(folder / "all", folder, studies, LINES, known)
    rows = extrapolated(known, options)
    result = {
        "schema": SCHEMA,
        "command": "python bench/capacity.py",
        "machine": machine(),
        "cores": usable_cores(),
        "slices": options.slices,
        "size": options.size,
        "runs": [asdict(run) for run in (short, one, two, stored)],
        "cost": asdict(known),
        "lines": lines,
        "prices": {"core_hour": options.core_hour, "gb_month": options.gb_month},
        "archives": rows,
    }
    atomic_json(options.output, result)
    print(table(rows))
    return 0 if all(abs(line["off"]) <= CLOSE for line in lines) else 1


if __name__ == "__main__":
    sys.exit(main())
