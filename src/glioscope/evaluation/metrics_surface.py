"""How far apart two outlines run.

The surface of a mask is its voxels that have a face neighbour outside it (beyond the array counts
as outside). Where spacing is known, surfaces and distances are those of the volume, in mm. Where it
is not (`spacing=None`, the LGG pictures), the step between slices has no length in pixels, so every
axial slice is taken alone: outlines and distances are in-plane, in pixels, and pooled over the
volume. An outline on a slice where the other mask is empty then lies infinitely far from it.
"""

import math
from statistics import median
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float64
from scipy import ndimage

from glioscope.errors import UsageError

Spacing = tuple[float, float, float]


class SurfaceDistances(NamedTuple):
    """From each surface voxel of one mask to the nearest of the other; infinite without one."""

    from_reference: Float64[np.ndarray, " a"]
    from_predicted: Float64[np.ndarray, " b"]


class Hd95Summary(NamedTuple):
    """Over patients: the median (may be infinite) and how many are infinite."""

    median: float
    infinite: int


def surface_distances(
    reference: Bool[np.ndarray, "i j k"],
    predicted: Bool[np.ndarray, "i j k"],
    spacing: Spacing | None,
) -> SurfaceDistances:
    """Distances both ways, in mm, or in-plane in pixels when `spacing` is None.

    A mask without surface gives an empty array; `hd95` and `surface_dice` say what follows.

    Raises:
        UsageError: a spacing that is not positive and finite.
    """
    if spacing is not None:
        if not all(0 < step < math.inf for step in spacing):
            raise UsageError(f"spacing must be positive and finite, got {spacing}")
        return _distances(reference, predicted, spacing)
    used = np.flatnonzero((reference | predicted).any(axis=(0, 1)))
    slices = [_distances(reference[..., k], predicted[..., k], (1.0, 1.0)) for k in used]
    empty = np.zeros(0)
    return SurfaceDistances(
        np.concatenate([empty, *(s.from_reference for s in slices)]),
        np.concatenate([empty, *(s.from_predicted for s in slices)]),
    )


def hd95(
    reference: Bool[np.ndarray, "i j k"],
    predicted: Bool[np.ndarray, "i j k"],
    spacing: Spacing | None,
) -> float:
    """95th percentile of the surface distance, the larger of both directions.

    In mm, or pixels in-plane when `spacing` is None. The percentile is the smallest distance that
    at least 95 % of the surface voxels keep to. 0 when both masks are empty; infinite when one is,
    or when more than 5 % of an outline lies on slices where the other mask is empty: average over
    patients by the median (`hd95_summary`).

    Raises:
        UsageError: a spacing that is not positive and finite.
    """
    both = surface_distances(reference, predicted, spacing)
    if not both.from_reference.size or not both.from_predicted.size:
        return 0.0 if both.from_reference.size == both.from_predicted.size else math.inf
    # Without interpolation, which makes NaN of a finite and an infinite neighbour.
    return max(float(np.percentile(d, 95, method="inverted_cdf")) for d in both)


def surface_dice(
    reference: Bool[np.ndarray, "i j k"],
    predicted: Bool[np.ndarray, "i j k"],
    spacing: Spacing | None,
    tolerance: float,
) -> float:
    """Share of both surfaces that lies within `tolerance` (included) of the other, in [0, 1].

    `tolerance` is in mm, or pixels in-plane when `spacing` is None. 1 when both masks are empty,
    0 when one is. Source: Nikolov et al., arXiv 1809.04430, counted in surface voxels.

    Raises:
        UsageError: a negative tolerance, or a spacing that is not positive and finite.
    """
    if not tolerance >= 0:
        raise UsageError(f"tolerance must not be negative, got {tolerance}")
    distances = np.concatenate(surface_distances(reference, predicted, spacing))
    return float(np.mean(distances <= tolerance)) if distances.size else 1.0


def hd95_summary(values: Float64[np.ndarray, " p"]) -> Hd95Summary | None:
    """Median over patients and how many are infinite; None without patients."""
    if not values.size:
        return None
    return Hd95Summary(median(values.tolist()), int(np.count_nonzero(np.isinf(values))))


def _distances(
    reference: Bool[np.ndarray, "..."],
    predicted: Bool[np.ndarray, "..."],
    spacing: tuple[float, ...],
) -> SurfaceDistances:
    box = _box(reference | predicted)
    surfaces = _surface(reference[box]), _surface(predicted[box])
    return SurfaceDistances(
        _nearest(surfaces[0], surfaces[1], spacing), _nearest(surfaces[1], surfaces[0], spacing)
    )


def _box(mask: Bool[np.ndarray, "..."]) -> tuple[slice, ...]:
    """The smallest box around the foreground, so that distance maps stay small."""
    found = ndimage.find_objects(mask.astype(np.uint8))
    return found[0] if found else (slice(0, 0),) * mask.ndim


def _surface(mask: Bool[np.ndarray, "..."]) -> Bool[np.ndarray, "..."]:
    return mask & ~ndimage.binary_erosion(mask)


def _nearest(
    surface: Bool[np.ndarray, "..."], other: Bool[np.ndarray, "..."], spacing: tuple[float, ...]
) -> Float64[np.ndarray, " n"]:
    if not other.any():
        return np.full(np.count_nonzero(surface), math.inf)
    away = ndimage.distance_transform_edt(~other, sampling=spacing)
    return np.asarray(away, np.float64)[surface]
