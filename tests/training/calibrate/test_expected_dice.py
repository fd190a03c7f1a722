"""Self-assessment where the Dice is a known function of what the network says, and where not."""

import numpy as np
import pytest

from glioscope.findings.expected_dice import estimate_dice, expected_dice
from glioscope.model.plan import Plan
from glioscope.model.plan_parts import FEATURE_NAMES
from glioscope.model.postprocess import decide
from glioscope.training.calibrate.answer import KnownAnswer
from glioscope.training.calibrate.expected_dice import (
    FEWEST,
    FLAGGED,
    Measured,
    fit,
    leave_one_out,
    measure,
)
from glioscope.training.calibrate.thresholds import fit_plan

PLAN = Plan(name="toy", version="0", size=16)


def table(patients: int, seed: int, informative: bool = True) -> Measured:
    """Dice is a line in the second feature, or has nothing to do with any."""
    rng = np.random.default_rng(seed)
    features = rng.normal(size=(patients, len(FEATURE_NAMES)))
    dice = np.clip(0.82 + 0.1 * features[:, 1] + 0.02 * rng.normal(size=patients), 0, 1)
    return Measured(features, dice if informative else rng.permutation(dice), patients)


def expected(told: Measured, on: Measured) -> tuple[np.ndarray, np.ndarray]:
    """What a fit on `told` expects of `on`, and whom it flags."""
    assessment = fit(told)
    assert assessment is not None
    said = np.array([expected_dice(row, assessment) for row in on.features])
    return said, said < assessment.flag_below


def test_what_can_be_known_is_known_of_new_patients() -> None:
    fresh = table(400, 1)
    said, flagged = expected(table(72, 0), fresh)
    assert np.abs(said - fresh.dice).mean() < 0.03
    poor = fresh.dice < 0.7
    assert flagged[poor].mean() > 0.9
    assert flagged.mean() == pytest.approx(FLAGGED, abs=0.08)


def test_control_shuffled_dice_are_not_foretold() -> None:
    shares = []
    for seed in range(10):
        fresh = table(400, 100 + seed)
        said, flagged = expected(table(72, seed, informative=False), fresh)
        error = ((said - fresh.dice) ** 2).mean()
        assert error > 0.9 * fresh.dice.var()
        shares.append(flagged[fresh.dice < 0.7].mean() - flagged.mean())
    assert abs(np.mean(shares)) < 0.15


def test_leaving_one_out_in_closed_form_is_leaving_one_out() -> None:
    features, dice, count = table(30, 2)
    standard = features - features.mean(axis=0)
    penalty = 0.3
    one_by_one = []
    for k in range(count):
        others = np.arange(count) != k
        # An intercept of its own, without penalty, beside the features.
        design = np.column_stack([np.ones(count), standard])
        ridge = np.diag([0.0] + [penalty * count] * len(FEATURE_NAMES))
        gram = design[others].T @ design[others] + ridge
        one_by_one.append(design[k] @ np.linalg.solve(gram, design[others].T @ dice[others]))
    assert leave_one_out(standard, dice, penalty) == pytest.approx(np.array(one_by_one))


@pytest.mark.parametrize("empty", [0, 5, 40])
def test_no_more_are_flagged_than_allowed_with_empty_answers_among_them(empty: int) -> None:
    outlined = table(60, 3)
    told = outlined._replace(studies=60 + empty)
    assessment = fit(told)
    assert assessment is not None
    _, flagged = expected(told, outlined)
    # In sample and left out differ by a patient or two.
    allowed = max(0, FLAGGED * told.studies - empty)
    assert flagged.sum() <= allowed + 2
    assert (empty == 40) or flagged.sum() >= allowed - 3


def test_a_feature_that_never_changes_has_no_weight() -> None:
    told = table(40, 4)
    told.features[:, 3] = 0.1  # its standard deviation comes out as 1e-17
    assessment = fit(told)
    assert assessment is not None
    assert assessment.weights[3] == pytest.approx(0, abs=1e-12)
    assert assessment.scales[3] == 1.0


def test_one_wild_patient_does_not_spoil_the_fit() -> None:
    told = table(72, 0)
    told.features[0, 5] = 1e6
    fresh = table(400, 1)
    assert np.abs(expected(told, fresh)[0] - fresh.dice).mean() < 0.03


def test_too_few_outlines_give_no_assessment() -> None:
    assert fit(table(FEWEST - 1, 0)) is None
    assert fit(table(FEWEST, 0)) is not None


def answers(count: int, seed: int) -> list[KnownAnswer]:
    """A square found at a shift of 0 to 5 columns; its mirror agrees just as far as the truth."""
    rng = np.random.default_rng(seed)
    made = []
    for _ in range(count):
        mask = np.zeros((8, 24, 24), bool)
        mask[2:6, 8:14, 8:14] = True
        shift = int(rng.integers(0, 6))
        agreement = np.tile(np.float32([1 - shift / 6, 2.0, 0.1]), (8, 1))
        presence = np.where(mask.any(axis=(1, 2)), 0.9, 0.1)
        pixels = np.where(mask, 0.9, 0.05).astype(np.float32)
        reference = np.roll(mask, shift, axis=2)
        made.append(KnownAnswer(pixels, presence.astype(np.float32), reference, agreement))
    return made


def test_the_chosen_plan_judges_new_answers() -> None:
    plan = fit_plan(PLAN, answers(40, 0))
    assert plan.assessment is not None
    for answer in answers(20, 1):
        decided = decide(answer.pixels, answer.presence, plan)
        said = estimate_dice(answer.pixels, answer.agreement, decided, plan.assessment)
        [dice] = measure(plan, [answer]).dice
        assert said.expected_dice == pytest.approx(dice, abs=0.05)
        assert said.review == (said.expected_dice < plan.assessment.flag_below)


def test_empty_answers_are_counted_and_not_fitted() -> None:
    given = answers(3, 0)
    silent = [KnownAnswer(a.pixels, 0 * a.presence, a.reference, a.agreement) for a in given]
    measured = measure(PLAN, [*given, *silent])
    assert (measured.features.shape, len(measured.dice), measured.studies) == ((3, 9), 3, 6)
    assert measure(PLAN, silent).features.shape == (0, 9)


def test_few_answers_give_a_plan_without_assessment() -> None:
    assert fit_plan(PLAN, answers(4, 0)).assessment is None
