# pyright: basic
# It speaks with Matplotlib, whose types have gaps.
"""The plots of the evaluation page, as SVG; they show figures and never a picture of a patient."""

import io
from collections import defaultdict
from collections.abc import Mapping, Sequence
from itertools import cycle
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from glioscope.datasets.lgg_check import LARGE_PX, SMALL_PX
from glioscope.evaluation.metrics import (
    ConfusionCounts,
    pr_curve,
    reliability_curve,
    roc_curve,
)
from glioscope.evaluation.scores import published as paper
from glioscope.evaluation.scores.cohort import SPECIFICITY
from glioscope.evaluation.scores.patient import Patient, Slices
from glioscope.files import atomic_path

# Okabe and Ito's colours, told apart by colour-blind readers and in grey print.
TUMOUR, NONE, PAPER = "#D55E00", "#0072B2", "#6b6b6b"
_SITES = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#000000")
_STYLE: Any = {
    "font.size": 9,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "grid.color": "#e6e6e6",
    "axes.axisbelow": True,
    "axes.titlesize": 10,
    "axes.titleweight": "bold",
    "legend.frameon": False,
    # Without it ids are random and the same scores would give another page.
    "svg.hashsalt": "glioscope",
}


def _svg(figure: Figure) -> str:
    text = io.StringIO()
    figure.savefig(text, format="svg", metadata={"Date": None, "Creator": None})
    return text.getvalue()


def _panels(width: float, height: float, columns: int = 1) -> tuple[Figure, list[Axes]]:
    figure = Figure(figsize=(width, height), layout="constrained")
    return figure, list(figure.subplots(1, columns, squeeze=False)[0])


@mpl.rc_context(_STYLE)
def classes(ours: ConfusionCounts) -> str:
    """Share of slices per class: reference and prediction, the paper's test set and ours."""
    figure, (axes,) = _panels(8.4, 2.5)
    rows = [
        ("paper, test set", paper.COUNTS.tp + paper.COUNTS.fn, paper.COUNTS.total),
        ("paper, predicted", paper.COUNTS.tp + paper.COUNTS.fp, paper.COUNTS.total),
        ("ours, test set", ours.tp + ours.fn, ours.total),
        ("ours, predicted", ours.tp + ours.fp, ours.total),
    ]
    for y, (_, tumour, total) in enumerate(rows):
        share = tumour / max(total, 1)
        axes.barh(y, share, color=TUMOUR, label="tumour" if not y else None)
        axes.barh(y, 1 - share, left=share, color=NONE, label="no tumour" if not y else None)
        axes.text(0.01, y, f"{tumour} ({share:.0%})", va="center", color="white")
        axes.text(0.99, y, f"{total - tumour}", va="center", ha="right", color="white")
    axes.set_yticks(range(len(rows)), [label for label, _, _ in rows])
    axes.invert_yaxis()
    axes.set_xlim(0, 1)
    axes.grid(visible=False)
    axes.set_xlabel("share of slices")
    axes.legend(loc="lower center", bbox_to_anchor=(0.5, 1), ncols=2)
    return _svg(figure)


@mpl.rc_context(_STYLE)
def loss_curve(history: Sequence[Mapping[str, float]]) -> str:
    """Loss on training and held-out slices over epochs."""
    return _svg(_loss_figure(history))


@mpl.rc_context(_STYLE)
def write_loss_curve(history: Sequence[Mapping[str, float]], path: Path) -> None:
    """The same as a PNG file: the paper's figure 3."""
    with atomic_path(path) as temporary:
        _loss_figure(history).savefig(temporary, dpi=150)


def _loss_figure(history: Sequence[Mapping[str, float]]) -> Figure:
    figure, (axes,) = _panels(8.4, 3.0)
    for column, label, colour in (("loss", "training", NONE), ("val_loss", "held out", TUMOUR)):
        points = [(row["epoch"], row[column]) for row in history if column in row]
        if points:
            x, y = zip(*points, strict=True)
            axes.plot(x, y, color=colour, label=label, marker="o", markersize=2.5)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.set_xlabel("epoch")
    axes.set_ylabel("loss")
    axes.legend()
    return figure


@mpl.rc_context(_STYLE)
def roc_and_pr(slices: Slices) -> str:
    """Both curves with our operating point and the paper's."""
    figure, (left, right) = _panels(8.4, 4.0, 2)
    ours, theirs = slices.counts, paper.COUNTS
    roc = roc_curve(slices.positive, slices.probability)
    if roc:
        left.plot(roc.false_positive_rate, roc.recall, color=NONE)
    left.axvline(1 - SPECIFICITY, color="0.5", linestyle=":", label="specificity 0.95")
    for counts, label, colour in ((ours, "ours", TUMOUR), (theirs, "paper (leaky)", PAPER)):
        if counts.specificity is not None and counts.recall is not None:
            left.plot(1 - counts.specificity, counts.recall, "o", color=colour, label=label)
        if counts.recall is not None and counts.precision is not None:
            right.plot(counts.recall, counts.precision, "o", color=colour, label=label)
    pr = pr_curve(slices.positive, slices.probability)
    if pr:
        right.plot(pr.recall, pr.precision, color=NONE)
    _unit_square(left, "ROC", "false-positive rate", "recall")
    _unit_square(right, "Precision and recall", "recall", "precision")
    left.legend(loc="lower right")
    right.legend(loc="lower left")
    return _svg(figure)


@mpl.rc_context(_STYLE)
def reliability(slices: Slices) -> str:
    """Frequency of tumour against slice probability, and how many slices each bin holds."""
    figure, (left, right) = _panels(8.4, 3.8, 2)
    curve = reliability_curve(slices.positive, slices.probability)
    left.plot([0, 1], [0, 1], color="0.6", linestyle="--", linewidth=1)
    left.plot(curve.probability, curve.frequency, "o-", color=NONE, markersize=4)
    _unit_square(left, "Reliability, 15 bins of equal mass", "probability", "share with tumour")
    edges = np.linspace(0, 1, 21).tolist()
    parts = [slices.probability[~slices.positive], slices.probability[slices.positive]]
    right.hist(parts, bins=edges, stacked=True, color=[NONE, TUMOUR], label=["none", "tumour"])
    right.set_yscale("symlog", linthresh=10)
    _dress(right, "Slices by probability", "probability", "slices")
    right.legend(loc="upper center")
    return _svg(figure)


@mpl.rc_context(_STYLE)
def dice_per_patient(patients: Sequence[Patient]) -> str:
    """Volume Dice of every patient, worst first, coloured by site."""
    figure, (axes,) = _panels(8.4, 3.0)
    ordered = sorted(patients, key=lambda p: p.dice)
    places: dict[str, list[int]] = defaultdict(list)
    for place, patient in enumerate(ordered):
        places[patient.site].append(place)
    for (site, at), colour in zip(sorted(places.items()), cycle(_SITES), strict=False):
        axes.bar(at, [ordered[i].dice for i in at], color=colour, label=f"{site} ({len(at)})")
    for level in (0.5, 0.7):
        axes.axhline(level, color="0.4", linestyle=":", linewidth=1)
    axes.set_ylim(0, 1)
    axes.set_xlim(-0.6, len(ordered) - 0.4)
    _dress(axes, "", "patients, worst first", "volume Dice")
    axes.legend(ncols=6, loc="lower center", bbox_to_anchor=(0.5, 1))
    return _svg(figure)


@mpl.rc_context(_STYLE)
def error_by_size(slices: Slices, patients: Sequence[Patient]) -> str:
    """IoU against lesion area per slice; Dice against volume per patient where there are any."""
    figure, axes = _panels(8.4, 3.6, 2 if patients else 1)
    overlap, hit = slices.overlap, slices.called[slices.positive]
    area = overlap.reference_area[slices.positive]
    iou = (overlap.intersection / np.maximum(overlap.union, 1))[slices.positive]
    axes[0].scatter(area[hit], iou[hit], s=7, color=NONE, alpha=0.5, label="called")
    axes[0].scatter(area[~hit], iou[~hit], s=22, color=TUMOUR, marker="x", label="missed")
    for edge in (SMALL_PX, LARGE_PX):
        axes[0].axvline(edge, color="0.5", linestyle=":", linewidth=1)
    axes[0].set_xscale("log")
    _dress(axes[0], "Positive slices", "tumour area in the reference, px", "IoU")
    axes[0].legend(loc="lower right")
    if patients:
        volume = [max(p.reference_volume, 1) for p in patients]
        axes[1].scatter(volume, [p.dice for p in patients], s=16, color=NONE, alpha=0.7)
        axes[1].set_xscale("log")
        axes[1].set_ylim(-0.03, 1.03)
        _dress(axes[1], "Patients", "tumour volume in the reference, voxels", "volume Dice")
    return _svg(figure)


def _unit_square(axes: Axes, title: str, x: str, y: str) -> None:
    axes.set_xlim(-0.02, 1.02)
    axes.set_ylim(-0.02, 1.02)
    axes.set_aspect("equal")
    _dress(axes, title, x, y)


def _dress(axes: Axes, title: str, x: str, y: str) -> None:
    axes.set_title(title)
    axes.set_xlabel(x)
    axes.set_ylabel(y)
