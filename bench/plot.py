"""The plot of docs/performance.md, from what `bench/study.py` measured.

python bench/plot.py bench/results/study.json -o docs/pictures/performance.png
"""

import argparse
import json
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from study import LABELS

OURS, THEIRS, INK = "#d1495b", "#8d99ae", "#2b2d42"
WIDTH, HEIGHT, DPI = 9.0, 3.4, 150


def networks(axes: Axes, found: dict[str, Any]) -> None:
    """Milliseconds for a slice, the quickest at the top; lines reach from least to most."""
    per_slice = {k: v["ms_per_slice"] for k, v in found["networks"].items() if k != "matmul"}
    kinds = sorted(per_slice, key=lambda kind: -per_slice[kind]["median"])
    medians = [per_slice[kind]["median"] for kind in kinds]
    ends = [
        [m - per_slice[k]["min"] for m, k in zip(medians, kinds, strict=True)],
        [per_slice[k]["max"] - m for m, k in zip(medians, kinds, strict=True)],
    ]
    colours = [OURS if kind.startswith("ours") else THEIRS for kind in kinds]
    axes.barh([LABELS[k] for k in kinds], medians, xerr=ends, color=colours, ecolor=INK)
    for row, median in enumerate(medians):
        axes.annotate(
            f"{median:.0f}", (median / 2, row), color="white", ha="center", va="center", fontsize=8
        )
    axes.set_xlabel("ms for a slice, median of rounds")


def long_studies(axes: Axes, found: dict[str, Any]) -> None:
    """Seconds of a whole process by slices, and its memory."""
    counts = [int(count) for count in found["scaling"]]
    axes.plot(counts, [s["wall_s"] for s in found["scaling"].values()], "o-", color=OURS)
    axes.set_xlabel("slices of a study")
    axes.set_ylabel("seconds, whole process", color=OURS)
    memory = axes.twinx()
    gigabytes = [s["peak_mb"] / 1000 for s in found["scaling"].values()]
    memory.plot(counts, gigabytes, "s--", color=THEIRS)
    memory.set_ylabel("GB at its peak", color=THEIRS)
    for one in (axes, memory):
        one.set_ylim(bottom=0)
        one.spines["top"].set_visible(False)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python bench/plot.py", description=__doc__)
    parser.add_argument("results", type=Path)
    parser.add_argument("-o", "--output", type=Path, required=True)
    options = parser.parse_args()
    found = json.loads(options.results.read_text("utf-8"))
    mpl.rcParams.update({"font.size": 9, "axes.edgecolor": INK, "axes.spines.right": False})
    figure = Figure((WIDTH, HEIGHT), dpi=DPI, layout="constrained")
    left, right = figure.subplots(1, 2, width_ratios=(3, 2))
    left.spines["top"].set_visible(False)
    networks(left, found)
    long_studies(right, found)
    options.output.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(options.output, metadata={"Software": None})


if __name__ == "__main__":
    main()
