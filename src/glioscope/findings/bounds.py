# pyright: basic
# It speaks with SciPy, which carries no types.
"""A sure region inside the outline, and a possible one that holds it.

Both are the outline itself, moved in and out by the distances of the plan (`OutlineMargins`), in
three dimensions: an end of the lesion is as uncertain as its border. The distances are chosen out
of fold so that on a new patient the sure region is expected to hold little that is no tumour, and
the possible one to leave little of the tumour out. Neither tells of a lesion that was not outlined.

Source: Mossina and Friedrich, Conformal Prediction for Image Segmentation Using Morphological
Prediction Sets, MICCAI 2025, arXiv:2503.05618, for the moved outline; the choice of the distances
is Angelopoulos and others, Conformal Risk Control, ICLR 2024, arXiv:2208.02814.
"""

import math
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float64

from glioscope.model.components import around
from glioscope.model.plan_parts import OutlineMargins

# Between slices, rows and columns, in mm.
Spacing = tuple[float, float, float]


@dataclass(frozen=True)
class Bounds:
    """`sure` lies within the outline, and the outline within `possible`."""

    sure: Bool[np.ndarray, "k h w"]
    possible: Bool[np.ndarray, "k h w"]


def bounds(mask: Bool[np.ndarray, "k h w"], spacing: Spacing, margins: OutlineMargins) -> Bounds:
    """Both regions of an outline; empty where it is."""
    sure, possible = np.zeros_like(mask), mask.copy()
    if mask.any():
        box = _box(mask, spacing, margins.outside_mm)
        sure[box] = depth(mask[box], spacing) > margins.inside_mm
        possible[box] = distance(mask[box], spacing) <= margins.outside_mm
    return Bounds(sure, possible)


def depth(mask: Bool[np.ndarray, "k h w"], spacing: Spacing) -> Float64[np.ndarray, "k h w"]:
    """How far in mm each voxel lies from what is not in the mask; 0 outside.

    Beyond the first and last slice is outside: what was not pictured is not sure.
    """
    from scipy import ndimage

    held = np.pad(mask, 1)
    return np.asarray(ndimage.distance_transform_edt(held, spacing))[1:-1, 1:-1, 1:-1]


def distance(mask: Bool[np.ndarray, "k h w"], spacing: Spacing) -> Float64[np.ndarray, "k h w"]:
    """How far in mm each voxel lies from the mask, which is not empty; 0 inside."""
    from scipy import ndimage

    return np.asarray(ndimage.distance_transform_edt(~mask, spacing))


def _box(mask: Bool[np.ndarray, "k h w"], spacing: Spacing, reach_mm: float) -> tuple[slice, ...]:
    """Where the mask lies, and `reach_mm` around it."""
    steps = (math.ceil(reach_mm / one) for one in spacing)
    return tuple(
        slice(max(0, side.start - step), side.stop + step)
        for side, step in zip(around(mask), steps, strict=True)
    )
