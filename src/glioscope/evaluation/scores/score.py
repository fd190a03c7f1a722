"""Every figure of docs/reference/figures.md with its interval, overall and by group."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import numpy as np

from glioscope.datasets.lgg_check import LARGE_PX, SMALL_PX
from glioscope.errors import InputError, UsageError
from glioscope.evaluation.metrics.bootstrap import RESAMPLES
from glioscope.evaluation.predictions.references import Truth
from glioscope.evaluation.predictions.types import CasePrediction
from glioscope.evaluation.scores.classes import names_in
from glioscope.evaluation.scores.cohort import COUNTS, Cohort
from glioscope.evaluation.scores.figure import Figure, Scores
from glioscope.evaluation.scores.patient import Patient, measure
from glioscope.evaluation.scores.patient_figures import class_lines, dice_line, lines
from glioscope.evaluation.scores.promised_miss_rate import coverage
from glioscope.study import Channel

__all__ = ["Figure", "Scores", "of_patients", "score"]

Missing = Callable[[str], tuple[Channel, ...] | None]

# Reference area of a positive slice in px: at least, below.
SIZES: dict[str, tuple[int, float]] = {
    f"<{SMALL_PX} px": (1, SMALL_PX),
    f"{SMALL_PX}–{LARGE_PX} px": (SMALL_PX, LARGE_PX + 1),
    f">{LARGE_PX} px": (LARGE_PX + 1, math.inf),
    f"≥{SMALL_PX} px": (SMALL_PX, math.inf),
}


def score(
    predictions: Sequence[CasePrediction],
    references: Mapping[str, Truth],
    *,
    seed: int = 0,
    resamples: int = RESAMPLES,
    missing: Missing | None = None,
) -> Scores:
    """Score whole patients; the order of `predictions` does not matter.

    `missing` tells the sequences a study lacks (None: not known), for figures by missing sequence.

    Raises:
        InputError: no prediction, or a study without reference; names it.
        GridMismatch: a prediction and its reference differ in size.
        UsageError: fewer than one resample.
    """
    if not predictions:
        raise InputError("evaluation.nothing_to_score")
    without = sorted({p.study_id for p in predictions} - set(references))
    if without:
        names = ", ".join(without[:5])
        raise InputError("evaluation.studies_without_truth", names=names, total=len(without))
    patients = [
        measure(p, references[p.study_id], missing(p.study_id) if missing else None)
        for p in sorted(predictions, key=lambda p: p.study_id)
    ]
    return of_patients(patients, seed=seed, resamples=resamples)


def of_patients(patients: Sequence[Patient], *, seed: int, resamples: int) -> Scores:
    """The figures of one or more patients already measured.

    Raises:
        UsageError: fewer than one resample.
    """
    if resamples < 1:
        raise UsageError("evaluation.no_resample", resamples=resamples)
    cohort = Cohort(patients, seed, resamples)
    figures = [*_overall(cohort)]
    for label, (low, high) in SIZES.items():
        figures += cohort.of_area(low, high, f"size={label}")
    figures += _promises(patients, seed)
    for name in names_in([patient.classes for patient in patients]):
        lines_of = class_lines(patients, name)
        figures += [cohort.figure(*line, group=f"class={name}") for line in lines_of]
    for group, members in _groups(patients).items():
        part = Cohort(members, seed, resamples)
        figures += [replace(figure, group=group) for figure in _in_group(part)]
    return Scores(tuple(figures), cohort.slices, tuple(patients), seed, resamples)


def _overall(cohort: Cohort) -> list[Figure]:
    return [
        *cohort.confusion(),
        *cohort.counted(COUNTS),
        *cohort.scored(),
        *cohort.missed(),
        *cohort.overlaps(),
        *(cohort.figure(*line) for line in lines(cohort.patients)),
    ]


def _promises(patients: Sequence[Patient], seed: int) -> list[Figure]:
    """What promised miss rates came to; low and high are percentiles over splits."""
    figures: list[Figure] = []
    for kept in coverage(patients, seed=seed):
        for name, values in (
            ("promised_miss_rate", kept.miss_rate),
            ("promised_specificity", kept.specificity),
        ):
            group, n = f"alpha={kept.alpha:g}", len(values)
            if n:
                low, high = (float(v) for v in np.quantile(values, (0.025, 0.975)))
                figures.append(Figure(name, float(values.mean()), low, high, n, group))
            else:
                figures.append(Figure(name, None, None, None, 0, group))
    return figures


def _in_group(part: Cohort) -> list[Figure]:
    return [
        *part.counted(("recall", "specificity", "precision", "f1")),
        *part.overlaps(("iou_positive",)),
        part.figure(*dice_line(part.patients)),
    ]


def _groups(patients: Sequence[Patient]) -> dict[str, list[Patient]]:
    """Patients by site, missing sequence and fold; a single group would repeat the whole."""
    kinds: dict[str, Callable[[Patient], str]] = {
        "site": lambda p: p.site,
        "missing": _missing,
        "fold": lambda p: "" if p.fold is None else str(p.fold),
    }
    grouped: dict[str, list[Patient]] = {}
    for kind, label in kinds.items():
        found = sorted({label(p) for p in patients} - {""})
        for name in found if len(found) > 1 else ():
            grouped[f"{kind}={name}"] = [p for p in patients if label(p) == name]
    return grouped


def _missing(patient: Patient) -> str:
    if patient.missing is None:
        return ""
    return "+".join(s.value for s in patient.missing) or "none"
