"""Confidence intervals by resampling patients: slices of one patient are not independent.

By hand, where scipy has a bootstrap: its draws may change with the release, a figure that a
resample leaves undefined ends it, and several figures here share one set of draws.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int, Int64

from glioscope.errors import UsageError

RESAMPLES = 2000
Statistic = Callable[[Int64[np.ndarray, " p"]], float | None]


@dataclass(frozen=True)
class Interval:
    """A figure and its percentile interval.

    `undefined` resamples, on which the figure was None, are left out of the interval.
    """

    estimate: float
    low: float
    high: float
    level: float
    resamples: int
    undefined: int = 0


def bootstrap(
    statistic: Statistic,
    patients: int,
    *,
    seed: int,
    resamples: int = RESAMPLES,
    level: float = 0.95,
) -> Interval | None:
    """Percentile interval over patients drawn with replacement (Efron and Tibshirani 1993).

    `statistic` is given the positions of the drawn patients, in [0, patients), with repeats, and
    gives a finite figure or None; on `arange(patients)` it gives the estimate. For figures that
    follow from sums over patients make it with `of_sums`. None when the figure is undefined on all
    patients or on every resample.

    Raises:
        UsageError: no patient, no resample, or a level outside (0, 1).
    """
    if patients < 1 or resamples < 1 or not 0 < level < 1:
        raise UsageError(
            "evaluation.bootstrap", patients=patients, resamples=resamples, level=level
        )
    estimate = statistic(np.arange(patients, dtype=np.int64))
    # Of few patients the same draw comes up often: each is asked once.
    distinct, place = np.unique(_draws(patients, resamples, seed), axis=0, return_inverse=True)
    answers = [statistic(index) for index in distinct]
    drawn = [answers[at] for at in place.ravel().tolist()]
    values = [value for value in drawn if value is not None]
    if estimate is None or not values:
        return None
    low, high = np.quantile(values, [(1 - level) / 2, (1 + level) / 2])
    undefined = resamples - len(values)
    return Interval(estimate, float(low), float(high), level, resamples, undefined)


def of_sums(
    table: Int[np.ndarray, "p m"] | Float[np.ndarray, "p m"],
    figure: Callable[..., float | None],
) -> Statistic:
    """A statistic computed from sums over patients.

    `table` has a row per patient; `figure` is called with the sum of each column, as plain numbers:
    ``of_sums(counts, lambda tp, fp, tn, fn: ConfusionCounts(tp, fp, tn, fn).f1)``.
    """

    def statistic(index: Int64[np.ndarray, " p"]) -> float | None:
        return figure(*table[index].sum(axis=0).tolist())

    return statistic


def difference(first: Statistic, second: Statistic) -> Statistic:
    """`first` minus `second`, both asked of the same drawn patients: for a paired bootstrap.

    What is hard in one patient is hard for both and cancels out, so the interval is narrower than
    that of two independent cohorts. None where either is. Source: Efron and Tibshirani 1993.
    """

    def statistic(index: Int64[np.ndarray, " p"]) -> float | None:
        left, right = first(index), second(index)
        return None if left is None or right is None else left - right

    return statistic


def _draws(patients: int, resamples: int, seed: int) -> Int64[np.ndarray, "r p"]:
    # The raw stream of a bit generator is fixed for good, that of Generator methods may change
    # with numpy (NEP 19), and published intervals must come out the same. The bias of the
    # remainder is below patients / 2**64.
    raw = np.random.PCG64(seed).random_raw((resamples, patients))
    return (raw % np.uint64(patients)).astype(np.int64)
