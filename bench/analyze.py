"""Whole-process time and memory of `glioscope analyze`, and ONNX Runtime beside Keras.

    python bench/analyze.py -o bench/results/analyze.json

Uses the LGG cases of GLIOSCOPE_LGG, else the phantom. This process imports nothing heavy: on Linux
a child's peak memory starts from its parent's.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from glioscope.files import atomic_json
from glioscope.settings import Settings
from machine import machine

HERE = Path(__file__).parent
SCHEMA = "glioscope.bench-analyze/1"


def main(arguments: Sequence[str] | None = None) -> None:
    options = parse(arguments)
    with tempfile.TemporaryDirectory(prefix="glioscope-bench-") as folder:
        studies, kind = find_studies(Path(folder), options.cases)
        model = ["--model", str(options.model)] if options.model else []
        result = {
            "schema": SCHEMA,
            "machine": machine(),
            "import_s": spread(import_times(options.repeats)),
            "first_probability_s": spread(cold_starts(studies[0], model, options.repeats)),
            "analyze": analyze_all(studies, kind, model, Path(folder)),
            "network": engines(options.preset, options.rounds),
        }
    atomic_json(options.output, result)
    print(json.dumps(summary(result), indent=2))


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Benchmark `glioscope analyze`.")
    parser.add_argument("-o", "--output", type=Path, default=HERE / "results" / "analyze.json")
    parser.add_argument("--model", type=Path, help="model folder; the shipped one by default")
    parser.add_argument("--preset", default="robust", help="network compared with Keras")
    parser.add_argument("--cases", type=int, default=10, help="studies, spread over the set")
    parser.add_argument("--repeats", type=int, default=7, help="runs of each short measurement")
    parser.add_argument("--rounds", type=int, default=15, help="alternations of the two runtimes")
    return parser.parse_args(arguments)


def find_studies(folder: Path, count: int) -> tuple[list[Path], str]:
    """LGG case folders evenly over the set, or the phantom written as one case."""
    root = Settings.from_environment().lgg
    if root:
        cases = sorted(path for path in root.iterdir() if path.is_dir())
        return cases[:: max(1, len(cases) // count)][:count], "lgg"
    python("phantom.py", str(folder / "phantom"))
    return [folder / "phantom"], "phantom"


def python(script: str, *arguments: str) -> str:
    """Run a script of this folder in a fresh interpreter; its stdout."""
    command = [sys.executable, str(HERE / script), *arguments]
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout


def import_times(repeats: int) -> list[float]:
    code = "import time; t = time.perf_counter(); import glioscope; print(time.perf_counter() - t)"
    command = [sys.executable, "-c", code]
    return [float(subprocess.check_output(command, text=True)) for _ in range(repeats)]


def cold_starts(study: Path, model: list[str], repeats: int) -> list[float]:
    """Seconds from just before the process starts to the first probability in its hands."""
    times = []
    for _ in range(repeats):
        began = time.clock_gettime(time.CLOCK_MONOTONIC)
        arrived = float(python("first_probability.py", str(study), *model))
        times.append(arrived - began)
    return times


def analyze_all(studies: list[Path], kind: str, model: list[str], out: Path) -> dict[str, Any]:
    """One process per study: wall seconds, CPU seconds and peak memory of each."""
    runs = [analyze_one(study, model, out / f"out-{n}") for n, study in enumerate(studies)]
    return {
        "source": kind,
        "studies": len(runs),
        "slices": sum(run["slices"] for run in runs),
        "wall_s": spread([run["wall_s"] for run in runs]),
        "cpu_s": spread([run["cpu_s"] for run in runs]),
        "wall_s_per_slice": spread([run["wall_s"] / run["slices"] for run in runs]),
        "peak_mb": spread([run["peak_mb"] for run in runs]),
    }


def analyze_one(study: Path, model: list[str], out: Path) -> dict[str, Any]:
    command = [sys.executable, "-m", "glioscope", "analyze", str(study), "-o", str(out)]
    began = time.perf_counter()
    with subprocess.Popen([*command, "--quiet", *model], stdout=subprocess.DEVNULL) as process:
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - began
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"glioscope analyze left with {process.returncode}")
    document = json.loads(next(out.glob("*/analysis.json")).read_text("utf-8"))
    per_mb = 1e6 if sys.platform == "darwin" else 1e6 / 1024
    return {
        "slices": len(document["slices"]),
        "wall_s": wall,
        "cpu_s": usage.ru_utime + usage.ru_stime,
        "peak_mb": usage.ru_maxrss / per_mb,
    }


def engines(preset: str, rounds: int) -> dict[str, Any]:
    return json.loads(python("engines.py", preset, str(rounds)).splitlines()[-1])


def spread(values: list[float]) -> dict[str, float]:
    """Median, least and most, to three significant places or better."""
    figures = {"median": statistics.median(values), "min": min(values), "max": max(values)}
    return {name: round(value, 4) for name, value in figures.items()}


def summary(result: dict[str, Any]) -> dict[str, Any]:
    return {
        "import glioscope, s": result["import_s"]["median"],
        "process start to first probability, s": result["first_probability_s"]["median"],
        "analyze per study, s": result["analyze"]["wall_s"]["median"],
        "analyze, peak MB": result["analyze"]["peak_mb"]["max"],
        "Keras time / ONNX Runtime time, per slice": result["network"]["keras_over_onnx"],
    }


if __name__ == "__main__":
    main()
