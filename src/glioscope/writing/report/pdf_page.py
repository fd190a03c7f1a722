"""The page of a report: A4, the packaged font, the notice on every page, tables."""

import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

from fpdf import FPDF
from fpdf.enums import TableBordersLayout, TableCellFillMode, XPos, YPos
from fpdf.fonts import FontFace, TTFFont
from fpdf.image_parsing import SETTINGS

from glioscope.writing.report.blocks import Content
from glioscope.writing.report.chart import FONT
from glioscope.writing.report.letters import drawable
from glioscope.writing.report.lines import shortened
from glioscope.writing.slice_pictures import PNG_LEVEL, Colour
from glioscope.writing.wording import Wording, font_path

# fpdf2 writes the hour of the run unless told another, and equal results shall be equal bytes.
_NO_DATE = datetime(1970, 1, 1, tzinfo=UTC)

SETTINGS.compression_level = PNG_LEVEL

MARGIN = 16.0
_PAGE_WIDTH = 210.0
TEXT_WIDTH = _PAGE_WIDTH - 2 * MARGIN

# Of the names of facts; the longest are wrapped.
_NAMES = 52.0

INK: Colour = (24, 28, 34)
FAINT: Colour = (106, 114, 124)
_RULE: Colour = (205, 210, 216)
SHADE: Colour = (243, 245, 247)
ALARM: Colour = (190, 46, 22)


class Report(FPDF):
    """A4 with the packaged font, and the notice on every page."""

    def __init__(self, content: Content, words: Wording) -> None:
        super().__init__(format="A4")
        self._words = words
        self._name = content.name
        self.add_font(FONT, fname=font_path())
        self.add_font(FONT, style="B", fname=font_path(bold=True))
        self._letters = _letters_of(self)
        self.set_margins(MARGIN, 24, MARGIN)
        self.set_auto_page_break(True, margin=20)
        self.alias_nb_pages()
        self.set_lang(words.lang)
        self.set_title(f"{content.title}: {content.name}")
        self.set_subject(words("notice"))
        self.set_creator("glioscope")
        self.set_creation_date(_NO_DATE)

    def header(self) -> None:
        """Name left, notice right, a rule below."""
        self.set_y(10)
        self.type(8, FAINT)
        self.cell(30, 5, "glioscope")
        self.type(8, ALARM, bold=True)
        self.cell(TEXT_WIDTH - 30, 5, self._words("notice"), align="R")
        self.rule(16.5)
        self.set_y(22)

    def footer(self) -> None:
        """Study left, page right."""
        self.set_y(-14)
        self.type(8, FAINT)
        page = self._words("report.page", page=self.page_no(), pages="{nb}")
        name = shortened(self._name, TEXT_WIDTH / 3 - 2, self.get_string_width)
        self.cell(TEXT_WIDTH * 2 / 3, 5, name)
        self.cell(TEXT_WIDTH / 3, 5, page, align="R")

    def normalize_text(self, text: str) -> str:
        """Every text on its way into the page or to be measured: what the font lacks as marks.

        fpdf2 would leave a gap, and say the letters, which may be a patient's, on stderr.
        """
        return super().normalize_text(drawable(text, self._letters))

    def type(self, size: float, colour: Colour = INK, bold: bool = False) -> None:
        """Choose size in points, colour and weight of what is written next."""
        self.set_font(FONT, "B" if bold else "", size)
        self.set_text_color(*colour)

    def rule(self, y: float) -> None:
        """A thin line across the text."""
        self.set_draw_color(*_RULE)
        self.set_line_width(0.2)
        self.line(MARGIN, y, _PAGE_WIDTH - MARGIN, y)

    def title_line(self, text: str, room: float = 24) -> None:
        """A section title, on a new page when less than `room` mm would follow it."""
        if self.will_page_break(room):
            self.add_page()
        self.ln(4)
        self.type(11, bold=True)
        self.cell(0, 6, text, new_x=XPos.LMARGIN, new_y=YPos.NEXT)
        self.ln(1)

    def line_of_text(self, height: float, text: str) -> None:
        """One line, and the next one below it."""
        self.cell(0, height, text, new_x=XPos.LMARGIN, new_y=YPos.NEXT)

    def block_of_text(self, height: float, text: str) -> None:
        """Lines from here to the right margin, wrapped."""
        self.multi_cell(0, height, text, new_x=XPos.LMARGIN, new_y=YPos.NEXT, align="L")

    def panel(self, top: float, height: float, colour: Colour) -> None:
        """A shaded box across the text with a coloured edge."""
        self.set_fill_color(*SHADE)
        self.rect(MARGIN, top, TEXT_WIDTH, height, style="F")
        self.set_fill_color(*colour)
        self.rect(MARGIN, top, 1.6, height, style="F")

    def prose(self, text: str, size: float = 9, colour: Colour = INK, bold: bool = False) -> None:
        """A paragraph across the page."""
        self.type(size, colour, bold)
        self.multi_cell(0, size * 0.5, text, new_x=XPos.LMARGIN, new_y=YPos.NEXT, align="L")

    def facts(self, rows: Iterable[tuple[str, str]]) -> None:
        """Names in grey with their values beside them, both wrapped."""
        for name, value in rows:
            if self.will_page_break(10):
                self.add_page()
            page, top = self.page, self.get_y()
            self.type(9, FAINT)
            self._beside(0, _NAMES, name)
            below = self.get_y()
            self.set_y(top)
            self.type(9)
            self._beside(_NAMES, TEXT_WIDTH - _NAMES, value)
            if self.page == page:
                self.set_y(max(below, self.get_y()))

    def _beside(self, left: float, width: float, text: str) -> None:
        """Wrapped lines, `left` mm from the margin, and the next text below them."""
        self.set_x(MARGIN + left)
        self.multi_cell(width, 4.8, text, new_x=XPos.LMARGIN, new_y=YPos.NEXT, align="L")

    def grid(
        self,
        titles: Sequence[str],
        rows: Iterable[Sequence[str]],
        widths: Sequence[float],
        size: float = 7.5,
    ) -> None:
        """A table with a shaded head that repeats on every page; `widths` are in mm.

        A word wider than its column is cut in its middle: names of slices may be long.
        """
        self.type(size)
        self.set_draw_color(*_RULE)
        self.set_fill_color(255, 255, 255)  # cells take the last fill, whatever it was for
        with self.table(
            col_widths=tuple(widths),
            width=sum(widths),
            align="L",
            text_align="LEFT",
            line_height=size * 0.54,
            padding=(0.7, 1.4),
            borders_layout=TableBordersLayout.HORIZONTAL_LINES,
            cell_fill_mode=TableCellFillMode.NONE,
            headings_style=FontFace(emphasis="BOLD", color=INK, fill_color=SHADE),
        ) as table:
            table.row(tuple(titles))
            for row in rows:
                cells = zip(row, widths, strict=True)
                table.row(tuple(_fitted(self, cell, width - 3.2) for cell, width in cells))


def _letters_of(pdf: FPDF) -> frozenset[int]:
    """Code points that both weights of the packaged font hold."""
    held: list[frozenset[int]] = [
        frozenset(font.cmap) for font in pdf.fonts.values() if isinstance(font, TTFFont)
    ]
    return frozenset[int].intersection(*held)


def _fitted(pdf: FPDF, cell: str, width: float) -> str:
    return re.sub(r"[^ \n]+", lambda word: shortened(word[0], width, pdf.get_string_width), cell)
