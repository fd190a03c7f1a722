"""Patients whose figures are computed and resampled together."""

import math
from collections.abc import Callable, Iterable, Sequence

import numpy as np
from jaxtyping import Bool, Float, Int64

from glioscope.evaluation import metrics
from glioscope.evaluation.metrics import ConfusionCounts, SliceOverlap
from glioscope.evaluation.metrics.bootstrap import Statistic, bootstrap, of_sums
from glioscope.evaluation.metrics.conventions import IOU_NAMES
from glioscope.evaluation.scores.figure import Figure
from glioscope.evaluation.scores.patient import Patient, Slices, join

SPECIFICITY = 0.95
# A percentile cannot be interpolated towards infinity; this stands in for it.
_INFINITE = 1e300
_IS_INFINITE = 1e100

Positions = Int64[np.ndarray, " p"]
OnSlices = Callable[[Bool[np.ndarray, " n"], Float[np.ndarray, " n"]], float | None]
OnOverlap = Callable[[SliceOverlap], float | None]

COUNTS: dict[str, Callable[[ConfusionCounts], float | None]] = {
    "recall": lambda c: c.recall,
    "precision": lambda c: c.precision,
    "f1": lambda c: c.f1,
    "specificity": lambda c: c.specificity,
    "precision_negative": lambda c: c.npv,
    "f1_negative": lambda c: c.for_class(False).f1,
    "accuracy": lambda c: c.accuracy,
}
IOU: dict[str, OnOverlap] = {name: getattr(metrics, name) for name in IOU_NAMES}


def _recall_at_specificity(
    positive: Bool[np.ndarray, " n"], probability: Float[np.ndarray, " n"]
) -> float | None:
    point = metrics.recall_at_specificity(positive, probability, SPECIFICITY)
    return point.recall if point else None


PROBABILITY: dict[str, OnSlices] = {
    "roc_auc": metrics.roc_auc,
    "pr_auc": metrics.pr_auc,
    "recall_at_specificity_95": _recall_at_specificity,
    "ece": metrics.ece,
    "brier": metrics.brier,
}


def units(name: str, slices: Slices) -> int:
    """How many slices a figure rests on."""
    c = slices.counts
    if name.endswith("iou_positive"):
        return c.tp + c.fn
    if name.endswith("iou_hits"):
        return c.tp
    denominators = {
        "recall": c.tp + c.fn,
        "precision": c.tp + c.fp,
        "specificity": c.tn + c.fp,
        "precision_negative": c.tn + c.fn,
    }
    return denominators.get(name, c.total)


class Cohort:
    """One or more patients; figures are None where the data cannot say."""

    def __init__(self, patients: Sequence[Patient], seed: int, resamples: int) -> None:
        self.patients = patients
        self.slices = join([p.slices for p in patients])
        self._seed, self._resamples = seed, resamples
        ends = np.cumsum([len(p.slices.names) for p in patients])
        self._own = np.split(np.arange(int(ends[-1])), ends[:-1])
        own = [p.slices.counts for p in patients]
        self._table = np.array([(c.tp, c.fp, c.tn, c.fn) for c in own], np.int64)

    def figure(self, name: str, n: int, statistic: Statistic, group: str = "") -> Figure:
        """The figure on all patients, with its interval where more than one was scored."""

        def finite(index: Positions) -> float | None:
            value = statistic(index)
            return _INFINITE if value is not None and math.isinf(value) else value

        value = statistic(np.arange(len(self.patients), dtype=np.int64))
        interval = None
        if value is not None and len(self.patients) > 1:
            count = len(self.patients)
            interval = bootstrap(finite, count, seed=self._seed, resamples=self._resamples)
        if interval is None:
            return Figure(name, value, None, None, n, group)
        low, high = (
            math.inf if end > _IS_INFINITE else end for end in (interval.low, interval.high)
        )
        return Figure(name, value, low, high, n, group)

    def confusion(self) -> list[Figure]:
        """TP, FP, TN, FN; counts have no interval."""
        c = self.slices.counts
        return [Figure(n, getattr(c, n), None, None, c.total) for n in ("tp", "fp", "tn", "fn")]

    def counted(self, names: Iterable[str]) -> list[Figure]:
        """Figures of `COUNTS`."""
        return [
            self.figure(name, units(name, self.slices), self._of_counts(name)) for name in names
        ]

    def scored(self) -> list[Figure]:
        """Figures of `PROBABILITY`."""
        return [
            self.figure(name, self.slices.counts.total, self._of_probability(figure))
            for name, figure in PROBABILITY.items()
        ]

    def overlaps(self, names: Iterable[str] = IOU_NAMES) -> list[Figure]:
        """Figures of `IOU`."""
        return [
            self.figure(name, units(name, self.slices), self._of_overlap(IOU[name]))
            for name in names
        ]

    def missed(self) -> list[Figure]:
        """How large the tumour is on the slices that were missed."""
        n = self.slices.counts.fn
        return [
            self.figure("fn_area_median", n, self._of_overlap(_median_missed)),
            self.figure("fn_area_max", n, self._of_overlap(_largest_missed)),
        ]

    def of_area(self, low: int, high: float, group: str) -> list[Figure]:
        """Recall and IoU of positive slices with `low` <= reference area in px < `high`."""
        area = self.slices.overlap.reference_area
        chosen = (area > 0) & (area >= low) & (area < high)
        n = int(np.count_nonzero(chosen))
        return [
            self.figure("recall", n, self._of_overlap(_recall, chosen), group),
            self.figure("iou_positive", n, self._of_overlap(IOU["iou_positive"], chosen), group),
        ]

    def _slices_of(self, index: Positions) -> Int64[np.ndarray, " n"]:
        return np.concatenate([self._own[int(i)] for i in index])

    def _of_counts(self, name: str) -> Statistic:
        figure = COUNTS[name]

        def of_table(tp: int, fp: int, tn: int, fn: int) -> float | None:
            return figure(ConfusionCounts(tp, fp, tn, fn))

        return of_sums(self._table, of_table)

    def _of_probability(self, figure: OnSlices) -> Statistic:
        positive, probability = self.slices.positive, self.slices.probability

        def statistic(index: Positions) -> float | None:
            at = self._slices_of(index)
            return figure(positive[at], probability[at])

        return statistic

    def _of_overlap(
        self, figure: OnOverlap, chosen: Bool[np.ndarray, " n"] | None = None
    ) -> Statistic:
        overlap = self.slices.overlap

        def statistic(index: Positions) -> float | None:
            at = self._slices_of(index)
            return figure(overlap.take(at if chosen is None else at[chosen[at]]))

        return statistic


def _recall(overlap: SliceOverlap) -> float | None:
    return metrics.confusion(overlap.positive, overlap.called).recall


def _median_missed(overlap: SliceOverlap) -> float | None:
    areas = metrics.false_negative_areas(overlap)
    return float(np.median(areas)) if areas.size else None


def _largest_missed(overlap: SliceOverlap) -> float | None:
    areas = metrics.false_negative_areas(overlap)
    return float(areas[0]) if areas.size else None
