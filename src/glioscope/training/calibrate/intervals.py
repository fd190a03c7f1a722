"""The widening in a plan, fitted on patients the network did not train on."""

import math
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Bool, Float64

from glioscope.findings.diameters import diameters
from glioscope.findings.intervals import Size, edges
from glioscope.model.components import label
from glioscope.model.plan import Plan
from glioscope.model.plan_parts import IntervalMargins
from glioscope.training.calibrate.answer import KnownAnswer

# Share of new patients whose figure is to lie inside its interval. With 90 patients 0.95 would rest
# on the four who fit worst.
COVERAGE = 0.9
# A quantile of 0.9 exists from 9 patients on; below 20 it is that of the worst one or two.
FEWEST = 20

FIGURES = ("volume", "diameter", "perpendicular", "product")


@dataclass(frozen=True)
class Fitted:
    """One patient's figures by the model's own, inner and outer outline and by the expert's."""

    own: Float64[np.ndarray, "4"]
    inner: Float64[np.ndarray, "4"]
    outer: Float64[np.ndarray, "4"]
    expert: Float64[np.ndarray, "4"]

    @property
    def scores(self) -> Float64[np.ndarray, "4"]:
        """Logarithm by which the expert's figure lies outside the band; negative inside it."""
        with np.errstate(divide="ignore"):
            low, high, true = (np.log(v) for v in (self.inner, self.outer, self.expert))
        return np.maximum(low - true, true - high)


def with_widening(plan: Plan, answers: list[KnownAnswer]) -> Plan:
    """The plan with a widening fitted on `answers`; with None where too few are outlined."""
    return replace(plan, widening=fit([m for a in answers if (m := measure(plan, a))]))


def fit(measured: list[Fitted]) -> IntervalMargins | None:
    """The split-conformal quantile of every figure's scores; None with fewer than `FEWEST`.

    With n patients the k-th smallest score, k = ceil((n + 1) coverage): then a new patient who is
    exchangeable with them lies inside with at least that probability.
    """
    if len(measured) < FEWEST:
        return None
    scores = np.sort([m.scores for m in measured], axis=0)
    rank = min(len(measured), math.ceil((len(measured) + 1) * COVERAGE))
    values = dict(zip(FIGURES, scores[rank - 1].tolist(), strict=True))
    return IntervalMargins(coverage=COVERAGE, patients=len(measured), **values)


def measure(plan: Plan, answer: KnownAnswer) -> Fitted | None:
    """Figures of one patient, in pixels; None where the model or the expert outlined nothing."""
    mask = answer.decided(plan).mask
    if not (mask.any() and answer.reference.any()):
        return None
    labels, count = label(mask)
    edge = edges(answer.pixels, labels, plan)
    own: list[Size] = []
    inner: list[Size] = []
    outer: list[Size] = []
    for number in range(1, count + 1):
        widest = _widest(labels == number)
        own.append(_size(labels == number, widest))
        low, high = edge.sizes(number, widest, (1.0, 1.0))
        inner.append(low)
        outer.append(high)
    largest = max(range(count), key=lambda n: own[n].voxels)
    return Fitted(
        _total(own, largest),
        _total(inner, largest),
        _total(outer, largest),
        _expert(answer.reference),
    )


def _expert(reference: Bool[np.ndarray, "k h w"]) -> Float64[np.ndarray, "4"]:
    labels, count = label(reference)
    sizes = [_size(labels == n, _widest(labels == n)) for n in range(1, count + 1)]
    return _total(sizes, max(range(count), key=lambda n: sizes[n].voxels))


def _widest(region: Bool[np.ndarray, "k h w"]) -> int:
    return int(np.count_nonzero(region, axis=(1, 2)).argmax())


def _size(region: Bool[np.ndarray, "k h w"], index: int) -> Size:
    return Size(int(np.count_nonzero(region)), *diameters(region[index]))


def _total(sizes: list[Size], largest: int) -> Float64[np.ndarray, "4"]:
    """Volume of all lesions, diameters of the largest, sum of the products: as in `FIGURES`."""
    one = sizes[largest]
    voxels, product = sum(s.voxels for s in sizes), sum(s.product for s in sizes)
    return np.array([voxels, one.diameter, one.perpendicular, product], np.float64)
