# pyright: basic
# It speaks with SciPy, which carries no types.
"""Are the probabilities true: calibration error, Brier score, reliability plot."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Float64, Int64
from scipy.stats import rankdata

from glioscope.errors import UsageError
from glioscope.evaluation.metrics.slices import check_finite

BINS = 15


class Reliability(NamedTuple):
    """Bins by rising probability: mean probability, share of positives, number of slices."""

    probability: Float64[np.ndarray, " b"]
    frequency: Float64[np.ndarray, " b"]
    slices: Int64[np.ndarray, " b"]


def reliability_curve(
    reference: Bool[np.ndarray, " n"], probability: Float[np.ndarray, " n"], bins: int = BINS
) -> Reliability:
    """Mean probability and frequency in bins of equal mass.

    Slices with one score share a bin, by their mean rank, so the result does not depend on their
    order; masses are equal as far as ties allow, and bins left empty are dropped. Without slices
    the arrays are empty.

    Raises:
        InputError: a probability is not finite.
        UsageError: fewer than one bin.
    """
    if bins < 1:
        raise UsageError("evaluation.no_bin", bins=bins)
    check_finite(probability)
    position = (rankdata(probability) - 0.5) / max(probability.size, 1)
    chosen = np.minimum((position * bins).astype(np.int64), bins - 1)
    count = np.bincount(chosen, minlength=bins)
    used = count > 0
    mean = np.bincount(chosen, weights=probability, minlength=bins)[used] / count[used]
    share = np.bincount(chosen, weights=reference, minlength=bins)[used] / count[used]
    return Reliability(mean, share, count[used].astype(np.int64))


def ece(
    reference: Bool[np.ndarray, " n"], probability: Float[np.ndarray, " n"], bins: int = BINS
) -> float | None:
    """Expected calibration error: distance of frequency from probability, averaged over slices.

    Bins, ties and what is raised as in `reliability_curve`. In [0, 1]; None without slices.
    """
    curve = reliability_curve(reference, probability, bins)
    if not curve.slices.size:
        return None
    gap = np.abs(curve.frequency - curve.probability)
    return float(np.average(gap, weights=curve.slices))


def brier(reference: Bool[np.ndarray, " n"], probability: Float[np.ndarray, " n"]) -> float | None:
    """Mean squared distance of probability from outcome (Brier 1950); None without slices.

    Raises:
        InputError: a probability is not finite.
    """
    check_finite(probability)
    if not probability.size:
        return None
    return float(np.mean((probability.astype(np.float64) - reference) ** 2))
