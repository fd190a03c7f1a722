"""How often the interval around a figure holds the expert's, out of fold: coverage and width.

`python bench/intervals.py RUN DATA`: RUN is the folder of a finished cross-validation with its
held-out predictions, DATA that of the LGG cases. Every patient is decided by the run's plan, and
the intervals of a fold's patients are widened by what the other folds' patients need.
"""

import argparse
import json
from pathlib import Path

import numpy as np

from glioscope.findings.intervals import ratios
from glioscope.model.plan import Plan
from glioscope.reading.lgg import list_cases
from glioscope.training.calibrate.intervals import FIGURES, Fitted, fit, measure
from glioscope.training.folds.cross_validation import RAW, load_raw
from glioscope.training.folds.out_of_fold import PLAN, on_pictures


def folds_of(run: Path, data: Path) -> list[list[Fitted]]:
    plan = Plan.load(run / PLAN)
    cases = {folder.name: folder for folder in list_cases(data)}
    parts = sorted(run.glob(f"*/{RAW}"))
    raw = (
        [on_pictures(cases[c], said, plan) for c, said in load_raw(part).items()] for part in parts
    )
    return [[m for a in answers if (m := measure(plan, a))] for answers in raw]


def intervals(folds: list[list[Fitted]]) -> list[dict[str, float]]:
    """One row per patient and figure, widened by the other folds."""
    rows = []
    for fold in folds:
        widening = fit([m for other in folds if other is not fold for m in other])
        for patient in fold:
            for n, name in enumerate(FIGURES):
                band = patient.inner[n], patient.outer[n]
                low, high = ratios(patient.own[n], *band, getattr(widening, name))
                true = patient.expert[n] / patient.own[n]
                bare = ratios(patient.own[n], *band, 0.0)
                rows.append(
                    {
                        "figure": name,
                        "inside": low <= true <= high,
                        "band_inside": bare[0] <= true <= bare[1],
                        "low": low,
                        "high": high,
                    }
                )
    return rows


def summary(rows: list[dict[str, float]]) -> dict[str, dict[str, float]]:
    found = {}
    for name in FIGURES:
        own = [row for row in rows if row["figure"] == name]
        found[name] = {
            "patients": len(own),
            "coverage": float(np.mean([row["inside"] for row in own])),
            "coverage_of_the_band_alone": float(np.mean([row["band_inside"] for row in own])),
            "median_low": float(np.median([row["low"] for row in own])),
            "median_high": float(np.median([row["high"] for row in own])),
        }
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("run", type=Path)
    parser.add_argument("data", type=Path)
    options = parser.parse_args()
    folds = folds_of(options.run, options.data)
    widening = fit([patient for fold in folds for patient in fold])
    print(json.dumps({"cross_fitted": summary(intervals(folds)), "all": str(widening)}, indent=2))


if __name__ == "__main__":
    main()
