"""One slice is spoiled in a known way; the clean study is the control."""

import numpy as np
import pytest

from glioscope.findings.odd_slices import odd_slices


def head(slices=12, size=64):
    """A head that narrows towards both ends, with a bright lesion on slices 5 and 6."""
    rng = np.random.default_rng(1)
    y, x = np.mgrid[:size, :size] - (size - 1) / 2
    radius = size * 0.42 * np.sin(np.pi * (np.arange(slices) + 1.5) / (slices + 2))
    inside = np.hypot(y, x) < radius[:, None, None]
    planes = np.where(inside, 1 + rng.normal(0, 0.04, inside.shape), 0.02)
    planes[5:7, 20:30, 20:30] = 1.8
    return planes.astype(np.float32)


def noisy(plane):
    return np.clip(plane + np.random.default_rng(2).normal(0, 0.2, plane.shape), 0, 4)


SPOILED = {
    "signal lost": lambda plane: 0.5 * plane,
    "signal too high": lambda plane: 1.6 * plane,
    "noise": noisy,
    "ghost": lambda plane: plane + 0.2 * np.roll(plane, 32, axis=0),
    "almost empty": lambda plane: 0.05 * plane,
}


def test_control_a_clean_head_has_no_odd_slice():
    assert not odd_slices(head()).any()


@pytest.mark.parametrize("fault", SPOILED)
@pytest.mark.parametrize("index", [2, 5, 9])
def test_the_spoiled_slice_is_found_and_no_other(fault, index):
    planes = head()
    planes[index] = SPOILED[fault](planes[index])
    assert np.flatnonzero(odd_slices(planes)).tolist() == [index]


def test_two_bad_slices_side_by_side_do_not_vouch_for_each_other():
    planes = head()
    planes[5:7] *= 0.5
    assert np.flatnonzero(odd_slices(planes)).tolist() == [5, 6]


def test_brightness_of_the_whole_study_changes_nothing():
    assert not odd_slices(1.3 * head()).any()


@pytest.mark.parametrize("count", [1, 2])
def test_too_few_slices_are_not_judged(count):
    assert not odd_slices(head()[:count]).any()


def test_air_alone_is_not_judged():
    assert not odd_slices(np.zeros((5, 8, 8), np.float32)).any()
