# pyright: basic
# It speaks with highdicom, whose types have gaps.
"""Outlines as DICOM SEG: a value for each segment, by its number (PS3.3, section A.51)."""

import highdicom as hd
import numpy as np
from pydicom import Dataset

from glioscope.errors import InputError
from glioscope.orientation import LPS_RAS
from glioscope.own_data.candidate import Outline
from glioscope.study import Study
from glioscope.volume import Grid


def segments_of(dataset: Dataset, study: Study) -> Outline:
    """Segments on the grid of a study; where two overlap, the later number holds.

    Raises:
        InputError: it cannot be read as a volume.
        GridMismatch: it lies elsewhere.
    """
    try:
        seg = hd.seg.Segmentation.from_dataset(dataset, copy=False)
        numbers = list(seg.segment_numbers)
        volume = seg.get_volume(combine_segments=False, rescale_fractional=True)
        names = {n: str(seg.get_segment_description(n).segment_label) for n in numbers}
    except (ValueError, AttributeError, KeyError, RuntimeError, TypeError) as error:
        raise InputError(
            "own_data.unreadable_outline",
            case=study.study_id,
            kind="SEG",
            reason=type(error).__name__,
        ) from error
    inside = np.asarray(volume.array) >= 0.5
    values = np.zeros(inside.shape[:3], np.int32)
    for at, number in enumerate(numbers):
        values[inside[..., at]] = number
    slices, rows, columns = volume.spatial_shape
    grid = Grid((slices, rows, columns), LPS_RAS @ np.asarray(volume.affine, np.float64))
    return Outline(values, grid, names).on(study)
