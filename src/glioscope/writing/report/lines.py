"""Lines that more than one writer shows."""

from bisect import bisect_left
from collections.abc import Callable

from glioscope.analysis import Analysis, Finding
from glioscope.model.preprocess import picture_spacing, to_pictures
from glioscope.study import Channel
from glioscope.writing.wording import Wording


def shortened(text: str, width: float, measured: Callable[[str], float]) -> str:
    """The text, cut in its middle where it is wider than `width` by the measure of its writer."""
    # At least seven characters stay. Measuring is slow, and every cut is narrower than the last.
    most = max(0, (len(text) - 7) // 2)
    if not most or measured(text) <= width:
        return text

    def cut(steps: int) -> str:
        side = (len(text) - 2 * steps) // 2
        return f"{text[:side]}…{text[-side:]}"

    cuts = range(1, most)
    return cut(1 + bisect_left(cuts, True, key=lambda steps: measured(cut(steps)) <= width))


def called_count(analysis: Analysis) -> int:
    """How many slices were called tumour."""
    return sum(s.decision == "tumour" for s in analysis.slices)


def volume_text(analysis: Analysis, words: Wording) -> str:
    """Tumour volume in ml, or in voxels where spacing is unknown."""
    if analysis.volume_ml is None:
        return words.measure(sum(f.voxels for f in analysis.findings), "voxels")
    return words.measure(analysis.volume_ml, "ml", 1)


def finding_diameters(finding: Finding, words: Wording) -> str:
    """Longest diameter by its perpendicular, in mm or in pixels."""
    if finding.diameter_mm is None or finding.perpendicular_mm is None:
        across = words.measure(finding.perpendicular_px, "px", 1)
        return f"{words.number(finding.diameter_px, 1)} × {across}"
    across = words.measure(finding.perpendicular_mm, "mm", 1)
    return f"{words.number(finding.diameter_mm, 1)} × {across}"


def size_of_all(analysis: Analysis, words: Wording) -> str:
    """Probability, called slices and, where there is one, the volume, on one short line."""
    probability = words.probability(analysis.probability)
    parts = [words("decision.probability", probability=probability)]
    called, total = called_count(analysis), len(analysis.slices)
    parts.append(words("decision.slices", called=called, total=total))
    if called:
        parts.append(words("decision.volume", volume=volume_text(analysis, words)))
    return " · ".join(parts)


def size_and_side(analysis: Analysis, words: Wording) -> str:
    """The same with the interval of the volume and the side, where they are known."""
    text, ends = size_of_all(analysis, words), analysis.volume_interval
    if ends and analysis.volume_ml is not None:
        text += f" ({words.range(analysis.volume_ml, ends, 1)})"
    elif ends:
        text += f" ({words.range(sum(f.voxels for f in analysis.findings), ends)})"
    return f"{text} · {words(f'side.{analysis.side}')}" if analysis.side else text


def quality_lines(analysis: Analysis, words: Wording) -> list[str]:
    """The gate's verdict; no line where the model does not know its training data."""
    quality = analysis.quality
    if quality is None:
        return []
    score = "–" if quality.score is None else words.number(quality.score, 1)
    return [words(f"quality.{quality.verdict}", score=score)]


def assessment_lines(analysis: Analysis, words: Wording) -> list[str]:
    """What the model thinks of its own outline; no line where it does not judge itself."""
    lines: list[str] = []
    if analysis.expected_dice is not None:
        dice = words.number(analysis.expected_dice, 2)
        lines.append(words("assessment.expected", dice=dice))
    if analysis.review:
        empty = analysis.expected_dice is None
        lines.append(words("assessment.review_empty" if empty else "assessment.review"))
    return lines


def point_line(analysis: Analysis, words: Wording) -> str | None:
    """The threshold of the decision and its operating point; None where it is not known."""
    if analysis.threshold is None:
        return None
    threshold = words.number(analysis.threshold, 3)
    text = words("decision.threshold", threshold=threshold)
    if analysis.operating_point is None:
        return text
    rate = words.number(100 * (analysis.max_miss_rate or 0.0), 1)
    return f"{text}, {words(f'point.short.{analysis.operating_point}', rate=rate)}"


def source_text(analysis: Analysis, words: Wording) -> str:
    """What kind of files the study came from."""
    kind = analysis.study.source.kind
    key = f"source.{kind}"
    return words(key) if key in words.texts else kind


def sequences_text(analysis: Analysis) -> str:
    """The sequences that were there, in the network's order."""
    return ", ".join(s.value for s in Channel if s in analysis.study.images)


def input_line(analysis: Analysis, words: Wording) -> str:
    """Source and sequences on one line."""
    return f"{source_text(analysis, words)} · {sequences_text(analysis)}"


def size_text(analysis: Analysis, words: Wording) -> str:
    """Number and size of the axial slices."""
    stack = to_pictures(analysis.mask.array, analysis.mask.grid)
    slices, height, width = stack.shape
    return words("study.slice_size", slices=slices, width=width, height=height)


def threshold_text(analysis: Analysis, words: Wording) -> str | None:
    """The decision threshold and what it stands for; None where it is not known."""
    if analysis.threshold is None:
        return None
    number = words.number(analysis.threshold, 3)
    if analysis.operating_point is None:
        return number
    rate = words.number(100 * (analysis.max_miss_rate or 0.0), 1)
    return f"{number}: {words(f'point.{analysis.operating_point}', rate=rate)}"


def spacing_text(analysis: Analysis, words: Wording) -> str:
    """Spacing of rows, columns and slices in mm, or that it is unknown."""
    grid = analysis.study.grid
    if grid.nominal:
        return words("study.spacing_unknown")
    between, row, column = (words.number(v, 2) for v in picture_spacing(grid))
    return words("study.spacing_mm", row=row, column=column, slice=between)
