"""Overlap per slice: every convention on one small stack worked out by hand, and properties."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from sklearn.metrics import jaccard_score

from glioscope.evaluation.metrics import overlap as overlap_metrics
from glioscope.evaluation.metrics.overlap import (
    SliceOverlap,
    box_iou_all,
    box_iou_hits,
    box_iou_pooled,
    box_iou_positive,
    false_negative_areas,
    iou_all,
    iou_hits,
    iou_pooled,
    iou_positive,
    slice_overlap,
)

STACKS = arrays(bool, (4, 5, 6), elements=st.booleans())
FIGURES = [getattr(overlap_metrics, f"{b}iou_{c}") for b in ("", "box_")
           for c in ("positive", "all", "pooled", "hits")]  # fmt: skip


def picture(text: str) -> np.ndarray:
    return np.array([[c == "#" for c in row] for row in text.split()])


# Slice by slice: a hit, a miss, a false alarm, an agreed empty slice, a called slice that misses.
REFERENCE = np.stack([
    picture("##... ##... ..... ....."),
    picture("..... .##.. ..... ....."),
    picture("..... ..... ..... ....."),
    picture("..... ..... ..... ....."),
    picture("#.... ..... ..... ....."),
])  # fmt: skip
PREDICTED = np.stack([
    picture(".##.. ...#. ..... ....."),
    picture("..... ..... ..... ....."),
    picture("..... ..... ###.. ....."),
    picture("..... ..... ..... ....."),
    picture("..... ..... ..... ....#"),
])  # fmt: skip


@pytest.fixture
def by_hand() -> SliceOverlap:
    return slice_overlap(REFERENCE, PREDICTED)


def test_counts(by_hand: SliceOverlap) -> None:
    assert by_hand.intersection.tolist() == [1, 0, 0, 0, 0]
    assert by_hand.union.tolist() == [6, 2, 3, 0, 2]
    assert by_hand.reference_area.tolist() == [4, 2, 0, 0, 1]
    assert by_hand.predicted_area.tolist() == [3, 0, 3, 0, 1]
    # Slice 0: boxes of 2 x 2 and 2 x 3 share a column of 2.
    assert by_hand.box_intersection.tolist() == [2, 0, 0, 0, 0]
    assert by_hand.box_union.tolist() == [8, 2, 3, 0, 2]


def test_every_convention(by_hand: SliceOverlap) -> None:
    assert iou_positive(by_hand) == pytest.approx((1 / 6 + 0 + 0) / 3)
    assert iou_all(by_hand) == pytest.approx((1 / 6 + 0 + 0 + 1 + 0) / 5)
    assert iou_pooled(by_hand) == 1 / 13
    assert iou_hits(by_hand) == pytest.approx((1 / 6 + 0) / 2)
    assert box_iou_positive(by_hand) == pytest.approx((2 / 8 + 0 + 0) / 3)
    assert box_iou_all(by_hand) == pytest.approx((2 / 8 + 0 + 0 + 1 + 0) / 5)
    assert box_iou_pooled(by_hand) == 2 / 15
    assert box_iou_hits(by_hand) == pytest.approx((2 / 8 + 0) / 2)


def test_missed_areas_come_largest_first() -> None:
    reference = np.zeros((3, 4, 4), bool)
    reference[0, 0, :2] = reference[1, :3, :3] = reference[2, 0, 0] = True
    predicted = np.zeros_like(reference)
    predicted[2, 3, 3] = True
    assert false_negative_areas(slice_overlap(reference, predicted)).tolist() == [9, 2]
    assert false_negative_areas(slice_overlap(reference, reference)).tolist() == []


def test_none_where_nothing_counts() -> None:
    empty = SliceOverlap.concatenate([])
    assert [figure(empty) for figure in FIGURES] == [None] * 8
    nothing = slice_overlap(np.zeros((2, 3, 3), bool), np.zeros((2, 3, 3), bool))
    assert iou_positive(nothing) is None
    assert iou_hits(nothing) is None
    assert iou_pooled(nothing) is None
    assert iou_all(nothing) == box_iou_all(nothing) == 1


def test_one_box_per_slice_however_many_lesions() -> None:
    reference = picture("#...# ..... ....#")[None]
    predicted = picture("..... .#... .....")[None]
    measured = slice_overlap(reference, predicted)
    assert measured.box_union.tolist() == [15]
    assert measured.box_intersection.tolist() == [1]
    assert measured.intersection.tolist() == [0]


def test_boxes_that_only_touch_share_nothing() -> None:
    measured = slice_overlap(picture("##.. ##.. ....")[None], picture("..## ..## ....")[None])
    assert measured.box_intersection.tolist() == [0]
    apart = slice_overlap(picture("#... .... ....")[None], picture(".... .... ...#")[None])
    assert apart.box_intersection.tolist() == [0]
    assert apart.box_union.tolist() == [2]


@given(STACKS, STACKS)
def test_figures_are_bounded_and_symmetric(a: np.ndarray, b: np.ndarray) -> None:
    there, back = slice_overlap(a, b), slice_overlap(b, a)
    for figure in FIGURES:
        value = figure(there)
        assert value is None or 0 <= value <= 1
    for figure in (iou_all, iou_pooled, iou_hits, box_iou_all, box_iou_pooled, box_iou_hits):
        assert figure(there) == figure(back)


@given(STACKS)
def test_identity_is_one(a: np.ndarray) -> None:
    same = slice_overlap(a, a)
    assert all(figure(same) in (None, 1) for figure in FIGURES)
    assert iou_all(same) == 1


@given(STACKS, STACKS)
def test_masks_agree_with_scikit_learn(a: np.ndarray, b: np.ndarray) -> None:
    expected = jaccard_score(
        a.reshape(4, -1), b.reshape(4, -1), average="samples", zero_division=1.0
    )
    measured = slice_overlap(a, b)
    assert iou_all(measured) == pytest.approx(expected)
    pooled = jaccard_score(a.ravel(), b.ravel(), zero_division=0.0)
    assert (iou_pooled(measured) or 0) == pytest.approx(pooled)


@given(STACKS, STACKS, STACKS)
def test_a_larger_share_never_lowers_the_overlap(
    a: np.ndarray, b: np.ndarray, more: np.ndarray
) -> None:
    better = slice_overlap(a, b | (more & a))
    worse = slice_overlap(a, b)
    for figure in (iou_positive, iou_pooled):
        assert (figure(better) or 0) >= (figure(worse) or 0)


@given(STACKS, STACKS)
def test_boxes_equal_boxes_drawn_as_masks(a: np.ndarray, b: np.ndarray) -> None:
    drawn = slice_overlap(boxed(a), boxed(b))
    measured = slice_overlap(a, b)
    assert measured.box_intersection.tolist() == drawn.intersection.tolist()
    assert measured.box_union.tolist() == drawn.union.tolist()


def boxed(stack: np.ndarray) -> np.ndarray:
    out = np.zeros_like(stack)
    for picture, box in zip(stack, out, strict=True):
        if picture.any():
            rows, columns = np.nonzero(picture)
            box[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1] = True
    return out


def test_patients_concatenate_and_part_again(by_hand: SliceOverlap) -> None:
    halves = [
        slice_overlap(REFERENCE[:2], PREDICTED[:2]),
        slice_overlap(REFERENCE[2:], PREDICTED[2:]),
    ]
    joined = SliceOverlap.concatenate(halves)
    assert len(joined) == 5
    assert joined.union.tolist() == by_hand.union.tolist()
    assert joined.take(joined.positive).reference_area.tolist() == [4, 2, 1]
    assert joined.take(np.array([4, 0])).union.tolist() == [2, 6]
