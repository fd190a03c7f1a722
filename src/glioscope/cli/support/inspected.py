"""What `glioscope inspect` found, as people read it; its JSON is for programs."""

import sys
from collections.abc import Iterator, Sequence
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from glioscope.texts.catalogue import number
from glioscope.texts.message import Message
from glioscope.writing.wording import Wording

# Width of the table where stdout is no terminal.
_PIPE_WIDTH = 160

# Axes of a DICOM stack that are rows, columns and slices.
_OF_STACKS = (1, 2, 0)

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
        shape, spacing, axes = (document[k] for k in ("shape", "spacing_mm", "picture_axes"))
        names = (words(f"sequence.{name}") for name in document["sequences"])
        yield words("inspect.sequences", names=", ".join(names))
        yield words("inspect.voxels", shape=_product(shape, axes, words))
        yield (
            words("inspect.spacing", spacing=_product(spacing, axes, words))
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
        _called(one["class"], words),
        str(one["frames"] or "–"),
        plane,
        _product(geometry["spacing_mm"], _OF_STACKS, words) if "plane" in geometry else "–",
        _called(one["used_as"], words) if one["used_as"] else "–",
        "; ".join(why),
    )


def _called(what: Message | str, words: Wording) -> str:
    """A class in words: a message, or the code of a sequence."""
    return words.say(what) if isinstance(what, Message) else words(f"sequence.{what}")


def _product(numbers: list[float], axes: Sequence[int], words: Wording) -> str:
    """Rows, columns and slices, in this order everywhere."""
    return " × ".join(number(f"{numbers[axis]:.4g}", words.lang) for axis in axes)
