"""Volumes (i, j, k) as axial pictures (slice, row, column), and back, without copying.

Rows run to posterior, columns to the patient's left, slices from inferior to superior.
nibabel.orientations says the same, but importing it costs a third of the time to the first answer.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float64

from glioscope.volume import Grid

# From DICOM's axes (left, posterior, superior) to ours (right, anterior, superior), and back.
LPS_RAS = np.diag([-1.0, -1.0, 1.0, 1.0])

# RAS axis (0 right, 1 anterior, 2 superior) along which slices, rows and columns run, and its sign.
_PICTURE = ((2, 1), (1, -1), (0, -1))


@dataclass(frozen=True)
class PictureAxes:
    """Array axis that becomes slice, row and column, and whether it runs the other way."""

    axes: tuple[int, int, int]
    reversed: tuple[bool, bool, bool]


def picture_axes(grid: Grid) -> PictureAxes:
    """How the array of a grid must be turned; an oblique grid goes to the nearest axes."""
    nearest = _nearest_axes(grid.affine)
    found = [nearest[axis] for axis, _ in _PICTURE]
    turned = [sign != wanted for (_, sign), (_, wanted) in zip(found, _PICTURE, strict=True)]
    axes = [axis for axis, _ in found]
    return PictureAxes((axes[0], axes[1], axes[2]), (turned[0], turned[1], turned[2]))


def to_pictures(array: np.ndarray, grid: Grid) -> np.ndarray:
    """Volume (i, j, k) to axial pictures (slice, row, column), seen as a radiologist sees them."""
    turn = picture_axes(grid)
    return array.transpose(turn.axes)[_steps(turn)]


def from_pictures(stack: np.ndarray, grid: Grid) -> np.ndarray:
    """The exact undo of `to_pictures`."""
    turn = picture_axes(grid)
    return np.ascontiguousarray(stack[_steps(turn)].transpose(np.argsort(turn.axes)))


def _steps(turn: PictureAxes) -> tuple[slice, ...]:
    return tuple(slice(None, None, -1 if back else 1) for back in turn.reversed)


def _nearest_axes(affine: Float64[np.ndarray, "4 4"]) -> dict[int, tuple[int, int]]:
    """Array axis and its sign for every RAS axis; each array axis is used once.

    Shears are removed by the nearest rotation, then the array axis that leans least chooses first:
    the method of nibabel's `io_orientation`.
    """
    unit = affine[:3, :3] / np.linalg.norm(affine[:3, :3], axis=0)
    left, _, right = np.linalg.svd(unit)
    rotation = left @ right
    nearest: dict[int, tuple[int, int]] = {}
    for axis in np.argsort(-np.abs(rotation).max(axis=0), kind="stable"):
        world = int(np.abs(rotation[:, axis]).argmax())
        nearest[world] = (int(axis), 1 if rotation[world, axis] > 0 else -1)
        rotation[world] = 0.0
    return nearest
