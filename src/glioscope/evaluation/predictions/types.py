"""What a network said of a patient, or of a draw of slices: the input of every score."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float64, UInt8

from glioscope.errors import InputError
from glioscope.texts.message import Message, message


@dataclass(frozen=True)
class CasePrediction:
    """One study as pictures (slice, row, column), inferior to superior.

    `probability` is the calibrated tumour probability of each slice, in [0, 1]. `fold` is the fold
    that held the patient out; None where there are no folds. `listed` tells which slices stand in
    the list of possible misses, `predicted_dice` is what the model expects its own Dice to be, and
    `flagged` whether it asks for a review; each None where the writer did not say. `classes` has
    the class of each pixel of the mask, n for `class_names[n - 1]`, and 0 outside; None where none
    are told apart.

    Raises:
        InputError: lengths differ, a probability is not in [0, 1], or a slice is called and has no
            mask, or the other way round, or is both called and listed as possibly missed; or the
            classes are not those of the mask.
    """

    study_id: str
    slice_names: tuple[str, ...]
    probability: Float64[np.ndarray, " s"]
    called: Bool[np.ndarray, " s"]
    mask: Bool[np.ndarray, "s h w"]
    model_name: str = ""
    model_version: str = ""
    fold: int | None = None
    listed: Bool[np.ndarray, " s"] | None = None
    predicted_dice: float | None = None
    flagged: bool | None = None
    class_names: tuple[str, ...] = ()
    classes: UInt8[np.ndarray, "s h w"] | None = None

    def __post_init__(self) -> None:
        _check(self)
        self._check_classes()
        if self.listed is not None and (
            len(self.listed) != len(self.called) or (self.listed & self.called).any()
        ):
            answers, slices = len(self.listed), len(self.called)
            raise InputError(
                "evaluation.listed", study=self.study_id, answers=answers, slices=slices
            )

    def _check_classes(self) -> None:
        found = self.classes
        if found is None:
            return
        within = found.shape == self.mask.shape and np.array_equal(found > 0, self.mask)
        if not within or int(found.max(initial=0)) > len(self.class_names):
            raise InputError("evaluation.classes", study=self.study_id)

    @property
    def label(self) -> Message:
        """How messages name it."""
        return message("evaluation.study", study=self.study_id)


@dataclass(frozen=True)
class DrawPrediction:
    """Test slices drawn from many patients, as the paper's leaky protocol takes them.

    Slices of one size, in any order; `number` counts the draws. Otherwise as `CasePrediction`.
    """

    number: int
    slice_names: tuple[str, ...]
    probability: Float64[np.ndarray, " s"]
    called: Bool[np.ndarray, " s"]
    mask: Bool[np.ndarray, "s h w"]
    model_name: str = ""
    model_version: str = ""

    def __post_init__(self) -> None:
        _check(self)

    @property
    def label(self) -> Message:
        """How messages name it."""
        return message("evaluation.draw", number=self.number)


Prediction = CasePrediction | DrawPrediction


def _check(prediction: Prediction) -> None:
    where = prediction.label
    probability, called, mask = prediction.probability, prediction.called, prediction.mask
    lengths = {len(prediction.slice_names), len(probability), len(called), len(mask)}
    if len(lengths) != 1 or not lengths.pop():
        raise InputError(
            "evaluation.lengths",
            where=where,
            names=len(prediction.slice_names),
            probabilities=len(probability),
            calls=len(called),
            masks=len(mask),
        )
    if not ((probability >= 0) & (probability <= 1)).all():
        raise InputError("evaluation.probability", where=where)
    apart = np.flatnonzero(called != mask.any(axis=(1, 2)))
    if apart.size:
        name = prediction.slice_names[int(apart[0])]
        raise InputError("evaluation.call_and_mask", where=where, count=apart.size, first=name)
