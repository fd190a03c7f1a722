"""Thresholds and calibration, chosen on predictions for patients the network did not train on.

For cross-validation they are cross-fitted: those applied to a fold come from the out-of-fold
predictions of the other folds' patients, so no patient takes part in choosing his own thresholds.
"""

from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Bool, Float32, Float64
from scipy.optimize import minimize

from glioscope.errors import InputError
from glioscope.evaluation.metrics import OperatingPoint, dice_volume, recall_at_specificity
from glioscope.model.plan import Plan
from glioscope.model.postprocess import decide, slice_probability

# The operating point: as many tumour slices as possible while at least this share of the slices
# without tumour is left alone. The same share is asked of the shipped model in the issue.
SPECIFICITY = 0.95
_Z_WEIGHTS = (0.0, 0.1, 0.2, 0.3)
_PIXEL_THRESHOLDS = (0.3, 0.4, 0.5, 0.6)


@dataclass(frozen=True)
class Answer:
    """One patient: restored pixel probability, slice presence and the reference, as pictures."""

    pixels: Float32[np.ndarray, "k h w"]
    presence: Float32[np.ndarray, " k"]
    reference: Bool[np.ndarray, "k h w"]

    @property
    def positive(self) -> Bool[np.ndarray, " k"]:
        """Whether each slice has tumour."""
        return np.asarray(self.reference.any(axis=(1, 2)))


def choose(plan: Plan, answers: list[Answer]) -> Plan:
    """The plan with z weight, calibration, slice and pixel thresholds chosen on `answers`."""
    positive = np.concatenate([a.positive for a in answers])
    plan = max(
        (plan.with_thresholds(z_weight=w) for w in _Z_WEIGHTS),
        key=lambda p: _operating_point(p, answers, positive).recall,
    )
    plan = _calibrate(plan, answers, positive)
    threshold = _operating_point(plan, answers, positive).threshold
    plan = plan.with_thresholds(presence_threshold=float(np.clip(threshold, 1e-6, 1 - 1e-6)))
    return max(
        (replace(plan, pixel_threshold=t, pixel_low=t) for t in _PIXEL_THRESHOLDS),
        key=lambda p: _mean_dice(p, answers),
    )


def _probability(plan: Plan, answers: list[Answer]) -> Float64[np.ndarray, " s"]:
    return np.concatenate([slice_probability(a.presence, plan) for a in answers])


def _operating_point(
    plan: Plan, answers: list[Answer], positive: Bool[np.ndarray, " s"]
) -> OperatingPoint:
    point = recall_at_specificity(positive, _probability(plan, answers), SPECIFICITY)
    if point is None:
        raise InputError(
            "thresholds need slices with and without tumour among the held-out patients; "
            "give more patients"
        )
    return point


def _calibrate(plan: Plan, answers: list[Answer], positive: Bool[np.ndarray, " s"]) -> Plan:
    """Platt scaling by maximum likelihood."""
    plain = plan.with_thresholds(calibration_scale=1.0, calibration_bias=0.0)
    probability = _probability(plain, answers)
    logit = np.log(probability / (1 - probability))
    sign = np.where(positive, 1.0, -1.0)

    def loss(parameters: np.ndarray) -> float:
        scale, bias = parameters
        return float(np.logaddexp(0, -sign * (scale * logit + bias)).mean())

    scale, bias = minimize(loss, np.array([1.0, 0.0]), method="Nelder-Mead").x
    return plan.with_thresholds(calibration_scale=float(scale), calibration_bias=float(bias))


def _mean_dice(plan: Plan, answers: list[Answer]) -> float:
    masks = (decide(a.pixels, a.presence, plan).mask for a in answers)
    return float(
        np.mean([dice_volume(a.reference, m) for a, m in zip(answers, masks, strict=True)])
    )
