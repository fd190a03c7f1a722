"""What reports are made of, whatever they are written as."""

from dataclasses import dataclass
from typing import Literal

from glioscope.analysis import Analysis

Tone = Literal["plain", "faint", "alarm", "strong"]


@dataclass(frozen=True)
class Prose:
    """A paragraph; `small` prints it a little smaller."""

    text: str
    tone: Tone = "plain"
    small: bool = False


@dataclass(frozen=True)
class Facts:
    """Names with their values beside them."""

    rows: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Table:
    """Rows under titles; a line feed in a cell starts a new line there.

    `widths` are millimetres on A4, one per title. With `folded` a page shows the rows in two
    columns, read downwards.
    """

    titles: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    widths: tuple[float, ...]
    folded: bool = False


@dataclass(frozen=True)
class Pictures:
    """Slices of the analysed study by index, each with what stands below it."""

    slices: tuple[tuple[int, str], ...]


@dataclass(frozen=True)
class Chart:
    """Probability of every slice of the analysed study, with the threshold."""


Block = Prose | Facts | Table | Pictures | Chart


@dataclass(frozen=True)
class Section:
    """Blocks under a title."""

    title: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True)
class Content:
    """A whole report. `name` stands on every page; `alarm` colours the headline above `lines`.

    `analysis` is what pictures and the chart are drawn from; None where there are none.
    """

    title: str
    name: str
    headline: str
    lines: tuple[Prose, ...]
    alarm: bool
    sections: tuple[Section, ...]
    analysis: Analysis | None
