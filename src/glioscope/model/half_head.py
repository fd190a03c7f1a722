"""Whether a study shows half of a head: it looks like a part of the mean heads, not like the whole.

Not to be confused with how many millimetres are covered, which `glioscope.quality_gate` judges
where spacing is known. Decision 0018 tells how the limits were chosen.
"""

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
from jaxtyping import Float32

from glioscope.model.appearance import BANDS, Appearance
from glioscope.model.reference import Kind, correlation

# From where to where each half reaches, as shares of the way from the lowest band to the top.
_WHOLE = (0.0, 1.0)
_HALVES = {"lower": (0.0, 0.5), "upper": (0.5, 1.0), "middle": (0.25, 0.75)}
# Correlation with a half beyond that with the whole: at most 0.022 in whole studies of the choosing
# half of the LGG set.
LIKE_HALF = 0.025
# Head areas over the largest, as a second witness: beyond these and the likeness lies no study that
# lacks 15 % of its slices, and few that lack a quarter.
_TOP_OF_LOWER = 0.86
_MIDDLE_OF_UPPER, _BOTTOM_OF_UPPER = 0.88, 0.9
_ENDS_OF_MIDDLE = 0.8
# A lower half ends at the broadest slices: the area of its top tells as much as its looks.
_USUAL_TOP, _TOP_COUNTS = 0.9, 0.2


class HalfHead(NamedTuple):
    """Which half is shown, `lower`, `upper` or `middle`, and how much more like it than whole."""

    name: str
    more: float


def half_shown(found: Appearance, kinds: Iterable[Kind]) -> HalfHead | None:
    """The half of a head that a study surely shows; None where it may be more than half."""
    heads = [kind.head for kind in kinds]
    likeness = {name: _likeness(found, heads, part) for name, part in _HALVES.items()}
    whole = _likeness(found, heads, _WHOLE)
    more = {name: like - whole for name, like in likeness.items()}
    more["lower"] += _TOP_COUNTS * (found.highest - _USUAL_TOP)
    cut = {
        "lower": found.highest > _TOP_OF_LOWER,
        "upper": found.middle < _MIDDLE_OF_UPPER and found.lowest > _BOTTOM_OF_UPPER,
        "middle": min(found.lowest, found.highest) > _ENDS_OF_MIDDLE,
    }
    told = [HalfHead(name, more[name]) for name in _HALVES if cut[name] and more[name] > LIKE_HALF]
    return max(told, key=lambda half: half.more, default=None)


def _likeness(
    found: Appearance, heads: list[Float32[np.ndarray, "b n n"]], part: tuple[float, float]
) -> float:
    return max(correlation(found.head, _part_of(head, part)) for head in heads)


def _part_of(
    head: Float32[np.ndarray, "b n n"], part: tuple[float, float]
) -> Float32[np.ndarray, "b n n"]:
    """A part of a mean head in as many bands as the whole, interpolated between its bands."""
    low, high = part
    middles = (np.arange(BANDS) + 0.5) / BANDS
    places = np.clip((low + (high - low) * middles) * BANDS - 0.5, 0, BANDS - 1)
    below = np.minimum(places.astype(int), BANDS - 2)
    share = (places - below).astype(np.float32)[:, None, None]
    return head[below] * (1 - share) + head[below + 1] * share
