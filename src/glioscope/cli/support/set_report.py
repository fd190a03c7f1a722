"""What `glioscope data check` found, as people read it; its JSON is for programs."""

import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from statistics import median
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table

from glioscope.datasets.lgg_check import PUBLIC_SET
from glioscope.texts.catalogue import Language
from glioscope.texts.message import Message, message
from glioscope.writing.wording import Wording, wording

if TYPE_CHECKING:
    from glioscope.datasets.lgg_check import LggReport
    from glioscope.own_data.check import SetReport

# Cut lines would lose names when the output goes to a file.
_PIPE_WIDTH = 120


def print_report(report: "LggReport", most: int, lang: Language) -> None:
    """Print how the set is made up and its first `most` faults to stdout."""
    words = wording(lang)
    console = Console(width=None if sys.stdout.isatty() else _PIPE_WIDTH)
    console.print(words.say(_headline(report)))
    classes = {words("demo.no tumour"): report.negative, words("demo.tumour"): report.positive}
    for title, label, counts in (
        ("slices", "class", classes),
        ("cases", "site", report.sites),
        ("tumour_slices", "area", report.lesion_sizes),
        ("cases", "size", report.sizes),
    ):
        console.print(_table(words, title, label, _shares(counts, words)))
    replaced = {
        name: ", ".join(words(f"sequence.{sequence}") for sequence in which)
        for name, which in report.replaced.items()
    }
    if replaced:
        console.print(_table(words, "replaced", "case", replaced))
    _print_problems(console, report.problems, most, words)


def print_own(report: "SetReport", most: int, lang: Language) -> None:
    """The same of a set of labelled studies, with what is worth a look."""
    words = wording(lang)
    console = Console(
        width=None if sys.stdout.isatty() else _PIPE_WIDTH, markup=False, highlight=False
    )
    positive, slices = (sum(getattr(c, of) for c in report.cases) for of in ("positive", "slices"))
    counts = {"cases": len(report.cases), "patients": report.patients}
    console.print(words("own_data.set", positive=positive, slices=slices, **counts))
    for code, names in (
        ("own_data.set_sites", [case.site for case in report.cases]),
        ("own_data.set_scanners", [case.scanner for case in report.cases]),
    ):
        if any(names):
            console.print(words(code, counts=_counted(names, words)))
    if report.classes:
        counts = report.classes.items()
        told = ", ".join(words("own_data.set_counted", name=n, count=c) for n, c in counts)
        console.print(words("own_data.set_classes", counts=told))
    if volumes := sorted(case.ml for case in report.cases if case.ml):
        ends = {"least": volumes[0], "most": volumes[-1]}
        console.print(words("own_data.set_volumes", median=median(volumes), **ends))
    for note in report.notes:
        console.print(words.say(note))
    _print_problems(console, report.problems, most, words)


def _counted(names: list[str], words: Wording) -> str:
    return ", ".join(
        words("own_data.set_counted", name=name or "–", count=count)
        for name, count in Counter(names).most_common()
    )


def _headline(report: "LggReport") -> Message:
    patients, slices, positive = PUBLIC_SET
    whole = (
        message("cli.set_whole")
        if report.is_whole_public_set
        else message("cli.set_part", patients=patients, slices=slices, positive=positive)
    )
    return message(
        "cli.set",
        patients=report.patients,
        slices=report.slices,
        positive=report.positive,
        whole=whole,
    )


def _shares(counts: Mapping[str, int], words: Wording) -> dict[str, str]:
    total = max(1, sum(counts.values()))
    return {
        name: f"{count:>5}  {words.number(100 * count / total, 1):>5}%"
        for name, count in counts.items()
    }


def _table(words: Wording, title: str, label: str, rows: Mapping[str, str]) -> Table:
    table = Table(words(f"cli.set_{label}"), words(f"cli.set_{title}"))
    for name, value in rows.items():
        table.add_row(name, value)
    return table


def _print_problems(
    console: Console, problems: Sequence[Message], most: int, words: Wording
) -> None:
    if not problems:
        console.print(words("cli.set_sound"))
        return
    console.print(words("cli.set_faults", count=len(problems)))
    for problem in problems[:most]:
        console.print(f"  {words.say(problem)}", markup=False, highlight=False)
    if len(problems) > most:
        console.print("  " + words("cli.set_more", count=len(problems) - most))
