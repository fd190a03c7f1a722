# pyright: basic
# It speaks with Matplotlib, whose types have gaps.
"""FLAIR slices with both outlines. They show patients: for the reader's own disk only."""

import io
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float32, Int64
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from glioscope.evaluation.report.plots import TUMOUR
from glioscope.evaluation.scores.figure import Scores
from glioscope.evaluation.scores.patient import Patient, Slices

_EACH, _COLUMNS, _DPI = 8, 4, 100
REFERENCE, PREDICTED = "#7CFC00", TUMOUR

# FLAIR of a slice in [0, 1], by name.
Flair = Callable[[str], Float32[np.ndarray, "h w"] | None]


class Pair(NamedTuple):
    """Reference and predicted mask of one slice."""

    reference: Bool[np.ndarray, "h w"]
    predicted: Bool[np.ndarray, "h w"]


class Overlays(NamedTuple):
    """PNG bytes of each group; None where there is no such slice."""

    tumour: bytes | None
    none: bytes | None
    worst: bytes | None


def overlays(scores: Scores, masks: Mapping[str, Pair], flair: Flair) -> Overlays | None:
    """Samples of both classes and the worst slice of the worst patients.

    The choice is fixed by the scores: positive slices from the worst IoU to the best in even steps;
    false alarms by size, then slices rightly left alone. None when there is no picture at all.
    """
    slices = scores.slices
    if flair(slices.names[0]) is None:
        return None
    where = {name: index for index, name in enumerate(slices.names)}
    # A slice may stand in several draws; it is shown once.
    once = np.zeros(len(slices.names), bool)
    once[list(where.values())] = True
    iou = slices.overlap.intersection / np.maximum(slices.overlap.union, 1)

    def sheet(chosen: Sequence[int]) -> bytes | None:
        titles = [(slices.names[i], _title(slices, i, float(iou[i]))) for i in chosen]
        return _sheet(titles, masks, flair) if titles else None

    return Overlays(
        sheet(_tumour(slices, iou, once)),
        sheet(_none(slices, once)),
        sheet([where[_worst_slice(p)] for p in _worst(scores.patients)]),
    )


def _spread(ordered: Int64[np.ndarray, " n"], count: int) -> list[int]:
    """`count` of them in even steps, first and last among them; all when there are fewer."""
    steps = np.linspace(0, len(ordered) - 1, min(count, len(ordered))).round().astype(int)
    return [int(i) for i in ordered[steps]]


def _tumour(slices: Slices, iou: np.ndarray, once: np.ndarray) -> list[int]:
    positive = np.flatnonzero(slices.positive & once)
    return _spread(positive[np.argsort(iou[positive], kind="stable")], _EACH)


def _none(slices: Slices, once: np.ndarray) -> list[int]:
    false = np.flatnonzero(~slices.positive & slices.called & once)
    large = false[np.argsort(-slices.overlap.predicted_area[false], kind="stable")]
    alarms = [int(i) for i in large[: _EACH // 2]]
    left = np.flatnonzero(~slices.positive & ~slices.called & once)
    by_probability = left[np.argsort(-slices.probability[left], kind="stable")]
    return alarms + _spread(by_probability, _EACH - len(alarms))


def _worst(patients: Sequence[Patient]) -> list[Patient]:
    return sorted(patients, key=lambda p: (p.dice, p.study_id))[:_EACH]


def _worst_slice(patient: Patient) -> str:
    """The slice with most pixels wrong."""
    overlap = patient.slices.overlap
    return patient.slices.names[int(np.argmax(overlap.union - overlap.intersection))]


def _title(slices: Slices, index: int, iou: float) -> str:
    kind = ("TN", "FP", "FN", "TP")[2 * int(slices.positive[index]) + int(slices.called[index])]
    score = f", IoU {iou:.2f}" if slices.positive[index] else ""
    name = slices.names[index].removeprefix("TCGA_")
    return f"{name}\n{kind}{score}, p {slices.probability[index]:.2f}"


def _sheet(titles: Sequence[tuple[str, str]], masks: Mapping[str, Pair], flair: Flair) -> bytes:
    rows = -(-len(titles) // _COLUMNS)
    figure = Figure(figsize=(2.6 * _COLUMNS, 2.95 * rows), layout="constrained", dpi=_DPI)
    axes = figure.subplots(rows, _COLUMNS, squeeze=False).ravel()
    for at in axes:
        at.set_axis_off()
    for at, (name, title) in zip(axes, titles, strict=False):
        picture = flair(name)
        if picture is not None:
            _draw(at, picture, masks[name])
            at.set_title(title, fontsize=8)
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", metadata={"Software": None})
    return buffer.getvalue()


def _draw(axes: Axes, picture: Float32[np.ndarray, "h w"], pair: Pair) -> None:
    axes.imshow(picture, cmap="gray", vmin=0, vmax=1, interpolation="nearest")
    for mask, colour in ((pair.reference, REFERENCE), (pair.predicted, PREDICTED)):
        if mask.any():
            axes.contour(mask.astype(float), [0.5], colors=colour, linewidths=1.1)
