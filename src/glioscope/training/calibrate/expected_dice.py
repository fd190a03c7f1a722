"""The assessment in a plan, fitted on patients the network did not train on.

A ridge regression of a study's Dice on what the network itself knows of it. Its penalty, and the
expected Dice below which a study is flagged, come from predictions that each leave one patient
out, so that neither takes the fit's word for the patients it was fitted on.
"""

from dataclasses import replace
from typing import NamedTuple, cast

import numpy as np
from jaxtyping import Float64

from glioscope.evaluation.metrics import dice_volume
from glioscope.findings.expected_dice import features, standardise
from glioscope.model.plan import Plan
from glioscope.model.plan_parts import FEATURE_NAMES, Assessment
from glioscope.training.calibrate.answer import KnownAnswer

# Share of the fitted studies that may be flagged. At most 0.20 of new ones are promised; over
# 90 patients two fewer leave room for chance.
FLAGGED = 0.18
# With fewer outlined studies nine features can be fitted to anything, so there is no assessment.
FEWEST = 20
# Of standardised features, per patient: from almost none to almost nothing but the mean.
_PENALTIES = (0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0)
# A spread below this share of the mean is float64's rounding of equal values.
_CONSTANT = 1e-9


class Measured(NamedTuple):
    """Features and Dice of the outlined studies, and how many studies there are in all."""

    features: Float64[np.ndarray, "p f"]
    dice: Float64[np.ndarray, " p"]
    studies: int


def with_assessment(plan: Plan, answers: list[KnownAnswer]) -> Plan:
    """The plan with an assessment fitted on `answers`; with None where too few are outlined."""
    return replace(plan, assessment=fit(measure(plan, answers)))


def measure(plan: Plan, answers: list[KnownAnswer]) -> Measured:
    """Decide every answer by the plan and measure those in which a slice is called.

    An empty answer is always flagged (`glioscope.findings.expected_dice.judge`), so it takes no
    part in the regression, yet counts among the studies.
    """
    rows: list[np.ndarray] = []
    dice: list[float] = []
    for answer in answers:
        decided = answer.decided(plan)
        if decided.called.any():
            rows.append(features(answer.pixels, answer.agreement, decided))
            dice.append(dice_volume(answer.reference, decided.mask))
    table = np.array(rows, np.float64).reshape(-1, len(FEATURE_NAMES))
    return Measured(table, np.array(dice, np.float64), len(answers))


def fit(measured: Measured) -> Assessment | None:
    """Fit on the outlined studies; None with fewer than `FEWEST`.

    At most `FLAGGED` of all studies, empty ones included, have a left-out prediction below
    `flag_below`.
    """
    if len(measured.dice) < FEWEST:
        return None
    means, scales = measured.features.mean(axis=0), measured.features.std(axis=0)
    # A feature that never changes has rounding errors for a scale: one patient who differs would
    # outweigh all others.
    scales[scales <= _CONSTANT * np.maximum(1, np.abs(means))] = 1.0
    standard = standardise(measured.features, means, scales)
    # Cutting off the tails moves the mean.
    centre = standard.mean(axis=0)
    left_out = {p: leave_one_out(standard - centre, measured.dice, p) for p in _PENALTIES}
    penalty = min(_PENALTIES, key=lambda p: float(((left_out[p] - measured.dice) ** 2).sum()))
    weights = _solver(standard - centre, penalty) @ measured.dice
    return Assessment(
        FEATURE_NAMES,
        tuple(means.tolist()),
        tuple(scales.tolist()),
        tuple(weights.tolist()),
        float(measured.dice.mean() - centre @ weights),
        _flag_below(left_out[penalty], measured.studies),
    )


def leave_one_out(
    standard: Float64[np.ndarray, "p f"], dice: Float64[np.ndarray, " p"], penalty: float
) -> Float64[np.ndarray, " p"]:
    """What a ridge fitted without each patient in turn predicts for him, in closed form.

    `standard` has columns of mean 0; the intercept is not penalised.

    Source: Golub, Heath and Wahba, Generalized cross-validation as a method for choosing a good
    ridge parameter, Technometrics 1979, doi 10.1080/00401706.1979.10489751 (Allen's PRESS).
    """
    hat = standard @ _solver(standard, penalty) + 1 / len(dice)
    residual = dice - hat @ dice
    return dice - residual / (1 - np.diag(hat))


def _solver(standard: Float64[np.ndarray, "p f"], penalty: float) -> Float64[np.ndarray, "f p"]:
    """From Dice to ridge weights; with columns of mean 0 the Dice need not be centred."""
    count, width = standard.shape
    gram = standard.T @ standard + penalty * count * np.eye(width)
    return cast(np.ndarray, np.linalg.solve(gram, standard.T))


def _flag_below(expected: Float64[np.ndarray, " p"], studies: int) -> float:
    """The lowest expected Dice that is left alone: ties with it are not flagged either."""
    empty = studies - len(expected)
    allowed = max(0, int(FLAGGED * studies) - empty)
    return float(np.clip(np.sort(expected)[allowed], 0, 1))
