"""`overview.png`: the study at a glance, drawn with Pillow alone."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from PIL import Image as Picture
from PIL import ImageDraw, ImageFont
from PIL.PngImagePlugin import PngInfo

from glioscope.analysis import Analysis
from glioscope.analysis_parts import SliceFinding
from glioscope.files import atomic_path
from glioscope.writing.report.chart import kinds, legend, ticks
from glioscope.writing.report.lines import headline, shortened, size_of_all
from glioscope.writing.report.slice_labels import slice_cell, slice_label, slices_axis
from glioscope.writing.report.study_facts import sequences_text, source_text
from glioscope.writing.slice_pictures import (
    OUTLINE,
    PNG_LEVEL,
    SECOND_LOOK,
    Colour,
    key_slices,
    outline_colour,
    slices_of,
    tile,
)
from glioscope.writing.wording import Wording, font_path, wording

_WIDTH = 1480
_MARGIN = 36
_GAP = 10
_COLUMNS = 4
_MOST_TILES = 12
_HEADER, _CHART, _FOOTER = 118, 210, 66
# Between what stands on the left of the header and on its right.
_HEADER_GAP = 24

_GROUND: Colour = (15, 18, 22)
_PANEL: Colour = (27, 32, 38)
_TEXT: Colour = (236, 239, 242)
_FAINT: Colour = (150, 158, 167)
# Not green: the absence of a call is no all-clear.
_CALM: Colour = (122, 172, 208)
# Of bars and their legend.
_COLOURS: dict[str, Colour] = {
    "called": OUTLINE,
    "second": SECOND_LOOK,
    "bar": (96, 112, 130),
    "line": _TEXT,
}


@dataclass(frozen=True)
class _Box:
    """A rectangle in pixels: left, top, right, bottom."""

    left: float
    top: float
    right: float
    bottom: float


def write_overview(analysis: Analysis, path: Path, lang: str) -> None:
    """Write the contact sheet of key slices with outline, probabilities and their strip chart."""
    notes = PngInfo()
    notes.add_itxt("Description", wording(lang)("notice"), lang=lang)
    with atomic_path(path) as temporary:
        overview(analysis, lang).save(
            temporary, pnginfo=notes, optimize=False, compress_level=PNG_LEVEL
        )


def overview(analysis: Analysis, lang: str) -> Picture.Image:
    """The overview as a picture, 1480 pixels wide; its height follows the number of tiles."""
    words = wording(lang)
    shown = key_slices(analysis, _MOST_TILES)
    side = (_WIDTH - 2 * _MARGIN - (_COLUMNS - 1) * _GAP) // _COLUMNS
    rows = -(-len(shown) // _COLUMNS)
    tiles_end = _HEADER + rows * (side + _GAP)
    chart = _CHART if analysis.author == "model" else 0
    sheet = Picture.new("RGB", (_WIDTH, tiles_end + chart + _FOOTER), _GROUND)
    draw = ImageDraw.Draw(sheet)
    _header(draw, analysis, words)
    _tiles(sheet, analysis, shown, side, words)
    if chart:
        box = _Box(_MARGIN, tiles_end, _WIDTH - _MARGIN, tiles_end + chart)
        _chart(draw, analysis, box, words)
    _footer(draw, analysis, sheet.height, words)
    return sheet


@cache
def _font(size: int, bold: bool = False) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(font_path(bold), size)


def _header(draw: ImageDraw.ImageDraw, analysis: Analysis, words: Wording) -> None:
    colour = _tone(analysis)
    draw.rectangle((_MARGIN, 30, _MARGIN + 6, 96), colour)
    left = _MARGIN + 22
    found, size = headline(analysis, words), size_of_all(analysis, words)
    draw.text((left, 24), found, colour, _font(34, bold=True))
    draw.text((left, 70), size, _TEXT, _font(21))
    # What stands on the right has the room that is left of it.
    whole = _WIDTH - _MARGIN - left - _HEADER_GAP
    beside_found = whole - draw.textlength(found, _font(34, bold=True))
    beside_size = whole - draw.textlength(size, _font(21))
    beside_both = min(beside_found, beside_size)
    on_the_right = (
        (24, analysis.study.study_id, _TEXT, _font(21, bold=True), beside_found),
        (54, source_text(analysis, words), _FAINT, _font(17), beside_both),
        (77, sequences_text(analysis, words), _FAINT, _font(17), beside_size),
    )
    for top, text, shade, font, room in on_the_right:
        fitting = shortened(text, room, _measure(draw, font))
        draw.text((_WIDTH - _MARGIN, top), fitting, shade, font, anchor="ra")


def _tone(analysis: Analysis) -> Colour:
    """Of the headline: the outline's where a tumour is suspected."""
    if analysis.decision == "tumour":
        return outline_colour(analysis)
    return SECOND_LOOK if analysis.called else _CALM


def _measure(draw: ImageDraw.ImageDraw, font: ImageFont.FreeTypeFont) -> Callable[[str], float]:
    return lambda text: draw.textlength(text, font)


def _tiles(
    sheet: Picture.Image, analysis: Analysis, shown: tuple[int, ...], side: int, words: Wording
) -> None:
    pictures = slices_of(analysis).crop()
    draw = ImageDraw.Draw(sheet)
    second_look = {miss.index for miss in analysis.possible_misses}
    for place, index in enumerate(shown):
        left = _MARGIN + place % _COLUMNS * (side + _GAP)
        top = _HEADER + place // _COLUMNS * (side + _GAP)
        sheet.paste(tile(pictures, index, side, side), (left, top))
        box = _Box(left, top, left + side, top + side)
        finding = analysis.slices[index]
        name = slice_label(analysis, index, words)
        called = pictures.colour if finding.decision == "tumour" else None
        frame = called or (SECOND_LOOK if index in second_look else None)
        _label(draw, box, finding, name, frame, words)


def _label(
    draw: ImageDraw.ImageDraw,
    box: _Box,
    finding: SliceFinding,
    name: str,
    frame: Colour | None,
    words: Wording,
) -> None:
    draw.text((box.left + 10, box.top + 8), name, _TEXT, _font(17, bold=True))
    if finding.probability is not None:
        value = words.probability(finding.probability)
        draw.text(
            (box.right - 10, box.top + 8), value, frame or _FAINT, _font(17, bold=True), anchor="ra"
        )
    if frame:
        draw.rectangle((box.left, box.top, box.right - 1, box.bottom - 1), outline=frame, width=2)


def _chart(draw: ImageDraw.ImageDraw, analysis: Analysis, box: _Box, words: Wording) -> None:
    """Bars of slice probability, with the threshold where it is known."""
    draw.text((box.left, box.top + 8), words("chart.title"), _TEXT, _font(17, bold=True))
    _legend(draw, box, analysis, words)
    plot = _Box(box.left + 44, box.top + 46, box.right, box.bottom - 44)
    draw.rectangle((plot.left, plot.top, plot.right, plot.bottom), _PANEL)
    for level in (0.0, 0.5, 1.0):
        height = plot.bottom - level * (plot.bottom - plot.top)
        text = words.number(level, 1)
        draw.text((plot.left - 8, height), text, _FAINT, _font(14), anchor="rm")
    _bars(draw, analysis, plot)
    _axis(draw, analysis, plot, words)
    if analysis.threshold is not None:
        _threshold(draw, analysis.threshold, plot)


def _legend(draw: ImageDraw.ImageDraw, box: _Box, analysis: Analysis, words: Wording) -> None:
    right = box.right
    for kind, meaning in reversed(legend(analysis, words)):
        text = f"– –  {meaning}" if kind == "line" else meaning
        draw.text((right, box.top + 10), text, _COLOURS[kind], _font(15), anchor="ra")
        right -= draw.textlength(text, _font(15)) + 28


def _bars(draw: ImageDraw.ImageDraw, analysis: Analysis, plot: _Box) -> None:
    step = (plot.right - plot.left) / len(analysis.slices)
    inset = min(3.0, 0.15 * step)
    for finding, kind in zip(analysis.slices, kinds(analysis), strict=True):
        left = plot.left + finding.index * step
        # One pixel stays visible at 0, so that every slice is seen to have been read.
        tall = (finding.probability or 0.0) * (plot.bottom - plot.top)
        top = min(plot.bottom - 1, plot.bottom - tall)
        draw.rectangle((left + inset, top, left + step - inset, plot.bottom), _COLOURS[kind])


def _axis(draw: ImageDraw.ImageDraw, analysis: Analysis, plot: _Box, words: Wording) -> None:
    count = len(analysis.slices)
    step = (plot.right - plot.left) / count
    for number in ticks(count, step, least=34):
        middle = plot.left + (number - 0.5) * step
        name = slice_cell(analysis, number - 1)
        draw.text((middle, plot.bottom + 5), name, _FAINT, _font(14), anchor="ma")
    middle = (plot.left + plot.right) / 2
    counted = slices_axis(analysis, words)
    draw.text((middle, plot.bottom + 24), counted, _FAINT, _font(14), anchor="ma")
    if analysis.bounds:
        lines = words("chart.bounds")
        draw.text((plot.right, plot.bottom + 24), lines, _FAINT, _font(14), anchor="ra")


def _threshold(draw: ImageDraw.ImageDraw, threshold: float, plot: _Box) -> None:
    height = plot.bottom - threshold * (plot.bottom - plot.top)
    for left in range(round(plot.left), round(plot.right), 14):
        draw.line((left, height, min(left + 7, plot.right), height), _TEXT, 1)


def _footer(draw: ImageDraw.ImageDraw, analysis: Analysis, bottom: int, words: Wording) -> None:
    draw.text((_MARGIN, bottom - 30), words("notice"), _TEXT, _font(17, bold=True), anchor="lm")
    model, text = analysis.model, "glioscope"
    if model:
        text += f" · {model.name} {model.version} · {model.sha256[:12]}"
    draw.text((_WIDTH - _MARGIN, bottom - 30), text, _FAINT, _font(15), anchor="rm")
