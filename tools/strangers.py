"""`make strangers`: foreign and broken inputs through `analyze` and `inspect`, in one table.

For each input the exit codes, the first line said, and what lies in the output folder afterwards.
The program leaves with 1 when a command crashed (a traceback, an exit code that the reference does
not name, no end within two minutes) or left something half-written behind.
"""

import argparse
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from tools.imports import ROOT
from tools.strange_inputs import Strange, made, packaged

# docs/reference/exit-codes.md without 1, which is what nobody expected.
_EXPECTED = frozenset({0, 2, 3, 4, 5, 6})
# Written beside the studies of a batch, whatever became of them.
_SUMMARY = "studies.csv"
_MOST_SECONDS = 120
_FILES_OPTION = ("--flair", "--t1", "--t1gd")


@dataclass(frozen=True)
class Outcome:
    """What happened to one input; `faults` are empty where all went as it should.

    `codes` are those of `analyze` and `inspect` (None where a command did not end, or does not take
    such an input), `said` the first line of `analyze`, `left` the names in its output folder.
    """

    name: str
    codes: tuple[int | None, int | None]
    said: str
    left: tuple[str, ...]
    faults: tuple[str, ...]


def meet(strange: Strange) -> Outcome:
    """Build one input and run both commands on it."""
    with tempfile.TemporaryDirectory() as name:
        inputs, out = Path(name) / "input", Path(name) / "output"
        inputs.mkdir()
        words = strange.build(inputs)
        before = _names(inputs)
        analysed, said, crash = _run("analyze", *words, "-o", str(out), "--quiet", "--fast")
        left = tuple(sorted(path.name for path in out.iterdir())) if out.is_dir() else ()
        faults = [*crash, *half_written(out)]
        inspected = None
        if not set(words) & set(_FILES_OPTION):
            inspected, _, crash = _run("inspect", "--check", *words)
            faults += crash
        if _names(inputs) != before:
            faults.append("wrote beside its input")
    return Outcome(strange.name, (analysed, inspected), said, left, tuple(faults))


def half_written(out: Path) -> list[str]:
    """What an output folder holds that is neither a finished study nor the summary of a batch."""
    if not out.is_dir():
        return []
    return [
        f"left {path.name}"
        for path in sorted(out.iterdir())
        if path.name.startswith(".")
        or not (path.name == _SUMMARY or (path / "analysis.json").is_file())
    ]


def _names(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


def _run(*words: str) -> tuple[int | None, str, list[str]]:
    """Exit code, first line, and what is wrong with how the command ended."""
    try:
        code, printed, said = call(words)
    except subprocess.TimeoutExpired:
        return None, "", [f"{words[0]}: no end after {_MOST_SECONDS} s"]
    lines = [line.strip() for line in (said + printed).splitlines() if line.strip()]
    crash = [f"{words[0]}: traceback"] if "Traceback (most recent call last)" in said else []
    if code not in _EXPECTED:
        crash.append(f"{words[0]}: exit code {code}")
    return code, _first(lines, code), crash


def _first(lines: list[str], code: int) -> str:
    """The first line; of a table the first row, which stands below a head of several lines."""
    if code == 0:
        lines = lines[1 + next((n for n, line in enumerate(lines) if set(line) == {"─"}), -1) :]
    return lines[0] if lines else ""


def call(words: Sequence[str]) -> tuple[int, str, str]:
    """Run the command in a process; its exit code, stdout, and stderr with every traceback.

    Raises:
        subprocess.TimeoutExpired: it does not end.
    """
    paths = os.pathsep.join(filter(None, (str(ROOT / "src"), os.environ.get("PYTHONPATH"))))
    known = {**os.environ, "GLIOSCOPE_DEBUG": "1", "PYTHONPATH": paths}
    done = subprocess.run(
        [sys.executable, "-m", "glioscope", *words],
        capture_output=True,
        text=True,
        errors="replace",
        timeout=_MOST_SECONDS,
        env=known,
        check=False,
    )
    return done.returncode, done.stdout, done.stderr


def table(outcomes: Iterable[Outcome]) -> str:
    """The outcomes as a Markdown table, control characters shown as such."""
    rows = ["| input | analyze | inspect | first line | left behind |", "|---|---|---|---|---|"]
    for one in outcomes:
        codes = ["–" if code is None else str(code) for code in one.codes]
        left = "; ".join((*one.left, *(f"**{fault}**" for fault in one.faults))) or "nothing"
        cells = (one.name, *codes, one.said[:110], left)
        rows.append(f"| {' | '.join(_shown(cell) for cell in cells)} |")
    return "\n".join(rows)


def _shown(cell: str) -> str:
    return "".join(c if c.isprintable() else f"U+{ord(c):04X}" for c in cell).replace("|", "\\|")


def main() -> None:
    """Print the table; leave with 1 on a crash or on what is half-written."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default="", help="inputs whose name holds this")
    only = parser.parse_args().only
    strangers = [one for one in (*made(), *packaged()) if only in one.name]
    with ThreadPoolExecutor(os.cpu_count() or 1) as threads:
        outcomes = list(threads.map(meet, strangers))
    print(table(outcomes))
    bad = [one for one in outcomes if one.faults]
    print(f"\n{len(outcomes)} inputs, {len(bad)} with a fault")
    sys.exit(bool(bad))


if __name__ == "__main__":
    main()
