"""`report.pdf`: the findings for a person to read, on A4, in Russian or English."""

from io import BytesIO
from pathlib import Path

from glioscope.analysis import Analysis
from glioscope.files import atomic_path
from glioscope.writing.report.blocks import (
    Block,
    Chart,
    Content,
    Facts,
    Pictures,
    Prose,
    Section,
    Table,
)
from glioscope.writing.report.chart import HEIGHT, WIDTH, legend, strip_chart
from glioscope.writing.report.pdf_page import (
    ALARM,
    FAINT,
    INK,
    MARGIN,
    TEXT_WIDTH,
    Report,
)
from glioscope.writing.report.slice_labels import slices_axis
from glioscope.writing.slice_pictures import OUTLINE, SECOND_LOOK, Colour, Slices, slices_of, tile
from glioscope.writing.wording import Wording, wording

_CALM: Colour = (38, 92, 132)
_TONES: dict[str, Colour] = {"plain": INK, "faint": FAINT, "alarm": ALARM, "strong": INK}

# Colours of the chart's legend.
_KEYS: dict[str, Colour] = {"called": OUTLINE, "second": SECOND_LOOK}

_PICTURE_PIXELS = 420
_PICTURE_GAP = 3.0


def write_report(content: Content, path: Path, lang: str) -> None:
    """Write the report; equal arguments give equal bytes.

    Raises:
        UsageError: another language than ru or en.
    """
    words = wording(lang)
    pdf = Report(content, words)
    pdf.add_page()
    _headline(pdf, content)
    pictures = slices_of(content.analysis).crop() if content.analysis else None
    for section in content.sections:
        _section(pdf, section, content.analysis, pictures, words)
    with atomic_path(path) as temporary:
        temporary.write_bytes(bytes(pdf.output()))


def _headline(pdf: Report, content: Content) -> None:
    colour = ALARM if content.alarm else _CALM
    pdf.type(12)
    pdf.line_of_text(7, content.title)
    top = pdf.get_y() + 2
    # Drawn twice: the first time tells how tall the box must be, for a long text may wrap.
    for draw in (False, True):
        bottom = _headline_text(pdf, content, top, colour)
        if not draw:
            pdf.panel(top, bottom + 3 - top, colour)
    pdf.set_y(bottom + 3)


def _headline_text(pdf: Report, content: Content, top: float, colour: Colour) -> float:
    pdf.set_xy(MARGIN + 6, top + 3)
    pdf.type(17 if len(content.headline) < 40 else 12, colour, bold=True)
    pdf.block_of_text(7.5, content.headline)
    for line in content.lines:
        pdf.set_x(MARGIN + 6)
        pdf.type(9 if line.small else 10.5, _TONES[line.tone])
        pdf.block_of_text(4.8 if line.small else 5.8, line.text)
    return pdf.get_y()


def _section(
    pdf: Report,
    section: Section,
    analysis: Analysis | None,
    pictures: Slices | None,
    words: Wording,
) -> None:
    pdf.title_line(section.title, room=_room(section.blocks))
    before: Block | None = None
    for block in section.blocks:
        if before is not None:
            pdf.ln(1.5 if type(before) is not type(block) else 0.6)
        _block(pdf, block, analysis, pictures, words)
        before = block


def _block(
    pdf: Report, block: Block, analysis: Analysis | None, pictures: Slices | None, words: Wording
) -> None:
    match block:
        case Prose():
            _prose(pdf, block)
        case Facts():
            pdf.facts(block.rows)
        case Table():
            _table(pdf, block)
        case Pictures() if pictures is not None:
            _pictures(pdf, block, pictures)
        case Chart() if analysis is not None:
            _chart(pdf, analysis, words)
        case Pictures() | Chart():
            pass  # There is nothing to draw them from.


def _room(blocks: tuple[Block, ...]) -> float:
    """Millimetres that must be left below a title, so that it does not stand alone."""
    kinds = {type(block) for block in blocks}
    if Pictures in kinds:
        return _picture_side(4) + 24
    return 50 if Chart in kinds else 40 if Table in kinds else 26


def _prose(pdf: Report, block: Prose) -> None:
    size = 8 if block.small else 10 if block.tone == "strong" else 9
    pdf.prose(block.text, size, _TONES[block.tone], bold=block.tone == "strong")


def _table(pdf: Report, block: Table) -> None:
    if not block.folded:
        pdf.grid(block.titles, block.rows, block.widths)
        return
    # Two columns, read downwards: a long lesion still fits on half a page.
    half = -(-len(block.rows) // 2)
    rows = (*block.rows, ("",) * len(block.titles))
    pairs = [rows[k] + rows[min(k + half, len(rows) - 1)] for k in range(half)]
    pdf.grid(block.titles * 2, pairs, block.widths * 2)


def _chart(pdf: Report, analysis: Analysis, words: Wording) -> None:
    top, tall = pdf.get_y() + 1, TEXT_WIDTH * HEIGHT / WIDTH
    drawing = BytesIO(strip_chart(analysis, words).encode())
    pdf.image(drawing, x=MARGIN, y=top, w=TEXT_WIDTH)
    pdf.set_xy(MARGIN + 8, top + tall + 0.5)
    pdf.type(7.5, FAINT)
    pdf.cell(0, 4, slices_axis(analysis, words))
    _legend(pdf, legend(analysis, words), top + tall + 0.5)
    pdf.set_y(top + tall + 5)


def _legend(pdf: Report, meanings: tuple[tuple[str, str], ...], top: float) -> None:
    """On the line of the axis' name, up to the right margin."""
    shown = [(k, text if k in _KEYS else f"– –  {text}") for k, text in meanings]
    wide = sum(8 + pdf.get_string_width(text) for _, text in shown)
    left = MARGIN + TEXT_WIDTH - wide - 2 * pdf.c_margin
    for kind, text in shown:
        if kind in _KEYS:
            pdf.set_fill_color(*_KEYS[kind])
            pdf.rect(left + 4, top + 0.9, 3, 2.2, style="F")
        pdf.set_xy(left + 8, top)
        pdf.cell(0, 4, text)
        left += 8 + pdf.get_string_width(text)


def _picture_side(count: int) -> float:
    return (TEXT_WIDTH - (count - 1) * _PICTURE_GAP) / count


def _pictures(pdf: Report, block: Pictures, slices: Slices) -> None:
    side = _picture_side(4)
    top = pdf.get_y()
    for place, (index, caption) in enumerate(block.slices):
        left = MARGIN + place * (side + _PICTURE_GAP)
        picture = tile(slices, index, _PICTURE_PIXELS, _PICTURE_PIXELS)
        pdf.image(picture, x=left, y=top, w=side, h=side)
        pdf.set_xy(left, top + side + 0.8)
        pdf.type(8)
        pdf.cell(side, 4, caption, align="C")
    pdf.set_y(top + side + 5.5)
