"""The same patients under two answers; every figure agrees with the scores, which are by hand."""

from dataclasses import replace

import numpy as np
import pytest
from tests.evaluation.small import SQUARE, A, B, masks, prediction, predictions, references

from glioscope.errors import GridMismatch, InputError
from glioscope.evaluation.predictions.references import Truth
from glioscope.evaluation.scores.paired import Judged, compare_with_truth, paired, statistic
from glioscope.evaluation.scores.score import score

NAMES = ("dice_mean", "recall", "iou_positive", "iou_pooled", "recall_at_specificity_95", "brier")
ALL = np.arange(2)


@pytest.fixture(scope="module")
def judged() -> Judged:
    return compare_with_truth(predictions(), references(), (B, A))


@pytest.mark.parametrize("name", NAMES)
def test_it_is_the_figure_of_the_scores(judged: Judged, name: str) -> None:
    expected = score(predictions(), references(), resamples=2).figure(name).value
    assert statistic(name, judged)(ALL) == pytest.approx(expected)


def test_repeats_count_as_often_as_they_were_drawn(judged: Judged) -> None:
    assert judged.studies == (A, B)
    # A finds both of its two slices, B one of two: drawn A, A, B that is 5 of 6.
    assert statistic("recall", judged)(np.array([0, 0, 1])) == 5 / 6
    assert statistic("dice_mean", judged)(np.array([1, 1])) == 4 / 7


@pytest.mark.parametrize("name", NAMES)
def test_the_same_answer_twice_differs_by_nothing(judged: Judged, name: str) -> None:
    found = paired(name, judged, judged, seed=1, resamples=50)
    assert found is not None
    assert (found.estimate, found.low, found.high) == (0, 0, 0)


def test_what_one_patient_lost_is_the_difference(judged: Judged) -> None:
    worse = [prediction(A, masks([], SQUARE, [], [])), prediction(B)]
    after = compare_with_truth(worse, references(), (A, B))
    found = paired("recall", judged, after, seed=1, resamples=500)
    assert found is not None
    # One of four positive slices was lost, in A: a resample has A never, once or twice.
    assert (found.low, found.estimate, found.high) == (0, 1 / 4, 1 / 2)
    back = paired("recall", after, judged, seed=1, resamples=500)
    assert back is not None
    assert back.estimate == -1 / 4


def test_other_patients_are_no_pair(judged: Judged) -> None:
    with pytest.raises(InputError, match="same patients"):
        paired(
            "recall",
            judged,
            compare_with_truth(predictions(), references(), (A,)),
            seed=1,
            resamples=5,
        )


def test_what_cannot_be_judged_is_named() -> None:
    with pytest.raises(InputError, match=B):
        compare_with_truth([prediction(A)], references(), (A, B))
    with pytest.raises(InputError, match="0 of 0"):
        compare_with_truth(predictions(), references(), ())
    small = references() | {B: Truth(np.zeros((3, 4, 4), bool))}
    with pytest.raises(GridMismatch):
        compare_with_truth(predictions(), small, (A, B))
    with pytest.raises(KeyError):
        statistic(
            "no_such_figure", compare_with_truth([replace(prediction(A))], references(), (A,))
        )
