# pyright: basic
# It speaks with Matplotlib, whose types have gaps.
"""The paper's distribution figure of the LGG set, and what else shows how it is made up."""

from pathlib import Path

import numpy as np
from jaxtyping import Float, Int
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.ticker import FuncFormatter, MaxNLocator

from glioscope.datasets.lgg_check import LARGE_PX, SMALL_PX, LggReport
from glioscope.errors import InputError
from glioscope.files import atomic_path

# Okabe and Ito's colours, told apart by colour-blind readers and in grey print.
_TUMOUR, _NONE, _NEUTRAL = "#D55E00", "#0072B2", "#56B4E9"
_DPI = 150
_POSITION_BINS = 20


def plot_data(report: LggReport, path: Path) -> None:
    """Six panels on how the set is made up; the format follows the suffix of `path`.

    Classes (the paper's figure), sites, lesion areas, slices and tumour slices per case, and where
    along the head the tumour lies.

    Raises:
        InputError: no slice could be read with its mask.
    """
    if report.positive + report.negative == 0:
        raise InputError("datasets.nothing_to_draw")
    figure = Figure(figsize=(13, 7.5), layout=ConstrainedLayoutEngine(h_pad=0.12, w_pad=0.12))
    axes = figure.subplots(2, 3).ravel()
    _classes(axes[0], report)
    _sites(axes[1], report)
    _lesion_areas(axes[2], report)
    counts = np.array([case.slices for case in report.cases])
    _per_case(axes[3], counts, "Slices per case", _NEUTRAL)
    positive = np.array([case.positive for case in report.cases])
    _per_case(axes[4], positive, "Slices with tumour per case", _TUMOUR)
    _along_head(axes[5], report)
    figure.suptitle(
        f"{report.patients} patients, {report.slices} slices, {report.positive} with tumour",
        fontsize=14,
    )
    with atomic_path(path) as temporary:
        figure.savefig(temporary, dpi=_DPI)


def tumour_along_head(report: LggReport, bins: int = _POSITION_BINS) -> Float[np.ndarray, " b"]:
    """Share of cases whose tumour reaches each part of the stack, lowest part first, in [0, 1].

    Each case is stretched to the same length, since its slices have no known spacing; every case
    counts alike. Cases without a readable slice are left out.
    """
    stacks = [np.array(case.areas_px) > 0 for case in report.cases if case.areas_px]
    centres = (np.arange(bins) + 0.5) / bins
    marks = [positive[(centres * len(positive)).astype(int)] for positive in stacks]
    return np.mean(marks, axis=0) if marks else np.zeros(bins)


def _dress(axes: Axes, title: str, x: str, y: str) -> None:
    axes.set_title(title, loc="left", fontsize=11, fontweight="bold")
    axes.set_xlabel(x)
    axes.set_ylabel(y)
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(axis="y", color="0.9")
    axes.set_axisbelow(True)


def _bars(axes: Axes, names: list[str], heights: list[int], colours: list[str] | str) -> None:
    bars = axes.bar(names, heights, color=colours, width=0.65)
    total = max(1, sum(heights))
    labels = [f"{height}\n({height / total:.0%})" for height in heights]
    axes.bar_label(bars, labels, padding=3, fontsize=9)
    axes.margins(y=0.2)
    axes.yaxis.set_major_locator(MaxNLocator(integer=True))


def _classes(axes: Axes, report: LggReport) -> None:
    heights = [report.negative, report.positive]
    _bars(axes, ["no tumour", "tumour"], heights, [_NONE, _TUMOUR])
    _dress(axes, "Classes", "", "slices")


def _sites(axes: Axes, report: LggReport) -> None:
    _bars(axes, list(report.sites), list(report.sites.values()), _NEUTRAL)
    _dress(axes, "Sites", "hospital", "cases")


def _lesion_areas(axes: Axes, report: LggReport) -> None:
    areas = np.array([a for case in report.cases for a in case.areas_px if a > 0])
    top = max(float(areas.max(initial=0)), 10.0 * LARGE_PX)
    axes.hist(areas, bins=np.geomspace(1, top, 41).tolist(), color=_TUMOUR)
    axes.set_xscale("log")
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    for limit in (SMALL_PX, LARGE_PX):
        axes.axvline(limit, color="0.3", linestyle="--", linewidth=1)
    lines = [f"{name}: {count}" for name, count in report.lesion_sizes.items()]
    axes.text(0.03, 0.97, "\n".join(lines), transform=axes.transAxes, va="top", fontsize=9)
    _dress(axes, "Lesion area on slices with tumour", "area in pixels", "slices")


def _per_case(axes: Axes, counts: Int[np.ndarray, " c"], title: str, colour: str) -> None:
    width = max(1, int(np.ceil((counts.max() + 1) / 30)))
    edges = np.arange(0, counts.max() + width + 1, width) - 0.5
    axes.hist(counts, bins=edges.tolist(), color=colour)
    median = float(np.median(counts))
    axes.axvline(median, color="0.3", linestyle="--", linewidth=1)
    axes.annotate(
        f"median {median:g}",
        (median, 1),
        xycoords=("data", "axes fraction"),
        xytext=(4, -4),
        textcoords="offset points",
        va="top",
        fontsize=9,
    )
    axes.margins(y=0.15)
    axes.yaxis.set_major_locator(MaxNLocator(integer=True))
    _dress(axes, title, "slices", "cases")


def _along_head(axes: Axes, report: LggReport) -> None:
    share = 100 * tumour_along_head(report)
    step = 100 / len(share)
    axes.bar((np.arange(len(share)) + 0.5) * step, share, width=step * 0.9, color=_TUMOUR)
    axes.set_xlim(0, 100)
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g} %"))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g} %"))
    position = "position in the stack (lowest to highest slice)"
    _dress(axes, "Where along the head the tumour lies", position, "cases with tumour there")
