"""One patient against the reference: everything that scores are summed from."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float64

from glioscope.errors import GridMismatch
from glioscope.evaluation.metrics import (
    ConfusionCounts,
    LesionCounts,
    SliceOverlap,
    confusion,
    dice_volume,
    hd95_of,
    lesions,
    patient_found,
    relative_volume_error,
    slice_overlap,
    surface_dice_of,
    surface_distances,
)
from glioscope.evaluation.predictions.references import Truth
from glioscope.evaluation.predictions.types import CasePrediction
from glioscope.evaluation.scores.classes import ClassScore, class_scores
from glioscope.reading import lgg
from glioscope.study import Channel
from glioscope.texts.message import Message, message

TOLERANCE = 2.0


@dataclass(frozen=True)
class Slices:
    """Slices of one or many patients: what was said of each, and how it overlaps the truth.

    `listed` tells which slices that are not called are possible misses; None where that is not
    known.
    """

    names: tuple[str, ...]
    probability: Float64[np.ndarray, " n"]
    called: Bool[np.ndarray, " n"]
    overlap: SliceOverlap
    listed: Bool[np.ndarray, " n"] | None = None

    @property
    def positive(self) -> Bool[np.ndarray, " n"]:
        """Slices with tumour in the reference."""
        return self.overlap.positive

    @property
    def counts(self) -> ConfusionCounts:
        """Slices by reference and call."""
        return confusion(self.positive, self.called)


def join(parts: Sequence[Slices]) -> Slices:
    """One after the other; what is listed is known where every part knows it."""
    listed = [p.listed for p in parts if p.listed is not None]
    return Slices(
        names=tuple(name for part in parts for name in part.names),
        probability=np.concatenate([np.zeros(0), *(p.probability for p in parts)]),
        called=np.concatenate([np.zeros(0, bool), *(p.called for p in parts)]),
        overlap=SliceOverlap.concatenate([p.overlap for p in parts]),
        listed=np.concatenate(listed) if listed and len(listed) == len(parts) else None,
    )


@dataclass(frozen=True)
class Patient:
    """One study scored; `*_mm` is None without spacing, `missing` None where it is not known.

    Distances may be infinite (see `hd95`). Volumes are in voxels. `predicted_dice` and `flagged`
    are the prediction's own. `classes` are those that prediction and reference both tell apart.
    """

    study_id: str
    fold: int | None
    missing: tuple[Channel, ...] | None
    slices: Slices
    dice: float
    hd95_px: float
    surface_dice_2px: float
    hd95_mm: float | None
    surface_dice_2mm: float | None
    lesions: LesionCounts
    found: bool | None
    reference_volume: int
    predicted_volume: int
    predicted_dice: float | None
    flagged: bool | None
    classes: tuple[ClassScore, ...] = ()

    @property
    def site(self) -> str:
        """Hospital code, or `unknown`."""
        return lgg.site(self.study_id)

    @property
    def volume_error(self) -> float | None:
        """Relative error of the volume; None without tumour."""
        return relative_volume_error(self.reference_volume, self.predicted_volume)

    @property
    def miss_rate(self) -> float | None:
        """Share of the positive slices that were missed; None without tumour."""
        recall = self.slices.counts.recall
        return None if recall is None else 1 - recall


def measure(
    prediction: CasePrediction, reference: Truth, missing: tuple[Channel, ...] | None = None
) -> Patient:
    """Score one study.

    Raises:
        GridMismatch: prediction and reference differ in size.
    """
    mask = prediction.mask
    require_same_size(prediction.label, mask.shape, reference.mask.shape)
    truth, said = reference.mask.transpose(2, 1, 0), mask.transpose(2, 1, 0)
    overlap = slice_overlap(reference.mask, mask)
    spacing = None
    if reference.spacing:
        row, column, between = reference.spacing
        spacing = column, row, between
    in_plane = surface_distances(truth, said, None)
    in_space = surface_distances(truth, said, spacing) if spacing else None
    return Patient(
        study_id=prediction.study_id,
        fold=prediction.fold,
        missing=missing,
        slices=Slices(
            prediction.slice_names,
            prediction.probability,
            prediction.called,
            overlap,
            prediction.listed,
        ),
        dice=dice_volume(truth, said),
        hd95_px=hd95_of(in_plane),
        surface_dice_2px=surface_dice_of(in_plane, TOLERANCE),
        hd95_mm=hd95_of(in_space) if in_space else None,
        surface_dice_2mm=surface_dice_of(in_space, TOLERANCE) if in_space else None,
        lesions=lesions(truth, said),
        found=patient_found(truth, said),
        reference_volume=int(overlap.reference_area.sum()),
        predicted_volume=int(overlap.predicted_area.sum()),
        predicted_dice=prediction.predicted_dice,
        flagged=prediction.flagged,
        classes=class_scores(prediction, reference),
    )


def require_same_size(
    where: Message, predicted: tuple[int, ...], reference: tuple[int, ...]
) -> None:
    """Refuse masks that cannot be compared.

    Raises:
        GridMismatch: they differ in size.
    """
    if predicted != reference:
        sizes = {"predicted": _size(predicted), "reference": _size(reference)}
        raise GridMismatch("evaluation.other_size", where=where, **sizes)


def _size(shape: tuple[int, ...]) -> Message:
    rows, columns = shape[-2:]
    if len(shape) == 2:
        return message("evaluation.plane", columns=columns, rows=rows)
    return message("evaluation.stack", slices=shape[0], columns=columns, rows=rows)
