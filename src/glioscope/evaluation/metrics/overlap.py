"""Overlap per slice, under every convention a published IoU may stand for.

Everything follows from six integers per slice, so patients are measured one by one and their
`SliceOverlap` concatenated. Arrays are pictures: (slice, row, column).
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import NamedTuple, Self

import numpy as np
from jaxtyping import Bool, Int64

from glioscope.evaluation.metrics.slices import ratio


@dataclass(frozen=True)
class SliceOverlap:
    """Pixel counts per slice.

    The box of a slice is the smallest upright rectangle around all its foreground, one per slice
    however many lesions it shows; an empty mask has a box of area 0.
    """

    intersection: Int64[np.ndarray, " n"]
    union: Int64[np.ndarray, " n"]
    reference_area: Int64[np.ndarray, " n"]
    predicted_area: Int64[np.ndarray, " n"]
    box_intersection: Int64[np.ndarray, " n"]
    box_union: Int64[np.ndarray, " n"]

    def __len__(self) -> int:
        return len(self.union)

    @property
    def positive(self) -> Bool[np.ndarray, " n"]:
        """Slices whose reference mask has a pixel."""
        return self.reference_area > 0

    @property
    def called(self) -> Bool[np.ndarray, " n"]:
        """Slices whose predicted mask has a pixel."""
        return self.predicted_area > 0

    def take(self, index: np.ndarray) -> Self:
        """The slices at `index` (integers or a boolean choice), in that order."""
        return type(self)(*(getattr(self, field.name)[index] for field in fields(self)))

    @classmethod
    def concatenate(cls, parts: Sequence[Self]) -> Self:
        """One after the other; without parts, no slices."""
        empty = np.zeros(0, np.int64)
        names = [field.name for field in fields(cls)]
        return cls(*(np.concatenate([empty, *(getattr(p, n) for p in parts)]) for n in names))


class _Boxes(NamedTuple):
    """Half-open boxes per slice; an empty mask has top = bottom = left = right = 0."""

    top: Int64[np.ndarray, " s"]
    bottom: Int64[np.ndarray, " s"]
    left: Int64[np.ndarray, " s"]
    right: Int64[np.ndarray, " s"]

    def area(self) -> Int64[np.ndarray, " s"]:
        return (self.bottom - self.top) * (self.right - self.left)


def slice_overlap(
    reference: Bool[np.ndarray, "s h w"], predicted: Bool[np.ndarray, "s h w"]
) -> SliceOverlap:
    """Measure each slice of one patient."""
    intersection = _area(reference & predicted)
    areas = _area(reference), _area(predicted)
    boxes = _boxes(reference), _boxes(predicted)
    box_intersection = _intersect(*boxes).area()
    return SliceOverlap(
        intersection=intersection,
        union=areas[0] + areas[1] - intersection,
        reference_area=areas[0],
        predicted_area=areas[1],
        box_intersection=box_intersection,
        box_union=boxes[0].area() + boxes[1].area() - box_intersection,
    )


def _area(masks: Bool[np.ndarray, "s h w"]) -> Int64[np.ndarray, " s"]:
    # Slice by slice: along axes NumPy would first make an integer of every pixel.
    return np.array([np.count_nonzero(mask) for mask in masks], np.int64)


def _boxes(masks: Bool[np.ndarray, "s h w"]) -> _Boxes:
    rows, columns = np.asarray(masks.any(axis=2)), np.asarray(masks.any(axis=1))
    return _Boxes(*_extent(rows), *_extent(columns))


def _extent(
    line: Bool[np.ndarray, "s n"],
) -> tuple[Int64[np.ndarray, " s"], Int64[np.ndarray, " s"]]:
    some = line.any(axis=1)
    first = np.where(some, line.argmax(axis=1), 0)
    end = np.where(some, line.shape[1] - line[:, ::-1].argmax(axis=1), 0)
    return first.astype(np.int64), end.astype(np.int64)


def _intersect(a: _Boxes, b: _Boxes) -> _Boxes:
    top, left = np.maximum(a.top, b.top), np.maximum(a.left, b.left)
    # Apart from each other the end would lie before the start: no area, rather than a negative one.
    bottom = np.maximum(np.minimum(a.bottom, b.bottom), top)
    right = np.maximum(np.minimum(a.right, b.right), left)
    return _Boxes(top, bottom, left, right)


def iou_positive(overlap: SliceOverlap) -> float | None:
    """Mean mask IoU over positive slices; a missed slice counts 0. None without positive slices."""
    return _mean_iou(overlap.intersection, overlap.union, overlap.positive)


def iou_all(overlap: SliceOverlap) -> float | None:
    """Mean mask IoU over all slices; both masks empty counts 1, only one empty counts 0.

    None without slices.
    """
    return _mean_iou(overlap.intersection, overlap.union, np.ones(len(overlap), bool))


def iou_pooled(overlap: SliceOverlap) -> float | None:
    """Sum of intersections over sum of unions; None when every mask is empty."""
    return ratio(int(overlap.intersection.sum()), int(overlap.union.sum()))


def iou_hits(overlap: SliceOverlap) -> float | None:
    """Mean mask IoU over positive slices that were called, overlapping or not; None without any."""
    return _mean_iou(overlap.intersection, overlap.union, overlap.positive & overlap.called)


def box_iou_positive(overlap: SliceOverlap) -> float | None:
    """`iou_positive` with bounding boxes in place of masks."""
    return _mean_iou(overlap.box_intersection, overlap.box_union, overlap.positive)


def box_iou_all(overlap: SliceOverlap) -> float | None:
    """`iou_all` with bounding boxes in place of masks."""
    return _mean_iou(overlap.box_intersection, overlap.box_union, np.ones(len(overlap), bool))


def box_iou_pooled(overlap: SliceOverlap) -> float | None:
    """`iou_pooled` with bounding boxes in place of masks."""
    return ratio(int(overlap.box_intersection.sum()), int(overlap.box_union.sum()))


def box_iou_hits(overlap: SliceOverlap) -> float | None:
    """`iou_hits` with bounding boxes in place of masks."""
    hits = overlap.positive & overlap.called
    return _mean_iou(overlap.box_intersection, overlap.box_union, hits)


def false_negative_areas(overlap: SliceOverlap) -> Int64[np.ndarray, " m"]:
    """Reference area in pixels of each missed slice, largest first; empty when none was missed."""
    missed = overlap.reference_area[overlap.positive & ~overlap.called]
    return np.sort(missed)[::-1]


def _mean_iou(
    intersection: Int64[np.ndarray, " n"],
    union: Int64[np.ndarray, " n"],
    chosen: Bool[np.ndarray, " n"],
) -> float | None:
    if not chosen.any():
        return None
    # Both masks empty: they agree.
    iou = np.where(union > 0, intersection / np.maximum(union, 1), 1.0)
    return float(iou[chosen].mean())
