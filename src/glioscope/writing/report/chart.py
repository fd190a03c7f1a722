"""The chart of slice probabilities as one SVG, for the page and for paper, and what it shows."""

from typing import Literal
from xml.etree import ElementTree as Xml

from glioscope.analysis import Analysis
from glioscope.writing.report.slice_labels import slice_cell
from glioscope.writing.wording import Wording

# What a bar stands for: a slice called tumour, one worth a second look, any other.
Kind = Literal["called", "second", "bar"]

# Units of the drawing; who shows it scales it.
WIDTH, HEIGHT, _PLOT, _LEFT = 900.0, 162.0, 140.0, 40.0
# On white. Amber and orange-red are those of the pictures.
_FILLS: dict[Kind, str] = {"called": "#ff5438", "second": "#ffbe3c", "bar": "#96a2af"}
_INK, _FAINT, _GROUND = "#181c22", "#5c646e", "#f3f5f7"
# The name by which the PDF knows the packaged font; a page sets its own.
FONT = "DejaVu"


def strip_chart(analysis: Analysis, words: Wording) -> str:
    """Bars of slice probability with the threshold as a dashed line."""
    box = {"viewBox": f"0 0 {WIDTH:g} {HEIGHT:g}", "role": "img"}
    drawing = Xml.Element("svg", box | {"aria-label": words("chart.title")})
    ground = {"x": f"{_LEFT:g}", "y": "0", "width": f"{WIDTH - _LEFT:g}", "height": f"{_PLOT:g}"}
    Xml.SubElement(drawing, "rect", {"class": "ground", "fill": _GROUND} | ground)
    _bars(drawing, analysis)
    for level in (0.0, 0.5, 1.0):
        y = _PLOT * (1 - level) + (9 if level == 1 else 0 if level == 0 else 4)
        _text(drawing, _LEFT - 6, y, "end", words.number(level, 1))
    step = (WIDTH - _LEFT) / len(analysis.slices)
    for number in ticks(len(analysis.slices), step, least=28):
        name = slice_cell(analysis, number - 1)
        _text(drawing, _LEFT + (number - 0.5) * step, _PLOT + 15, "middle", name)
    if analysis.threshold is not None:
        _threshold(drawing, analysis.threshold)
    return Xml.tostring(drawing, encoding="unicode")


def legend(analysis: Analysis, words: Wording) -> tuple[tuple[str, str], ...]:
    """What each colour (a `Kind`) and the dashed `line` mean."""
    shown = [("called", words("chart.called")), ("second", words("chart.second_look"))]
    if analysis.threshold is not None:
        value = words.number(analysis.threshold, 3)
        shown.append(("line", words("chart.threshold", threshold=value)))
    return tuple(shown)


def kinds(analysis: Analysis) -> tuple[Kind, ...]:
    """What the bar of each slice stands for."""
    second_look = {miss.index for miss in analysis.possible_misses}
    return tuple(
        "called" if s.decision == "tumour" else "second" if s.index in second_look else "bar"
        for s in analysis.slices
    )


def ticks(count: int, step: float, *, least: float) -> list[int]:
    """Which of the slices from 1 to `count`, `step` apart, are numbered: `least` apart or more."""
    every = next(n for n in (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000) if n * step >= least)
    return [n for n in range(1, count + 1) if n == 1 or n % every == 0]


def _bars(drawing: Xml.Element, analysis: Analysis) -> None:
    step = (WIDTH - _LEFT) / len(analysis.slices)
    for finding, kind in zip(analysis.slices, kinds(analysis), strict=True):
        # A hair stays visible at 0, so that every slice is seen to have been read.
        tall = max(1.5, (finding.probability or 0.0) * _PLOT)
        place = {
            "x": f"{_LEFT + (finding.index + 0.1) * step:.1f}",
            "y": f"{_PLOT - tall:.1f}",
            "width": f"{0.8 * step:.1f}",
            "height": f"{tall:.1f}",
        }
        Xml.SubElement(drawing, "rect", {"class": kind, "fill": _FILLS[kind]} | place)


def _text(drawing: Xml.Element, x: float, y: float, anchor: str, text: str) -> None:
    place = {"x": f"{x:.1f}", "y": f"{y:g}", "text-anchor": anchor}
    look = {"fill": _FAINT, "font-size": "12", "font-family": FONT}
    Xml.SubElement(drawing, "text", place | look).text = text


def _threshold(drawing: Xml.Element, threshold: float) -> None:
    y = f"{_PLOT * (1 - threshold):.1f}"
    ends = {"x1": f"{_LEFT:g}", "x2": f"{WIDTH:g}", "y1": y, "y2": y}
    Xml.SubElement(drawing, "line", ends | {"stroke": _INK, "stroke-dasharray": "7 5"})
