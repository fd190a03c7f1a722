"""Classes of tumour, each over whole volumes as the tumour itself is scored."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from jaxtyping import UInt8

from glioscope.evaluation.predictions.references import Truth
from glioscope.evaluation.predictions.types import CasePrediction
from glioscope.volume import dice


@dataclass(frozen=True)
class ClassScore:
    """One class of one patient, in voxels; `ml_error` is None without spacing.

    Where neither the reference nor the prediction has the class nothing is said of it.
    """

    name: str
    reference_volume: int
    predicted_volume: int
    dice: float | None
    ml_error: float | None


class Named(NamedTuple):
    """Numbers of classes and what they are called, n for `names[n - 1]`."""

    names: tuple[str, ...]
    values: UInt8[np.ndarray, "s h w"]


def class_scores(prediction: CasePrediction, reference: Truth) -> tuple[ClassScore, ...]:
    """Of every class that both know, in the prediction's order; both have one size."""
    if prediction.classes is None or reference.classes is None:
        return ()
    said = Named(prediction.class_names, prediction.classes)
    true = Named(reference.class_names, reference.classes)
    voxel_ml = float(np.prod(reference.spacing)) / 1000 if reference.spacing else None
    return tuple(_score(n, said, true, voxel_ml) for n in said.names if n in true.names)


def _score(name: str, said: Named, true: Named, voxel_ml: float | None) -> ClassScore:
    one, other = (found.values == found.names.index(name) + 1 for found in (true, said))
    reference, predicted = int(np.count_nonzero(one)), int(np.count_nonzero(other))
    if not (reference or predicted):
        return ClassScore(name, 0, 0, None, None)
    error = None if voxel_ml is None else abs(predicted - reference) * voxel_ml
    return ClassScore(name, reference, predicted, dice(one, other), error)


def names_in(scored: Sequence[tuple[ClassScore, ...]]) -> tuple[str, ...]:
    """Every class that a patient was scored on, in the order they are met."""
    return tuple(dict.fromkeys(one.name for scores in scored for one in scores))
