# pyright: basic
# It speaks with SciPy, which carries no types.
"""Slice figures: does a slice have tumour, and was it called so.

A slice is positive when its reference mask has a pixel; it is called when its probability reaches
the threshold (`>=`). A figure whose denominator is zero is None, never NaN.

The curves are by hand: a bootstrap asks for them thousands of times, and scikit-learn takes eight
times as long over the 3267 slices of the LGG set (nearer two hundred for the Brier score).
"""

from dataclasses import dataclass
from typing import NamedTuple, Self

import numpy as np
from jaxtyping import Bool, Float, Float64, Int64
from scipy.stats import binomtest, rankdata

from glioscope.errors import InputError, UsageError


@dataclass(frozen=True)
class ConfusionCounts:
    """Slices by reference and call. Every figure is in [0, 1], or None where it is 0 of 0."""

    tp: int
    fp: int
    tn: int
    fn: int

    @property
    def total(self) -> int:
        """All slices."""
        return self.tp + self.fp + self.tn + self.fn

    @property
    def recall(self) -> float | None:
        """Share of positive slices that were called; None without positive slices."""
        return ratio(self.tp, self.tp + self.fn)

    @property
    def precision(self) -> float | None:
        """Share of called slices that are positive; None when nothing was called."""
        return ratio(self.tp, self.tp + self.fp)

    @property
    def specificity(self) -> float | None:
        """Share of negative slices that were not called; None without negative slices."""
        return ratio(self.tn, self.tn + self.fp)

    @property
    def npv(self) -> float | None:
        """Share of slices not called that are negative; None when every slice was called."""
        return ratio(self.tn, self.tn + self.fn)

    @property
    def f1(self) -> float | None:
        """2 TP / (2 TP + FP + FN); None when nothing is positive and nothing was called."""
        return ratio(2 * self.tp, 2 * self.tp + self.fp + self.fn)

    @property
    def accuracy(self) -> float | None:
        """Share of slices called rightly; None without slices."""
        return ratio(self.tp + self.tn, self.total)

    def for_class(self, positive: bool) -> Self:
        """The counts as a class sees them: for `False`, "no tumour" is what is looked for."""
        return self if positive else type(self)(tp=self.tn, fp=self.fn, tn=self.tp, fn=self.fp)


class RocCurve(NamedTuple):
    """Points from nothing called to everything called, by falling threshold.

    One per distinct probability, after a first whose threshold lies just above the highest.
    """

    false_positive_rate: Float64[np.ndarray, " t"]
    recall: Float64[np.ndarray, " t"]
    threshold: Float64[np.ndarray, " t"]


class PrCurve(NamedTuple):
    """Points by falling threshold, one per distinct probability.

    Nothing called is left out, since it has no precision.
    """

    recall: Float64[np.ndarray, " t"]
    precision: Float64[np.ndarray, " t"]
    threshold: Float64[np.ndarray, " t"]


class OperatingPoint(NamedTuple):
    """What one threshold achieves on the slices it was chosen on."""

    recall: float
    threshold: float
    specificity: float


def ratio(numerator: float, denominator: float) -> float | None:
    """The quotient as a float; None when the denominator is zero."""
    return float(numerator / denominator) if denominator else None


def confusion(reference: Bool[np.ndarray, " n"], called: Bool[np.ndarray, " n"]) -> ConfusionCounts:
    """Count slices by reference and call; all zero without slices."""
    tp = int(np.count_nonzero(reference & called))
    fp = int(np.count_nonzero(called)) - tp
    fn = int(np.count_nonzero(reference)) - tp
    return ConfusionCounts(tp=tp, fp=fp, tn=reference.size - tp - fp - fn, fn=fn)


def wilson(k: int, n: int, level: float = 0.95) -> tuple[float, float]:
    """Score interval of a proportion `k` of `n` (Wilson 1927); (0, 1) when `n` is 0.

    It takes the `n` as independent; slices of one patient are not, so it stands beside the paper's
    figures only, and ours come from `bootstrap`.

    Raises:
        UsageError: not 0 <= k <= n, or a level outside (0, 1).
    """
    if not (0 <= k <= n and 0 < level < 1):
        raise UsageError("evaluation.no_proportion", k=k, n=n, level=level)
    if n == 0:
        return 0.0, 1.0
    found = binomtest(k, n).proportion_ci(level, method="wilson")
    return float(found.low), float(found.high)


def roc_auc(
    reference: Bool[np.ndarray, " n"], probability: Float[np.ndarray, " n"]
) -> float | None:
    """Chance that a positive slice scores above a negative one, ties counting half (Mann-Whitney).

    None unless both classes are there.

    Raises:
        InputError: a probability is not finite.
    """
    check_finite(probability)
    positives = int(np.count_nonzero(reference))
    negatives = reference.size - positives
    if not positives or not negatives:
        return None
    ranks = float(rankdata(probability)[reference].sum())
    return (ranks - positives * (positives + 1) / 2) / (positives * negatives)


def pr_auc(reference: Bool[np.ndarray, " n"], probability: Float[np.ndarray, " n"]) -> float | None:
    """Average precision: precision at each distinct threshold, weighted by the recall it adds.

    No interpolation between points, which would flatter (Davis and Goadrich 2006). None without
    positive slices.

    Raises:
        InputError: a probability is not finite.
    """
    curve = pr_curve(reference, probability)
    if curve is None:
        return None
    return float(np.sum(np.diff(curve.recall, prepend=0.0) * curve.precision))


def roc_curve(
    reference: Bool[np.ndarray, " n"], probability: Float[np.ndarray, " n"]
) -> RocCurve | None:
    """Recall against false-positive rate, both rising; None unless both classes are there.

    Raises:
        InputError: a probability is not finite.
    """
    threshold, tp, fp = _sweep(reference, probability)
    if not threshold.size or not tp[-1] or not fp[-1]:
        return None
    above = float(np.nextafter(threshold[0], np.inf))
    return RocCurve(
        np.concatenate([[0.0], fp / fp[-1]]),
        np.concatenate([[0.0], tp / tp[-1]]),
        np.concatenate([[above], threshold]),
    )


def pr_curve(
    reference: Bool[np.ndarray, " n"], probability: Float[np.ndarray, " n"]
) -> PrCurve | None:
    """Precision against rising recall; None without positive slices.

    Raises:
        InputError: a probability is not finite.
    """
    threshold, tp, fp = _sweep(reference, probability)
    if not threshold.size or not tp[-1]:
        return None
    return PrCurve(tp / tp[-1], tp / (tp + fp), threshold)


def recall_at_specificity(
    reference: Bool[np.ndarray, " n"], probability: Float[np.ndarray, " n"], specificity: float
) -> OperatingPoint | None:
    """The threshold with the most recall among those that keep the specificity.

    Slices with one score are called together: no threshold parts ties, so the specificity achieved
    may lie above the one asked for. Of thresholds with the same recall the highest is taken; it is
    the score of the lowest slice called, or just above the highest score when nothing may be
    called. None unless both classes are there.

    Raises:
        InputError: a probability is not finite.
        UsageError: a specificity outside [0, 1].
    """
    if not 0 <= specificity <= 1:
        raise UsageError("evaluation.specificity", value=specificity)
    curve = roc_curve(reference, probability)
    if curve is None:
        return None
    achieved = 1 - curve.false_positive_rate
    # 1 - 1/20 must satisfy 0.95: forgive what subtraction rounds away.
    allowed = achieved >= specificity - 1e-12
    best = int(np.argmax(np.where(allowed, curve.recall, -1.0)))
    return OperatingPoint(
        float(curve.recall[best]), float(curve.threshold[best]), float(achieved[best])
    )


def check_finite(probability: Float[np.ndarray, " n"]) -> None:
    """Raise `InputError` when a probability is NaN or infinite: it would sort anywhere."""
    bad = int(np.count_nonzero(~np.isfinite(probability)))
    if bad:
        raise InputError("evaluation.not_finite", count=bad, total=probability.size)


def _sweep(
    reference: Bool[np.ndarray, " n"], probability: Float[np.ndarray, " n"]
) -> tuple[Float64[np.ndarray, " t"], Int64[np.ndarray, " t"], Int64[np.ndarray, " t"]]:
    """Distinct thresholds, falling, with the true and false positives each one gives."""
    check_finite(probability)
    order = np.argsort(-probability, kind="stable")
    scores = probability[order].astype(np.float64)
    last = np.flatnonzero(np.diff(scores, append=-np.inf))
    tp = np.cumsum(reference[order], dtype=np.int64)[last]
    return scores[last], tp, last.astype(np.int64) + 1 - tp
