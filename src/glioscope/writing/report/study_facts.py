"""What was scanned, and how, as the lines of a report."""

from datetime import datetime

from glioscope.analysis import Analysis
from glioscope.model.preprocess import picture_spacing, to_pictures
from glioscope.study import Acquisition, Channel
from glioscope.writing.wording import NBSP, Wording


def source_text(analysis: Analysis, words: Wording) -> str:
    """What kind of files the study came from."""
    kind = analysis.study.source.kind
    key = f"source.{kind}"
    return words(key) if key in words.texts else kind


def sequences_text(analysis: Analysis, words: Wording) -> str:
    """The sequences that were there, in the network's order."""
    return ", ".join(words(f"sequence.{s}") for s in Channel if s in analysis.study.images)


def sequences_lines(analysis: Analysis, words: Wording) -> str:
    """The same, each on a line with its parameters, where the source tells them."""
    acquired = analysis.study.source.acquired
    told = {s: _parameters(a, words) for s, a in acquired.items()}
    if not any(told.values()):
        return sequences_text(analysis, words)
    present = [s for s in Channel if s in analysis.study.images]
    names = {s: words(f"sequence.{s}") for s in present}
    return "\n".join(f"{names[s]}: {told[s]}" if told.get(s) else names[s] for s in present)


def _parameters(scan: Acquisition, words: Wording) -> str:
    times = (("TR", scan.repetition_ms), ("TE", scan.echo_ms), ("TI", scan.inversion_ms or None))
    parts = [f"{name} {words.measure(ms, 'ms')}" for name, ms in times if ms is not None]
    if scan.thickness_mm:
        # 5 mm, 5.25 mm: as the header has it, without what division left behind.
        digits = next((n for n in (0, 1) if round(scan.thickness_mm, n) == scan.thickness_mm), 2)
        thick = words.measure(scan.thickness_mm, "mm", digits)
        parts.append(words("study.thickness", thickness=thick))
    return ", ".join(parts)


def field_text(analysis: Analysis, words: Wording) -> str:
    """Field strength of the scanner; empty where no header tells it."""
    scans = analysis.study.source.acquired.values()
    fields = dict.fromkeys(words.number(s.field_tesla, 1) for s in scans if s.field_tesla)
    return f"{' / '.join(fields)}{NBSP}{words('unit.tesla')}" if fields else ""


def scanned_text(analysis: Analysis, words: Wording) -> str:
    """Day and hour of the study; empty where the source does not tell them."""
    when = analysis.study.source.scanned
    if when is None:
        return ""
    day = words.day(when.year, when.month, when.day)
    return f"{day}, {when:%H:%M}" if isinstance(when, datetime) else day


def size_text(analysis: Analysis, words: Wording) -> str:
    """Rows, columns and number of the axial slices."""
    stack = to_pictures(analysis.mask.array, analysis.mask.grid)
    slices, height, width = stack.shape
    return words("study.slice_size", rows=height, columns=width, slices=slices)


def spacing_text(analysis: Analysis, words: Wording) -> str:
    """Spacing of rows, columns and slices in mm, or that it is unknown."""
    grid = analysis.study.grid
    if grid.nominal:
        return words("study.spacing_unknown")
    between, row, column = (words.number(v, 2) for v in picture_spacing(grid))
    return words("study.spacing_mm", row=row, column=column, slice=between)
