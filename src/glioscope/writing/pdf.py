"""`report.pdf`: the findings for a person to read, on A4, in Russian or English."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path

from fpdf import FPDF
from fpdf.enums import TableBordersLayout, TableCellFillMode, XPos, YPos
from fpdf.fonts import FontFace

from glioscope.analysis import Analysis
from glioscope.writing import summary
from glioscope.writing.atomic import atomic_path
from glioscope.writing.tiles import OUTLINE, SECOND_LOOK, Colour, key_slices, slices_of, tile
from glioscope.writing.wording import Wording, font_path, wording

# fpdf2 writes the hour of the run unless told another; without a date, equal results shall be equal
# bytes.
_NO_DATE = datetime(1970, 1, 1, tzinfo=UTC)

_FONT = "DejaVu"
_MARGIN = 16.0
_PAGE_WIDTH = 210.0
_TEXT_WIDTH = _PAGE_WIDTH - 2 * _MARGIN

_INK: Colour = (24, 28, 34)
_FAINT: Colour = (106, 114, 124)
_RULE: Colour = (205, 210, 216)
_SHADE: Colour = (243, 245, 247)
_ALARM: Colour = (190, 46, 22)
_CALM: Colour = (38, 92, 132)
_BAR: Colour = (150, 162, 175)

_PICTURES = 4
_PICTURE_PIXELS = 420


def write_report(
    analysis: Analysis, path: Path, lang: str, produced: datetime | None = None
) -> None:
    """Write the report; equal arguments give equal bytes.

    `produced` is printed as the date of the report and stands in the file's properties; without it
    the report has no date.
    """
    words = wording(lang)
    pdf = _Report(analysis, words, produced)
    pdf.add_page()
    _decision(pdf, analysis, words)
    _study(pdf, analysis, words)
    _warnings(pdf, analysis, words)
    _pictures(pdf, analysis, words)
    _findings(pdf, analysis, words)
    _chart(pdf, analysis, words)
    _misses(pdf, analysis, words)
    _slices(pdf, analysis, words)
    _method(pdf, analysis, words)
    with atomic_path(path) as temporary:
        temporary.write_bytes(bytes(pdf.output()))


class _Report(FPDF):
    """A4 with the packaged font, and the notice on every page."""

    def __init__(self, analysis: Analysis, words: Wording, produced: datetime | None) -> None:
        super().__init__(format="A4")
        self._words = words
        self._study_id = analysis.study.study_id
        self._produced = produced
        self.add_font(_FONT, fname=font_path())
        self.add_font(_FONT, style="B", fname=font_path(bold=True))
        self.set_margins(_MARGIN, 24, _MARGIN)
        self.set_auto_page_break(True, margin=20)
        self.alias_nb_pages()
        self.set_lang(words.lang)
        self.set_title(f"{words('report.title')}: {self._study_id}")
        self.set_subject(words("notice"))
        self.set_creator("glioscope")
        self.set_creation_date(produced.astimezone(UTC) if produced else _NO_DATE)

    def header(self) -> None:
        """Title left, notice right, a rule below."""
        self.set_y(10)
        self.type(8, _FAINT)
        self.cell(_TEXT_WIDTH / 2, 5, f"glioscope · {self._words('report.title')}")
        self.type(8, _ALARM, bold=True)
        self.cell(_TEXT_WIDTH / 2, 5, self._words("notice"), align="R")
        self.rule(16.5)
        self.set_y(22)

    def footer(self) -> None:
        """Study left, date in the middle, page right."""
        self.set_y(-14)
        self.type(8, _FAINT)
        page = self._words("report.page", page=self.page_no(), pages="{nb}")
        self.cell(_TEXT_WIDTH / 3, 5, _shortened(self, self._study_id, _TEXT_WIDTH / 3 - 2))
        made = ""
        if self._produced:
            made = self._words("report.produced", date=f"{self._produced:%Y-%m-%d %H:%M}")
        self.cell(_TEXT_WIDTH / 3, 5, made, align="C")
        self.cell(_TEXT_WIDTH / 3, 5, page, align="R")

    def type(self, size: float, colour: Colour = _INK, bold: bool = False) -> None:
        """Choose size in points, colour and weight of what is written next."""
        self.set_font(_FONT, "B" if bold else "", size)
        self.set_text_color(*colour)

    def rule(self, y: float) -> None:
        """A thin line across the text."""
        self.set_draw_color(*_RULE)
        self.set_line_width(0.2)
        self.line(_MARGIN, y, _PAGE_WIDTH - _MARGIN, y)

    def title_line(self, text: str, room: float = 24) -> None:
        """A section title, on a new page when less than `room` mm would follow it."""
        if self.will_page_break(room):
            self.add_page()
        self.ln(4)
        self.type(11, bold=True)
        self.cell(0, 6, text, new_x=XPos.LMARGIN, new_y=YPos.NEXT)
        self.ln(1)

    def prose(self, text: str, size: float = 9, colour: Colour = _INK) -> None:
        """A paragraph across the page."""
        self.type(size, colour)
        self.multi_cell(0, size * 0.5, text, new_x=XPos.LMARGIN, new_y=YPos.NEXT, align="L")

    def facts(self, rows: Iterable[tuple[str, str]]) -> None:
        """Names in grey with their values beside them."""
        for name, value in rows:
            if self.will_page_break(8):
                self.add_page()
            top = self.get_y()
            self.type(9, _FAINT)
            self.cell(46, 4.8, name)
            self.type(9)
            self.set_xy(_MARGIN + 48, top)
            self.multi_cell(
                _TEXT_WIDTH - 48, 4.8, value, new_x=XPos.LMARGIN, new_y=YPos.NEXT, align="L"
            )

    def grid(
        self, titles: Sequence[str], rows: Iterable[Sequence[str]], widths: Sequence[float]
    ) -> None:
        """A table with a shaded head that repeats on every page; `widths` are in mm."""
        self.type(8.5)
        self.set_draw_color(*_RULE)
        with self.table(
            col_widths=tuple(widths),
            width=sum(widths),
            align="L",
            text_align="LEFT",
            line_height=4.6,
            padding=(0.7, 1.4),
            borders_layout=TableBordersLayout.HORIZONTAL_LINES,
            cell_fill_mode=TableCellFillMode.NONE,
            headings_style=FontFace(emphasis="BOLD", color=_INK, fill_color=_SHADE),
        ) as table:
            for row in (titles, *rows):
                table.row(tuple(row))


def _shortened(pdf: FPDF, text: str, width: float) -> str:
    """The text, cut in its middle where it is wider than `width` mm."""
    keep = len(text)
    shown = text
    while pdf.get_string_width(shown) > width and keep > 8:
        keep -= 2
        shown = f"{text[: keep // 2]}…{text[-(keep // 2) :]}"
    return shown


def _decision(pdf: _Report, analysis: Analysis, words: Wording) -> None:
    found = analysis.decision == "tumour"
    colour = _ALARM if found else _CALM
    top = pdf.get_y()
    pdf.set_fill_color(*_SHADE)
    pdf.rect(_MARGIN, top, _TEXT_WIDTH, 21 if found else 26, style="F")
    pdf.set_fill_color(*colour)
    pdf.rect(_MARGIN, top, 1.6, 21 if found else 26, style="F")
    pdf.set_xy(_MARGIN + 6, top + 3)
    pdf.type(17, colour, bold=True)
    pdf.cell(0, 8, words(f"decision.{analysis.decision}"))
    pdf.set_xy(_MARGIN + 6, top + 12)
    pdf.type(10.5)
    pdf.cell(0, 6, summary.size_of_all(analysis, words))
    if not found:
        pdf.set_xy(_MARGIN + 6, top + 18.5)
        pdf.type(9, _FAINT)
        pdf.cell(0, 5, words("decision.none"))
    pdf.set_y(top + (21 if found else 26))


def _study(pdf: _Report, analysis: Analysis, words: Wording) -> None:
    pdf.title_line(words("study.title"))
    pdf.facts(
        [
            (words("study.id"), analysis.study.study_id),
            (words("study.source"), summary.source_text(analysis, words)),
            (words("study.sequences"), summary.sequences_text(analysis)),
            (words("study.slices"), summary.size_text(analysis, words)),
            (words("study.spacing"), summary.spacing_text(analysis, words)),
        ]
    )


def _warnings(pdf: _Report, analysis: Analysis, words: Wording) -> None:
    pdf.title_line(words("warnings.title"))
    if not analysis.warnings:
        pdf.prose(words("warnings.none"), colour=_FAINT)
    for warning in analysis.warnings:
        pdf.prose(f"• {words.phrase(warning)}")


def _pictures(pdf: _Report, analysis: Analysis, words: Wording) -> None:
    shown = key_slices(analysis, _PICTURES)
    side = (_TEXT_WIDTH - (_PICTURES - 1) * 3) / _PICTURES
    pdf.title_line(words("pictures.title"), room=side + 24)
    pictures = slices_of(analysis).crop()
    top, total = pdf.get_y(), len(analysis.slices)
    for place, index in enumerate(shown):
        left = _MARGIN + place * (side + 3)
        picture = tile(pictures, index, _PICTURE_PIXELS, _PICTURE_PIXELS)
        pdf.image(picture, x=left, y=top, w=side, h=side)
        pdf.set_xy(left, top + side + 0.8)
        pdf.type(8)
        value = words.probability(analysis.slices[index].probability)
        number = words("pictures.slice", number=index + 1, total=total)
        pdf.cell(side, 4, f"{number} · {value}", align="C")
    pdf.set_y(top + side + 5.5)
    key = "pictures.caption" if analysis.decision == "tumour" else "pictures.caption_none"
    pdf.prose(words(key), 8, _FAINT)


def _findings(pdf: _Report, analysis: Analysis, words: Wording) -> None:
    nominal = analysis.study.grid.nominal
    pdf.title_line(words("findings.title"))
    if not analysis.findings:
        pdf.prose(words("findings.none"), colour=_FAINT)
        return
    centre = "findings.centre_px" if nominal else "findings.centre"
    names = ("number", "volume", "diameters", "slices", "largest", "confidence")
    titles = [words(f"findings.{name}") for name in names]
    rows = []
    for f in analysis.findings:
        middle = f.centroid_ras_mm or f.centroid_voxel
        rows.append(
            (
                str(f.label),
                summary.finding_volume(f, words),
                summary.finding_diameters(f, words),
                f"{f.first_slice + 1}–{f.last_slice + 1}",
                str(f.diameter_slice + 1),
                words.number(f.confidence, 2),
                "; ".join(words.number(v, 0) for v in middle),
            )
        )
    pdf.grid([*titles, words(centre)], rows, (10, 28, 36, 18, 28, 24, 34))
    pdf.ln(1)
    pdf.prose(words("findings.explained"), 8, _FAINT)
    if nominal:
        pdf.prose(words("findings.nominal"), 8, _FAINT)


def _chart(pdf: _Report, analysis: Analysis, words: Wording) -> None:
    """Bars of slice probability with the threshold as a dashed line."""
    pdf.title_line(words("chart.title"), room=44)
    left, top, width, height = _MARGIN + 8, pdf.get_y() + 1, _TEXT_WIDTH - 8, 24.0
    pdf.set_fill_color(*_SHADE)
    pdf.rect(left, top, width, height, style="F")
    _bars(pdf, analysis, left, top, width, height)
    pdf.type(7, _FAINT)
    for level in (0.0, 0.5, 1.0):
        pdf.set_xy(_MARGIN, top + height * (1 - level) - 1.6)
        pdf.cell(7, 3.2, words.number(level, 1), align="R")
    _chart_axis(pdf, len(analysis.slices), left, top + height + 0.8, width)
    pdf.set_xy(left, top + height + 4.2)
    pdf.type(7.5, _FAINT)
    pdf.cell(width / 2, 4, words("chart.axis"))
    if analysis.threshold is not None:
        line = top + height * (1 - analysis.threshold)
        pdf.set_draw_color(*_INK)
        pdf.set_dash_pattern(dash=1.4, gap=1.0)
        pdf.line(left, line, left + width, line)
        pdf.set_dash_pattern()
        value = words("chart.threshold", threshold=words.number(analysis.threshold, 3))
        pdf.cell(width / 2, 4, f"– –  {value}", align="R")
    pdf.set_y(top + height + 8.5)


def _bars(
    pdf: _Report, analysis: Analysis, left: float, top: float, width: float, height: float
) -> None:
    second_look = {miss.index for miss in analysis.possible_misses}
    step = width / len(analysis.slices)
    for finding in analysis.slices:
        called = finding.decision == "tumour"
        colour = OUTLINE if called else SECOND_LOOK if finding.index in second_look else _BAR
        pdf.set_fill_color(*colour)
        # A hair stays visible at 0, so that every slice is seen to have been read.
        tall = max(0.25, finding.probability * height)
        x = left + finding.index * step
        pdf.rect(x + 0.1 * step, top + height - tall, 0.8 * step, tall, style="F")


def _chart_axis(pdf: _Report, count: int, left: float, top: float, width: float) -> None:
    step = width / count
    every = next(n for n in (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000) if n * step >= 6)
    for number in range(1, count + 1):
        if number == 1 or number % every == 0:
            pdf.set_xy(left + (number - 0.5) * step - 4, top)
            pdf.cell(8, 3, str(number), align="C")


def _misses(pdf: _Report, analysis: Analysis, words: Wording) -> None:
    pdf.title_line(words("misses.title"))
    if not analysis.possible_misses:
        pdf.prose(words("misses.none"), colour=_FAINT)
        return
    pdf.prose(words("misses.explained"), 8, _FAINT)
    pdf.ln(1)
    titles = [words(f"slices.{name}") for name in ("number", "name", "probability")]
    rows = [
        (str(m.index + 1), m.name, words.probability(m.probability), words.phrase(m.reason))
        for m in analysis.possible_misses
    ]
    pdf.grid([*titles, words("misses.reason")], rows, (14, 72, 27, 65))


def _slices(pdf: _Report, analysis: Analysis, words: Wording) -> None:
    pdf.title_line(words("slices.title"))
    called = [s for s in analysis.slices if s.decision == "tumour"]
    if not called:
        pdf.prose(words("slices.none"), colour=_FAINT)
        return
    titles = [words(f"slices.{name}") for name in ("number", "name", "probability", "area")]
    rows = []
    for s in called:
        area = words.measure(s.area_px, "px")
        if s.area_mm2 is not None:
            area = f"{words.measure(s.area_mm2, 'mm2')} ({area})"
        rows.append((str(s.index + 1), s.name, words.probability(s.probability), area))
    pdf.grid(titles, rows, (14, 72, 27, 65))


def _method(pdf: _Report, analysis: Analysis, words: Wording) -> None:
    model = analysis.model
    pdf.title_line(words("method.title"), room=40)
    pdf.prose(words("method.text"))
    pdf.ln(2)
    facts = [
        (words("method.model"), f"{model.name}, {words('method.version', version=model.version)}"),
        (words("method.sha256"), model.sha256),
    ]
    if analysis.threshold is not None:
        facts.append((words("method.threshold"), words.number(analysis.threshold, 3)))
    software = ", ".join(f"{name} {value}" for name, value in sorted(analysis.versions.items()))
    pdf.facts([*facts, (words("method.software"), software or "–")])
    pdf.title_line(words("limits.title"), room=30)
    pdf.prose(words("limits.text"))
