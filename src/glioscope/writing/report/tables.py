"""The tables of a report: lesions, possible misses, slices."""

from dataclasses import replace

from glioscope.analysis import Analysis
from glioscope.analysis_parts import Finding, Interval, PossibleMiss, SliceFinding
from glioscope.findings.classes import kind_of
from glioscope.volume import ClassMap
from glioscope.writing.report import lines as summary
from glioscope.writing.report.blocks import Block, Prose, Table
from glioscope.writing.report.slice_labels import (
    slice_cell,
    slice_label,
    slices_cell,
    slices_title,
)
from glioscope.writing.wording import NBSP, Wording, span

_FINDING_WIDTHS = (12, 33, 27, 36, 27, 17, 26)
_MISS_WIDTHS = (20, 50, 26, 35, 47)
_SLICE_WIDTHS = (16, 31, 23, 19)
_CLASS_WIDTHS = (80, 50, 48)

# Longer lists are not read.
_MOST_SPECKS = 10


def findings_blocks(analysis: Analysis, words: Wording) -> tuple[Block, ...]:
    """Every lesion with its figures, all of them together, and what the figures mean."""
    if not analysis.findings:
        return (Prose(words("findings.none"), "faint"),)
    names = ("number", "place", "volume", "diameters", "product")
    first, last = tuple(words(f"findings.{n}") for n in names), words("findings.confidence")
    titles = (*first, slices_title(analysis, words, many=True), last)
    rows = [_finding(f, analysis, words) for f in analysis.lesions]
    if len(analysis.findings) > 1:
        rows.append(_total(analysis, words))
    explained = words("findings.explained")
    if analysis.author == "model":
        explained += " " + words("findings.confidence_explained")
    notes = [*_specks(analysis, words), explained]
    if analysis.interval_coverage is not None:
        share = words.number(100 * analysis.interval_coverage)
        notes.append(words("findings.intervals", coverage=share))
    notes += summary.bounds_lines(analysis, words)
    if analysis.study.grid.nominal:
        notes.append(words("findings.nominal"))
    table = Table(titles, tuple(rows), _FINDING_WIDTHS)
    if analysis.author != "model":
        table = _without(table, len(titles) - 1)
    return table, *(Prose(note, "faint", small=True) for note in notes)


def _without(table: Table, column: int) -> Table:
    """The table without one of its columns; the others share its width."""
    keep = [n for n in range(len(table.titles)) if n != column]
    share = table.widths[column] / len(keep)
    return replace(
        table,
        titles=tuple(table.titles[n] for n in keep),
        rows=tuple(tuple(row[n] for n in keep) for row in table.rows),
        widths=tuple(table.widths[n] + share for n in keep),
    )


def _specks(analysis: Analysis, words: Wording) -> list[str]:
    """Where the specks are and how large, for whoever wants to look."""
    if not analysis.specks:
        return []
    listed = [_speck(f, analysis, words) for f in analysis.specks[:_MOST_SPECKS]]
    if len(analysis.specks) > _MOST_SPECKS:
        listed.append("…")
    return [words("specks.listed", listed="; ".join(listed))]


def _speck(finding: Finding, analysis: Analysis, words: Wording) -> str:
    image = slice_label(analysis, finding.diameter_slice, words)
    volume = _volume(finding.volume_ml, finding.voxels, None, words)
    side = f", {words(f'side.{finding.side}')}" if finding.side else ""
    return f"{volume}{side} ({image})"


def _finding(finding: Finding, analysis: Analysis, words: Wording) -> tuple[str, ...]:
    ends = finding.intervals
    figures = _volume(finding.volume_ml, finding.voxels, ends and ends.volume, words)
    image = slice_label(analysis, finding.diameter_slice, words)
    return (
        str(finding.label),
        summary.place(finding, words) or "–",
        figures,
        f"{_diameters(finding, words)}\n{image}",
        _product(finding.product_mm2, finding.product_px2, ends and ends.product, words),
        slices_cell(analysis, finding.first_slice, finding.last_slice),
        "" if finding.confidence is None else words.probability(finding.confidence),
    )


def _total(analysis: Analysis, words: Wording) -> tuple[str, ...]:
    voxels = sum(f.voxels for f in analysis.findings)
    side = words(f"side.{analysis.side}") if analysis.side else "–"
    volume = _volume(analysis.volume_ml, voxels, analysis.volume_interval, words)
    product = _product(analysis.product_mm2, analysis.product_px2, analysis.product_interval, words)
    return words("findings.all"), side, volume, "", product, "", ""


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


def class_blocks(classes: ClassMap, words: Wording) -> tuple[Block, ...]:
    """How much of the tumour is of each class, and what that is worth."""
    titles = tuple(words(f"classes.{name}") for name in ("name", "volume", "share"))
    whole = max(1, sum(classes.voxels))
    rows = tuple(
        (
            class_name(name, words),
            class_volume(count, classes, words),
            f"{words.number(100 * count / whole)}{NBSP}%",
        )
        for name, count in zip(classes.names, classes.voxels, strict=True)
    )
    explained = Prose(words("classes.explained"), "faint", small=True)
    return Table(titles, rows, _CLASS_WIDTHS), explained


def class_name(name: str, words: Wording) -> str:
    """What the model's set calls a class, and what the language does where it is a usual one."""
    kind = kind_of(name)
    usual = words(f"classes.kind.{kind}") if kind else name
    return name if usual.casefold() == name.casefold() else f"{name} ({usual})"


def class_volume(voxels: int, classes: ClassMap, words: Wording) -> str:
    """The volume of a class, in ml where they are known."""
    grid = classes.grid
    return _volume(None if grid.nominal else voxels * grid.voxel_ml, voxels, None, words)


def misses_blocks(analysis: Analysis, words: Wording) -> tuple[Block, ...]:
    """What is worth a second look, and why."""
    if not analysis.possible_misses:
        return (Prose(words("misses.none"), "faint"),)
    titles = (slices_title(analysis, words), words("slices.name"), words("slices.probability"))
    titles += (words("misses.region"), words("misses.reason"))
    rows = tuple(_miss(miss, analysis, words) for miss in analysis.possible_misses)
    explained = Prose(words("misses.explained"), "faint", small=True)
    return explained, _named(Table(titles, rows, _MISS_WIDTHS), analysis)


def _named(table: Table, analysis: Analysis) -> Table:
    """The table without its second column where slices have no names of their source."""
    if analysis.study.source.slice_names:
        return table
    rows = tuple(row[:1] + row[2:] for row in table.rows)
    first, name, *rest, last = table.widths
    # What the names leave goes to the last column, unless two tables share the page.
    widths = (first, *rest, last if table.folded else last + name)
    return replace(table, titles=table.titles[:1] + table.titles[2:], rows=rows, widths=widths)


def _miss(miss: PossibleMiss, analysis: Analysis, words: Wording) -> tuple[str, ...]:
    x0, y0, x1, y1 = miss.box_px or (0, 0, 0, 0)
    region = f"{span(str(x0), str(x1 - 1))}, {span(str(y0), str(y1 - 1))}" if miss.box_px else "–"
    probability = words.probability(miss.probability)
    number = slice_cell(analysis, miss.index)
    return number, miss.name, probability, region, words.say(miss.reason)


def slices_blocks(analysis: Analysis, words: Wording) -> tuple[Block, ...]:
    """Every called slice with its area."""
    called = [s for s in analysis.slices if s.decision == "tumour"]
    if not called:
        return (Prose(words("slices.none"), "faint"),)
    names = tuple(words(f"slices.{name}") for name in ("name", "probability", "area"))
    titles = (slices_title(analysis, words), *names)
    rows = tuple(_slice(s, analysis, words) for s in called)
    table = Table(titles, rows, _SLICE_WIDTHS, folded=True)
    if analysis.author != "model":
        table = _without(table, 2)
    return (_named(table, analysis),)


def _slice(finding: SliceFinding, analysis: Analysis, words: Wording) -> tuple[str, ...]:
    if finding.area_mm2 is None:
        area = words.measure(finding.area_px, "px")
    else:
        area = words.measure(finding.area_mm2, "mm2")
    number = slice_cell(analysis, finding.index)
    return number, finding.name, words.probability(finding.probability), area
