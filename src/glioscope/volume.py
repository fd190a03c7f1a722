"""Voxel arrays that never part from their geometry."""

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float32, Float64, UInt8

from glioscope.errors import GridMismatch, UnknownSpacing


@dataclass(frozen=True)
class Grid:
    """Where voxels lie: `affine` maps voxel centre (i, j, k, 1) to RAS+ millimetres.

    A `nominal` grid has an orientation but no known spacing (pictures carry none); its unit steps
    stand for pixels, and every figure in mm or ml is refused with `UnknownSpacing`.

    Example:
        >>> grid = Grid((240, 240, 30), np.diag([-1.0, -1.0, 5.0, 1.0]))
        >>> grid.spacing_mm
        (1.0, 1.0, 5.0)
        >>> round(grid.voxel_ml, 6)
        0.005

    Raises:
        GridMismatch: not three positive sizes, or no affine that can be inverted.
    """

    shape: tuple[int, int, int]
    affine: Float64[np.ndarray, "4 4"]
    nominal: bool = False

    def __post_init__(self) -> None:
        if len(self.shape) != 3 or min(self.shape) < 1:
            raise GridMismatch("core.grid_sizes", shape=str(self.shape))
        if self.affine.shape != (4, 4) or not np.isfinite(self.affine).all():
            raise GridMismatch("core.affine_not_finite")
        if abs(np.linalg.det(self.affine[:3, :3])) < 1e-9:
            raise GridMismatch("core.affine_singular")

    @cached_property
    def spacing(self) -> tuple[float, float, float]:
        """Distance between voxel centres along i, j, k: mm, or pixels on a nominal grid."""
        lengths = np.linalg.norm(self.affine[:3, :3], axis=0)
        return float(lengths[0]), float(lengths[1]), float(lengths[2])

    @property
    def spacing_mm(self) -> tuple[float, float, float]:
        """Spacing along i, j, k in mm.

        Raises:
            UnknownSpacing: the grid is nominal.
        """
        self.require_spacing()
        return self.spacing

    @property
    def voxel_ml(self) -> float:
        """Volume of one voxel in ml (1 ml = 1000 mm³).

        Raises:
            UnknownSpacing: the grid is nominal.
        """
        self.require_spacing()
        return float(abs(np.linalg.det(self.affine[:3, :3]))) / 1000.0

    def require_spacing(self) -> None:
        """Raise `UnknownSpacing` when the grid is nominal."""
        if self.nominal:
            raise UnknownSpacing("core.no_spacing")

    def matches(self, other: "Grid") -> bool:
        """Whether both grids have the same shape and put every voxel within 0.01 mm."""
        if self.shape != other.shape:
            return False
        corners = np.array(np.meshgrid(*[(0, n - 1) for n in self.shape])).reshape(3, -1)
        homogeneous = np.vstack([corners, np.ones(corners.shape[1])])
        return bool(np.abs((self.affine - other.affine) @ homogeneous).max() < 0.01)


@dataclass(frozen=True)
class Image:
    """Intensities on a grid, in the scanner's own unit.

    Example:
        >>> grid = Grid((4, 4, 2), np.eye(4))
        >>> Image(np.zeros(grid.shape, np.float32), grid).grid.matches(grid)
        True

    Raises:
        GridMismatch: the array has another shape than the grid.
    """

    array: Float32[np.ndarray, "i j k"]
    grid: Grid

    def __post_init__(self) -> None:
        _check_shape(self.array, self.grid)


@dataclass(frozen=True)
class Mask:
    """A binary region on a grid.

    Example:
        >>> grid = Grid((4, 4, 2), np.eye(4))
        >>> int(Mask(np.ones(grid.shape, bool), grid).array.sum())
        32

    Raises:
        GridMismatch: the array has another shape than the grid.
    """

    array: Bool[np.ndarray, "i j k"]
    grid: Grid

    def __post_init__(self) -> None:
        _check_shape(self.array, self.grid)


@dataclass(frozen=True)
class ClassMap:
    """To which class each voxel of a region belongs: n is `names[n - 1]`, 0 is outside.

    Example:
        >>> grid = Grid((2, 1, 1), np.eye(4))
        >>> found = ClassMap(("edema", "core"), np.array([[[2]], [[0]]], np.uint8), grid)
        >>> found.voxels
        (0, 1)

    Raises:
        GridMismatch: the array has another shape than the grid.
    """

    names: tuple[str, ...]
    values: UInt8[np.ndarray, "i j k"]
    grid: Grid

    def __post_init__(self) -> None:
        _check_shape(self.values, self.grid)

    @property
    def voxels(self) -> tuple[int, ...]:
        """Size of each class."""
        counts = np.bincount(self.values[self.values > 0], minlength=len(self.names) + 1)
        return tuple(int(count) for count in counts[1:])


class Scale(NamedTuple):
    """Where air and head lie among the intensities of an image, in the scanner's own unit.

    Attributes:
        low: intensity of air.
        unit: distance from it to the head's median; positive. `(x - low) / unit` is 0 in air and
            1 at that median.
    """

    low: float
    unit: float


def _check_shape(array: np.ndarray, grid: Grid) -> None:
    if array.shape != grid.shape:
        raise GridMismatch("core.array_off_grid", shape=str(array.shape), expected=str(grid.shape))


def volume_ml(mask: Mask) -> float:
    """Foreground volume in ml; 0.0 for an empty mask.

    Example:
        >>> grid = Grid((10, 10, 10), np.diag([2.0, 2.0, 2.0, 1.0]))
        >>> round(volume_ml(Mask(np.ones(grid.shape, bool), grid)), 3)
        8.0

    Raises:
        UnknownSpacing: the grid is nominal.
    """
    return float(np.count_nonzero(mask.array)) * mask.grid.voxel_ml


def dice(
    one: Bool[np.ndarray, "*s"], other: Bool[np.ndarray, "*s"], *, empty: float = 1.0
) -> float:
    """2 |A and B| / (|A| + |B|), in [0, 1]; `empty` when both are empty, 0 when one is."""
    total = int(np.count_nonzero(one)) + int(np.count_nonzero(other))
    return 2 * int(np.count_nonzero(one & other)) / total if total else empty
