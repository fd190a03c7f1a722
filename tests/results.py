"""Analyses with intervals, and comparisons of two, for tests of what reports say."""

from dataclasses import replace

from glioscope.analysis import Analysis
from glioscope.analysis_parts import Interval, Intervals
from glioscope.followup.comparison import Comparison, compare
from glioscope.reading.results import stored
from phantoms import analysis_for, box_mask, grid_of

GRID = grid_of("axial", (60, 60, 12))  # 0.9 × 1.1 × 2.5 mm


def lesions(interval: Interval, wide: int = 20, others: int = 2, **changes: object) -> Analysis:
    """A block of `wide` × 20 × 5 voxels on the left and `others` small ones; equal intervals."""
    mask = box_mask(GRID, (5, 5, 3), (5 + wide, 25, 8))
    for n in range(others):
        mask.array[5 + 6 * n : 9 + 6 * n, 40:44, 4:6] = True
    analysis = analysis_for(mask)
    ends = Intervals(interval, interval, interval, interval)
    found = tuple(replace(f, intervals=ends, side="left") for f in analysis.findings)
    return replace(analysis, findings=found, interval_coverage=0.9, **changes)


def compared(
    earlier: Interval, later: Interval, wide: tuple[int, int] = (20, 34), others: int = 0
) -> Comparison:
    """The comparison of two such analyses with blocks of these widths."""
    one, other = (lesions(e, w, others) for e, w in zip((earlier, later), wide, strict=True))
    return compare(*(stored(a) for a in (one, other)))
