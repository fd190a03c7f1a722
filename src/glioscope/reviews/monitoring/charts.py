"""Figures by period beside their limits: shares of studies, and medians."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from glioscope.reviews.monitoring.cases import Case
from glioscope.reviews.monitoring.limits import Limits, of_individuals, of_share, wilson

Verdict = Literal["none", "few", "early", "inside", "above", "below"]

# A share of fewer cases, and a median of fewer, is shown and not judged.
LEAST_OF_SHARE, LEAST_OF_MEDIAN = 10, 5
# Limits from fewer judged periods would be the chance of these.
LEAST_PERIODS = 8


@dataclass(frozen=True, kw_only=True)
class Point:
    """A figure of one period.

    Attributes:
        n: cases that it is of; `count` is how many of them a share counts.
        value: the share, or the median; None without cases.
        low, high: of a share its 95 % interval after Wilson, of a median the quartiles.
        limit_low, limit_high: control limits; None where it is not judged.
        verdict: `none` without cases, `few` with too few of them, `early` while too few periods
            make no limits, else `inside`, `above` or `below` the limits.
    """

    n: int
    count: int | None = None
    value: float | None = None
    low: float | None = None
    high: float | None = None
    limit_low: float | None = None
    limit_high: float | None = None
    verdict: Verdict = "none"


@dataclass(frozen=True)
class Chart:
    """One figure over all periods; `centre` is the pooled rate, or the mean of the medians."""

    name: str
    kind: Literal["share", "median"]
    centre: float | None
    points: tuple[Point, ...]


def charts(periods: Sequence[Sequence[Case]]) -> tuple[Chart, ...]:
    """Every chart for the cases of each period."""
    shares = [_share(name, periods, of, counted) for name, (of, counted) in _SHARES.items()]
    medians = [_median(name, periods, value) for name, value in _MEDIANS.items()]
    return (*shares, *medians)


def _ended(case: Case) -> bool:
    return case.outcome in ("result", "refused", "failed")


def _answered(case: Case) -> bool:
    return case.outcome == "result"


def _signed(case: Case) -> bool:
    return case.review is not None


def _verdict(wanted: str) -> Callable[[Case], bool]:
    return lambda case: case.review is not None and case.review.verdict == wanted


_Is = Callable[[Case], bool]
# Of which cases, and which of them are counted.
_SHARES: dict[str, tuple[_Is, _Is]] = {
    "refused": (_ended, lambda case: case.outcome == "refused"),
    "failed": (_ended, lambda case: case.outcome == "failed"),
    "warned": (_answered, lambda case: case.gate == "warned"),
    "suspicious": (_answered, lambda case: case.decision == "tumour"),
    "accepted": (_signed, _verdict("accept")),
    "corrected": (_signed, _verdict("correct")),
    "rejected": (_signed, _verdict("reject")),
}


def _dice(case: Case) -> float | None:
    return case.review.dice if case.review and case.review.verdict == "correct" else None


def _bias(case: Case) -> float | None:
    if _dice(case) is None or case.review is None:
        return None
    model, doctor = case.volume_ml, case.review.volume_ml
    return None if model is None or doctor is None else model - doctor


def _unlikeness(case: Case) -> float | None:
    return case.figures.get("score") if case.figures else None


_MEDIANS: dict[str, Callable[[Case], float | None]] = {
    "dice": _dice,
    "volume_bias": _bias,
    "reading_time": lambda case: case.review.seconds if case.review else None,
    "analysis_time": lambda case: case.analysis_s,
    "unlikeness": _unlikeness,
}


def _share(name: str, periods: Sequence[Sequence[Case]], of: _Is, counted: _Is) -> Chart:
    found = [[counted(case) for case in cases if of(case)] for cases in periods]
    judged = [cases for cases in found if len(cases) >= LEAST_OF_SHARE]
    rate = sum(map(sum, judged)) / sum(map(len, judged)) if judged else None
    enough = len(judged) >= LEAST_PERIODS
    points = tuple(_share_point(sum(cases), len(cases), rate, enough) for cases in found)
    return Chart(name, "share", rate, points)


def _share_point(count: int, n: int, rate: float | None, enough: bool) -> Point:
    if n == 0:
        return Point(n=0)
    low, high = wilson(count, n)
    judged = rate is not None and n >= LEAST_OF_SHARE
    limits = of_share(rate, n) if rate is not None and judged and enough else None
    return _point(n, count / n, Limits(low, high), limits, judged, count)


def _median(
    name: str, periods: Sequence[Sequence[Case]], value: Callable[[Case], float | None]
) -> Chart:
    found = [[v for case in cases if (v := value(case)) is not None] for cases in periods]
    judged = [float(np.median(some)) for some in found if len(some) >= LEAST_OF_MEDIAN]
    limits = of_individuals(judged) if len(judged) >= LEAST_PERIODS else None
    centre = math.fsum(judged) / len(judged) if judged else None
    return Chart(name, "median", centre, tuple(_median_point(some, limits) for some in found))


def _median_point(values: Sequence[float], limits: Limits | None) -> Point:
    if not values:
        return Point(n=0)
    low, middle, high = (float(q) for q in np.quantile(values, (0.25, 0.5, 0.75)))
    judged = len(values) >= LEAST_OF_MEDIAN
    return _point(len(values), middle, Limits(low, high), limits if judged else None, judged)


def _point(
    n: int,
    value: float,
    around: Limits,
    limits: Limits | None,
    judged: bool,
    count: int | None = None,
) -> Point:
    return Point(
        n=n,
        count=count,
        value=value,
        low=around.low,
        high=around.high,
        limit_low=limits.low if limits else None,
        limit_high=limits.high if limits else None,
        verdict=_judged(value, limits) if judged else "few",
    )


def _judged(value: float, limits: Limits | None) -> Verdict:
    if limits is None:
        return "early"
    if value > limits.high:
        return "above"
    return "below" if value < limits.low else "inside"
