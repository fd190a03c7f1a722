from dataclasses import replace

import numpy as np
import pytest

from glioscope.errors import InputError
from glioscope.evaluation.metrics import confusion, ece
from glioscope.model.plan import Plan
from glioscope.model.postprocess import decide, slice_probability
from glioscope.training.calibrate.answer import KnownAnswer
from glioscope.training.calibrate.thresholds import (
    SPECIFICITY,
    _balanced,
    _sensitive,
    fit_plan,
)

PLAN = Plan(name="toy", version="0", size=16)


def answers(count: int, seed: int) -> list[KnownAnswer]:
    """Slices whose presence is over-confident by a factor of two, masks found at 0.6 and above."""
    rng = np.random.default_rng(seed)
    made = []
    for _ in range(count):
        positive = np.zeros(20, bool)
        positive[6:12] = True
        logit = rng.normal(np.where(positive, 3.0, -3.0), 3.0)
        reference = np.zeros((20, 16, 16), bool)
        reference[positive, 4:10, 4:10] = True
        pixels = np.where(reference, 0.65, 0.55).astype(np.float32)
        presence = (1 / (1 + np.exp(-2 * logit))).astype(np.float32)
        made.append(KnownAnswer(pixels, presence, reference, np.zeros((20, 3), np.float32)))
    return made


def test_the_chosen_plan_keeps_the_specificity_where_it_was_chosen() -> None:
    given = answers(30, 0)
    plan = fit_plan(PLAN, given)
    called = np.concatenate([decide(a.pixels, a.presence, plan).called for a in given])
    positive = np.concatenate([a.positive for a in given])
    assert 1 - called[~positive].mean() >= SPECIFICITY
    assert called[positive].mean() > 0.8


def test_the_pixel_threshold_is_the_one_with_the_best_dice() -> None:
    assert fit_plan(PLAN, answers(20, 0)).pixel_threshold == 0.6


def test_calibration_mends_over_confidence_on_other_patients() -> None:
    plan = fit_plan(PLAN, answers(60, 1))
    fresh = answers(60, 2)
    positive = np.concatenate([a.positive for a in fresh])

    def error(of: Plan) -> float:
        probability = np.concatenate([slice_probability(a.presence, of) for a in fresh])
        value = ece(positive, probability)
        assert value is not None
        return value

    plain = plan.with_thresholds(calibration_scale=1.0, calibration_bias=0.0)
    assert error(plan) < 0.5 * error(plain)
    assert error(plan) == pytest.approx(0, abs=0.03)


def test_a_network_that_knows_nothing_or_all_gives_a_sound_plan() -> None:
    given = answers(4, 3)
    for presence in (lambda a: a.positive, lambda a: ~a.positive, lambda a: 0.5 * a.positive + 0.2):
        said = [replace(a, presence=presence(a).astype(np.float32)) for a in given]
        assert 0 < fit_plan(PLAN, said).presence_threshold < 1


def test_without_a_positive_slice_nothing_can_be_chosen() -> None:
    empty = KnownAnswer(
        np.zeros((4, 16, 16), np.float32),
        np.full(4, 0.1, np.float32),
        np.zeros((4, 16, 16), bool),
        np.zeros((4, 3), np.float32),
    )
    with pytest.raises(InputError, match="with and without tumour"):
        fit_plan(PLAN, [empty])


def test_the_operating_points_stand_where_they_say() -> None:
    given = answers(30, 0)
    plan = fit_plan(PLAN, given)
    positive = np.concatenate([a.positive for a in given])

    def called(of: Plan) -> np.ndarray:
        return np.concatenate([a.decided(of).called for a in given])

    sensitive, balanced = called(plan), called(plan.at("balanced"))
    f1 = [confusion(positive, c).f1 for c in (sensitive, balanced)]
    assert f1[1] >= f1[0]
    assert sensitive[positive].mean() >= balanced[positive].mean()


def test_a_miss_weighs_ten_false_alarms_down_to_the_specificity() -> None:
    """100 slices without tumour at 0.00 to 0.99; misses at 0.955, 0.5 and 0.1."""
    alone = np.arange(100) / 100
    probability = np.concatenate([alone, [0.995, 0.955, 0.915, 0.5]])
    positive = np.arange(104) >= 100
    # 0.955 costs 4 false alarms and saves 10; 0.915 would cost 4 more, beyond the specificity.
    assert _sensitive(probability, positive) == (0.955, 2 * 10 + 4)
    # Twenty slices at 0.99 to part from: now one more miss is worth less than its false alarms.
    crowded = np.concatenate([probability, np.full(900, 0.001), np.full(20, 0.96)])
    labels = np.append(positive, np.zeros(920, bool))
    assert _sensitive(crowded, labels) == (0.995, 30)


def test_balanced_is_the_best_f1() -> None:
    probability = np.array([0.1, 0.2, 0.3, 0.8, 0.9])
    assert _balanced(probability, np.array([False, True, False, True, True])) == 0.2  # 6/7
    more = np.append(probability, [0.21, 0.22])
    positive = np.array([False, True, False, True, True, False, False])
    assert _balanced(more, positive) == 0.8  # 4/5 against 6/9


def test_the_miss_curve_is_that_of_the_patients() -> None:
    given = answers(30, 0)
    plan = fit_plan(PLAN, given)
    assert plan.miss_patients == 30
    threshold, risk = plan.miss_curve[len(plan.miss_curve) // 2]
    missed = [(slice_probability(a.presence, plan)[a.positive] < threshold).mean() for a in given]
    assert risk == pytest.approx(np.mean(missed))


def test_the_clean_up_takes_the_largest_size_that_empties_no_tumour_slice() -> None:
    def with_specks(answer: KnownAnswer, largest: int) -> KnownAnswer:
        """A false blob of `largest` pixels on slice 0, apart from the lesion."""
        pixels = np.zeros_like(answer.pixels)
        pixels[answer.reference] = 0.9
        pixels[0, 0, :largest] = 0.9
        presence = np.where(answer.positive, 0.99, 0.01).astype(np.float32)
        presence[0] = 0.99
        return replace(answer, pixels=pixels, presence=presence)

    given = [with_specks(a, 6) for a in answers(20, 0)]
    # The lesions have 36 pixels: of 5, 10, 20, 40 and 80 the largest below is 20.
    plan = fit_plan(PLAN, given)
    assert plan.min_area == 20.0
    assert not given[0].decided(plan).called[0]
    # Lesions of 6 pixels leave only 5.
    tiny = [
        replace(a, reference=a.reference & (np.indices((16, 16)).sum(0) < 11))
        for a in answers(20, 0)
    ]
    assert fit_plan(PLAN, [with_specks(a, 6) for a in tiny]).min_area == 5.0
