"""One study beside networks of others, on the same cores in the same run.

    python bench/study.py -o bench/results/study.json

Whole processes of `glioscope analyze` (a DICOM study of 34 slices in, all files out), and
milliseconds per slice of networks: ours as it ships and in 8 bits (`--fast`), the shape of Buda,
Saha and Mazurowski 2019 (base width 32, 256 x 256, 25 GFLOP per slice) in PyTorch, eager and
compiled, in Keras and in ONNX Runtime, MONAI's BasicUNet, and the machine's own matrix product.
Everything takes turns in every round, so that drift of the machine hits all alike; what waits costs
nothing. PyTorch and MONAI are installed into an environment of their own (`--peers`), once. With
`--scaling` also studies of up to a thousand slices. The figures that no speed may be bought with,
out-of-fold Dice and recall, stand beside in docs/performance.md.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import venv
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from glioscope.files import atomic_json
from glioscope.settings import Settings
from machine import machine, usable_cores
from pair import Checkout, run_once, studies

SCHEMA = "glioscope.bench-study/1"
HERE = Path(__file__).parent
SLICES, SIZE = 34, 256
GFLOP, MATMUL_GFLOP = 25.0, 2 * 2048**3 / 1e9
THEIRS = ("torch", "torch-compiled", "monai")
LABELS = {
    "ours": "ours, as shipped",
    "ours-fast": "ours, --fast",
    "torch": "Buda's shape, PyTorch",
    "torch-compiled": "Buda's shape, PyTorch compiled",
    "keras": "Buda's shape, Keras",
    "onnx": "Buda's shape, ONNX Runtime",
    "monai": "MONAI BasicUNet",
    "matmul": "matrix product",
}
WAYS: dict[str, list[str]] = {"plain": [], "fast": ["--fast"]}
MEASURES = ("wall_s", "cpu_s", "peak_mb")
# Of the issue: a whole study in the time of so many slices of Buda's shape in PyTorch.
MOST_SLICES, MOST_MB, NETWORK_RATIO = 10, 300, 15


class Peer:
    """A process of `study_peer.py` that waits until it is asked."""

    def __init__(self, kind: str, python: Path, work: Path) -> None:
        source = os.pathsep.join([str(HERE.parent / "src"), str(HERE)])
        command = [str(python), str(HERE / "study_peer.py"), kind, str(SIZE)]
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=work,
            env={**os.environ, "PYTHONPATH": source},
        )
        self.ready = self._hear()

    def seconds(self, count: int) -> float:
        """For so many slices."""
        if self._process.stdin is None:
            raise ValueError("it was started without stdin")
        self._process.stdin.write(f"{count}\n")
        self._process.stdin.flush()
        return float(self._hear())

    def end(self) -> float:
        """Ends it; its peak memory in MB."""
        if self._process.stdin:
            self._process.stdin.close()
        _, status, usage = os.wait4(self._process.pid, 0)
        self._process.returncode = os.waitstatus_to_exitcode(status)
        if self._process.stdout:
            self._process.stdout.close()
        return usage.ru_maxrss / (1e6 if sys.platform == "darwin" else 1e6 / 1024)

    def _hear(self) -> Any:
        line = self._process.stdout.readline() if self._process.stdout else ""
        if not line:
            raise SystemExit("a peer ended; its errors stand above")
        return json.loads(line)


def main(arguments: Sequence[str] | None = None) -> int:
    options = parse(arguments)
    with tempfile.TemporaryDirectory(prefix="glioscope-study-") as temporary:
        work = Path(temporary)
        here = Checkout(HERE.parent, Path(sys.executable))
        study = studies(options, here, work)["dicom"]
        result: dict[str, Any] = {
            "schema": SCHEMA,
            "command": "python bench/study.py",
            "machine": machine(),
            "rounds": options.rounds,
            "slices": SLICES,
            **measured(here, study, options, work),
        }
        if options.scaling:
            result["scaling"] = scaling(here, options.scaling, work)
    result["kept"] = kept(result)
    if options.output:
        atomic_json(options.output, result)
    print(table(result))
    return 0 if all(result["kept"].values()) else 1


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python bench/study.py", description=__doc__)
    parser.add_argument("--data", type=Path, help="LGG folder; GLIOSCOPE_LGG when left out")
    parser.add_argument("--case", help=f"case folder; the first of {SLICES} slices when left out")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--at-once", type=int, default=8, help="slices that a network is asked for")
    parser.add_argument("--kinds", nargs="+", choices=LABELS, default=[*LABELS])
    parser.add_argument("--scaling", type=int, nargs="+", help="slices of further studies")
    parser.add_argument(
        "--peers",
        type=Path,
        default=HERE.parent / ".venv-peers",
        help="environment with PyTorch and MONAI; made where there is none",
    )
    parser.add_argument("--output", "-o", type=Path, help="JSON to write")
    return parser.parse_args(arguments)


def peers_python(folder: Path) -> Path:
    """The interpreter of the environment with PyTorch and MONAI, installed on the first call."""
    python = folder.absolute() / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    ready = folder / ".installed"
    if not ready.exists():
        venv.create(folder, with_pip=True)
        subprocess.run([python, "-m", "pip", "install", "-q", "torch", "monai"], check=True)
        ready.touch()
    return python


def measured(
    here: Checkout, study: Path, options: argparse.Namespace, work: Path
) -> dict[str, Any]:
    """Everything in turn, round after round; the first round of whole processes does not count."""
    ways = dict(WAYS)
    if Settings.from_environment().best_model:
        ways["best"] = ["--quality", "best"]
    theirs = peers_python(options.peers) if set(options.kinds) & set(THEIRS) else None
    with ExitStack() as open_peers:
        peers: dict[str, Peer] = {}
        for kind in options.kinds:
            python = theirs if kind in THEIRS and theirs else here.python
            peers[kind] = Peer(kind, python, work)
            open_peers.callback(peers[kind].end)
        whole: dict[str, list[dict[str, float]]] = {way: [] for way in ways}
        per_slice: dict[str, list[float]] = {kind: [] for kind in peers}
        for number in range(-1, options.rounds):
            for way, more in ways.items():
                figures = run_once(here, study, work / f"{way}-{number}", work, more)
                if number >= 0:
                    whole[way].append(figures)
            for kind, peer in peers.items():
                if number >= 0:
                    took = peer.seconds(options.at_once)
                    per_slice[kind].append(1000 * took / options.at_once)
        networks = {
            kind: {
                "ms_per_slice": spread(per_slice[kind]),
                "first_ms": 1000 * peer.ready["first_s"],
                "parameters": peer.ready["parameters"],
                "peak_mb": peer.end(),
            }
            for kind, peer in peers.items()
        }
        open_peers.pop_all()
    return {
        "analyze": {
            way: {name: spread([run[name] for run in runs]) for name in MEASURES}
            for way, runs in whole.items()
        },
        "networks": networks,
    }


def scaling(here: Checkout, counts: Sequence[int], work: Path) -> dict[str, dict[str, float]]:
    """Whole processes on phantoms of so many slices, a DICOM study each."""
    found = {}
    for count in counts:
        code = "import sys; from pathlib import Path; "
        code += "from glioscope.phantom.study import phantom_study; "
        code += "from glioscope.writing.mr.study import write_dicom_study; "
        code += f"write_dicom_study(phantom_study(size={SIZE}, slices={count})[0], Path('{count}'))"
        source = {**os.environ, "PYTHONPATH": str(here.folder / "src")}
        subprocess.run([here.python, "-c", code], check=True, cwd=work, env=source)
        figures = run_once(here, work / str(count), work / f"scaled-{count}", work, ["--force"])
        found[str(count)] = {**figures, "ms_per_slice": 1000 * figures["wall_s"] / count}
    return found


def spread(values: list[float]) -> dict[str, float]:
    figures = {"median": statistics.median(values), "min": min(values), "max": max(values)}
    return {name: round(value, 4) for name, value in figures.items()}


def kept(result: dict[str, Any]) -> dict[str, bool]:
    """Which of what is promised held in this run; without PyTorch only what needs none."""
    plain, networks = result["analyze"]["plain"], result["networks"]
    found = {"memory": plain["peak_mb"]["max"] <= MOST_MB}
    if "torch" in networks:
        slice_ms = networks["torch"]["ms_per_slice"]["median"]
        found["whole study"] = plain["wall_s"]["median"] <= MOST_SLICES * slice_ms / 1000
        for kind, name in (("ours", "network"), ("ours-fast", "network, --fast")):
            if kind in networks:
                ours = networks[kind]["ms_per_slice"]["median"]
                found[name] = slice_ms >= NETWORK_RATIO * ours
    return found


def table(result: dict[str, Any]) -> str:
    about = result["machine"]
    lines = [f"{about['cpu']}, {usable_cores()} cores; {result['rounds']} rounds", ""]
    lines.append(f"{'analyze, DICOM to files':<34}{'wall, s':>9}{'CPU, s':>9}{'peak, MB':>10}")
    for way, figures in result["analyze"].items():
        wall, cpu, peak = (figures[name]["median"] for name in MEASURES)
        lines.append(f"{way:<34}{wall:>9.2f}{cpu:>9.2f}{peak:>10.0f}")
    lines += ["", f"{'network':<34}{'ms/slice':>9}{'first':>9}{'peak, MB':>10}"]
    for kind, figures in result["networks"].items():
        middle, first = figures["ms_per_slice"]["median"], figures["first_ms"]
        lines.append(f"{LABELS[kind]:<34}{middle:>9.1f}{first:>9.1f}{figures['peak_mb']:>10.0f}")
    if "matmul" in result["networks"]:
        peak = 1000 * MATMUL_GFLOP / result["networks"]["matmul"]["ms_per_slice"]["median"]
        lines.append(f"matrix product: {peak:.0f} GFLOP/s; Buda's shape has {GFLOP:.0f} GFLOP")
    for count, figures in result.get("scaling", {}).items():
        line = f"{count} slices: {figures['wall_s']:.2f} s, {figures['ms_per_slice']:.1f} ms each, "
        lines.append(line + f"{figures['peak_mb']:.0f} MB")
    lines += [f"{name}: {'kept' if held else 'NOT KEPT'}" for name, held in result["kept"].items()]
    return "\n".join(lines)


if __name__ == "__main__":
    raise SystemExit(main())
