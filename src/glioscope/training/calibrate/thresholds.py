# pyright: basic
# It speaks with SciPy, which carries no types.
"""Thresholds and calibration, chosen on predictions for patients the network did not train on.

For cross-validation they are cross-fitted: those applied to a fold come from the out-of-fold
predictions of the other folds' patients, so no patient takes part in choosing his own thresholds.
"""

from dataclasses import replace

import numpy as np
from jaxtyping import Bool, Float64
from scipy.optimize import minimize

from glioscope.errors import InputError
from glioscope.evaluation.metrics import ConfusionCounts, dice_volume
from glioscope.model.plan import Plan
from glioscope.model.plan_parts import miss_curve
from glioscope.model.postprocess import drop_small, slice_probability
from glioscope.training.calibrate.answer import KnownAnswer
from glioscope.training.calibrate.expected_dice import with_assessment
from glioscope.training.calibrate.intervals import with_widening
from glioscope.training.calibrate.margins import with_margins

# The operating point `sensitive`: a missed slice weighs as much as this many false alarms, and at
# least this share of the slices without tumour is left alone, at which recall is compared.
_MISS_COST = 10
SPECIFICITY = 0.95
_Z_WEIGHTS = (0.0, 0.1, 0.2, 0.3)
_Z_LIFTS = (0.0, 0.5, 1.0, 1.5, 2.0)
_OUTLINES = tuple(
    {"pixel_smooth": weight, "pixel_threshold": threshold, "pixel_low": round(threshold - below, 2)}
    for weight in (0.0, 0.1, 0.2)
    for threshold in (0.5, 0.6, 0.7, 0.8, 0.9)
    for below in (0.0, 0.2)
)
# Network pixels; at 192 pixels of 1.25 mm the largest is an area of 11 by 11 mm.
_MIN_AREAS = (5.0, 10.0, 20.0, 40.0, 80.0)
# Bounds of the logarithm of the calibration's scale, and of its bias.
_CALIBRATION = ((-4.6, 4.6), (-20.0, 20.0))


def fit_plan(plan: Plan, answers: list[KnownAnswer]) -> Plan:
    """The plan with every number that decides chosen on `answers`, in the order of its use.

    Smoothing along z, calibration, operating points, miss curve, outline, clean-up, assessment,
    widening, margins.

    Raises:
        InputError: no slice with tumour, or none without.
    """
    positive = np.concatenate([a.positive for a in answers])
    if positive.all() or not positive.any():
        raise InputError("training.one_class")
    candidates = [
        plan.with_thresholds(z_weight=weight, z_lift=lift)
        for weight in _Z_WEIGHTS
        for lift in _Z_LIFTS
    ]
    plan = min(candidates, key=lambda p: _sensitive(_probability(p, answers), positive)[1])
    plan = _calibrate(plan, answers, positive)
    probability = _probability(plan, answers)
    plan = plan.with_thresholds(
        presence_threshold=_sensitive(probability, positive)[0],
        balanced_threshold=_balanced(probability, positive),
    )
    curve = miss_curve([_probability(plan, [a])[a.positive] for a in answers])
    plan = replace(plan, miss_curve=curve, miss_patients=len(answers))
    plan = max(
        (plan.with_thresholds(**outline) for outline in _OUTLINES),
        key=lambda p: _mean_dice(p, answers),
    )
    plan = with_assessment(_clean(plan, answers), answers)
    return with_margins(with_widening(plan, answers), answers)


def _probability(plan: Plan, answers: list[KnownAnswer]) -> Float64[np.ndarray, " s"]:
    return np.concatenate([slice_probability(a.presence, plan) for a in answers])


def _sensitive(
    probability: Float64[np.ndarray, " s"], positive: Bool[np.ndarray, " s"]
) -> tuple[float, int]:
    """The threshold of least cost among those that keep the specificity, and that cost.

    Of equal costs the highest threshold.
    """
    points = _sweep(probability, positive)
    negatives = int(np.count_nonzero(~positive))
    kept = [(p.fn * _MISS_COST + p.fp, t) for t, p in points if p.tn >= SPECIFICITY * negatives]
    cost, threshold = min(kept, key=lambda found: (found[0], -found[1]))
    return threshold, cost


def _balanced(probability: Float64[np.ndarray, " s"], positive: Bool[np.ndarray, " s"]) -> float:
    """The threshold of the best F1."""
    return max(_sweep(probability, positive), key=lambda point: point[1].f1 or 0.0)[0]


def _sweep(
    probability: Float64[np.ndarray, " s"], positive: Bool[np.ndarray, " s"]
) -> list[tuple[float, ConfusionCounts]]:
    """What every probability would give as the threshold, and one above them all."""
    order = np.argsort(probability)
    ranked = np.append(probability[order], 1.0)
    first = np.flatnonzero(np.append(True, np.diff(ranked) > 0))
    missed = np.append(0, np.cumsum(positive[order]))[first]
    alone = first - missed
    total, without = int(positive.sum()), int((~positive).sum())
    thresholds = np.clip(ranked[first], 1e-6, 1 - 1e-6)
    return [
        (float(t), ConfusionCounts(total - int(fn), without - int(tn), int(tn), int(fn)))
        for t, fn, tn in zip(thresholds, missed, alone, strict=True)
    ]


def _clean(plan: Plan, answers: list[KnownAnswer]) -> Plan:
    """The plan with the largest minimum size that empties no slice with tumour."""
    masks = [(a.decided(plan).mask, a) for a in answers]

    def harmless(area: float) -> bool:
        return not any(
            (a.positive & mask.any(axis=(1, 2)) & ~_cleaned(mask, area, a).any(axis=(1, 2))).any()
            for mask, a in masks
        )

    kept = 0.0
    for area in _MIN_AREAS:
        if not harmless(area):
            break
        kept = area
    return plan.with_thresholds(min_area=kept)


def _cleaned(
    mask: Bool[np.ndarray, "k h w"], area: float, answer: KnownAnswer
) -> Bool[np.ndarray, "k h w"]:
    return drop_small(mask, area / answer.pixel_area)


def _calibrate(plan: Plan, answers: list[KnownAnswer], positive: Bool[np.ndarray, " s"]) -> Plan:
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


def _mean_dice(plan: Plan, answers: list[KnownAnswer]) -> float:
    return float(np.mean([dice_volume(a.reference, a.decided(plan).mask) for a in answers]))
