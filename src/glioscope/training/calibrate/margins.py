"""The margins of a plan's outline, fitted on patients the network did not train on.

Source: Angelopoulos, Bates, Fisch, Lei and Schuster, Conformal Risk Control, ICLR 2024,
arXiv:2208.02814. The unit is the patient, whose voxels are not exchangeable.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Bool, Float64

from glioscope.findings.bounds import Spacing, depth, distance
from glioscope.model.components import around
from glioscope.model.plan import Plan
from glioscope.model.plan_parts import OutlineMargins
from glioscope.training.calibrate.answer import KnownAnswer
from glioscope.training.calibrate.intervals import FEWEST

# What is promised: of the sure region no tumour, of the tumour outside the possible one. With 5 %
# the sure region of the 90 patients keeps a third of the outline, with 10 % two thirds.
RATE = 0.1
# Distances that are tried, in mm.
STEPS_MM = np.arange(0.0, 30.25, 0.25)


@dataclass(frozen=True)
class Losses:
    """Of one patient at every distance of `STEPS_MM`, each in [0, 1] and never rising.

    `sure` is the share of the region that deep inside the outline that is no tumour, or that of a
    deeper one where it is larger: losses must fall for the bound to hold. `possible` is the share
    of the tumour outside the region within that distance of the outline.
    """

    sure: Float64[np.ndarray, " d"]
    possible: Float64[np.ndarray, " d"]


def with_margins(plan: Plan, answers: list[KnownAnswer]) -> Plan:
    """The plan with margins fitted on `answers`; with None where too few are outlined."""
    found = [losses_of(plan, answer) for answer in answers if answer.reference.any()]
    return replace(plan, margins=fit(found))


def losses_of(plan: Plan, answer: KnownAnswer) -> Losses:
    """Those of what the plan outlines, on pictures as large as the network was taught."""
    pixel = plan.pixel_mm * answer.pixel_area**0.5
    spacing = (plan.context_mm, pixel, pixel)
    return losses(answer.decided(plan).mask, answer.reference, spacing)


def losses(
    mask: Bool[np.ndarray, "k h w"], reference: Bool[np.ndarray, "k h w"], spacing: Spacing
) -> Losses:
    """Those of an outline beside an expert's, which is not empty."""
    if not mask.any():
        return Losses(np.zeros(len(STEPS_MM)), np.ones(len(STEPS_MM)))
    box = around(mask | reference)
    mask, reference = mask[box], reference[box]
    deep, far = depth(mask, spacing), distance(mask, spacing)[reference]
    kept = _beyond(deep[mask])
    wrong = _beyond(deep[mask & ~reference])
    share = np.divide(wrong, kept, out=np.zeros(len(STEPS_MM)), where=kept > 0)
    return Losses(np.maximum.accumulate(share[::-1])[::-1], _beyond(far) / far.size)


def fit(found: Sequence[Losses], rate: float = RATE) -> OutlineMargins | None:
    """The least distances that keep `rate` on a new patient; None with fewer than `FEWEST`.

    With n patients and a mean loss R(d) the least d with (n R(d) + 1) / (n + 1) <= `rate`; the
    bound holds on average over new patients who are exchangeable with these. None where no distance
    keeps it.
    """
    if len(found) < FEWEST:
        return None
    sure = _least([one.sure for one in found], rate)
    possible = _least([one.possible for one in found], rate)
    if sure is None or possible is None:
        return None
    return OutlineMargins(rate, len(found), inside_mm=sure, outside_mm=possible)


def _least(found: Sequence[Float64[np.ndarray, " d"]], rate: float) -> float | None:
    count = len(found)
    kept = STEPS_MM[(count * np.mean(found, axis=0) + 1) / (count + 1) <= rate]
    return float(kept[0]) if kept.size else None


def _beyond(lengths: Float64[np.ndarray, " n"]) -> Float64[np.ndarray, " d"]:
    """How many of `lengths` are larger than each distance."""
    below = np.searchsorted(np.sort(lengths), STEPS_MM, side="right")
    return (lengths.size - below).astype(np.float64)
