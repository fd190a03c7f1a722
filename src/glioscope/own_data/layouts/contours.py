# pyright: basic
# It speaks with pydicom, whose types have gaps.
"""Outlines as RTSTRUCT: closed lines on slices, in mm (PS3.3, section C.8.8.6).

A voxel is inside where its centre is, by the even-odd rule, so that a line within a line is a hole.
"""

from collections.abc import Mapping

import numpy as np
from jaxtyping import Bool, Float64
from pydicom import Dataset

from glioscope.errors import GridMismatch, InputError
from glioscope.orientation import LPS_RAS
from glioscope.own_data.candidate import Outline
from glioscope.study import Study

# How far from a slice, in slice distances, a line drawn on it may lie; headers round positions.
_OFF_SLICE = 0.25


def contours_of(dataset: Dataset, study: Study) -> Outline:
    """Regions by number, on the grid of a study; where two overlap, the later one holds.

    Raises:
        InputError: it cannot be read.
        GridMismatch: a line does not lie on one slice of FLAIR.
    """
    names = {
        int(roi.ROINumber): str(roi.get("ROIName") or "")
        for roi in dataset.get("StructureSetROISequence", [])
    }
    values = np.zeros(study.grid.shape, np.int32)
    for roi in dataset.get("ROIContourSequence", []):
        region = np.zeros(study.grid.shape, bool)
        for contour in roi.get("ContourSequence", []):
            if contour.get("ContourGeometricType") == "CLOSED_PLANAR":
                _draw(region, _points(contour, study), study.study_id)
        values[region] = int(roi.ReferencedROINumber)
    return Outline(values, study.grid, _shown(names, values))


def _shown(names: Mapping[int, str], values: np.ndarray) -> dict[int, str]:
    there = set(np.unique(values).tolist())
    return {number: name for number, name in names.items() if number in there}


def _points(contour: Dataset, study: Study) -> Float64[np.ndarray, "n 3"]:
    """Corners of a line, in voxels."""
    try:
        lps = np.array([float(v) for v in contour.ContourData], np.float64).reshape(-1, 3)
    except (AttributeError, TypeError, ValueError) as error:
        raise InputError(
            "own_data.unreadable_outline",
            case=study.study_id,
            kind="RTSTRUCT",
            reason=type(error).__name__,
        ) from error
    to_voxels = np.linalg.inv(study.grid.affine) @ LPS_RAS
    return lps @ to_voxels[:3, :3].T + to_voxels[:3, 3]


def _draw(region: Bool[np.ndarray, "i j k"], points: np.ndarray, case: str) -> None:
    spread = np.ptp(points, axis=0)
    axis = int(spread.argmin())
    place = points[:, axis].mean()
    at = round(place)
    if spread[axis] > _OFF_SLICE or abs(place - at) > _OFF_SLICE:
        raise GridMismatch("own_data.contour_off_slices", case=case)
    if not 0 <= at < region.shape[axis]:
        return
    across, along = (one for one in range(3) if one != axis)
    plane = np.moveaxis(region, axis, 0)[at]
    plane ^= _inside(points[:, across], points[:, along], plane.shape)


def _inside(
    x: Float64[np.ndarray, " n"], y: Float64[np.ndarray, " n"], shape: tuple[int, ...]
) -> Bool[np.ndarray, "a b"]:
    """Whose centre lies inside a closed line: those left of an odd number of its edges."""
    across, along = np.ogrid[: shape[0], : shape[1]]
    inside = np.zeros(shape, bool)
    for x0, y0, x1, y1 in zip(x, y, np.roll(x, -1), np.roll(y, -1), strict=True):
        if y0 == y1:
            continue
        passed = (y0 <= along) != (y1 <= along)
        inside ^= passed & (across < x0 + (along - y0) * (x1 - x0) / (y1 - y0))
    return inside
