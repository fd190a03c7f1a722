"""Every missed slice and every patient with a low Dice, with a cause by rules stated in order."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool

from glioscope.datasets.lgg_check import SMALL_PX
from glioscope.evaluation.predictions.lesion_contrast import LesionContrast
from glioscope.evaluation.scores.patient import Patient
from glioscope.study import Channel

# A patient below this volume Dice is looked at (`dice_below_07` counts them).
POOR_DICE = 0.7

# In units of the head's median. One positive slice in eight of the 90 LGG patients lies below.
LOW_CONTRAST = 0.25

# A head of some 150 mm in more slices than this has them 3 mm apart or less; the pictures of the
# LGG set carry no spacing, so the count stands in for it.
THIN_SLICES = 50

# What FLAIR shows of a study, by its id; None where there is no picture.
Look = Callable[[str], LesionContrast | None]

ONLY, END, NEXT, GAP, INSIDE = "only slice", "end", "next to the end", "gap", "inside"


@dataclass(frozen=True)
class MissedSlice:
    """A positive slice that was not called.

    `number` counts from 1, lowest first, of `slices`. `place` is that in its run of positive
    slices, which is `found` when any of it was called. `contrast` is None where it is not known,
    `listed` where there is no list of possible misses, `missing` where sequences are not known.
    """

    study_id: str
    name: str
    number: int
    slices: int
    area_px: int
    place: str
    found: bool
    contrast: float | None
    odd: bool
    probability: float
    listed: bool | None
    missing: tuple[Channel, ...] | None


@dataclass(frozen=True)
class PoorPatient:
    """A patient with a volume Dice below `POOR_DICE`.

    `missed`, `too_small`, `extra` and `too_large` are shares of the wrong voxels: lesion on slices
    not called and on called ones, mask on slices without tumour and beside the lesion on those
    with. `largest_px` is the largest lesion area of a slice, `contrast` the median over slices.
    """

    study_id: str
    dice: float
    slices: int
    volume: int
    largest_px: int
    contrast: float | None
    missing: tuple[Channel, ...] | None
    found: bool | None
    missed: float
    too_small: float
    extra: float
    too_large: float


@dataclass(frozen=True)
class SliceRule:
    """A cause, what it means, and whether it holds for a missed slice."""

    cause: str
    text: str
    holds: Callable[[MissedSlice], bool]


@dataclass(frozen=True)
class PatientRule:
    """A cause, what it means, and whether it holds for a patient."""

    cause: str
    text: str
    holds: Callable[[PoorPatient], bool]


def _low(contrast: float | None) -> bool:
    return contrast is not None and contrast < LOW_CONTRAST


# The first that holds is the cause.
SLICE_RULES = (
    SliceRule(
        "whole run missed",
        "no slice of its run of positive slices was called",
        lambda s: not s.found,
    ),
    SliceRule("low quality", "its FLAIR does not fit the slices around it", lambda s: s.odd),
    SliceRule(
        "small end slice",
        f"under {SMALL_PX} px, and the first or last slice of its run or next to it",
        lambda s: s.area_px < SMALL_PX and s.place in (END, NEXT),
    ),
    SliceRule(
        "low contrast",
        f"the lesion stands out by less than {LOW_CONTRAST} of the head's median on FLAIR",
        lambda s: _low(s.contrast),
    ),
    SliceRule("small area", f"under {SMALL_PX} px", lambda s: s.area_px < SMALL_PX),
    SliceRule("missing sequence", "the study lacks T1 or T1GD", lambda s: bool(s.missing)),
    SliceRule(
        "thin slices",
        f"the study has more than {THIN_SLICES} slices, so each shows less of the lesion's change",
        lambda s: s.slices > THIN_SLICES,
    ),
    SliceRule("end slice", "the first or last slice of its run", lambda s: s.place == END),
    SliceRule("other", "none of these", lambda s: True),
)

PATIENT_RULES = (
    PatientRule("not found", "no voxel of the lesion was outlined", lambda p: p.found is False),
    PatientRule(
        "small lesion",
        f"the lesion is under {SMALL_PX} px on its largest slice, so few pixels weigh much",
        lambda p: 0 < p.largest_px < SMALL_PX,
    ),
    PatientRule(
        "low contrast",
        f"the lesion stands out by less than {LOW_CONTRAST} of the head's median on FLAIR "
        "(median over its slices)",
        lambda p: _low(p.contrast),
    ),
    PatientRule(
        "missed slices",
        "most of the wrong voxels are lesion on slices not called",
        lambda p: p.missed == max(_parts(p)),
    ),
    PatientRule(
        "outline too small",
        "most of the wrong voxels are lesion left out on called slices",
        lambda p: p.too_small == max(_parts(p)),
    ),
    PatientRule(
        "false slices",
        "most of the wrong voxels are mask on slices without tumour",
        lambda p: p.extra == max(_parts(p)),
    ),
    PatientRule(
        "outline too large",
        "most of the wrong voxels are mask beside the lesion on its slices",
        lambda p: True,
    ),
)


def _parts(patient: PoorPatient) -> tuple[float, float, float, float]:
    return patient.missed, patient.too_small, patient.extra, patient.too_large


def slice_cause(missed: MissedSlice) -> str:
    """The cause of the first of `SLICE_RULES` that holds."""
    return next(rule.cause for rule in SLICE_RULES if rule.holds(missed))


def patient_cause(patient: PoorPatient) -> str:
    """The cause of the first of `PATIENT_RULES` that holds."""
    return next(rule.cause for rule in PATIENT_RULES if rule.holds(patient))


def missed_slices(patients: Sequence[Patient], look: Look) -> list[MissedSlice]:
    """Every positive slice that was not called, largest lesion first; [] when none was missed."""
    found = [row for patient in patients for row in _missed_of(patient, look)]
    return sorted(found, key=lambda row: (-row.area_px, row.name))


def _missed_of(patient: Patient, look: Look) -> list[MissedSlice]:
    slices = patient.slices
    missed = np.flatnonzero(slices.positive & ~slices.called)
    seen = look(patient.study_id) if missed.size else None
    rows: list[MissedSlice] = []
    for k in missed.tolist():
        first, last = _run(slices.positive, k)
        rows.append(
            MissedSlice(
                study_id=patient.study_id,
                name=slices.names[k],
                number=k + 1,
                slices=len(slices.names),
                area_px=int(slices.overlap.reference_area[k]),
                place=_place(slices.called, first, last, k),
                found=bool(slices.called[first : last + 1].any()),
                contrast=_known(seen.contrast[k]) if seen else None,
                odd=bool(seen.odd[k]) if seen else False,
                probability=float(slices.probability[k]),
                listed=None if slices.listed is None else bool(slices.listed[k]),
                missing=patient.missing,
            )
        )
    return rows


def _run(positive: Bool[np.ndarray, " s"], k: int) -> tuple[int, int]:
    """First and last slice of the unbroken run of positive slices around `k`."""
    apart = np.flatnonzero(~positive)
    below, above = apart[apart < k], apart[apart > k]
    first = int(below[-1]) + 1 if below.size else 0
    return first, (int(above[0]) if above.size else len(positive)) - 1


def _place(called: Bool[np.ndarray, " s"], first: int, last: int, k: int) -> str:
    from_end = min(k - first, last - k)
    if first == last:
        return ONLY
    if from_end == 0:
        return END
    if called[first:k].any() and called[k + 1 : last + 1].any():
        return GAP
    return NEXT if from_end == 1 else INSIDE


def _known(value: float) -> float | None:
    return None if np.isnan(value) else float(value)


def poor_patients(patients: Sequence[Patient], look: Look) -> list[PoorPatient]:
    """Every patient below `POOR_DICE`, worst first; [] when there is none."""
    poor = sorted((p for p in patients if p.dice < POOR_DICE), key=lambda p: (p.dice, p.study_id))
    return [_poor(patient, look) for patient in poor]


def _poor(patient: Patient, look: Look) -> PoorPatient:
    overlap = patient.slices.overlap
    positive, called = overlap.positive, overlap.called
    left_out = overlap.reference_area - overlap.intersection
    too_much = overlap.predicted_area - overlap.intersection
    wrong = int(left_out.sum() + too_much.sum())
    seen = look(patient.study_id)
    contrast = seen.contrast[positive & ~np.isnan(seen.contrast)] if seen else np.zeros(0)
    return PoorPatient(
        study_id=patient.study_id,
        dice=patient.dice,
        slices=len(overlap),
        volume=patient.reference_volume,
        largest_px=int(overlap.reference_area.max()),
        contrast=float(np.median(contrast)) if contrast.size else None,
        missing=patient.missing,
        found=patient.found,
        missed=float(left_out[~called].sum() / wrong),
        too_small=float(left_out[called].sum() / wrong),
        extra=float(too_much[~positive].sum() / wrong),
        too_large=float(too_much[positive].sum() / wrong),
    )
