"""Parts of a plan fitted on patients: self-assessment, margins of figures and outline, miss curve.

The miss curve's source: Angelopoulos, Bates, Fisch, Lei and Schuster, Conformal Risk Control, ICLR
2024, arXiv:2208.02814. Its unit is the patient, since slices of one patient are not exchangeable.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float64

from glioscope.errors import ModelError

# What `glioscope.findings.expected_dice.features` measures, in its order.
FEATURE_NAMES = (
    "soft_dice",
    "threshold_stability",
    "flip_agreement",
    "flip_difference",
    "border_entropy",
    "z_consistency",
    "log_volume",
    "runs",
    "top_probability",
)


@dataclass(frozen=True)
class Assessment:
    """Expected Dice: `bias` plus the sum of `weights` times (feature - mean) / scale in [-3, 3].

    Attributes:
        names: the features, as in `NAMES`; a plan made for others is refused.
        means, scales: of each feature over the patients it was fitted on; scales are positive.
        weights: change of the expected Dice per scale of each feature.
        bias: expected Dice where every feature is at its mean.
        flag_below: a study whose expected Dice lies below it is to be reviewed, in [0, 1].

    Raises:
        ModelError: other features, another number of values, or one out of range.
    """

    names: tuple[str, ...]
    means: tuple[float, ...]
    scales: tuple[float, ...]
    weights: tuple[float, ...]
    bias: float
    flag_below: float

    def __post_init__(self) -> None:
        if self.names != FEATURE_NAMES:
            raise ModelError(
                "model.assessment_names",
                expected=", ".join(FEATURE_NAMES),
                found=", ".join(map(str, self.names)),
            )
        lengths = [len(values) for values in (self.means, self.scales, self.weights)]
        if set(lengths) != {len(FEATURE_NAMES)}:
            raise ModelError(
                "model.assessment_lengths", expected=len(FEATURE_NAMES), found=str(lengths)
            )
        self._check_values()

    def _check_values(self) -> None:
        values = (*self.means, *self.scales, *self.weights, self.bias)
        if not all(map(math.isfinite, values)) or min(self.scales) <= 0:
            raise ModelError("model.assessment_values")
        if not 0 <= self.flag_below <= 1:
            raise ModelError("model.assessment_flag", value=self.flag_below)


@dataclass(frozen=True)
class IntervalMargins:
    """Added on both sides to the logarithm of a figure's band (`glioscope.findings.intervals`).

    Attributes:
        coverage: share of new patients like those it was fitted on whose figure, measured on an
            expert's outline, lies inside the interval; in (0, 1).
        patients: how many it was fitted on, none of whom the networks had seen.
        volume: for the volume of all lesions; negative where the band alone was too wide.
        diameter, perpendicular: for the two diameters of the largest lesion.
        product: for the sum of the products of both diameters.

    Raises:
        ModelError: a value out of range.
    """

    coverage: float
    patients: int
    volume: float
    diameter: float
    perpendicular: float
    product: float

    def __post_init__(self) -> None:
        values = (self.volume, self.diameter, self.perpendicular, self.product)
        if not (0 < self.coverage < 1 and self.patients > 0 and all(map(math.isfinite, values))):
            raise ModelError("model.widening", found=str(self))


@dataclass(frozen=True)
class OutlineMargins:
    """How far the sure region lies inside the outline, and the possible one reaches outside it.

    Attributes:
        rate: on average over new patients like those it was fitted on, at most this share of the
            sure region is no tumour on an expert's outline, and at most this share of the tumour
            lies outside the possible one; in (0, 1).
        patients: how many it was fitted on, none of whom the networks had seen.
        inside_mm, outside_mm: from the outline inwards and outwards; not negative.

    Raises:
        ModelError: a value out of range.
    """

    rate: float
    patients: int
    inside_mm: float
    outside_mm: float

    def __post_init__(self) -> None:
        lengths = all(0 <= value < math.inf for value in (self.inside_mm, self.outside_mm))
        if not (0 < self.rate < 1 and self.patients > 0 and lengths):
            raise ModelError("model.margins", found=str(self))


MissCurve = tuple[tuple[float, float], ...]

# A curve is thinned to about this many steps and ends at this miss rate: nobody asks for more.
_STEPS, _END = 150, 0.35
# A plan's thresholds lie inside (0, 1).
_EDGE = 1e-6


def miss_curve(positives: Sequence[Float64[np.ndarray, "_"]]) -> MissCurve:
    """(threshold, mean share of a patient's tumour slices below it), both rising.

    `positives` holds each patient's probabilities on his slices with tumour; a patient without any
    cannot be missed and counts 0. Every pair is exact: thinning only leaves pairs out.
    """
    thresholds = np.unique(np.clip(np.concatenate(positives), _EDGE, 1 - _EDGE))
    below = [np.searchsorted(np.sort(p), thresholds) / max(len(p), 1) for p in positives]
    risk = np.mean(below, axis=0)
    step = np.floor(risk / _END * _STEPS)
    kept = np.append(np.diff(step) > 0, True) & (risk <= _END)
    return tuple(zip(thresholds[kept].tolist(), risk[kept].tolist(), strict=True))


def conformal_threshold(curve: MissCurve, patients: int, most: float) -> float | None:
    """The highest threshold whose expected miss rate on a new patient is at most `most`.

    With n patients, mean miss rate R(t) and a loss of at most 1: the largest t with
    (n R(t) + 1) / (n + 1) <= `most`. The bound holds on average over new patients who are
    exchangeable with those of the curve. None where no threshold of the curve keeps it, which is
    so below 1 / (n + 1), or where `most` is not inside (0, 1).
    """
    allowed = [t for t, risk in curve if patients * risk + 1 <= most * (patients + 1)]
    return max(allowed, default=None) if 0 < most < 1 else None
