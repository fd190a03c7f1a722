import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from glioscope.model.plan import Plan
from glioscope.model.postprocess import (
    decide,
    drop_small,
    lift,
    segment,
    slice_probability,
    smooth,
)

PLAN = Plan("test", "1", 32)
HYSTERESIS = PLAN.with_thresholds(pixel_threshold=0.7, pixel_low=0.3)


def stack(slices=3, side=12):
    return np.zeros((slices, side, side), dtype=np.float32)


def all_called(pixels):
    return np.ones(len(pixels), dtype=bool)


# The decision per slice


def test_calibration_is_platts():
    plan = PLAN.with_thresholds(calibration_scale=2.0, calibration_bias=-1.0)
    odds = np.array([0.25, 1.0, 4.0])
    expected = 1 / (1 + np.exp(1 - 2 * np.log(odds)))
    assert slice_probability(odds / (1 + odds), plan) == pytest.approx(expected)


def test_without_calibration_the_network_is_believed():
    presence = np.array([0.0, 1e-4, 0.5, 0.9, 1.0], dtype=np.float32)
    assert slice_probability(presence, PLAN) == pytest.approx(presence, abs=2e-6)


def test_smoothing_weighs_neighbours_and_renormalises_the_ends():
    values = np.array([1.0, 2.0, 4.0, 8.0])
    expected = [(0.6 * 1 + 0.2 * 2) / 0.8, 2.2, 4.4, (0.2 * 4 + 0.6 * 8) / 0.8]
    assert smooth(values, 0.2) == pytest.approx(expected)
    assert np.array_equal(smooth(values, 0.0), values)


@pytest.mark.parametrize("weight", [0.0, 0.3, 0.5])
def test_smoothing_leaves_one_slice_and_equal_slices_alone(weight):
    assert smooth(np.array([1.5]), weight) == pytest.approx([1.5])
    assert smooth(np.full(2, 1.5), weight) == pytest.approx([1.5, 1.5])
    assert smooth(np.full(7, 1.5), weight) == pytest.approx(np.full(7, 1.5))


def test_smoothing_pixels_is_smoothing_each_pixel():
    pixels = np.random.default_rng(0).random((5, 3, 4)).astype(np.float32)
    smoothed = smooth(pixels, 0.2)
    assert smoothed[:, 1, 2] == pytest.approx(smooth(pixels[:, 1, 2].astype(np.float64), 0.2))
    assert smoothed.dtype == np.float32


def test_lifting_by_hand():
    values = np.array([-5.0, -1.0, 0.0, 4.0, 1.0, 1.5, -3.0])
    expected = [-4.0, 0.0, 1.0, 4.0, 2.0, 2.0, -2.0]
    assert lift(values, 1.0) == pytest.approx(expected)
    assert np.array_equal(lift(values, 0.0), values)
    assert np.array_equal(lift(np.array([2.0]), 1.0), [2.0])


@given(
    values=arrays.arrays(np.float64, st.integers(1, 12), elements=st.floats(-5, 5)),
    most=st.floats(0, 3),
    threshold=st.floats(-5, 5),
)
@settings(max_examples=200, deadline=None)
def test_a_lifted_slice_reaches_what_a_hysteresis_would_take(values, most, threshold):
    weak, taken = values + most >= threshold, values >= threshold
    for _ in values:  # grow by one neighbour at a time, the slow and plain way
        grown = np.pad(taken, 1)
        taken = taken | (weak & (grown[:-2] | grown[2:]))
    assert np.array_equal(lift(values, most) >= threshold, taken)


def test_the_threshold_itself_is_called():
    pixels = stack(1)
    plan = PLAN.with_thresholds(presence_threshold=0.5)
    assert decide(pixels, np.array([0.5], dtype=np.float32), plan).called.tolist() == [True]


@given(
    pixels=arrays.arrays(
        np.float32, st.tuples(*[st.integers(1, 5)] * 3), elements=st.floats(0, 1, width=32)
    ),
    data=st.data(),
    low=st.floats(0.01, 0.99),
    gap=st.floats(0, 1),
    z_weight=st.floats(0, 0.5),
)
@settings(max_examples=200, deadline=None)
def test_a_slice_is_called_exactly_when_its_mask_is_not_empty(pixels, data, low, gap, z_weight):
    presence = data.draw(arrays.arrays(np.float32, len(pixels), elements=st.floats(0, 1, width=32)))
    plan = PLAN.with_thresholds(
        pixel_low=low, pixel_threshold=low + gap * (0.995 - low), z_weight=z_weight
    )
    decided = decide(pixels, presence, plan)
    assert np.array_equal(decided.called, decided.mask.any(axis=(1, 2)))
    assert np.array_equal(decided.called, decided.probability >= plan.presence_threshold)


# The mask


def test_the_mask_grows_from_seeds_through_weaker_pixels():
    pixels = stack(1)
    pixels[0, 2, 2:6] = (0.8, 0.4, 0.4, 0.2)
    pixels[0, 8, 8] = 0.5  # no seed
    mask = segment(pixels, all_called(pixels), HYSTERESIS)
    assert np.argwhere(mask[0]).tolist() == [[2, 2], [2, 3], [2, 4]]


def test_a_seed_reaches_into_the_next_called_slice():
    pixels = stack(3)
    pixels[0, 4, 4], pixels[1, 5, 5], pixels[2, 6, 6] = 0.8, 0.4, 0.4
    mask = segment(pixels, np.array([True, True, False]), HYSTERESIS)
    assert np.argwhere(mask).tolist() == [[0, 4, 4], [1, 5, 5]]


def test_a_slice_that_is_not_called_does_not_conduct():
    pixels = stack(3)
    pixels[:, 4, 4] = (0.8, 0.9, 0.4)
    pixels[2, 9, 9] = 0.6
    mask = segment(pixels, np.array([True, False, True]), HYSTERESIS)
    assert not mask[1].any()
    assert np.argwhere(mask[2]).tolist() == [[9, 9]], "its own peak, not what lies above the gap"


def test_a_called_slice_without_a_seed_takes_its_peak():
    pixels = stack(1)
    pixels[0, 3, 3:6] = (0.1, 0.2, 0.09)
    pixels[0, 9, 9] = 0.15  # high enough, but elsewhere
    mask = segment(pixels, all_called(pixels), HYSTERESIS)
    assert np.argwhere(mask[0]).tolist() == [[3, 3], [3, 4]]


def test_a_called_slice_of_zeros_takes_one_pixel():
    pixels = stack(1)
    assert np.count_nonzero(segment(pixels, all_called(pixels), HYSTERESIS)) == 1


def test_multifocal_lesions_survive():
    """Control for the largest-component clean-up, which would leave one of the four."""
    pixels = stack(5, 40)
    centres = [(1, 5, 5), (1, 30, 8), (3, 12, 30), (3, 35, 35)]
    for size, (k, y, x) in enumerate(centres, start=1):
        pixels[k, y : y + size, x : x + size] = 0.9
    called = np.array([False, True, False, True, False])
    mask = segment(pixels, called, HYSTERESIS)
    assert np.array_equal(mask, pixels > 0.5)


# The clean-up


def test_a_lesion_is_judged_by_its_largest_slice_and_not_by_its_company():
    mask = np.zeros((4, 20, 20), dtype=bool)
    mask[0:2, 1:11, 1:11] = True  # large
    mask[0, 15:17, 15:17] = True  # small and apart
    mask[3, 3:6, 14:17] = True  # a second focus of 9 pixels
    mask[2, 14:16, 1:3], mask[3, 15:18, 2:5] = True, True  # 4 pixels, connected to 9 above
    cleaned = drop_small(mask, 9)
    expected = mask.copy()
    expected[0, 15:17, 15:17] = False
    assert np.array_equal(cleaned, expected)
    assert np.array_equal(drop_small(mask, 0), mask)
    assert not drop_small(mask, 101).any()
    assert not drop_small(np.zeros_like(mask), 5).any()


def test_a_slice_that_the_clean_up_empties_is_not_called():
    pixels = stack(3)
    pixels[0, 4:8, 4:8] = pixels[2, 2, 2] = 0.9
    presence = np.array([0.9, 0.1, 0.9], dtype=np.float32)
    plan = PLAN.with_thresholds(min_area=4.0)
    assert decide(pixels, presence, plan).called.tolist() == [True, False, False]
    # Four times finer pictures: one of their pixels is a quarter of the network's.
    assert not decide(pixels, presence, plan, pixel_area=0.2).called.any()
    assert decide(pixels, presence, PLAN).called.tolist() == [True, False, True]
