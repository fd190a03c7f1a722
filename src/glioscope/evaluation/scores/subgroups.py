"""Dice and recall by what may drive them: site, lesion size, missing sequence, number of slices."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from glioscope.evaluation.scores.cohort import Cohort
from glioscope.evaluation.scores.figure import Figure
from glioscope.evaluation.scores.patient import Patient
from glioscope.evaluation.scores.patient_figures import dice_line
from glioscope.evaluation.scores.score import SIZES

# A patient's group, empty where it is not known.
Label = Callable[[Patient], str]


class Group(NamedTuple):
    """Patients of one kind: their count, slice recall and mean volume Dice."""

    name: str
    patients: int
    recall: Figure
    dice: Figure


def agreement(
    patients: Sequence[Patient], *, seed: int, resamples: int
) -> dict[str, tuple[Group, ...]]:
    """Groups by kind, in a fixed order; a kind that is not known of any patient is left out.

    Lesion size is that of the patient's largest slice, in the classes of `SIZES`; the number of
    slices is cut at its tertiles. Intervals as in `Cohort`.
    """
    kinds: dict[str, Label] = {
        "Site": lambda p: p.site,
        "Lesion area on its largest slice": _size,
        "Missing sequence": _missing,
        "Slices of the study": _tertile(patients),
    }
    found: dict[str, tuple[Group, ...]] = {}
    for kind, label in kinds.items():
        names = {label(p) for p in patients} - {""}
        order = [*SIZES, *sorted(names, key=_in_order)]
        groups = tuple(
            _group(name, [p for p in patients if label(p) == name], seed, resamples)
            for name in dict.fromkeys(order)
            if name in names
        )
        if groups:
            found[kind] = groups
    return found


def _group(name: str, members: list[Patient], seed: int, resamples: int) -> Group:
    cohort = Cohort(members, seed, resamples)
    [recall] = cohort.counted(("recall",))
    return Group(name, len(members), recall, cohort.figure(*dice_line(members)))


def _size(patient: Patient) -> str:
    largest = int(patient.slices.overlap.reference_area.max())
    return next((name for name, (low, high) in SIZES.items() if low <= largest < high), "")


def _missing(patient: Patient) -> str:
    if patient.missing is None:
        return ""
    return " and ".join(s.value for s in patient.missing) or "none"


def _tertile(patients: Sequence[Patient]) -> Label:
    """The third of the patients that a number of slices falls into, named by its bounds."""
    counts = np.array([len(p.slices.names) for p in patients])
    cuts = np.quantile(counts, (1 / 3, 2 / 3), method="inverted_cdf")
    third = np.searchsorted(cuts, counts)
    inside = {t: counts[third == t] for t in set(third.tolist())}
    names = {t: f"{c.min()} to {c.max()}" for t, c in inside.items()}
    return lambda p: names[int(np.searchsorted(cuts, len(p.slices.names)))]


def _in_order(name: str) -> tuple[int, str]:
    first = name.split(maxsplit=1)[0]
    return (int(first), "") if first.isdigit() else (0, name)
