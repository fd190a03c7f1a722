"""Slice figures against numbers worked out by hand, against scikit-learn, and as properties."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn import metrics as sk

from glioscope.errors import InputError, UsageError
from glioscope.evaluation.metrics.slices import (
    ConfusionCounts,
    confusion,
    pr_auc,
    pr_curve,
    recall_at_specificity,
    roc_auc,
    roc_curve,
    wilson,
)

PAPER = ConfusionCounts(tp=25, fp=1, tn=57, fn=7)
# Few levels, so that ties are common.
SCORES = st.sampled_from([0.0, 0.125, 0.25, 0.5, 0.75, 1.0])
SLICES = st.lists(st.tuples(st.booleans(), SCORES), min_size=1, max_size=40)


def both(slices: list[tuple[bool, float]]) -> tuple[np.ndarray, np.ndarray]:
    reference, probability = zip(*slices, strict=True)
    return np.array(reference), np.array(probability)


def with_both_classes(reference: np.ndarray) -> bool:
    return bool(reference.any() and not reference.all())


def random_slices(seed: int, ties: bool) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    reference = rng.random(200) < 0.35
    probability = np.clip(rng.normal(0.3 + 0.3 * reference, 0.25), 0, 1)
    return reference, np.round(probability, 1) if ties else probability


def test_the_papers_counts_give_the_papers_figures() -> None:
    assert PAPER.total == 90
    assert PAPER.recall == 25 / 32
    assert PAPER.precision == 25 / 26
    assert PAPER.specificity == 57 / 58
    assert PAPER.npv == 57 / 64
    assert PAPER.accuracy == 82 / 90
    assert PAPER.f1 == pytest.approx(0.862, abs=5e-4)


def test_the_other_class_sees_the_counts_mirrored() -> None:
    other = PAPER.for_class(False)
    assert (other.tp, other.fp, other.tn, other.fn) == (57, 7, 25, 1)
    assert other.recall == PAPER.specificity
    assert other.precision == PAPER.npv
    assert PAPER.for_class(True) is PAPER
    assert other.for_class(False) == PAPER


def test_zero_of_zero_is_none() -> None:
    empty = confusion(np.zeros(0, bool), np.zeros(0, bool))
    assert empty == ConfusionCounts(0, 0, 0, 0)
    figures = (empty.recall, empty.precision, empty.specificity, empty.npv, empty.f1)
    assert (*figures, empty.accuracy) == (None,) * 6
    assert ConfusionCounts(tp=0, fp=0, tn=4, fn=0).f1 is None
    assert ConfusionCounts(tp=0, fp=0, tn=4, fn=1).f1 == 0


def test_counts_by_hand() -> None:
    reference = np.array([1, 1, 1, 0, 0, 0, 0], bool)
    called = np.array([1, 1, 0, 1, 0, 0, 0], bool)
    counts = confusion(reference, called)
    assert counts == ConfusionCounts(tp=2, fp=1, tn=3, fn=1)


@given(SLICES, SCORES)
def test_counts_agree_with_scikit_learn(slices: list[tuple[bool, float]], cut: float) -> None:
    reference, probability = both(slices)
    counts = confusion(reference, probability >= cut)
    tn, fp, fn, tp = sk.confusion_matrix(reference, probability >= cut, labels=[0, 1]).ravel()
    assert (counts.tp, counts.fp, counts.tn, counts.fn) == (tp, fp, tn, fn)
    for positive in (True, False):
        seen = counts.for_class(positive)
        expected = sk.precision_recall_fscore_support(
            reference, probability >= cut, labels=[positive], average=None, zero_division=0
        )
        assert (seen.precision or 0) == pytest.approx(expected[0][0])
        assert (seen.recall or 0) == pytest.approx(expected[1][0])
        assert (seen.f1 or 0) == pytest.approx(expected[2][0])


def test_wilson_gives_the_interval_quoted_for_the_paper() -> None:
    low, high = wilson(25, 32)
    assert (round(low, 2), round(high, 2)) == (0.61, 0.89)


def test_wilson_at_the_edges() -> None:
    assert wilson(0, 0) == (0, 1)
    assert wilson(0, 10) == (0, pytest.approx(0.27753, abs=1e-5))
    assert wilson(10, 10) == (pytest.approx(0.72247, abs=1e-5), 1)


@given(st.integers(1, 500).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_wilson_holds_the_share_and_narrows_with_the_level(kn: tuple[int, int]) -> None:
    low, high = wilson(*kn)
    assert 0 <= low <= kn[0] / kn[1] <= high <= 1
    narrow = wilson(*kn, level=0.5)
    assert low <= narrow[0] <= narrow[1] <= high


@pytest.mark.parametrize(("k", "n", "level"), [(3, 2, 0.95), (-1, 2, 0.95), (1, 2, 1.0)])
def test_wilson_refuses_what_is_no_proportion(k: int, n: int, level: float) -> None:
    with pytest.raises(UsageError):
        wilson(k, n, level)


def test_auc_by_hand() -> None:
    reference = np.array([1, 0, 1, 0], bool)
    probability = np.array([0.9, 0.5, 0.5, 0.1])
    # Pairs (positive, negative): 0.9 beats both, 0.5 ties with one and beats one: 3.5 of 4.
    assert roc_auc(reference, probability) == 3.5 / 4
    # At 0.9: recall 1/2, precision 1; at 0.5: recall 1, precision 2/3.
    assert pr_auc(reference, probability) == pytest.approx(1 / 2 + 1 / 2 * 2 / 3)


def test_areas_are_none_without_the_class_they_need() -> None:
    probability = np.array([0.1, 0.9])
    for reference in (np.zeros(2, bool), np.ones(2, bool)):
        assert roc_auc(reference, probability) is None
        assert roc_curve(reference, probability) is None
        assert recall_at_specificity(reference, probability, 0.5) is None
    assert pr_auc(np.zeros(2, bool), probability) is None
    assert pr_auc(np.ones(2, bool), probability) == 1
    assert pr_auc(np.zeros(0, bool), np.zeros(0)) is None


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("ties", [False, True])
def test_areas_and_curves_agree_with_scikit_learn(seed: int, ties: bool) -> None:
    reference, probability = random_slices(seed, ties)
    assert roc_auc(reference, probability) == pytest.approx(
        sk.roc_auc_score(reference, probability)
    )
    assert pr_auc(reference, probability) == pytest.approx(
        sk.average_precision_score(reference, probability)
    )
    roc, pr = roc_curve(reference, probability), pr_curve(reference, probability)
    assert roc is not None and pr is not None
    fpr, tpr, threshold = sk.roc_curve(reference, probability, drop_intermediate=False)
    np.testing.assert_allclose(roc.false_positive_rate, fpr)
    np.testing.assert_allclose(roc.recall, tpr)
    np.testing.assert_allclose(roc.threshold[1:], threshold[1:])
    precision, recall, _ = sk.precision_recall_curve(reference, probability)
    np.testing.assert_allclose(pr.precision, precision[::-1][1:])
    np.testing.assert_allclose(pr.recall, recall[::-1][1:])


@given(SLICES)
def test_areas_are_bounded_and_mirror(slices: list[tuple[bool, float]]) -> None:
    reference, probability = both(slices)
    area, mirrored = roc_auc(reference, probability), roc_auc(~reference, probability)
    if not with_both_classes(reference):
        assert area is None and mirrored is None
        return
    assert area is not None and mirrored is not None
    assert 0 <= area <= 1
    assert area + mirrored == pytest.approx(1)
    # Only the order counts.
    assert roc_auc(reference, probability**3 / 2) == area
    assert roc_auc(reference, reference.astype(np.float32)) == 1


def test_recall_at_specificity_by_hand() -> None:
    reference = np.array([1, 1, 1, 1, 0, 0, 0, 0], bool)
    probability = np.array([0.9, 0.8, 0.5, 0.3, 0.7, 0.4, 0.2, 0.1])
    assert recall_at_specificity(reference, probability, 1.0) == (0.5, 0.8, 1.0)
    assert recall_at_specificity(reference, probability, 0.75) == (0.75, 0.5, 0.75)
    assert recall_at_specificity(reference, probability, 0.5) == (1.0, 0.3, 0.5)
    # 0.6 asks for more than 2 of 4 negatives left out.
    assert recall_at_specificity(reference, probability, 0.6) == (0.75, 0.5, 0.75)


def test_no_threshold_parts_ties() -> None:
    reference = np.array([1, 1, 0, 0, 0], bool)
    probability = np.array([0.9, 0.5, 0.5, 0.5, 0.1])
    # Calling one of the three at 0.5 calls all: specificity falls from 1 to 1/3 at once.
    assert recall_at_specificity(reference, probability, 2 / 3) == (0.5, 0.9, 1.0)
    assert recall_at_specificity(reference, probability, 1 / 3) == (
        1.0, 0.5, pytest.approx(1 / 3)
    )  # fmt: skip


def test_a_negative_on_top_leaves_nothing_to_call() -> None:
    reference, probability = np.array([0, 1], bool), np.array([1.0, 1.0])
    point = recall_at_specificity(reference, probability, 0.95)
    assert point is not None
    assert (point.recall, point.specificity) == (0, 1)
    assert 1 < point.threshold < 1 + 1e-9


def test_rounding_does_not_refuse_nineteen_of_twenty() -> None:
    reference = np.array([0] * 20 + [1], bool)
    probability = np.array([0.0] * 19 + [0.9, 0.8])
    point = recall_at_specificity(reference, probability, 0.95)
    assert point is not None
    assert (point.recall, point.threshold) == (1, 0.8)


@given(SLICES, st.floats(0, 1), st.floats(0, 1))
def test_operating_points_keep_their_word(
    slices: list[tuple[bool, float]], first: float, second: float
) -> None:
    reference, probability = both(slices)
    if not with_both_classes(reference):
        return
    loose = recall_at_specificity(reference, probability, min(first, second))
    strict = recall_at_specificity(reference, probability, max(first, second))
    assert loose is not None and strict is not None
    assert strict.recall <= loose.recall
    for point, asked in ((loose, min(first, second)), (strict, max(first, second))):
        counts = confusion(reference, probability >= point.threshold)
        assert counts.recall == pytest.approx(point.recall)
        assert counts.specificity == pytest.approx(point.specificity)
        assert point.specificity >= asked - 1e-9
        # No other threshold does better.
        for cut in np.unique(probability):
            other = confusion(reference, probability >= cut)
            if (other.specificity or 0) >= asked:
                assert (other.recall or 0) <= point.recall + 1e-12


def test_impossible_values_are_refused() -> None:
    reference, probability = np.array([0, 1], bool), np.array([0.5, np.nan])
    with pytest.raises(InputError, match="1 of 2"):
        roc_auc(reference, probability)
    with pytest.raises(InputError):
        pr_curve(reference, probability)
    with pytest.raises(UsageError):
        recall_at_specificity(reference, np.array([0.5, 0.5]), 1.2)
