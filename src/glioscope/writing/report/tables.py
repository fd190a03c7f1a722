"""The tables of a report: lesions, possible misses, slices."""

from glioscope.analysis import Analysis, Finding, Interval, PossibleMiss, SliceFinding
from glioscope.writing.report import lines as summary
from glioscope.writing.report.blocks import Block, Prose, Table
from glioscope.writing.wording import Wording

_FINDING_WIDTHS = (12, 16, 27, 33, 27, 17, 25, 21)
_MISS_WIDTHS = (14, 58, 26, 35, 45)
_SLICE_WIDTHS = (13, 34, 23, 19)


def findings_blocks(analysis: Analysis, words: Wording) -> tuple[Block, ...]:
    """Every lesion with its figures, all of them together, and what the figures mean."""
    if not analysis.findings:
        return (Prose(words("findings.none"), "faint"),)
    nominal = analysis.study.grid.nominal
    names = ("number", "side", "volume", "diameters", "product", "slices", "confidence")
    centre = words("findings.centre_px" if nominal else "findings.centre")
    titles = (*(words(f"findings.{name}") for name in names), centre)
    rows = [_finding(f, words) for f in analysis.findings]
    if len(rows) > 1:
        rows.append(_total(analysis, words))
    notes = [words("findings.explained")]
    if analysis.interval_coverage is not None:
        share = words.number(100 * analysis.interval_coverage)
        notes.append(words("findings.intervals", coverage=share))
    if nominal:
        notes.append(words("findings.nominal"))
    table = Table(titles, tuple(rows), _FINDING_WIDTHS)
    return table, *(Prose(note, "faint", small=True) for note in notes)


def _finding(finding: Finding, words: Wording) -> tuple[str, ...]:
    ends = finding.intervals
    middle = finding.centroid_ras_mm or finding.centroid_voxel
    figures = _volume(finding.volume_ml, finding.voxels, ends and ends.volume, words)
    largest = words("findings.largest", number=finding.diameter_slice + 1)
    return (
        str(finding.label),
        words(f"side.{finding.side}") if finding.side else "–",
        figures,
        _diameters(finding, words),
        _product(finding.product_mm2, finding.product_px2, ends and ends.product, words),
        f"{finding.first_slice + 1}–{finding.last_slice + 1}\n{largest}",
        words.number(finding.confidence, 2),
        "; ".join(words.number(v, 0) for v in middle),
    )


def _total(analysis: Analysis, words: Wording) -> tuple[str, ...]:
    voxels = sum(f.voxels for f in analysis.findings)
    side = words(f"side.{analysis.side}") if analysis.side else "–"
    volume = _volume(analysis.volume_ml, voxels, analysis.volume_interval, words)
    product = _product(analysis.product_mm2, analysis.product_px2, analysis.product_interval, words)
    return words("findings.all"), side, volume, "", product, "", "", ""


def _volume(ml: float | None, voxels: int, ends: Interval | None, words: Wording) -> str:
    unit, value, digits = ("voxels", voxels, 0) if ml is None else ("ml", ml, 2)
    return words.measure(value, unit, digits) + _ends(value, ends, digits, words)


def _product(mm2: float | None, px2: float, ends: Interval | None, words: Wording) -> str:
    unit, value = ("px2", px2) if mm2 is None else ("mm2", mm2)
    return words.measure(value, unit) + _ends(value, ends, 0, words)


def _diameters(finding: Finding, words: Wording) -> str:
    both, ends = summary.finding_diameters(finding, words), finding.intervals
    if ends is None:
        return both
    long, across = finding.diameter_mm, finding.perpendicular_mm
    if long is None or across is None:
        long, across = finding.diameter_px, finding.perpendicular_px
    first, second = words.range(long, ends.diameter), words.range(across, ends.perpendicular)
    return f"{both}\n({first}) × ({second})"


def _ends(value: float, ends: Interval | None, digits: int, words: Wording) -> str:
    return f"\n({words.range(value, ends, digits)})" if ends else ""


def misses_blocks(analysis: Analysis, words: Wording) -> tuple[Block, ...]:
    """What is worth a second look, and why."""
    if not analysis.possible_misses:
        return (Prose(words("misses.none"), "faint"),)
    titles = tuple(words(f"slices.{name}") for name in ("number", "name", "probability"))
    titles += (words("misses.region"), words("misses.reason"))
    rows = tuple(_miss(miss, words) for miss in analysis.possible_misses)
    explained = Prose(words("misses.explained"), "faint", small=True)
    return explained, Table(titles, rows, _MISS_WIDTHS)


def _miss(miss: PossibleMiss, words: Wording) -> tuple[str, ...]:
    x0, y0, x1, y1 = miss.box_px or (0, 0, 0, 0)
    region = f"{x0}–{x1 - 1}, {y0}–{y1 - 1}" if miss.box_px else "–"
    probability = words.probability(miss.probability)
    return str(miss.index + 1), miss.name, probability, region, words.say(miss.reason)


def slices_blocks(analysis: Analysis, words: Wording) -> tuple[Block, ...]:
    """Every called slice with its area."""
    called = [s for s in analysis.slices if s.decision == "tumour"]
    if not called:
        return (Prose(words("slices.none"), "faint"),)
    titles = tuple(words(f"slices.{n}") for n in ("number", "name", "probability", "area"))
    rows = tuple(_slice(s, words) for s in called)
    return (Table(titles, rows, _SLICE_WIDTHS, folded=True),)


def _slice(finding: SliceFinding, words: Wording) -> tuple[str, ...]:
    if finding.area_mm2 is None:
        area = words.measure(finding.area_px, "px")
    else:
        area = words.measure(finding.area_mm2, "mm2")
    return str(finding.index + 1), finding.name, words.probability(finding.probability), area
