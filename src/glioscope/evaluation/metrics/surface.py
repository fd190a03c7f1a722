# pyright: basic
# It speaks with SciPy, which carries no types.
"""How far apart two outlines run.

The surface of a mask passes through the corners between voxels (pixels) of which some but not all
belong to it; beyond the array nothing does. Each corner stands for the area (length) of surface in
its cell: the mask's mean gradient there times the cell's size (coarea formula). In the plane that
is the outline's length as Nikolov et al. measure it (arXiv 1809.04430), in a volume their area to a
few per cent, without their table of 256 cases. It is kept by hand since no plain dependency
measures it; the package `surface-distance` is held against it in the tests.

Where spacing is known, distances are those of the volume, in mm. Where it is not (`spacing=None`,
the LGG pictures), the step between slices has no length in pixels, so every axial slice is taken
alone: outlines and distances are in-plane, in pixels, pooled over the volume. An outline on a slice
where the other mask is empty then lies infinitely far from it.
"""

import math
from statistics import median
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float64
from scipy import ndimage

from glioscope.errors import UsageError

Spacing = tuple[float, float, float]
Plane = tuple[float, float]


class Surface(NamedTuple):
    """Corners of one mask's surface: how far each is from the other mask's, and its share of size.

    Distances are infinite where the other mask has no surface within reach.
    """

    distance: Float64[np.ndarray, " n"]
    size: Float64[np.ndarray, " n"]


class Hd95Summary(NamedTuple):
    """Over patients: the median (may be infinite) and how many are infinite."""

    median: float
    infinite: int


def surface_distances(
    reference: Bool[np.ndarray, "i j k"],
    predicted: Bool[np.ndarray, "i j k"],
    spacing: Spacing | None,
) -> tuple[Surface, Surface]:
    """The surfaces of the reference and of the prediction, each measured against the other.

    Distances in mm and sizes in mm², or in-plane in pixels both, when `spacing` is None. An empty
    mask has no corners.

    Raises:
        UsageError: a spacing that is not positive and finite.
    """
    if spacing is not None:
        if not all(0 < step < math.inf for step in spacing):
            raise UsageError("evaluation.spacing", spacing=str(spacing))
        return _measure(reference, predicted, spacing)
    box = foreground_box(reference | predicted)
    planes = [
        _measure(one, other, (1.0, 1.0))
        for one, other in zip(
            np.moveaxis(reference[box], 2, 0), np.moveaxis(predicted[box], 2, 0), strict=True
        )
        if (one | other).any()
    ]
    return _pool([one for one, _ in planes]), _pool([other for _, other in planes])


def hd95(
    reference: Bool[np.ndarray, "i j k"],
    predicted: Bool[np.ndarray, "i j k"],
    spacing: Spacing | None,
) -> float:
    """95th percentile of the surface distance, the larger of both directions.

    In mm, or pixels in-plane when `spacing` is None: the smallest distance that at least 95 % of a
    surface keeps to. 0 when both masks are empty; infinite when one is, or when in-plane more than
    5 % of an outline lies on slices where the other mask is empty. So average over patients by the
    median (`hd95_summary`).

    Raises:
        UsageError: a spacing that is not positive and finite.
    """
    return hd95_of(surface_distances(reference, predicted, spacing))


def hd95_of(both: tuple[Surface, Surface]) -> float:
    """`hd95` of surfaces that `surface_distances` has measured."""
    empty = [not surface.size.size for surface in both]
    if any(empty):
        return 0.0 if all(empty) else math.inf
    return max(_percentile_95(surface) for surface in both)


def surface_dice(
    reference: Bool[np.ndarray, "i j k"],
    predicted: Bool[np.ndarray, "i j k"],
    spacing: Spacing | None,
    tolerance: float,
) -> float:
    """Share of both surfaces that lies within `tolerance` (included) of the other, in [0, 1].

    `tolerance` is in mm, or pixels in-plane when `spacing` is None. 1 when both masks are empty,
    0 when one is. Source: Nikolov et al., arXiv 1809.04430.

    Raises:
        UsageError: a negative tolerance, or a spacing that is not positive and finite.
    """
    if not tolerance >= 0:
        raise UsageError("evaluation.tolerance", tolerance=tolerance)
    return surface_dice_of(surface_distances(reference, predicted, spacing), tolerance)


def surface_dice_of(both: tuple[Surface, Surface], tolerance: float) -> float:
    """`surface_dice` of surfaces that `surface_distances` has measured."""
    pooled = _pool(both)
    if not pooled.size.size:
        return 1.0
    return float(pooled.size[pooled.distance <= tolerance].sum() / pooled.size.sum())


def hd95_summary(values: Float64[np.ndarray, " p"]) -> Hd95Summary | None:
    """Median over patients and how many are infinite; None without patients."""
    if not values.size:
        return None
    return Hd95Summary(median(values.tolist()), int(np.count_nonzero(np.isinf(values))))


def _percentile_95(surface: Surface) -> float:
    order = np.argsort(surface.distance)
    covered = np.cumsum(surface.size[order])
    # 95 of 100 equal shares must count as 95 %, whatever their sum rounds to.
    return float(surface.distance[order][np.searchsorted(covered, covered[-1] * (0.95 - 1e-12))])


def _pool(surfaces: tuple[Surface, ...] | list[Surface]) -> Surface:
    empty = np.zeros(0)
    return Surface(
        np.concatenate([empty, *(surface.distance for surface in surfaces)]),
        np.concatenate([empty, *(surface.size for surface in surfaces)]),
    )


def _measure(
    reference: Bool[np.ndarray, "..."],
    predicted: Bool[np.ndarray, "..."],
    spacing: Spacing | Plane,
) -> tuple[Surface, Surface]:
    box = foreground_box(reference | predicted)
    sizes = _sizes(reference[box], spacing), _sizes(predicted[box], spacing)
    on_reference, on_predicted = ~np.isnan(sizes[0]), ~np.isnan(sizes[1])
    return (
        Surface(_away(on_predicted, spacing)[on_reference], sizes[0][on_reference]),
        Surface(_away(on_reference, spacing)[on_predicted], sizes[1][on_predicted]),
    )


def foreground_box(mask: Bool[np.ndarray, "..."]) -> tuple[slice, ...]:
    """The smallest box around the foreground, so that distance maps stay small."""
    axes = range(mask.ndim)
    lines = [mask.any(axis=tuple(other for other in axes if other != axis)) for axis in axes]
    found = [np.flatnonzero(line) for line in lines]
    return tuple(slice(f[0], f[-1] + 1) if f.size else slice(0, 0) for f in found)


def _sizes(mask: Bool[np.ndarray, "..."], spacing: Spacing | Plane) -> Float64[np.ndarray, "..."]:
    """Size of the surface at every corner, one more than voxels along each axis; NaN off it.

    Zero where voxels meet in a corner so evenly that the mean gradient vanishes.
    """
    inside = np.pad(mask, 1).astype(np.float64)
    axes = range(mask.ndim)
    share = _mean_of_pairs(inside, axes)
    slopes = [
        np.diff(_mean_of_pairs(inside, [other for other in axes if other != axis]), axis=axis)
        / step
        for axis, step in zip(axes, spacing, strict=True)
    ]
    sizes = np.sqrt(sum(slope**2 for slope in slopes)) * math.prod(spacing)
    return np.where((share > 0) & (share < 1), sizes, np.nan)


def _mean_of_pairs(
    values: Float64[np.ndarray, "..."], axes: range | list[int]
) -> Float64[np.ndarray, "..."]:
    for axis in axes:
        size = values.shape[axis]
        values = (values.take(range(size - 1), axis) + values.take(range(1, size), axis)) / 2
    return values


def _away(surface: Bool[np.ndarray, "..."], spacing: Spacing | Plane) -> Float64[np.ndarray, "..."]:
    """Distance of every corner from the nearest on the surface."""
    if not surface.any():
        return np.full(surface.shape, math.inf)
    return np.asarray(ndimage.distance_transform_edt(~surface, sampling=spacing), np.float64)
