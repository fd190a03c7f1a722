"""Thresholds and calibration, chosen on predictions for patients the network did not train on.

For cross-validation they are cross-fitted: those applied to a fold come from the out-of-fold
predictions of the other folds' patients, so no patient takes part in choosing his own thresholds.
"""

from bisect import bisect_left
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Bool, Float32, Float64
from scipy.optimize import minimize

from glioscope.errors import InputError
from glioscope.evaluation.metrics import confusion, dice_volume
from glioscope.model.plan import Plan
from glioscope.model.postprocess import Decided, call, decide, drop_small, slice_probability
from glioscope.model.risk import miss_curve

# The operating point `sensitive`: as many tumour slices as possible while at least this share of
# the slices without tumour is left alone; the share at which recall is compared everywhere.
SPECIFICITY = 0.95
_Z_WEIGHTS = (0.0, 0.1, 0.2, 0.3)
_CALL_LOWS = (1.0, 0.7, 0.5, 0.3)
_PIXELS = tuple(
    (threshold, low)
    for threshold in (0.3, 0.4, 0.5, 0.6, 0.7)
    for low in (threshold, 0.3)
    if low <= threshold
)
# Network pixels; at 192 pixels of 1.25 mm the largest is an area of 11 by 11 mm.
_MIN_AREAS = (5.0, 10.0, 20.0, 40.0, 80.0)
# Bounds of the logarithm of the calibration's scale, and of its bias.
_CALIBRATION = ((-4.6, 4.6), (-20.0, 20.0))


@dataclass(frozen=True)
class Answer:
    """One patient: restored pixel probability, slice presence and the reference, as pictures.

    `agreement` is that of the mirrored slices, as in `glioscope.pipeline.Answer`; `pixel_area` that
    of a picture's pixel in network pixels.
    """

    pixels: Float32[np.ndarray, "k h w"]
    presence: Float32[np.ndarray, " k"]
    reference: Bool[np.ndarray, "k h w"]
    agreement: Float32[np.ndarray, "k 3"]
    pixel_area: float = 1.0

    @property
    def positive(self) -> Bool[np.ndarray, " k"]:
        """Whether each slice has tumour."""
        return np.asarray(self.reference.any(axis=(1, 2)))

    def decided(self, plan: Plan) -> Decided:
        """What the plan decides on this patient."""
        return decide(self.pixels, self.presence, plan, self.pixel_area)


def choose(plan: Plan, answers: list[Answer]) -> Plan:
    """The plan with every number that decides chosen on `answers`, in the order of its use.

    Smoothing along z, calibration, operating points, miss curve, outline, clean-up.

    Raises:
        InputError: no slice with tumour, or none without.
    """
    positive = np.concatenate([a.positive for a in answers])
    if positive.all() or not positive.any():
        raise InputError(
            "thresholds need slices with and without tumour among the held-out patients; "
            "give more patients"
        )
    plan = max((plan.with_thresholds(z_weight=w) for w in _Z_WEIGHTS), key=_recall_of(answers))
    plan = _calibrate(plan, answers, positive)
    plan = max((_sensitive(plan, answers, low) for low in _CALL_LOWS), key=lambda found: found[1])[
        0
    ]
    plan = _balanced(plan, answers, positive)
    curve = miss_curve([_probability(plan, [a])[a.positive] for a in answers])
    plan = replace(plan, miss_curve=curve, miss_patients=len(answers))
    plan = max(
        (replace(plan, pixel_threshold=t, pixel_low=low) for t, low in _PIXELS),
        key=lambda p: _mean_dice(p, answers),
    )
    return _clean(plan, answers)


def _probability(plan: Plan, answers: list[Answer]) -> Float64[np.ndarray, " s"]:
    return np.concatenate([slice_probability(a.presence, plan) for a in answers])


def _called(plan: Plan, answers: list[Answer]) -> Bool[np.ndarray, " s"]:
    """Calls before the mask's clean-up."""
    return np.concatenate([call(slice_probability(a.presence, plan), plan) for a in answers])


def _recall_of(answers: list[Answer]) -> Callable[[Plan], float]:
    return lambda plan: _sensitive(plan, answers, 1.0)[1]


def _sensitive(plan: Plan, answers: list[Answer], low: float) -> tuple[Plan, float]:
    """The plan at the lowest threshold that keeps the specificity, and its recall there."""
    positive = np.concatenate([a.positive for a in answers])
    candidates = np.unique(_probability(plan, answers))
    top = float(np.nextafter(candidates[-1], 1))
    candidates = np.clip(np.append(candidates, top), 1e-6, 1 - 1e-6)

    def at(index: int) -> Plan:
        return plan.with_thresholds(presence_threshold=float(candidates[index]), call_low=low)

    # Calls grow as the threshold falls, so specificity rises with it.
    first = bisect_left(
        range(len(candidates) - 1),
        SPECIFICITY,
        key=lambda index: 1 - float(_called(at(index), answers)[~positive].mean()),
    )
    return at(first), float(_called(at(first), answers)[positive].mean())


def _balanced(plan: Plan, answers: list[Answer], positive: Bool[np.ndarray, " s"]) -> Plan:
    """The plan with the threshold of the best F1, among a hundred that part the slices evenly."""
    evenly = np.quantile(_probability(plan, answers), np.linspace(0.01, 0.99, 99))
    thresholds = np.unique(np.clip(evenly, 1e-6, 1 - 1e-6))

    def f1(threshold: float) -> float:
        called = _called(plan.with_thresholds(presence_threshold=threshold), answers)
        return confusion(positive, called).f1 or 0.0

    return plan.with_thresholds(balanced_threshold=float(max(thresholds, key=f1)))


def _clean(plan: Plan, answers: list[Answer]) -> Plan:
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
    mask: Bool[np.ndarray, "k h w"], area: float, answer: Answer
) -> Bool[np.ndarray, "k h w"]:
    return drop_small(mask, area / answer.pixel_area)


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
    return float(np.mean([dice_volume(a.reference, a.decided(plan).mask) for a in answers]))
