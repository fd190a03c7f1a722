"""Lines that more than one writer shows."""

from bisect import bisect_left
from collections.abc import Callable

import numpy as np

from glioscope.analysis import Analysis
from glioscope.analysis_parts import SPECK_SHARE, Finding
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


def headline(analysis: Analysis, words: Wording) -> str:
    """What was found, and, where it is not the model's word, by whom."""
    if analysis.author == "model":
        return words(f"decision.{analysis.decision}")
    return words(f"reader.{analysis.decision}")


def author_line(analysis: Analysis, words: Wording) -> str:
    """Whose outline it is; empty where it is the model's."""
    if analysis.author == "model":
        return ""
    if analysis.model is None:
        return words("reader.by_hand")
    model = f"{analysis.model.name} {analysis.model.version}"
    return words("reader.with_model", model=model)


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


def place(finding: Finding, words: Wording) -> str:
    """Side and distance from the midline; empty where the side was not sought."""
    if finding.side is None:
        return ""
    side = words(f"side.{finding.side}")
    if finding.side == "both" or finding.midline_px is None:
        return side
    if finding.midline_mm is None:
        away = words.measure(finding.midline_px, "px")
    else:
        away = words.measure(finding.midline_mm, "mm")
    return words("place.from_midline", side=side, distance=away)


def size_of_all(analysis: Analysis, words: Wording) -> str:
    """Probability, marked slices and, where there is one, the volume, on one short line."""
    parts: list[str] = []
    if analysis.probability is not None:
        probability = words.probability(analysis.probability)
        parts.append(words("decision.probability", probability=probability))
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


def miss_rate_lines(analysis: Analysis, words: Wording) -> list[str]:
    """How much is missed at this threshold, as promised or as measured; none where not known."""
    if analysis.max_miss_rate is not None:
        return [words("miss_rate.promised", rate=words.number(100 * analysis.max_miss_rate, 1))]
    if analysis.miss_rate is not None:
        return [words("miss_rate.measured", rate=words.number(100 * analysis.miss_rate, 1))]
    return []


def speck_lines(analysis: Analysis, words: Wording) -> list[str]:
    """The footnote that there are specks beside the lesions; none where there are none."""
    if not analysis.specks:
        return []
    share = words.number(100 * SPECK_SHARE)
    volumes = [f.volume_ml for f in analysis.specks if f.volume_ml is not None]
    if volumes:
        whole = words.measure(sum(volumes), "ml", 2)
    else:
        whole = words.measure(sum(f.voxels for f in analysis.specks), "voxels")
    return [words("specks.line", count=len(analysis.specks), share=share, volume=whole)]


def bounds_lines(analysis: Analysis, words: Wording) -> list[str]:
    """How large the sure and the possible region are, and what they promise; none without them."""
    found = analysis.bounds
    if found is None:
        return []
    grid = analysis.study.grid
    sizes: dict[str, str] = {}
    for name, region in (("sure", found.sure), ("possible", found.possible)):
        voxels = int(np.count_nonzero(region))
        if grid.nominal:
            sizes[name] = words.measure(voxels, "voxels")
        else:
            sizes[name] = words.measure(voxels * grid.voxel_ml, "ml", 1)
    return [words("findings.bounds", share=words.number(100 * found.rate), **sizes)]


def quality_lines(analysis: Analysis, words: Wording) -> list[str]:
    """The gate's verdict; no line where the model does not know its training data."""
    quality = analysis.quality
    if quality is None:
        return []
    score = "–" if quality.score is None else words.number(quality.score, 1)
    return [words(f"quality.{quality.verdict}", score=score)]


def assessment_lines(analysis: Analysis, words: Wording) -> list[str]:
    """What the model thinks of its own outline; no line where it does not judge itself."""
    if analysis.expected_dice is None:
        return [words("assessment.review_empty")] if analysis.review else []
    return [words("assessment.doubtful" if analysis.review else "assessment.good")]


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


def threshold_text(analysis: Analysis, words: Wording) -> str | None:
    """The decision threshold and what it stands for; None where it is not known."""
    if analysis.threshold is None:
        return None
    number = words.number(analysis.threshold, 3)
    if analysis.operating_point is None:
        return number
    rate = words.number(100 * (analysis.max_miss_rate or 0.0), 1)
    return f"{number}: {words(f'point.{analysis.operating_point}', rate=rate)}"
