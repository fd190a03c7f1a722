# pyright: basic
# It speaks with SciPy, which carries no types.
"""An image onto another grid, by the affines alone; motion is not corrected.

scipy.ndimage is imported inside, as in `glioscope.model.components`.
"""

import numpy as np
from jaxtyping import Bool, Float64, Int32

from glioscope.errors import GridMismatch
from glioscope.volume import Grid, Image

_PROBES = 17  # sample points along each axis of the target when overlap is estimated


def resample_to(image: Image, grid: Grid) -> Image:
    """Values of `image` at the voxel centres of `grid`, linearly interpolated.

    Voxels whose centre lies outside `image` get its minimum, which is air. When the grids match
    the array is kept as it is.

    Raises:
        GridMismatch: one grid is nominal, so the two cannot be placed in one space.
    """
    if image.grid.matches(grid):
        return Image(image.array, grid)
    from scipy import ndimage

    matrix, offset = _to_voxels(image.grid, grid)
    # "nearest" and not "constant": rounding puts border centres an epsilon outside, where
    # "constant" would blank a whole slice.
    moved = ndimage.affine_transform(
        image.array,
        matrix,
        offset,  # pyright: ignore[reportArgumentType]  (one per axis, as scipy documents)
        output_shape=grid.shape,
        order=1,
        mode="nearest",
    )
    moved[~_inside(image.grid.shape, grid.shape, matrix, offset)] = image.array.min()
    return Image(moved, grid)


def nearest_to(values: Int32[np.ndarray, "i j k"], source: Grid, grid: Grid) -> np.ndarray:
    """Labels of `source` at the voxel centres of `grid`: the nearest one, 0 outside.

    Raises:
        GridMismatch: one grid is nominal, so the two cannot be placed in one space.
    """
    from scipy import ndimage

    matrix, offset = _to_voxels(source, grid)
    moved = ndimage.affine_transform(
        values,
        matrix,
        offset,  # pyright: ignore[reportArgumentType]  (one per axis, as scipy documents)
        output_shape=grid.shape,
        order=0,
        mode="nearest",
    )
    moved[~_inside(source.shape, grid.shape, matrix, offset)] = 0
    return moved


def overlap(image: Grid, grid: Grid) -> float:
    """Share of `grid` that lies inside `image`, in [0, 1], estimated on 17 points per axis.

    Raises:
        GridMismatch: one grid is nominal.
    """
    matrix, offset = _to_voxels(image, grid)
    axes = [np.linspace(0, n - 1, min(n, _PROBES)) for n in grid.shape]
    points = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1) @ matrix.T + offset
    inside = (points >= -0.5) & (points <= np.array(image.shape) - 0.5)
    return float(inside.all(axis=-1).mean())


def _to_voxels(
    source: Grid, target: Grid
) -> tuple[Float64[np.ndarray, "3 3"], Float64[np.ndarray, " 3"]]:
    """Matrix and offset from voxels of `target` to voxels of `source`."""
    if source.nominal != target.nominal:
        raise GridMismatch("reading.other_space")
    affine = np.linalg.solve(source.affine, target.affine)
    return affine[:3, :3], affine[:3, 3]


def _inside(
    source: tuple[int, ...],
    target: tuple[int, ...],
    matrix: Float64[np.ndarray, "3 3"],
    offset: Float64[np.ndarray, " 3"],
) -> Bool[np.ndarray, "i j k"]:
    i, j, k = np.ogrid[: target[0], : target[1], : target[2]]
    inside = np.ones(target, bool)
    for row, start, size in zip(matrix, offset, source, strict=True):
        at = row[0] * i + row[1] * j + row[2] * k + start
        inside &= (at >= -0.5) & (at <= size - 0.5)
    return inside
