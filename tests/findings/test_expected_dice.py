import numpy as np
import pytest

from glioscope.findings.expected_dice import Judgement, estimate_dice, expected_dice, features
from glioscope.model.plan_parts import FEATURE_NAMES, Assessment
from glioscope.model.postprocess import SliceDecisions

SHAPE = (5, 10, 10)
SQUARE = (slice(3, 7), slice(3, 7))


def decided(mask, probability=None):
    called = mask.any(axis=(1, 2))
    return SliceDecisions(
        np.where(called, 0.9, 0.1) if probability is None else probability, called, mask
    )


def squares(*slices):
    mask = np.zeros(SHAPE, bool)
    for k in slices:
        mask[k][SQUARE] = True
    return mask


def agreement(product=1.0, squares=2.0, difference=0.0):
    return np.tile(np.array([product, squares, difference], np.float32), (SHAPE[0], 1))


def named(pixels, said, seen=None):
    values = features(pixels.astype(np.float32), agreement() if seen is None else seen, said)
    return dict(zip(FEATURE_NAMES, values.tolist(), strict=True))


def test_a_sure_and_steady_answer():
    mask = squares(1, 2, 3)
    assert named(mask * 1.0, decided(mask)) == pytest.approx(
        {
            "soft_dice": 1.0,
            "threshold_stability": 1.0,
            "flip_agreement": 1.0,
            "flip_difference": 0.0,
            "border_entropy": 0.0,
            "z_consistency": 1.0,
            "log_volume": np.log(48 / 500),
            "runs": 1.0,
            "top_probability": 0.9,
        },
        abs=1e-6,
    )


def test_an_answer_of_one_half():
    mask = squares(1, 2)
    found = named(mask * 0.5, decided(mask))
    assert found["soft_dice"] == pytest.approx(2 * 16 / (16 + 32))
    assert found["threshold_stability"] == 0.0
    # A side of 4 px has 12 px inside the outline, of one bit each, and 16 outside, of none.
    assert found["border_entropy"] == pytest.approx(12 / 28, abs=1e-6)


def test_the_mask_at_another_threshold():
    mask = squares(2)
    pixels = 0.9 * mask
    pixels[2, 3:7, 7] = 0.4
    found = named(pixels, decided(mask))
    assert found["threshold_stability"] == pytest.approx(2 * 16 / (20 + 16))
    pixels[3, 3:7, 3:7] = 0.4
    assert named(pixels, decided(mask))["threshold_stability"] == found["threshold_stability"]


def test_a_slice_that_was_not_called_lowers_what_is_expected():
    mask, pixels = squares(2), 1.0 * squares(2, 3)
    assert named(pixels, decided(mask))["soft_dice"] == pytest.approx(2 * 16 / (32 + 16))


def test_the_mirror_disagrees():
    seen = agreement()
    seen[1] = [0.0, 6.0, 0.5]
    found = named(1.0 * squares(1), decided(squares(1)), seen)
    assert found["flip_agreement"] == pytest.approx(2 * 4 / 14)
    assert found["flip_difference"] == pytest.approx(0.1)
    assert named(1.0 * squares(1), decided(squares(1)), agreement(0, 0))["flip_agreement"] == 0.0


def test_neighbours_that_wander():
    mask = squares(1, 2)
    mask[2] = np.roll(mask[2], 2, axis=1)
    assert named(1.0 * mask, decided(mask))["z_consistency"] == 0.5


def test_a_gap_makes_two_runs_and_no_pair():
    found = named(1.0 * squares(1, 3), decided(squares(1, 3)))
    assert (found["runs"], found["z_consistency"]) == (2.0, 0.0)


def test_without_a_called_slice_every_feature_has_its_empty_case():
    found = named(np.zeros(SHAPE), decided(squares()))
    expected = dict.fromkeys(FEATURE_NAMES, 0.0) | {
        "flip_agreement": 1.0,
        "log_volume": np.log(1 / 500),
        "top_probability": 0.1,
    }
    assert found == pytest.approx(expected)


def test_a_single_picture_is_measured():
    mask = squares(1)[1:2]
    values = features(1.0 * mask.astype(np.float32), agreement()[:1], decided(mask))
    assert np.isfinite(values).all()


def looking_at(name, weight=1.0, bias=0.0, flag_below=0.6):
    weights = tuple(weight * (n == name) for n in FEATURE_NAMES)
    count = len(FEATURE_NAMES)
    return Assessment(FEATURE_NAMES, (0.0,) * count, (2.0,) * count, weights, bias, flag_below)


def test_the_estimate_is_linear_and_stays_in_range():
    values = np.arange(len(FEATURE_NAMES), dtype=np.float64)
    assert expected_dice(values, looking_at("border_entropy", 0.1, 0.2)) == pytest.approx(0.4)
    # Four scales from the mean, of which three count.
    assert expected_dice(values, looking_at("top_probability", 0.1, 0.2)) == pytest.approx(0.5)
    assert expected_dice(values, looking_at("runs", 9.0)) == 1.0
    assert expected_dice(values, looking_at("runs", -9.0)) == 0.0


def test_a_review_is_asked_for_below_the_threshold_only():
    said = decided(squares(1, 2))
    pixels = squares(1, 2).astype(np.float32)
    assessment = looking_at("z_consistency", 1.0, 0.1)
    assert estimate_dice(pixels, agreement(), said, assessment) == Judgement(0.6, False)
    wandering = squares(1, 2)
    wandering[2] = np.roll(wandering[2], 2, axis=1)
    assert estimate_dice(pixels, agreement(), decided(wandering), assessment) == Judgement(
        0.35, True
    )


def test_an_empty_answer_is_never_sure():
    pixels = np.zeros(SHAPE, np.float32)
    sure = looking_at("runs", 0.0, bias=1.0, flag_below=0.0)
    assert estimate_dice(pixels, agreement(), decided(squares()), sure) == Judgement(None, True)


def test_without_mirror_or_assessment_nothing_is_said():
    pixels, said = np.zeros(SHAPE, np.float32), decided(squares())
    assert estimate_dice(pixels, None, said, looking_at("runs")) == Judgement(None, None)
    assert estimate_dice(pixels, agreement(), said, None) == Judgement(None, None)
