"""The same patients answered twice: what one network, or one kind of study, gives over another."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float64

from glioscope.errors import InputError
from glioscope.evaluation.metrics import dice_volume, slice_overlap
from glioscope.evaluation.metrics.bootstrap import Interval, Statistic, bootstrap, difference
from glioscope.evaluation.predictions.references import Truth
from glioscope.evaluation.predictions.types import CasePrediction
from glioscope.evaluation.scores.cohort import COUNTS, IOU, PROBABILITY
from glioscope.evaluation.scores.patient import Slices, join, require_same_size
from glioscope.texts.message import message

DICE = "dice_mean"


@dataclass(frozen=True)
class Judged:
    """Patients beside their reference, in order of `studies`: Dice of the volume, and slices."""

    studies: tuple[str, ...]
    dice: Float64[np.ndarray, " p"]
    slices: tuple[Slices, ...]


def compare_with_truth(
    predictions: Iterable[CasePrediction],
    references: Mapping[str, Truth],
    studies: Iterable[str],
) -> Judged:
    """Compare the predictions of `studies`, one or more, with their references; sorted by study.

    A fraction of the time of `glioscope.evaluation.scores.patient`: no outlines, no lesions.

    Raises:
        InputError: no study, or one without prediction or without reference; names it.
        GridMismatch: a prediction and its reference differ in size.
    """
    there = {p.study_id: p for p in predictions}
    names = tuple(sorted(set(studies)))
    missing = [name for name in names if name not in there or name not in references]
    if missing or not names:
        first = missing[0] if missing else message("evaluation.not_named")
        count, total = len(missing), len(names)
        raise InputError("evaluation.studies_missing", count=count, total=total, first=first)
    truths = [references[name].mask for name in names]
    for name, truth in zip(names, truths, strict=True):
        require_same_size(there[name].label, there[name].mask.shape, truth.shape)
    pairs = [(there[name], truth) for name, truth in zip(names, truths, strict=True)]
    return Judged(
        names,
        np.array([dice_volume(truth, said.mask) for said, truth in pairs], np.float64),
        tuple(
            Slices(p.slice_names, p.probability, p.called, slice_overlap(truth, p.mask))
            for p, truth in pairs
        ),
    )


def statistic(name: str, judged: Judged) -> Statistic:
    """A figure of docs/reference/figures.md on drawn patients: `dice_mean`, or one over slices.

    Raises:
        KeyError: there is no such figure over slices.
    """
    if name == DICE:
        return lambda index: float(judged.dice[index].mean())
    figure = _on_slices(name)
    return lambda index: figure(join([judged.slices[int(i)] for i in index]))


def _on_slices(name: str) -> Callable[[Slices], float | None]:
    if name in COUNTS:
        return lambda slices: COUNTS[name](slices.counts)
    if name in IOU:
        return lambda slices: IOU[name](slices.overlap)
    figure = PROBABILITY[name]
    return lambda slices: figure(slices.positive, slices.probability)


def paired(
    name: str, first: Judged, second: Judged, *, seed: int, resamples: int
) -> Interval | None:
    """`first` minus `second` with the 95 % interval of a paired bootstrap over patients.

    None where either figure is undefined.

    Raises:
        InputError: not the same patients.
        UsageError: fewer than one resample.
    """
    if first.studies != second.studies:
        counts = {"one": len(first.studies), "other": len(second.studies)}
        raise InputError("evaluation.other_patients", **counts)
    change = difference(statistic(name, first), statistic(name, second))
    return bootstrap(change, len(first.studies), seed=seed, resamples=resamples)
