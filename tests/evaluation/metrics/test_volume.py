"""Whole patients: Dice, lesions, volume error and ICC against published and hand-made numbers."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from glioscope.evaluation.metrics.volume import (
    dice_summary,
    dice_volume,
    icc,
    lesions,
    patient_found,
    relative_volume_error,
    volume_error_summary,
)

VOLUMES = arrays(bool, (4, 4, 3), elements=st.booleans())
EMPTY = np.zeros((6, 6, 5), bool)

# Six subjects, four judges: Shrout and Fleiss 1979, table 2; ICC(2,1) = 0.29 in table 4.
SHROUT_FLEISS = np.array(
    [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]], float
)


def voxels(*points: tuple[int, int, int]) -> np.ndarray:
    volume = EMPTY.copy()
    volume[tuple(np.transpose(points))] = True
    return volume


def test_dice_by_hand() -> None:
    reference = voxels((0, 0, 0), (0, 0, 1), (0, 1, 1))
    predicted = voxels((0, 0, 1), (5, 5, 4))
    assert dice_volume(reference, predicted) == 2 / 5
    assert dice_volume(EMPTY, EMPTY) == 1
    assert dice_volume(reference, EMPTY) == dice_volume(EMPTY, reference) == 0


@given(VOLUMES, VOLUMES)
def test_dice_is_bounded_and_symmetric(a: np.ndarray, b: np.ndarray) -> None:
    assert 0 <= dice_volume(a, b) == dice_volume(b, a) <= 1
    assert dice_volume(a, a) == 1
    # Dropping what is false and adding what is true never hurts.
    assert dice_volume(a, b) <= dice_volume(a, b & a) + 1e-12
    assert dice_volume(a, b) <= dice_volume(a, b | a) + 1e-12


def test_dice_summary_by_hand() -> None:
    summary = dice_summary(np.array([0.4, 0.5, 0.6, 0.7, 0.8]))
    assert summary is not None
    assert summary.mean == pytest.approx(0.6)
    assert summary.median == 0.6
    assert summary.percentile_10 == pytest.approx(0.44)
    assert (summary.below_05, summary.below_07) == (1, 3)
    assert dice_summary(np.zeros(0)) is None


def test_lesions_by_hand() -> None:
    # The first lesion hangs together over a corner only; the second is missed.
    reference = voxels((0, 0, 0), (1, 1, 1), (5, 5, 4))
    predicted = voxels((1, 1, 1), (1, 2, 1), (4, 0, 0), (0, 4, 4))
    assert lesions(reference, predicted) == (1, 1, 2)
    assert lesions(predicted, reference) == (1, 2, 1)
    assert lesions(EMPTY, EMPTY) == (0, 0, 0)
    assert lesions(reference, EMPTY) == (0, 2, 0)
    assert lesions(EMPTY, predicted) == (0, 0, 3)


def test_one_predicted_component_may_find_two_lesions() -> None:
    reference = voxels((0, 0, 0), (0, 4, 0))
    bridge = voxels(*((0, j, 0) for j in range(5)))
    assert lesions(reference, bridge) == (2, 0, 0)


def test_touching_is_not_overlapping() -> None:
    assert lesions(voxels((0, 0, 0)), voxels((0, 0, 1))) == (0, 1, 1)


@given(VOLUMES, VOLUMES)
def test_a_patient_is_found_exactly_when_a_lesion_is(a: np.ndarray, b: np.ndarray) -> None:
    found = patient_found(a, b)
    assert found is (lesions(a, b).found > 0 if a.any() else None)
    assert lesions(a, a).missed == lesions(a, a).false == 0


def test_volume_errors_by_hand() -> None:
    assert relative_volume_error(200, 150) == -0.25
    assert relative_volume_error(200, 0) == -1
    assert relative_volume_error(0, 10) is None
    summary = volume_error_summary([-0.25, 0.1, None, 0.5])
    assert summary is not None
    assert summary.median == 0.25
    # Between the second and the third of 0.1, 0.25, 0.5: position 0.9 * 2 = 1.8.
    assert summary.percentile_90 == pytest.approx(0.25 + 0.8 * 0.25)
    assert summary.patients == 3
    assert volume_error_summary([None]) is None


def test_icc_is_the_published_one() -> None:
    assert icc(SHROUT_FLEISS) == pytest.approx(0.29, abs=5e-3)


def test_icc_asks_for_agreement_not_correlation() -> None:
    reference = np.arange(10.0)
    assert icc(np.column_stack([reference, reference])) == pytest.approx(1)
    shifted = icc(np.column_stack([reference, reference + 5]))
    assert shifted is not None and shifted < 0.5


def test_icc_needs_something_to_tell_apart() -> None:
    assert icc(np.ones((5, 2))) is None
    assert icc(np.array([[1.0, 2.0]])) is None
    assert icc(np.array([[1.0], [2.0]])) is None


@given(arrays(float, (6, 2), elements=st.integers(0, 50).map(float)), st.integers(1, 9))
def test_icc_does_not_depend_on_unit_or_order(ratings: np.ndarray, scale: int) -> None:
    value = icc(ratings)
    if value is None:
        return
    assert value <= 1 + 1e-9
    assert icc(ratings * scale + 3) == pytest.approx(value, abs=1e-9)
    assert icc(ratings[::-1, ::-1]) == pytest.approx(value, abs=1e-9)
