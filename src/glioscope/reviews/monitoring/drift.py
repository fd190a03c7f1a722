"""Figures of the input against the studies that the model learned from."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

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
    """Each study is held against the kind, whole head or brain alone, that it is nearest to."""
    kinds = {kind.name: (kind.means, kind.scales) for kind in reference.kinds}
    away = [
        [
            (_values(case.figures) - kinds[kind][0]) / kinds[kind][1]
            for case in cases
            if case.figures and (kind := case.figures.get("kind")) in kinds
        ]
        for cases in periods
    ]
    shifts = [_shift(name, [[z[at] for z in some] for some in away]) for at, name in _NAMED]
    return Drift(reference.patients, tuple(shifts))


_NAMED = tuple(enumerate(FIGURE_NAMES))


def _values(figures: Mapping[str, Any]) -> np.ndarray:
    return np.array([figures[name] for name in FIGURE_NAMES], np.float64)


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
