"""Two checkouts side by side: whole processes of `glioscope analyze`, and that they answer alike.

    python bench/pair.py OLD NEW --data DATA --rounds 7

Runs alternate (A B A B …), so that drift of the machine hits both. Exit status 1 where a voxel of
a mask or a figure of analysis.json differs. This process imports nothing heavy before the last
run: on Linux a child's peak memory starts from its parent's.
"""

import argparse
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from glioscope.files import atomic_json
from glioscope.settings import Settings
from machine import machine

SCHEMA = "glioscope.bench-pair/1"
SLICES = 34
# Row, column and slice of the DICOM study in mm; the pictures carry none.
SPACING = "0.94,0.94,5"
MEASURES = ("wall_s", "cpu_s", "peak_mb")
# What two versions may say differently of the same answer: how long it took, and their versions.
NOT_COMPARED = ("timings_s", "versions", "model.version")
SHOWN = 20


@dataclass(frozen=True)
class Checkout:
    """One side: its source tree, and the interpreter that runs it."""

    folder: Path
    python: Path

    @property
    def commit(self) -> str | None:
        """What is checked out; None where it is no repository."""
        command = ["git", "-C", str(self.folder), "rev-parse", "HEAD"]
        found = subprocess.run(command, capture_output=True, text=True, check=False)
        return found.stdout.strip() if not found.returncode else None


@dataclass
class Differences:
    """What differs between two answers, and the keys that only the new one has."""

    found: list[str] = field(default_factory=list)
    only_new: set[str] = field(default_factory=set)


def main(arguments: Sequence[str] | None = None) -> int:
    options = parse(arguments)
    old = checkout(options.old, options.python_old)
    new = checkout(options.new, options.python_new)
    with tempfile.TemporaryDirectory(prefix="glioscope-pair-") as temporary:
        work = Path(temporary)
        inputs = studies(options, new, work)
        measured = {
            name: measure(study, old, new, options, work / name) for name, study in inputs.items()
        }
        result = {
            "schema": SCHEMA,
            "machine": machine(),
            "commits": {"old": old.commit, "new": new.commit},
            "rounds": options.rounds,
            "inputs": {
                name: describe(runs, work / name, options.ignore) for name, runs in measured.items()
            },
        }
    if options.output:
        atomic_json(options.output, result)
    print(table(result))
    return 0 if all(part["equal"] for part in result["inputs"].values()) else 1


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python bench/pair.py", description=__doc__)
    parser.add_argument("old", type=Path, help="checkout with its own .venv")
    parser.add_argument("new", type=Path, help="another")
    parser.add_argument("--python-old", type=Path, help="interpreter in place of OLD/.venv")
    parser.add_argument("--python-new", type=Path, help="interpreter in place of NEW/.venv")
    parser.add_argument("--data", type=Path, help="LGG folder; GLIOSCOPE_LGG when left out")
    parser.add_argument("--case", help=f"case folder; the first of {SLICES} slices when left out")
    parser.add_argument("--rounds", type=int, default=7, help="pairs that count")
    parser.add_argument("--warm-up", type=int, default=1, help="pairs before, which do not")
    parser.add_argument("--ignore", nargs="+", default=[], help="more keys that may differ, dotted")
    parser.add_argument("--output", "-o", type=Path, help="JSON to write")
    options = parser.parse_args(arguments)
    if options.rounds < 1 or options.warm_up < 0:
        parser.error("--rounds must be 1 or more, and --warm-up 0 or more")
    return options


def checkout(folder: Path, python: Path | None) -> Checkout:
    """The side in `folder`.

    Raises:
        SystemExit: it has no interpreter or no source.
    """
    inside = Path("Scripts/python.exe") if os.name == "nt" else Path("bin/python")
    # Not resolved: an environment is found by the name its interpreter is called by.
    found = (python or folder / ".venv" / inside).absolute()
    for path in (found, folder / "src" / "glioscope"):
        if not path.exists():
            raise SystemExit(f"{folder.name}: {path.name} is not there; see --help")
    return Checkout(folder.resolve(), found)


def environment(side: Checkout, work: Path) -> dict[str, str]:
    """That of the caller without settings; bytecode of both is cached alike, and elsewhere."""
    dropped = ("PYTHONDONTWRITEBYTECODE", "PYTHONPATH", "PYTHONHOME")
    kept = {
        name: value
        for name, value in os.environ.items()
        if name not in dropped and not name.startswith("GLIOSCOPE_")
    }
    cache = str(work / "bytecode" / side.folder.name)
    return kept | {"PYTHONPATH": str(side.folder / "src"), "PYTHONPYCACHEPREFIX": cache}


def studies(options: argparse.Namespace, new: Checkout, work: Path) -> dict[str, Path]:
    """A case of pictures, and the same as a DICOM study, made once by the new checkout.

    Without data both are made of the phantom.
    """
    root = options.data or Settings.from_environment().lgg
    if root is None:
        case = work / "phantom"
        code = "import sys; from pathlib import Path; from phantom import write_case; "
        code += "write_case(Path(sys.argv[1]), slices=int(sys.argv[2]))"
        paths = os.pathsep.join([str(new.folder / "src"), str(Path(__file__).parent)])
        made = environment(new, work) | {"PYTHONPATH": paths}
        subprocess.run([str(new.python), "-c", code, str(case), str(SLICES)], check=True, env=made)
    else:
        case = root / options.case if options.case else first_case(root)
    command = [str(new.python), "-m", "glioscope", "data", "to-dicom", str(case)]
    command += ["--spacing", SPACING]
    quiet = subprocess.DEVNULL
    subprocess.run(
        [*command, "-o", str(work / "made")], check=True, env=environment(new, work), stdout=quiet
    )
    return {"pictures": case, "dicom": work / "made" / case.name}


def first_case(root: Path) -> Path:
    """The first case of 34 slices, or the first of all."""
    cases = sorted(path for path in root.iterdir() if path.is_dir())
    if not cases:
        raise SystemExit(f"{root.name}: no case folder")
    fit = (case for case in cases if len(list(case.glob("*_mask.tif"))) == SLICES)
    return next(fit, cases[0])


Runs = dict[str, list[dict[str, float]]]


def measure(
    study: Path, old: Checkout, new: Checkout, options: argparse.Namespace, work: Path
) -> Runs:
    """Every counted run of both sides, in turn; results stay in `work/SIDE-ROUND`."""
    runs: Runs = {"old": [], "new": []}
    for number in range(-options.warm_up, options.rounds):
        for name, side in (("old", old), ("new", new)):
            figures = run_once(side, study, work / f"{name}-{number}", work.parent)
            if number >= 0:
                runs[name].append(figures)
    return runs


def run_once(
    side: Checkout, study: Path, out: Path, work: Path, more: Sequence[str] = ()
) -> dict[str, float]:
    """Wall and CPU seconds and peak memory of one whole process, from outside.

    Raises:
        SystemExit: it failed; its errors stand above.
    """
    command = [str(side.python), "-m", "glioscope", "analyze", str(study), "-o", str(out)]
    given = environment(side, work)
    began = time.perf_counter()
    with subprocess.Popen(
        [*command, "--quiet", *more], stdout=subprocess.DEVNULL, env=given, cwd=work
    ) as process:
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - began
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{side.folder.name}: analyze left with {process.returncode}")
    per_mb = 1e6 if sys.platform == "darwin" else 1e6 / 1024
    cpu = usage.ru_utime + usage.ru_stime
    return {"wall_s": wall, "cpu_s": cpu, "peak_mb": usage.ru_maxrss / per_mb}


def describe(runs: Runs, work: Path, ignored: Sequence[str]) -> dict[str, Any]:
    """Figures of one input, and whether every pair of runs answered alike."""
    rounds = len(runs["old"])
    differences = Differences()
    for number in range(rounds):
        compare(work / f"old-{number}", work / f"new-{number}", differences, ignored)
    pairs = list(zip(runs["old"], runs["new"], strict=True))
    return {
        **{name: {m: spread([r[m] for r in runs[name]]) for m in MEASURES} for name in runs},
        "ratio": {m: spread([new[m] / old[m] for old, new in pairs]) for m in MEASURES},
        "equal": not differences.found,
        "differences": sorted(set(differences.found)),
        "only_new": sorted(differences.only_new),
        "runs": runs,
    }


def spread(values: list[float]) -> dict[str, float]:
    figures = {"median": statistics.median(values), "min": min(values), "max": max(values)}
    return {name: round(value, 4) for name, value in figures.items()}


def compare(old: Path, new: Path, differences: Differences, ignored: Sequence[str] = ()) -> None:
    """Add what differs between two result folders, each of one study or more."""
    names = [sorted(path.parent.name for path in out.glob("*/analysis.json")) for out in (old, new)]
    if names[0] != names[1] or not names[0]:
        differences.found.append(f"studies: {names[0]} and {names[1]}")
        return
    for name in names[0]:
        documents = [
            json.loads((out / name / "analysis.json").read_text("utf-8")) for out in (old, new)
        ]
        skipped = {*NOT_COMPARED, *ignored}
        differences.found += walk(documents[0], documents[1], "", skipped, differences.only_new)
        differences.found += masks(old / name / "mask.nii.gz", new / name / "mask.nii.gz")


def walk(old: Any, new: Any, where: str, skipped: set[str], only_new: set[str]) -> Iterator[str]:
    """Differences of two JSON values; list positions stand as `[3]`, and as `[]` in `only_new`."""
    if isinstance(old, dict) and isinstance(new, dict):
        for key in {**old, **new}:
            path = f"{where}.{key}".lstrip(".")
            if plain(path) in skipped:
                continue
            if key not in old:
                only_new.add(plain(path))
            elif key not in new:
                yield f"{path}: only the old one has it"
            else:
                yield from walk(old[key], new[key], path, skipped, only_new)
    elif isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        for number, (a, b) in enumerate(zip(old, new, strict=True)):
            yield from walk(a, b, f"{where}[{number}]", skipped, only_new)
    elif old != new or isinstance(old, bool) != isinstance(new, bool):
        yield f"{where}: {_short(old)} and {_short(new)}"


def plain(path: str) -> str:
    """A path without the numbers of list positions."""
    return re.sub(r"\[\d+\]", "[]", path)


def _short(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)[:80]


def masks(old: Path, new: Path) -> list[str]:
    """Differences of two NIfTI masks: shape, type, voxels, affine."""
    # Now that all runs are over its memory is nobody's.
    import nibabel
    import numpy as np

    one, other = (nibabel.load(path) for path in (old, new))
    first, second = (np.asanyarray(image.dataobj) for image in (one, other))
    if first.shape != second.shape or first.dtype != second.dtype:
        return [f"mask: {first.shape} {first.dtype} and {second.shape} {second.dtype}"]
    found = []
    voxels = int(np.count_nonzero(first != second))
    if voxels:
        found.append(f"mask: {voxels} voxels differ")
    if not np.array_equal(one.affine, other.affine):
        found.append("mask: the affines differ")
    return found


def table(result: dict[str, Any]) -> str:
    """What is printed: per input both sides, their ratio, and whether they answer alike."""
    about = result["machine"]
    lines = [f"{about['cpu']}, {about['cores']} cores; {result['rounds']} rounds"]
    for name, part in result["inputs"].items():
        lines.append(f"\n{name:<12}{'old':>26}{'new':>26}{'new/old':>26}")
        for measure_name in MEASURES:
            cells = [_cell(part[side][measure_name]) for side in ("old", "new", "ratio")]
            lines.append(f"{measure_name:<12}" + "".join(f"{cell:>26}" for cell in cells))
        lines.append("masks and figures are equal" if part["equal"] else "THE ANSWERS DIFFER:")
        lines += [f"  {line}" for line in part["differences"][:SHOWN]]
        if part["only_new"]:
            lines.append(f"only the new one has: {', '.join(part['only_new'])}")
    return "\n".join(lines)


def _cell(figures: dict[str, float]) -> str:
    return f"{figures['median']:.3g} ({figures['min']:.3g} to {figures['max']:.3g})"


if __name__ == "__main__":
    raise SystemExit(main())
