"""Figures of whole patients: volumes, outlines, lesions, detection."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Float64

from glioscope.evaluation.metrics import (
    DiceSummary,
    VolumeErrorSummary,
    dice_summary,
    hd95_summary,
    icc,
    volume_error_summary,
)
from glioscope.evaluation.metrics.bootstrap import Statistic, of_sums
from glioscope.evaluation.metrics.slices import ratio
from glioscope.evaluation.scores.classes import ClassScore
from glioscope.evaluation.scores.patient import Patient

# Below it an outline counts as poor, as in `dice_below_07`: what a review should find.
_POOR = 0.7

Summary = Callable[[Float64[np.ndarray, " p"]], float | None]


class Line(NamedTuple):
    """A figure before it is computed: `n` is what it rests on."""

    name: str
    n: int
    statistic: Statistic


def lines(patients: Sequence[Patient]) -> list[Line]:
    """Every figure that needs whole patients."""
    return [
        *_dice(patients),
        *_outlines(patients),
        *_lesions(patients),
        *_volumes(patients),
        *_detection(patients),
        *_second_look(patients),
        *_assessment(patients),
    ]


def dice_line(patients: Sequence[Patient]) -> Line:
    """Mean Dice, as told of groups."""
    return _of("dice_mean", patients, lambda p: p.dice, _mean)


def class_lines(patients: Sequence[Patient], name: str) -> list[Line]:
    """Dice and error of the volume of one class, over the patients who have it anywhere."""

    def score(patient: Patient) -> ClassScore | None:
        return next((one for one in patient.classes if one.name == name), None)

    def of_dice(patient: Patient) -> float | None:
        found = score(patient)
        return found.dice if found else None

    def of_error(patient: Patient) -> float | None:
        found = score(patient)
        return found.ml_error if found else None

    lines = [
        _of("class_dice_mean", patients, of_dice, _mean),
        _of("class_dice_median", patients, of_dice, _median),
        _of("class_dice_p10", patients, of_dice, _p10),
    ]
    if any(of_error(patient) is not None for patient in patients):
        lines.append(_of("class_volume_error_ml", patients, of_error, _median))
    return lines


def _of(
    name: str, patients: Sequence[Patient], value: Callable[[Patient], float | None], how: Summary
) -> Line:
    """A summary over the patients whose value is known; None on a resample without any."""
    known = [value(p) for p in patients]
    table = np.array([np.nan if v is None else v for v in known], np.float64)
    count = int(np.count_nonzero(~np.isnan(table)))

    def statistic(index: np.ndarray) -> float | None:
        chosen = table[index]
        chosen = chosen[~np.isnan(chosen)]
        return how(chosen) if chosen.size else None

    return Line(name, count, statistic)


def _mean(values: Float64[np.ndarray, " p"]) -> float:
    return float(values.mean())


def _median(values: Float64[np.ndarray, " p"]) -> float:
    return float(np.median(values))


def _p10(values: Float64[np.ndarray, " p"]) -> float:
    return float(np.percentile(values, 10))


def _dice(patients: Sequence[Patient]) -> list[Line]:
    dice = np.array([p.dice for p in patients], np.float64)
    # Every figure is asked on the same resamples; one summary answers them all.
    summaries: dict[bytes, DiceSummary | None] = {}

    def part(pick: Callable[[DiceSummary], float]) -> Statistic:
        def statistic(index: np.ndarray) -> float | None:
            key = index.tobytes()
            if key not in summaries:
                summaries[key] = dice_summary(dice[index])
            found = summaries[key]
            return pick(found) if found else None

        return statistic

    parts: dict[str, Callable[[DiceSummary], float]] = {
        "dice_mean": lambda s: s.mean,
        "dice_median": lambda s: s.median,
        "dice_p10": lambda s: s.percentile_10,
        "dice_below_05": lambda s: s.below_05,
        "dice_below_07": lambda s: s.below_07,
    }
    return [Line(name, len(patients), part(pick)) for name, pick in parts.items()]


def _outlines(patients: Sequence[Patient]) -> list[Line]:
    def typical(values: np.ndarray) -> float | None:
        found = hd95_summary(values)
        return found.median if found else None

    def infinite(values: np.ndarray) -> float | None:
        found = hd95_summary(values)
        return found.infinite if found else None

    in_pixels = [
        _of("hd95_px", patients, lambda p: p.hd95_px, typical),
        _of("hd95_px_infinite", patients, lambda p: p.hd95_px, infinite),
        _of("surface_dice_2px", patients, lambda p: p.surface_dice_2px, _mean),
    ]
    if all(p.hd95_mm is None for p in patients):
        return in_pixels
    return [
        *in_pixels,
        _of("hd95_mm", patients, lambda p: p.hd95_mm, typical),
        _of("surface_dice_2mm", patients, lambda p: p.surface_dice_2mm, _mean),
    ]


def _lesions(patients: Sequence[Patient]) -> list[Line]:
    def recall(found: int, missed: int, false: int) -> float | None:
        del false
        return ratio(found, found + missed)

    table = np.array([p.lesions for p in patients], np.int64)
    found, missed, _ = table.sum(axis=0).tolist()
    return [
        Line("lesion_recall", found + missed, of_sums(table, recall)),
        _of("false_lesions_per_study", patients, lambda p: p.lesions.false, _mean),
    ]


def _volumes(patients: Sequence[Patient]) -> list[Line]:
    def part(pick: Callable[[VolumeErrorSummary], float]) -> Summary:
        def summary(values: np.ndarray) -> float | None:
            found = volume_error_summary(values.tolist())
            return pick(found) if found else None

        return summary

    def agreement(index: np.ndarray) -> float | None:
        return icc(volumes[index])

    volumes = np.array([(p.reference_volume, p.predicted_volume) for p in patients], np.float64)
    return [
        _of("volume_error_median", patients, lambda p: p.volume_error, part(lambda s: s.median)),
        _of(
            "volume_error_p90", patients, lambda p: p.volume_error, part(lambda s: s.percentile_90)
        ),
        Line("volume_icc", len(patients), agreement),
    ]


def _detection(patients: Sequence[Patient]) -> list[Line]:
    def left_alone(patient: Patient) -> float | None:
        return None if patient.reference_volume else float(patient.predicted_volume == 0)

    return [
        _of("patient_recall", patients, lambda p: p.found, _mean),
        _of("patient_specificity", patients, left_alone, _mean),
        _of("patient_miss_rate", patients, lambda p: p.miss_rate, _mean),
    ]


def _second_look(patients: Sequence[Patient]) -> list[Line]:
    """What the list of possible misses adds, over the patients who have one."""

    def share(positive: int, missed: int, listed: int) -> float | None:
        del positive
        return ratio(listed, missed)

    def recall(positive: int, missed: int, listed: int) -> float | None:
        return ratio(positive - missed + listed, positive)

    table = np.array([_listed_counts(p) for p in patients], np.int64)
    positive, missed, _ = table.sum(axis=0).tolist()
    return [
        Line("misses_listed", missed, of_sums(table, share)),
        _of("list_length", patients, _list_length, _mean),
        Line("recall_with_list", positive, of_sums(table, recall)),
    ]


def _listed_counts(patient: Patient) -> tuple[int, int, int]:
    """Positive slices, those missed, and those missed that are listed; zeros without a list."""
    slices = patient.slices
    if slices.listed is None:
        return 0, 0, 0
    missed = slices.positive & ~slices.called
    counted = (slices.positive, missed, missed & slices.listed)
    positive, missed, listed = (int(np.count_nonzero(c)) for c in counted)
    return positive, missed, listed


def _list_length(patient: Patient) -> float | None:
    listed = patient.slices.listed
    return None if listed is None else float(np.count_nonzero(listed))


def _assessment(patients: Sequence[Patient]) -> list[Line]:
    """How well the model judges itself; nothing where no prediction says."""

    def flagged(patient: Patient) -> float | None:
        return None if patient.flagged is None else float(patient.flagged)

    def error(patient: Patient) -> float | None:
        expected = patient.predicted_dice
        return None if expected is None else abs(expected - patient.dice)

    if all(p.flagged is None for p in patients):
        return []
    return [
        _of("flagged_share", patients, flagged, _mean),
        _of("flag_recall_07", patients, lambda p: flagged(p) if p.dice < _POOR else None, _mean),
        _of("predicted_dice_mae", patients, error, _mean),
    ]
