"""What a network said of a patient, or of a draw of slices: the input of every score."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float64

from glioscope.errors import InputError


@dataclass(frozen=True)
class CasePrediction:
    """One study as pictures (slice, row, column), inferior to superior.

    `probability` is the calibrated tumour probability of each slice, in [0, 1]. `fold` is the fold
    that held the patient out; None where there are no folds.

    Raises:
        InputError: lengths differ, a probability is not in [0, 1], or a slice is called and has no
            mask, or the other way round.
    """

    study_id: str
    slice_names: tuple[str, ...]
    probability: Float64[np.ndarray, " s"]
    called: Bool[np.ndarray, " s"]
    mask: Bool[np.ndarray, "s h w"]
    model_name: str = ""
    model_version: str = ""
    fold: int | None = None

    def __post_init__(self) -> None:
        _check(self, f"study {self.study_id}")

    @property
    def label(self) -> str:
        """How messages name it."""
        return f"study {self.study_id}"


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
        _check(self, self.label)

    @property
    def label(self) -> str:
        """How messages name it."""
        return f"draw {self.number}"


Prediction = CasePrediction | DrawPrediction


def _check(prediction: Prediction, where: str) -> None:
    probability, called, mask = prediction.probability, prediction.called, prediction.mask
    lengths = {len(prediction.slice_names), len(probability), len(called), len(mask)}
    if len(lengths) != 1 or not lengths.pop():
        raise InputError(
            f"{where}: expected as many names, probabilities, calls and masks as slices, got "
            f"{len(prediction.slice_names)}, {len(probability)}, {len(called)} and {len(mask)}"
        )
    if not ((probability >= 0) & (probability <= 1)).all():
        raise InputError(f"{where}: a probability is not in [0, 1]; predict again")
    apart = np.flatnonzero(called != mask.any(axis=(1, 2)))
    if apart.size:
        name = prediction.slice_names[apart[0]]
        raise InputError(
            f"{where}: {apart.size} slices are called without a mask or masked without a call, the "
            f"first is {name}; scores need both to agree (METRICS.md)"
        )
