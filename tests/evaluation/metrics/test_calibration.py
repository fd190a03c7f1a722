"""Calibration: bins worked out by hand, ties, and agreement with scikit-learn."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.calibration import calibration_curve
from sklearn.metrics import brier_score_loss

from glioscope.errors import InputError, UsageError
from glioscope.evaluation.metrics.calibration import brier, ece, reliability_curve

SLICES = st.lists(
    st.tuples(st.booleans(), st.sampled_from([0.0, 0.1, 0.25, 0.5, 0.9, 1.0])), min_size=1
)


def both(slices: list[tuple[bool, float]]) -> tuple[np.ndarray, np.ndarray]:
    reference, probability = zip(*slices, strict=True)
    return np.array(reference), np.array(probability)


def test_two_bins_by_hand() -> None:
    reference = np.array([0, 1, 1, 1], bool)
    probability = np.array([0.1, 0.3, 0.6, 0.8])
    curve = reliability_curve(reference, probability, bins=2)
    np.testing.assert_allclose(curve.probability, [0.2, 0.7])
    np.testing.assert_allclose(curve.frequency, [0.5, 1.0])
    assert curve.slices.tolist() == [2, 2]
    assert ece(reference, probability, bins=2) == pytest.approx((0.3 + 0.3) / 2)
    assert brier(reference, probability) == pytest.approx((0.01 + 0.49 + 0.16 + 0.04) / 4)


def test_masses_are_equal_without_ties() -> None:
    rng = np.random.default_rng(5)
    probability = rng.random(300) ** 4
    curve = reliability_curve(rng.random(300) < probability, probability)
    assert curve.slices.tolist() == [20] * 15


def test_without_ties_the_curve_is_scikit_learns() -> None:
    rng = np.random.default_rng(6)
    probability = rng.random(151)
    reference = rng.random(151) < probability
    frequency, mean = calibration_curve(reference, probability, n_bins=15, strategy="quantile")
    curve = reliability_curve(reference, probability)
    # scikit-learn cuts at interpolated quantiles, so a slice may fall into the next bin.
    np.testing.assert_allclose(curve.probability, mean, atol=0.01)
    np.testing.assert_allclose(curve.frequency, frequency, atol=0.1)


def test_ties_share_a_bin_whatever_their_order() -> None:
    probability = np.array([0.0] * 10 + [0.5, 0.9])
    reference = np.array([1, 1] + [0] * 8 + [1, 1], bool)
    curve = reliability_curve(reference, probability)
    assert curve.slices.tolist() == [10, 1, 1]
    assert curve.frequency.tolist() == [0.2, 1, 1]
    assert ece(reference, probability) == pytest.approx((10 * 0.2 + 0.5 + 0.1) / 12)
    assert ece(reference[::-1], probability[::-1]) == ece(reference, probability)


def test_without_slices() -> None:
    none = np.zeros(0, bool), np.zeros(0)
    assert ece(*none) is None
    assert brier(*none) is None
    assert reliability_curve(*none).slices.size == 0


@given(SLICES, st.integers(1, 20))
def test_properties(slices: list[tuple[bool, float]], bins: int) -> None:
    reference, probability = both(slices)
    error = ece(reference, probability, bins)
    assert error is not None and 0 <= error <= 1
    assert reliability_curve(reference, probability, bins).slices.sum() == len(slices)
    # A bin with one slice cannot hide anything; one with many can only hide.
    score = brier(reference, probability)
    assert score is not None
    assert error <= score**0.5 + 1e-12
    assert ece(reference, reference.astype(np.float32), bins) == 0
    # In one bin only the overall bias shows.
    bias = abs(probability.mean() - reference.mean())
    assert ece(reference, probability, 1) == pytest.approx(bias)


@given(SLICES)
def test_brier_agrees_with_scikit_learn(slices: list[tuple[bool, float]]) -> None:
    reference, probability = both(slices)
    expected = brier_score_loss(reference, probability, pos_label=True, labels=[False, True])
    assert brier(reference, probability) == pytest.approx(expected)


def test_impossible_values_are_refused() -> None:
    reference = np.array([True])
    with pytest.raises(InputError):
        brier(reference, np.array([np.inf]))
    with pytest.raises(InputError):
        ece(reference, np.array([np.nan]))
    with pytest.raises(UsageError):
        ece(reference, np.array([0.5]), bins=0)
