"""`report.pdf`: the findings for a person to read, on A4, in Russian or English."""

from datetime import datetime
from pathlib import Path

from fpdf.enums import XPos, YPos

from glioscope.analysis import Analysis, PossibleMiss, SliceFinding
from glioscope.writing import summary
from glioscope.writing.atomic import atomic_path
from glioscope.writing.pdf_page import (
    ALARM,
    FAINT,
    INK,
    MARGIN,
    SHADE,
    TEXT_WIDTH,
    Report,
    shortened,
)
from glioscope.writing.tiles import OUTLINE, SECOND_LOOK, Colour, key_slices, slices_of, tile
from glioscope.writing.wording import Wording, wording

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
    pdf = Report(analysis, words, produced)
    pdf.add_page()
    _decision(pdf, analysis, words)
    _assessment(pdf, analysis, words)
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


def _decision(pdf: Report, analysis: Analysis, words: Wording) -> None:
    found = analysis.decision == "tumour"
    colour = ALARM if found else _CALM
    pdf.type(12)
    pdf.cell(0, 7, words("report.title"), new_x=XPos.LMARGIN, new_y=YPos.NEXT)
    top, height = pdf.get_y() + 2, 21 if found else 26
    pdf.set_fill_color(*SHADE)
    pdf.rect(MARGIN, top, TEXT_WIDTH, height, style="F")
    pdf.set_fill_color(*colour)
    pdf.rect(MARGIN, top, 1.6, height, style="F")
    pdf.set_xy(MARGIN + 6, top + 3)
    pdf.type(17, colour, bold=True)
    pdf.cell(0, 8, words(f"decision.{analysis.decision}"))
    pdf.set_xy(MARGIN + 6, top + 12)
    pdf.type(10.5)
    pdf.cell(0, 6, summary.size_of_all(analysis, words))
    if not found:
        pdf.set_xy(MARGIN + 6, top + 18.5)
        pdf.type(9, FAINT)
        pdf.cell(0, 5, words("decision.none"))
    pdf.set_y(top + height)


def _assessment(pdf: Report, analysis: Analysis, words: Wording) -> None:
    lines = summary.assessment_lines(analysis, words)
    if lines:
        pdf.ln(2)
    for line in lines:
        pdf.prose(line, colour=ALARM if analysis.review else INK)


def _study(pdf: Report, analysis: Analysis, words: Wording) -> None:
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


def _warnings(pdf: Report, analysis: Analysis, words: Wording) -> None:
    pdf.title_line(words("warnings.title"))
    if not analysis.warnings:
        pdf.prose(words("warnings.none"), colour=FAINT)
    for warning in analysis.warnings:
        pdf.prose(f"• {words.phrase(warning)}")


def _pictures(pdf: Report, analysis: Analysis, words: Wording) -> None:
    shown = key_slices(analysis, _PICTURES)
    side = (TEXT_WIDTH - (_PICTURES - 1) * 3) / _PICTURES
    pdf.title_line(words("pictures.title"), room=side + 24)
    pictures = slices_of(analysis).crop()
    top, total = pdf.get_y(), len(analysis.slices)
    for place, index in enumerate(shown):
        left = MARGIN + place * (side + 3)
        picture = tile(pictures, index, _PICTURE_PIXELS, _PICTURE_PIXELS)
        pdf.image(picture, x=left, y=top, w=side, h=side)
        pdf.set_xy(left, top + side + 0.8)
        pdf.type(8)
        value = words.probability(analysis.slices[index].probability)
        number = words("pictures.slice", number=index + 1, total=total)
        pdf.cell(side, 4, f"{number} · {value}", align="C")
    pdf.set_y(top + side + 5.5)
    key = "pictures.caption" if analysis.decision == "tumour" else "pictures.caption_none"
    pdf.prose(words(key), 8, FAINT)


def _findings(pdf: Report, analysis: Analysis, words: Wording) -> None:
    nominal = analysis.study.grid.nominal
    pdf.title_line(words("findings.title"), room=36)
    if not analysis.findings:
        pdf.prose(words("findings.none"), colour=FAINT)
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
    pdf.grid([*titles, words(centre)], rows, (10, 27, 35, 18, 28, 28, 32))
    pdf.ln(1)
    pdf.prose(words("findings.explained"), 8, FAINT)
    if nominal:
        pdf.prose(words("findings.nominal"), 8, FAINT)


def _chart(pdf: Report, analysis: Analysis, words: Wording) -> None:
    """Bars of slice probability with the threshold as a dashed line."""
    pdf.title_line(words("chart.title"), room=44)
    left, top, width, height = MARGIN + 8, pdf.get_y() + 1, TEXT_WIDTH - 8, 24.0
    pdf.set_fill_color(*SHADE)
    pdf.rect(left, top, width, height, style="F")
    _bars(pdf, analysis, left, top, width, height)
    pdf.type(7, FAINT)
    for level in (0.0, 0.5, 1.0):
        pdf.set_xy(MARGIN, top + height * (1 - level) - 1.6)
        pdf.cell(7, 3.2, words.number(level, 1), align="R")
    _chart_axis(pdf, len(analysis.slices), left, top + height + 0.8, width)
    pdf.set_xy(left, top + height + 4.2)
    pdf.type(7.5, FAINT)
    pdf.cell(width / 2, 4, words("chart.axis"))
    if analysis.threshold is not None:
        line = top + height * (1 - analysis.threshold)
        pdf.set_draw_color(*INK)
        pdf.set_dash_pattern(dash=1.4, gap=1.0)
        pdf.line(left, line, left + width, line)
        pdf.set_dash_pattern()
        value = words("chart.threshold", threshold=words.number(analysis.threshold, 3))
        pdf.cell(width / 2, 4, f"– –  {value}", align="R")
    pdf.set_y(top + height + 8.5)


def _bars(
    pdf: Report, analysis: Analysis, left: float, top: float, width: float, height: float
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


def _chart_axis(pdf: Report, count: int, left: float, top: float, width: float) -> None:
    step = width / count
    every = next(n for n in (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000) if n * step >= 6)
    for number in range(1, count + 1):
        if number == 1 or number % every == 0:
            pdf.set_xy(left + (number - 0.5) * step - 4, top)
            pdf.cell(8, 3, str(number), align="C")


def _misses(pdf: Report, analysis: Analysis, words: Wording) -> None:
    pdf.title_line(words("misses.title"), room=44)
    if not analysis.possible_misses:
        pdf.prose(words("misses.none"), colour=FAINT)
        return
    pdf.prose(words("misses.explained"), 8, FAINT)
    pdf.ln(1)
    titles = [words(f"slices.{name}") for name in ("number", "name", "probability")]
    titles += [words("misses.region"), words("misses.reason")]
    rows = [_miss_cells(pdf, m, words) for m in analysis.possible_misses]
    pdf.grid(titles, rows, (14, 58, 26, 35, 45), size=7.5)


def _miss_cells(pdf: Report, miss: PossibleMiss, words: Wording) -> tuple[str, ...]:
    x0, y0, x1, y1 = miss.box_px or (0, 0, 0, 0)
    region = f"{x0}–{x1 - 1}, {y0}–{y1 - 1}" if miss.box_px else "–"
    probability = words.probability(miss.probability)
    reason = words.phrase(miss.reason)
    return str(miss.index + 1), shortened(pdf, miss.name, 54), probability, region, reason


def _slices(pdf: Report, analysis: Analysis, words: Wording) -> None:
    pdf.title_line(words("slices.title"), room=36)
    called = [s for s in analysis.slices if s.decision == "tumour"]
    if not called:
        pdf.prose(words("slices.none"), colour=FAINT)
        return
    titles = [words(f"slices.{name}") for name in ("number", "name", "probability", "area")]
    pdf.type(7.5)
    cells = [_slice_cells(pdf, s, words) for s in called]
    half = -(-len(cells) // 2)
    cells.append(("", "", "", ""))
    # Two columns, read downwards: a long lesion still fits on half a page.
    rows = [cells[k] + cells[min(k + half, len(cells) - 1)] for k in range(half)]
    pdf.grid([*titles, *titles], rows, (12, 36, 22, 19) * 2, size=7.5)


def _slice_cells(pdf: Report, finding: SliceFinding, words: Wording) -> tuple[str, ...]:
    if finding.area_mm2 is None:
        area = words.measure(finding.area_px, "px")
    else:
        area = words.measure(finding.area_mm2, "mm2")
    probability = words.probability(finding.probability)
    return str(finding.index + 1), shortened(pdf, finding.name, 32), probability, area


def _method(pdf: Report, analysis: Analysis, words: Wording) -> None:
    model = analysis.model
    pdf.title_line(words("method.title"), room=40)
    pdf.prose(words("method.text"))
    pdf.ln(2)
    facts = [
        (words("method.model"), f"{model.name}, {words('method.version', version=model.version)}"),
        (words("method.sha256"), model.sha256),
    ]
    if threshold := summary.threshold_text(analysis, words):
        facts.append((words("method.threshold"), threshold))
    software = ", ".join(f"{name} {value}" for name, value in sorted(analysis.versions.items()))
    pdf.facts([*facts, (words("method.software"), software or "–")])
    pdf.title_line(words("limits.title"), room=30)
    pdf.prose(words("limits.text"))
