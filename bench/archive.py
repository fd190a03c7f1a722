"""`glioscope batch` on made DICOM studies: killed and resumed, in shares, on Ray, by one and two.

`python bench/archive.py -o bench/results/archive.json` prints whether the table of a run that was
killed with signal 9 again and again, that of shares, and that of two Ray nodes of which one was
killed with signal 9 after a third of the studies, equal the table of a run left alone, row for row
but for times; how much faster two workers are than one; and how memory grows.
"""

import argparse
import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pyarrow.parquet as pq

from glioscope.phantom.study import phantom_study
from glioscope.writing.mr.study import write_dicom_study
from machine import machine

PATIENCE_S = 3600.0
# Memory is compared from the study on by which caches are full.
SETTLED = 50


def make(folder: Path, studies: int, size: int, slices: int) -> None:
    for seed in range(studies):
        study, _ = phantom_study(seed, size=size, slices=slices)
        write_dicom_study(study, folder / f"study{seed:04}")


def start(archive: Path | str, out: Path, *options: str) -> "subprocess.Popen[bytes]":
    words = [sys.executable, "-m", "glioscope", "batch", str(archive), "-o", str(out), "--quiet"]
    quiet = {"stdout": subprocess.DEVNULL, "start_new_session": True}
    return subprocess.Popen([*words, *options], **quiet)


def whole(archive: Path, out: Path, *options: str) -> float:
    """Seconds of a run that is left alone."""
    began = time.monotonic()
    code = start(archive, out, *options).wait(PATIENCE_S)
    if code:
        raise SystemExit(f"glioscope batch ended with {code}")
    return time.monotonic() - began


def killed(archive: Path, out: Path, kills: int, seed: int, jobs: int) -> int:
    """How often a run was killed before one came to its end."""
    chance = random.Random(seed)
    done = 0
    while done < kills:
        process = start(archive, out, "--jobs", str(jobs))
        try:
            code = process.wait(chance.uniform(4, 15))
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            done += 1
        else:
            if code:
                raise SystemExit(f"glioscope batch ended with {code}")
            break
    whole(archive, out, "--jobs", str(jobs))
    return done


def on_ray(archive: Path, out: Path, studies: int) -> int:
    """Two nodes of one core each, one killed in the middle; how many of its processes were."""
    # Workers that other programs of the computer do not hold up, and no word to Ray's makers.
    os.environ |= {"RAY_USAGE_STATS_ENABLED": "0", "RAY_worker_niceness": "0"}
    from ray.cluster_utils import Cluster

    small = {"num_cpus": 1, "include_dashboard": False, "object_store_memory": 80 * 2**20}
    # Ray takes 127.0.0.1 for whatever address the computer has outside.
    cluster = Cluster(True, head_node_args={**small, "node_ip_address": "127.0.0.2"})
    try:
        node = cluster.add_node(**small, node_ip_address="127.0.0.3")
        process = start(archive, out, "--engine", "ray", "--address", cluster.address)
        while process.poll() is None and len(list(out.glob(".batch/[!.]*.json"))) < studies / 3:
            time.sleep(0.05)
        raylet = node.all_processes["raylet"][0].process.pid
        deadly = [raylet, *children(raylet)]
        for pid in deadly:
            os.kill(pid, signal.SIGKILL)
        if process.poll() is not None:
            raise SystemExit("the archive was done before a node was killed: more --studies")
        if code := process.wait(PATIENCE_S):
            raise SystemExit(f"glioscope batch ended with {code}")
        return len(deadly)
    finally:
        cluster.shutdown()


def rows(out: Path) -> list[dict[str, Any]]:
    table = pq.read_table(out / "studies.parquet").to_pylist()
    return [{k: v for k, v in row.items() if k != "seconds"} for row in table]


def alone(archive: Path, out: Path) -> dict[str, float]:
    """Seconds of one worker, and its resident memory, MB, once settled and at its highest after.

    It has one core, where the system can say so: left all of them it computes on several.
    """
    began = time.monotonic()
    with on_one_core():
        process = start(archive, out, "--jobs", "1")
    settled = highest = 0.0
    while process.poll() is None:
        resident = max(map(resident_mb, children(process.pid)), default=0.0)
        if len(list(out.glob(".batch/*.json"))) <= SETTLED:
            settled = max(settled, resident)
        else:
            highest = max(highest, resident)
        time.sleep(0.2)
    if process.returncode:
        raise SystemExit(f"glioscope batch ended with {process.returncode}")
    return {
        "one_s": time.monotonic() - began,
        "settled_mb": settled,
        "highest_after_mb": highest,
        "growth": highest / settled - 1,
    }


@contextmanager
def on_one_core() -> Iterator[None]:
    """What is started meanwhile has one of the cores."""
    if not hasattr(os, "sched_setaffinity"):
        yield
        return
    cores = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(cores)})
    try:
        yield
    finally:
        os.sched_setaffinity(0, cores)


def children(pid: int) -> list[int]:
    try:
        text = Path(f"/proc/{pid}/task/{pid}/children").read_text()
    except OSError:
        return []
    return [int(word) for word in text.split()]


def resident_mb(pid: int) -> float:
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    except (OSError, IndexError):
        return 0.0
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("-o", "--output", type=Path, required=True)
    parser.add_argument("--studies", type=int, default=60)
    parser.add_argument("--size", type=int, default=128)
    parser.add_argument("--slices", type=int, default=24)
    parser.add_argument("--kills", type=int, default=10)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--no-ray", action="store_true", help="Without the two Ray nodes.")
    parser.add_argument("--part", choices=("tables", "times"), help="Equal tables, or times alone.")
    args = parser.parse_args()
    report: dict[str, Any] = {"schema": "glioscope.bench-archive/1", "machine": machine()}
    report |= {"studies": args.studies, "seed": args.seed, "slices": args.slices}
    report["size"] = args.size
    with TemporaryDirectory() as place:
        folder = Path(place)
        make(folder / "archive", args.studies, args.size, args.slices)
        two = whole(folder / "archive", folder / "two", "--jobs", "2")
        report["rows"] = len(rows(folder / "two"))
        if args.part != "times":
            report |= tables(folder, args)
        if args.part != "tables":
            report |= {"two_s": two, **alone(folder / "archive", folder / "one")}
            report["ratio"] = report["one_s"] / two
            report["one_equal"] = rows(folder / "one") == rows(folder / "two")
    args.output.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
    print(json.dumps(report, indent=2))
    if not all(equal for name, equal in report.items() if name.endswith("_equal")):
        raise SystemExit(1)


def tables(folder: Path, args: argparse.Namespace) -> dict[str, Any]:
    """Whether each other way gives the table of `two`, and how often what was killed."""
    archive, expected = folder / "archive", rows(folder / "two")
    found: dict[str, Any] = {"kills": killed(archive, folder / "killed", args.kills, args.seed, 2)}
    found["killed_equal"] = rows(folder / "killed") == expected
    shares = [folder / f"share{n}" for n in (1, 2, 3)]
    for n, out in enumerate(shares, start=1):
        whole(archive, out, "--shard", f"{n}/3", "--jobs", "2")
    words = [sys.executable, "-m", "glioscope", "batch", "merge", *map(str, shares)]
    subprocess.run([*words, "-o", str(folder / "all")], check=True)
    found["shares_equal"] = rows(folder / "all") == expected
    if not args.no_ray:
        found["ray_killed"] = on_ray(archive, folder / "ray", args.studies)
        found["ray_equal"] = rows(folder / "ray") == expected
    return found


if __name__ == "__main__":
    main()
