"""The chart of slice probabilities on a page of the report."""

from dataclasses import dataclass

from glioscope.analysis import Analysis
from glioscope.writing.report.pdf_page import FAINT, INK, MARGIN, SHADE, TEXT_WIDTH, Report
from glioscope.writing.slice_pictures import OUTLINE, SECOND_LOOK, Colour
from glioscope.writing.wording import Wording

BAR: Colour = (150, 162, 175)


@dataclass(frozen=True)
class _Plot:
    """A rectangle on the page in mm."""

    left: float
    top: float
    width: float
    height: float


def draw_chart(pdf: Report, analysis: Analysis, words: Wording) -> None:
    """Bars of slice probability with the threshold as a dashed line."""
    plot = _Plot(MARGIN + 8, pdf.get_y() + 1, TEXT_WIDTH - 8, 24.0)
    pdf.set_fill_color(*SHADE)
    pdf.rect(plot.left, plot.top, plot.width, plot.height, style="F")
    _bars(pdf, analysis, plot)
    pdf.type(7, FAINT)
    for level in (0.0, 0.5, 1.0):
        pdf.set_xy(MARGIN, plot.top + plot.height * (1 - level) - 1.6)
        pdf.cell(7, 3.2, words.number(level, 1), align="R")
    _axis(pdf, len(analysis.slices), plot)
    pdf.set_xy(plot.left, plot.top + plot.height + 4.2)
    pdf.type(7.5, FAINT)
    pdf.cell(plot.width / 2, 4, words("chart.axis"))
    if analysis.threshold is not None:
        _threshold(pdf, analysis.threshold, plot, words)
    _legend(pdf, plot, words)
    pdf.set_y(plot.top + plot.height + 13)


def _threshold(pdf: Report, threshold: float, plot: _Plot, words: Wording) -> None:
    line = plot.top + plot.height * (1 - threshold)
    pdf.set_draw_color(*INK)
    pdf.set_dash_pattern(dash=1.4, gap=1.0)
    pdf.line(plot.left, line, plot.left + plot.width, line)
    pdf.set_dash_pattern()
    value = words("chart.threshold", threshold=words.number(threshold, 3))
    pdf.cell(plot.width / 2, 4, f"– –  {value}", align="R")


def _legend(pdf: Report, plot: _Plot, words: Wording) -> None:
    left, top = plot.left, plot.top + plot.height + 8.6
    for colour, key in ((OUTLINE, "chart.called"), (SECOND_LOOK, "chart.second_look")):
        pdf.set_fill_color(*colour)
        pdf.rect(left, top + 0.9, 3, 2.2, style="F")
        pdf.set_xy(left + 4, top)
        pdf.cell(0, 4, words(key))
        left += 8 + pdf.get_string_width(words(key))


def _bars(pdf: Report, analysis: Analysis, plot: _Plot) -> None:
    second_look = {miss.index for miss in analysis.possible_misses}
    step = plot.width / len(analysis.slices)
    for finding in analysis.slices:
        called = finding.decision == "tumour"
        colour = OUTLINE if called else SECOND_LOOK if finding.index in second_look else BAR
        pdf.set_fill_color(*colour)
        # A hair stays visible at 0, so that every slice is seen to have been read.
        tall = max(0.25, finding.probability * plot.height)
        x = plot.left + finding.index * step
        pdf.rect(x + 0.1 * step, plot.top + plot.height - tall, 0.8 * step, tall, style="F")


def _axis(pdf: Report, count: int, plot: _Plot) -> None:
    step = plot.width / count
    every = next(n for n in (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000) if n * step >= 6)
    for number in range(1, count + 1):
        if number == 1 or number % every == 0:
            pdf.set_xy(plot.left + (number - 0.5) * step - 4, plot.top + plot.height + 0.8)
            pdf.cell(8, 3, str(number), align="C")
