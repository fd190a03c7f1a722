# pyright: basic
# It speaks with SciPy, which carries no types.
"""Figures of a whole patient: volume overlap, lesions found, volume error.

Arrays are volumes (i, j, k); axial slices lie along k. Surface distances are in `surface`.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float
from scipy import ndimage

from glioscope.evaluation.metrics.surface import foreground_box
from glioscope.volume import dice

_CONNECTED_26 = np.ones((3, 3, 3), bool)


class DiceSummary(NamedTuple):
    """Volume Dice over patients."""

    mean: float
    median: float
    percentile_10: float
    below_05: int
    below_07: int


class LesionCounts(NamedTuple):
    """3D components: of the reference, found and missed; of the prediction, false."""

    found: int
    missed: int
    false: int


class VolumeErrorSummary(NamedTuple):
    """Absolute relative volume error over the patients with a tumour."""

    median: float
    percentile_90: float
    patients: int


def dice_volume(
    reference: Bool[np.ndarray, "i j k"], predicted: Bool[np.ndarray, "i j k"]
) -> float:
    """2 |A and B| / (|A| + |B|) of the whole volume; 1 when both are empty, 0 when one is."""
    return dice(reference, predicted)


def dice_summary(values: Float[np.ndarray, " p"]) -> DiceSummary | None:
    """Mean, median, 10th percentile (linear between ranks) and the bad cases; None for none."""
    if not values.size:
        return None
    return DiceSummary(
        float(values.mean()),
        float(np.median(values)),
        float(np.percentile(values, 10)),
        int(np.count_nonzero(values < 0.5)),
        int(np.count_nonzero(values < 0.7)),
    )


def lesions(
    reference: Bool[np.ndarray, "i j k"], predicted: Bool[np.ndarray, "i j k"]
) -> LesionCounts:
    """Count 26-connected components that overlap the other mask by at least one voxel, or do not.

    All zero when both masks are empty.
    """
    found, missed = _touched(reference, predicted)
    _, false = _touched(predicted, reference)
    return LesionCounts(found, missed, false)


def _touched(
    components: Bool[np.ndarray, "i j k"], other: Bool[np.ndarray, "i j k"]
) -> tuple[int, int]:
    # Labelling the box alone spares most of the volume, and outside it nothing can be touched.
    box = foreground_box(components)
    components, other = components[box], other[box]
    if not components.size:
        return 0, 0
    labels = np.empty(components.shape, np.int32)
    ndimage.label(components, _CONNECTED_26, output=labels)
    number = int(labels.max())
    touched = np.unique(labels[components & other]).size
    return touched, number - touched


def patient_found(
    reference: Bool[np.ndarray, "i j k"], predicted: Bool[np.ndarray, "i j k"]
) -> bool | None:
    """Whether a predicted component overlaps the reference; None for a patient without tumour."""
    return bool((reference & predicted).any()) if reference.any() else None


def relative_volume_error(reference: float, predicted: float) -> float | None:
    """(predicted - reference) / reference, any unit; None when the reference volume is zero."""
    return (predicted - reference) / reference if reference else None


def volume_error_summary(errors: Sequence[float | None]) -> VolumeErrorSummary | None:
    """Median and 90th percentile of the absolute error; patients with None are left out.

    None when no patient is left.
    """
    known = np.abs([error for error in errors if error is not None])
    if not known.size:
        return None
    return VolumeErrorSummary(
        float(np.median(known)), float(np.percentile(known, 90)), int(known.size)
    )


def icc(ratings: Float[np.ndarray, "n r"]) -> float | None:
    """ICC(2,1): absolute agreement of single ratings, two-way random effects.

    A row per patient, a column per rater (reference, predicted). At most 1; chance agreement is
    near 0 and it may be negative. None with fewer than two patients or raters, or when every
    rating is the same. Source: Shrout and Fleiss, Psychological Bulletin 86 (1979) 420-428.
    """
    n, raters = ratings.shape
    if min(n, raters) < 2 or np.ptp(ratings) == 0:
        return None
    grand = ratings.mean()
    rows, columns = ratings.mean(axis=1, keepdims=True), ratings.mean(axis=0, keepdims=True)
    between_patients = raters * float(((rows - grand) ** 2).sum()) / (n - 1)
    between_raters = n * float(((columns - grand) ** 2).sum()) / (raters - 1)
    residual = float(((ratings - rows - columns + grand) ** 2).sum()) / ((n - 1) * (raters - 1))
    spread = between_patients + (raters - 1) * residual
    return (between_patients - residual) / (spread + raters * (between_raters - residual) / n)
