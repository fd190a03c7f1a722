"""Figures of the input against the studies that the model learned from."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from glioscope.model.appearance import FIGURE_NAMES
from glioscope.model.reference import TrainingAppearance
from glioscope.reviews.monitoring.cases import Case

# A difference that is surely larger than this is large (Cohen 1988).
LARGE = 0.8
LEAST = 10
_Z = 1.959964


@dataclass(frozen=True)
class Shift:
    """How far one figure of the input lies from the training data.

    Attributes:
        name: as in `glioscope.model.appearance.FIGURE_NAMES`.
        n: studies it is of.
        difference: mean over studies of the distance from the training data's mean in the training
            data's standard deviations (Glass's delta); None without studies.
        low, high: 95 % interval; None of fewer than two.
        spread: standard deviation here over that of the training data.
        verdict: `few` of fewer than ten studies, `shifted` where the interval lies beyond 0.8 on
            one side, else `usual`.
        by_period: the difference in each period; None without studies.
    """

    name: str
    n: int
    difference: float | None
    low: float | None
    high: float | None
    spread: float | None
    verdict: Literal["few", "usual", "shifted"]
    by_period: tuple[float | None, ...]


@dataclass(frozen=True)
class Drift:
    """All figures against the training data of `patients` patients."""

    patients: int
    figures: tuple[Shift, ...]


def drift(periods: Sequence[Sequence[Case]], reference: TrainingAppearance) -> Drift:
    """Each study is held against the kind, whole head or brain alone, that it is nearest to.

    Studies in which the gate saw no head have no such figures and are left out.
    """
    away = [
        [_away(np.array(values, np.float64), reference) for case in cases if (values := _of(case))]
        for cases in periods
    ]
    shifts = [_shift(name, [[z[at] for z in some] for some in away]) for at, name in _NAMED]
    return Drift(reference.patients, tuple(shifts))


def _of(case: Case) -> list[float] | None:
    figures = case.figures or {}
    known = all(name in figures for name in FIGURE_NAMES)
    return [float(figures[name]) for name in FIGURE_NAMES] if known else None


def _away(values: np.ndarray, reference: TrainingAppearance) -> np.ndarray:
    """Distances from the means of the nearest kind, in its standard deviations."""
    found = [((values - kind.means) / kind.scales, kind.precision) for kind in reference.kinds]
    return min(found, key=lambda pair: float(pair[0] @ pair[1] @ pair[0]))[0]


_NAMED = tuple(enumerate(FIGURE_NAMES))


def _shift(name: str, periods: Sequence[Sequence[float]]) -> Shift:
    by_period = tuple(float(np.mean(some)) if some else None for some in periods)
    values = np.array([z for some in periods for z in some], np.float64)
    n = len(values)
    if n < 2:
        return Shift(name, n, float(values[0]) if n else None, None, None, None, "few", by_period)
    mean, spread = float(values.mean()), float(values.std(ddof=1))
    half = _Z * spread / math.sqrt(n)
    low, high = mean - half, mean + half
    beyond = low > LARGE or high < -LARGE
    verdict = "few" if n < LEAST else "shifted" if beyond else "usual"
    return Shift(name, n, mean, low, high, spread, verdict, by_period)
