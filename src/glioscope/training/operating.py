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
from glioscope.training.assess import with_assessment

# The operating point: as many tumour slices as possible while at least this share of the slices
# without tumour is left alone. The same share is asked of the shipped model in the issue.
SPECIFICITY = 0.95
_Z_WEIGHTS = (0.0, 0.1, 0.2, 0.3)
_PIXEL_THRESHOLDS = (0.3, 0.4, 0.5, 0.6)
# Bounds of the logarithm of the calibration's scale, and of its bias.
_CALIBRATION = ((-4.6, 4.6), (-20.0, 20.0))


@dataclass(frozen=True)
class Answer:
    """One patient: restored pixel probability, slice presence and the reference, as pictures.

    `agreement` is that of the mirrored slices, as in `glioscope.pipeline.Answer`.
    """

    pixels: Float32[np.ndarray, "k h w"]
    presence: Float32[np.ndarray, " k"]
    reference: Bool[np.ndarray, "k h w"]
    agreement: Float32[np.ndarray, "k 3"]

    @property
    def positive(self) -> Bool[np.ndarray, " k"]:
        """Whether each slice has tumour."""
        return np.asarray(self.reference.any(axis=(1, 2)))


def choose(plan: Plan, answers: list[Answer]) -> Plan:
    """The plan with z weight, calibration, thresholds and assessment chosen on `answers`."""
    positive = np.concatenate([a.positive for a in answers])
    plan = max(
        (plan.with_thresholds(z_weight=w) for w in _Z_WEIGHTS),
        key=lambda p: _operating_point(p, answers, positive).recall,
    )
    plan = _calibrate(plan, answers, positive)
    threshold = _operating_point(plan, answers, positive).threshold
    plan = plan.with_thresholds(presence_threshold=float(np.clip(threshold, 1e-6, 1 - 1e-6)))
    plan = max(
        (replace(plan, pixel_threshold=t, pixel_low=t) for t in _PIXEL_THRESHOLDS),
        key=lambda p: _mean_dice(p, answers),
    )
    return with_assessment(plan, answers)


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
    """Platt scaling by maximum likelihood, with his smoothed targets.

    They keep the scale finite where the classes part cleanly; its bounds keep it positive where a
    network knows nothing. Source: Platt, Probabilistic outputs for support vector machines, 1999.
    """
    plain = plan.with_thresholds(calibration_scale=1.0, calibration_bias=0.0)
    probability = _probability(plain, answers)
    logit = np.log(probability / (1 - probability))
    with_tumour = int(positive.sum())
    without = len(positive) - with_tumour
    target = np.where(positive, (with_tumour + 1) / (with_tumour + 2), 1 / (without + 2))

    def loss(parameters: np.ndarray) -> float:
        scaled = np.exp(parameters[0]) * logit + parameters[1]
        return float((np.logaddexp(0, scaled) - target * scaled).mean())

    log_scale, bias = minimize(loss, np.zeros(2), method="L-BFGS-B", bounds=_CALIBRATION).x
    return plan.with_thresholds(
        calibration_scale=float(np.exp(log_scale)), calibration_bias=float(bias)
    )


def _mean_dice(plan: Plan, answers: list[Answer]) -> float:
    masks = (decide(a.pixels, a.presence, plan).mask for a in answers)
    return float(
        np.mean([dice_volume(a.reference, m) for a, m in zip(answers, masks, strict=True)])
    )
