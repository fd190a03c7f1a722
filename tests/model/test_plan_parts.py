import numpy as np
import pytest

from glioscope.model.plan_parts import conformal_threshold, miss_curve

# Below 0.5 lies one of the first patient's two slices, below 0.6 one of the second's four too.
TWO = [np.array([0.2, 0.9]), np.array([0.5, 0.6, 0.7, 0.95])]


def test_the_curve_is_the_mean_share_below_each_probability():
    curve = dict(miss_curve(TWO))
    assert curve[0.2] == 0.0
    assert curve[0.5] == pytest.approx((0.5 + 0.0) / 2)
    assert list(curve) == [0.2, 0.5], "beyond a miss rate of 0.35 nobody asks"


def test_a_patient_without_tumour_cannot_be_missed():
    curve = dict(miss_curve([np.array([0.2, 0.4]), np.array([])]))
    assert curve[0.4] == 0.25


def test_the_thinned_curve_is_short_exact_and_rising():
    rng = np.random.default_rng(0)
    patients = [rng.beta(4, 1, 40) for _ in range(90)]
    curve = miss_curve(patients)
    assert 50 < len(curve) <= 152
    assert list(curve) == sorted(curve)
    for threshold, risk in curve[:: len(curve) // 5]:
        assert risk == pytest.approx(np.mean([(p < threshold).mean() for p in patients]))


def test_the_threshold_by_hand():
    curve = ((0.1, 0.0), (0.2, 0.04), (0.3, 0.05), (0.4, 0.2))
    # n = 19: (19 R + 1) / 20 is 0.05, 0.088, 0.0975 and 0.24.
    assert conformal_threshold(curve, 19, 0.05) == 0.1
    assert conformal_threshold(curve, 19, 0.09) == 0.2
    assert conformal_threshold(curve, 19, 0.1) == 0.3
    assert conformal_threshold(curve, 19, 0.999) == 0.4


@pytest.mark.parametrize("most", [0.0, 0.0499, 1.0, -1.0, float("nan")])
def test_what_so_few_patients_cannot_promise_is_not_promised(most):
    assert conformal_threshold(((0.1, 0.0), (0.2, 0.04)), 19, most) is None


def test_without_patients_nothing_is_promised():
    assert conformal_threshold((), 0, 0.5) is None


def test_the_bound_holds_on_average_and_fails_without_its_correction():
    """Control: what the calibration patients alone suggest misses more than was asked."""
    rng = np.random.default_rng(1)
    missed, naive = [], []
    for _ in range(400):
        shift = rng.normal(0, 1.2, (12, 1))
        drawn = 1 / (1 + np.exp(-(rng.normal(1.5, 1, (12, 25)) + shift)))
        curve = miss_curve(list(drawn[:10]))
        threshold = conformal_threshold(curve, 10, 0.15)
        plain = max(t for t, risk in curve if risk <= 0.15)
        assert threshold is not None
        missed.append((drawn[10:] < threshold).mean())
        naive.append((drawn[10:] < plain).mean())
    assert np.mean(missed) <= 0.15
    assert np.mean(naive) > 0.15
