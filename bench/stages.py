"""Where the time of a study goes: CPU seconds of one whole `glioscope analyze`, by stage.

    python bench/stages.py -o bench/results/stages.json

A study of 34 DICOM slices in, all files out, in a process of its own, round after round. Every
thread counts its own CPU time; what a stage calls that is a stage itself, imports among them,
counts there alone. `everything else` is what no stage has: the command line, waiting threads, the
end.
"""

import argparse
import importlib.abc
import importlib.machinery
import json
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import contextmanager
from functools import wraps
from pathlib import Path
from types import ModuleType
from typing import Any

SCHEMA = "glioscope.bench-stages/1"
SLICES, SIZE = 34, 256
IMPORTS, REST = "imports", "everything else"
# Functions, and methods of classes, by module: those of one stage have its name.
STAGES = {
    "glioscope.reading.inputs": {"find_inputs": "finding series"},
    "glioscope.reading.dicom.study": {"read_study": "reading pixels"},
    "glioscope.model.bundle": {"load_model": "loading the network"},
    "glioscope.model.preprocess": {"prepare": "preparing"},
    "glioscope.quality_gate": {"assess": "quality gate"},
    "glioscope.model.engine": {"OnnxEngine._answers": "network"},
    "glioscope.study": {"content_hash": "hash of the input"},
    "glioscope.pipeline": {"analyze": "decisions and measures"},
    "glioscope.writing.report.content": {"study_content": "words of the report"},
    "glioscope.writing.report.pdf": {"write_report": "PDF"},
    "glioscope.writing.report.html": {"write_html": "HTML"},
    "glioscope.writing.overview": {"write_overview": "overview"},
    "glioscope.writing.nifti": {"write_mask": "NIfTI"},
    "glioscope.writing.analysis_json": {"write_analysis_json": "analysis.json"},
    "glioscope.writing.dicom.target": {"dicom_target": "headers of the results"},
    "glioscope.writing.dicom.sr.report": {"write_sr": "SR"},
    "glioscope.writing.dicom.seg": {"write_seg": "SEG"},
}


class Stages:
    """CPU seconds of this process by stage."""

    def __init__(self) -> None:
        self.seconds: Counter[str] = Counter()
        self._lock = threading.Lock()
        self._own = threading.local()

    @contextmanager
    def within(self, stage: str):
        """Count what this thread does here as the stage's, and no longer as that around it."""
        around: list[str] = self._own.__dict__.setdefault("around", [])
        self._charge(around)
        around.append(stage)
        try:
            yield
        finally:
            self._charge(around)
            around.pop()

    def _charge(self, around: list[str]) -> None:
        now = time.thread_time()
        if around:
            with self._lock:
                self.seconds[around[-1]] += now - self._own.since
        self._own.since = now

    def counted(self, work: Callable[..., Any], stage: str) -> Callable[..., Any]:
        """The same function, counted."""

        @wraps(work)
        def inside(*given: Any, **named: Any) -> Any:
            with self.within(stage):
                return work(*given, **named)

        return inside


class Hook(importlib.abc.MetaPathFinder):
    """Counts every import, and the stages of modules as soon as they are there."""

    def __init__(self, stages: Stages) -> None:
        self._stages = stages

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        with self._stages.within(IMPORTS):
            spec = importlib.machinery.PathFinder.find_spec(fullname, path, target)
        if spec is None or spec.loader is None:
            return spec
        loader, make, run = spec.loader, spec.loader.create_module, spec.loader.exec_module

        def executed(module: ModuleType) -> None:
            with self._stages.within(IMPORTS):
                run(module)
            for name, stage in STAGES.get(fullname, {}).items():
                *inside, last = name.split(".")
                owner: Any = getattr(module, inside[0]) if inside else module
                setattr(owner, last, self._stages.counted(getattr(owner, last), stage))

        vars(loader)["create_module"] = self._stages.counted(make, IMPORTS)
        vars(loader)["exec_module"] = executed
        return spec


def child(words: list[str]) -> None:
    """Run the command line with these words, and print the stages as JSON."""
    stages = Stages()
    sys.meta_path.insert(0, Hook(stages))
    from glioscope.cli.main import app
    from glioscope.cli.support.libraries.heap import give_back

    give_back()
    app(words, standalone_mode=False)
    seconds = dict(stages.seconds)
    print(json.dumps({**seconds, REST: time.process_time() - sum(seconds.values())}))


def main(arguments: Sequence[str] | None = None) -> int:
    options = parse(arguments)
    if options.child:
        child(options.words)
        return 0
    from machine import machine

    with tempfile.TemporaryDirectory() as folder:
        rounds = measured(Path(folder), options.rounds, options.slices, options.size)
    result = {
        "schema": SCHEMA,
        "command": "python bench/stages.py",
        "machine": machine(),
        "rounds": options.rounds,
        "slices": options.slices,
        "cpu_s": table_of(rounds),
    }
    print(text(result["cpu_s"]))
    if options.output:
        from glioscope.files import atomic_json

        atomic_json(options.output, result)
    return 0


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python bench/stages.py", description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--slices", type=int, default=SLICES)
    parser.add_argument("--size", type=int, default=SIZE, help="rows and columns of the study")
    parser.add_argument("-o", "--output", type=Path, help="JSON of the result")
    parser.add_argument("--child", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("words", nargs="*", help=argparse.SUPPRESS)
    return parser.parse_args(arguments)


def measured(
    work: Path, rounds: int, slices: int, size: int, uncounted: int = 1
) -> list[dict[str, float]]:
    """Seconds by stage of so many processes, after those that are not counted."""
    from glioscope.phantom.study import phantom_study
    from glioscope.writing.mr.study import write_dicom_study

    write_dicom_study(phantom_study(size=size, slices=slices)[0], work / "study")
    found = []
    for number in range(-uncounted, rounds):
        command = [sys.executable, __file__, "--child", "--", "analyze", str(work / "study")]
        command += ["-o", str(work / f"out{number}"), "--quiet", "--force"]
        ended = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
        if number >= 0:
            found.append(json.loads(ended.stdout.splitlines()[-1]))
    return found


def table_of(rounds: list[dict[str, float]]) -> dict[str, float]:
    """The median of each stage, longest first."""
    names = {name for one in rounds for name in one}
    middle = {n: statistics.median(one.get(n, 0.0) for one in rounds) for n in names}
    return {n: round(s, 4) for n, s in sorted(middle.items(), key=lambda pair: -pair[1])}


def text(seconds: dict[str, float]) -> str:
    """The table as a person reads it."""
    whole = sum(seconds.values())
    lines = [f"{n:<26}{s:>8.2f} s{s / whole:>8.0%}" for n, s in seconds.items()]
    return "\n".join([*lines, f"{'together':<26}{whole:>8.2f} s"])


if __name__ == "__main__":
    sys.exit(main())
