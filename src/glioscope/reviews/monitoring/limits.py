"""Control limits: between which a figure stays by chance alone, 99.73 of 100 times.

Shares have a p-chart with exact binomial limits, medians an individuals chart with moving ranges
(Montgomery, Introduction to Statistical Quality Control, 8th ed., 2019, sections 7.2 and 6.4).
"""

import math
from collections.abc import Sequence
from typing import NamedTuple

# Beyond three standard deviations of a normal distribution, both sides together.
ALPHA = 0.0027
# 3 over the mean range of two normal values, 1.128 standard deviations.
_OF_RANGE = 3 / 1.128
# Of a 95 % interval.
_Z = 1.959964


class Limits(NamedTuple):
    """From where on a figure is beyond what chance does; the limits themselves are inside."""

    low: float
    high: float


def of_share(rate: float, count: int) -> Limits:
    """Limits of a share of `count` cases whose rate is `rate`: quantiles of the binomial.

    Each tail beyond them has a probability below `ALPHA` / 2.
    """
    low = high = None
    below = 0.0
    for found in range(count + 1):
        below += _binomial(found, count, rate)
        if low is None and below > ALPHA / 2:
            low = found
        if below >= 1 - ALPHA / 2:
            high = found
            break
    # Sums of many terms may end just short of 1.
    return Limits((low or 0) / count, (count if high is None else high) / count)


def _binomial(found: int, count: int, rate: float) -> float:
    if rate <= 0 or rate >= 1:
        return float(found == (count if rate >= 1 else 0))
    ways = math.lgamma(count + 1) - math.lgamma(found + 1) - math.lgamma(count - found + 1)
    return math.exp(ways + found * math.log(rate) + (count - found) * math.log1p(-rate))


def of_individuals(values: Sequence[float]) -> Limits:
    """Limits of values in the order of time: mean plus and minus 2.66 mean moving ranges."""
    mean = math.fsum(values) / len(values)
    ranges = [abs(one - other) for one, other in zip(values[1:], values, strict=False)]
    wide = _OF_RANGE * math.fsum(ranges) / len(ranges)
    return Limits(mean - wide, mean + wide)


def wilson(found: int, count: int) -> Limits:
    """95 % interval of a share (Wilson 1927)."""
    share, z2 = found / count, _Z * _Z
    middle = (share + z2 / (2 * count)) / (1 + z2 / count)
    half = _Z * math.sqrt(share * (1 - share) / count + z2 / (4 * count**2)) / (1 + z2 / count)
    return Limits(max(0.0, middle - half), min(1.0, middle + half))
