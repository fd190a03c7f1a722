"""What `glioscope inspect` found, as people read it; its JSON is for programs."""

import sys
from collections.abc import Iterator
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from glioscope.writing.wording import Wording

# Width of the table where stdout is no terminal.
_PIPE_WIDTH = 160

_COLUMNS = ("series", "description", "class", "slices", "plane", "spacing", "used", "why")


def print_study(document: dict[str, Any], words: Wording) -> None:
    """Print the document of one study (`glioscope.cli.inspect`) to stdout."""
    console = Console(width=None if sys.stdout.isatty() else _PIPE_WIDTH, highlight=False)
    console.print(f"{document['study_id']} ({document['kind']})", markup=False)
    if "series" in document:
        console.print(_table(document["series"], words))
    for line in _lines(document, words):
        console.print(f"  {line}", markup=False)
    console.print(f"{words('notice')}\n", markup=False)


def _lines(document: dict[str, Any], words: Wording) -> Iterator[str]:
    if "sequences" in document:
        spacing = document["spacing_mm"]
        yield words("inspect.sequences", names=", ".join(document["sequences"]))
        yield words("inspect.voxels", shape=_product(document["shape"]))
        yield (
            words("inspect.spacing", spacing=_product(spacing))
            if spacing
            else words("inspect.no_spacing")
        )
    for name, count in document.get("skipped", {}).items():
        yield words("inspect.left_out", count=count, name=words(f"reading.skipped_{name}"))
    for warning in document.get("warnings", ()):
        yield words("inspect.warning", text=warning)
    if "quality" in document:
        yield from _verdict(document["quality"], words)
    if error := document.get("error"):
        yield words("inspect.fault", text=error)


def _verdict(quality: dict[str, Any] | None, words: Wording) -> Iterator[str]:
    if quality is None:
        yield words("inspect.not_judged")
        return
    score = "–" if quality["score"] is None else words.number(quality["score"], 1)
    yield words(f"inspect.{quality['verdict']}", score=score)
    yield from (f"  {words.say(fault['text'])}" for fault in quality["faults"])


def _table(series: list[dict[str, Any]], words: Wording) -> Table:
    table = Table(box=box.SIMPLE_HEAD)
    for title in _COLUMNS:
        table.add_column(words(f"inspect.column.{title}"), overflow="fold")
    for one in series:
        table.add_row(*(Text(cell) for cell in _row(one, words)))
    return table


def _row(one: dict[str, Any], words: Wording) -> tuple[str, ...]:
    geometry: dict[str, Any] = one["geometry"] or {}
    plane = words(f"reading.plane_{geometry['plane']}") if "plane" in geometry else "–"
    against = [words("inspect.but", text=conflict) for conflict in one["conflicts"]]
    reasons = [words.say(text) for text in one["reasons"]]
    why = [*reasons, *against, *([words.say(one["why_not"])] if one["why_not"] else [])]
    return (
        one["label"],
        one["description"],
        words.say(one["class"]),
        str(one["frames"] or "–"),
        plane,
        _product(geometry.get("spacing_mm", [])) or "–",
        one["used_as"] or "–",
        "; ".join(why),
    )


def _product(numbers: list[float]) -> str:
    return " × ".join(f"{number:.4g}" for number in numbers)
