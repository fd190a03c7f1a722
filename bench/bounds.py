"""How well the sure and the possible region hold, out of fold, and what they cost in volume.

`python bench/bounds.py RUN DATA -o bench/results/bounds.json`: RUN is a folder with the held-out
predictions of a cross-validation, DATA that of the LGG cases. The margins of a fold's patients are
those that the other folds' patients need; the last line is what all of them together need.
`--bundle FOLDER` writes that into the plan of a model bundle whose network this cross-validation
judged.
"""

import argparse
import json
import sys
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np
from jaxtyping import Bool

from glioscope.evaluation.predictions.load import read_predictions
from glioscope.evaluation.predictions.references import read_references
from glioscope.files import atomic_json, atomic_text
from glioscope.findings.bounds import Spacing, bounds
from glioscope.model.bundle import PLAN, write_hashes
from glioscope.model.plan import Plan
from glioscope.training.calibrate.margins import RATE, STEPS_MM, Losses, fit, losses
from machine import machine

RATES = (0.05, RATE, 0.2)
# The LGG pictures say nothing of their size; a plan's field of view fills this many pixels.
_SIDE = 256


@dataclass(frozen=True)
class Patient:
    """What the outline of a patient was, and what an expert's."""

    fold: int
    mask: Bool[np.ndarray, "k h w"]
    reference: Bool[np.ndarray, "k h w"]
    losses: Losses


def read(run: Path, data: Path, spacing: Spacing) -> list[Patient]:
    """All patients of a cross-validation."""
    cases = read_predictions(run)
    truths = read_references(data, [case.study_id for case in cases])
    found = []
    for case in cases:
        reference = truths[case.study_id].mask
        loss = losses(case.mask, reference, spacing)
        found.append(Patient(case.fold or 0, case.mask, reference, loss))
    return found


def cross_fitted(patients: list[Patient], spacing: Spacing, rate: float) -> dict[str, float]:
    """What margins fitted on the other folds did on each patient, and what they cost."""
    rows = []
    for patient in patients:
        others = [p.losses for p in patients if p.fold != patient.fold]
        margins = fit(others, rate)
        if margins is None:
            raise SystemExit(f"no margins keep {rate}")
        held = bounds(patient.mask, spacing, margins)
        outlined, true = (int(a.sum()) for a in (patient.mask, patient.reference))
        sure, possible = int(held.sure.sum()), int(held.possible.sum())
        wrong = int((held.sure & ~patient.reference).sum()) / max(1, sure)
        outside = int((patient.reference & ~held.possible).sum()) / true
        rows.append(
            {
                "sure_no_tumour": wrong,
                "tumour_outside_possible": outside,
                "sure_volume": sure / max(1, outlined),
                "possible_volume": possible / max(1, outlined),
                "volume_between": sure <= true <= possible,
                "sure_over_rate": wrong > rate,
                "possible_over_rate": outside > rate,
                "nothing_sure": sure == 0,
            }
        )
    shares = ("volume_between", "sure_over_rate", "possible_over_rate", "nothing_sure")
    means = ("sure_no_tumour", "tumour_outside_possible", *shares)
    found = {f"mean_{name}": float(np.mean([row[name] for row in rows])) for name in means}
    for name in ("sure_volume", "possible_volume"):
        found[f"median_{name}"] = float(np.median([row[name] for row in rows]))
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("run", type=Path)
    parser.add_argument("data", type=Path)
    parser.add_argument("-o", "--output", type=Path)
    parser.add_argument("--bundle", type=Path)
    options = parser.parse_args()
    plan = Plan.load(options.run / PLAN)
    pixel = plan.field_of_view_mm / _SIDE
    spacing = (plan.context_mm, pixel, pixel)
    patients = read(options.run, options.data, spacing)
    document = {
        "command": f"python bench/bounds.py {options.run.as_posix()} DATA",
        "patients": len(patients),
        "folds": len({patient.fold for patient in patients}),
        "spacing_mm": spacing,
        "furthest_mm": float(STEPS_MM[-1]),
        "cross_fitted": {str(rate): cross_fitted(patients, spacing, rate) for rate in RATES},
        "all": {str(r): asdict(m) for r in RATES if (m := fit([p.losses for p in patients], r))},
        "machine": machine(),
    }
    print(json.dumps(document, indent=2))
    if options.output:
        atomic_json(options.output, document)
    if options.bundle:
        _write(options.bundle, [patient.losses for patient in patients])
    return 0


def _write(bundle: Path, found: list[Losses]) -> None:
    changed = replace(Plan.load(bundle / PLAN), margins=fit(found))
    atomic_text(bundle / PLAN, changed.to_json())
    write_hashes(bundle)


if __name__ == "__main__":
    sys.exit(main())
