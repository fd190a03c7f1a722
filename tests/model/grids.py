"""Grids in every orientation, and shapes on them whose place in the patient is known."""

import numpy as np

from glioscope.study import Channel, Source, Study
from glioscope.volume import Grid, Image

# Columns: patient direction (RAS) of the steps along i, j, k.
_R, _A, _S = np.eye(3)


def _turned(degrees_x, degrees_z):
    x, z = np.radians([degrees_x, degrees_z])
    about_x = [[1, 0, 0], [0, np.cos(x), -np.sin(x)], [0, np.sin(x), np.cos(x)]]
    about_z = [[np.cos(z), -np.sin(z), 0], [np.sin(z), np.cos(z), 0], [0, 0, 1]]
    return np.array(about_x) @ np.array(about_z)


DIRECTIONS = {
    "axial RAS": np.stack([_R, _A, _S], axis=1),
    "axial LPS": np.stack([-_R, -_A, _S], axis=1),
    "axial reversed": np.stack([-_R, -_A, -_S], axis=1),
    "sagittal": np.stack([_A, _S, _R], axis=1),
    "sagittal reversed": np.stack([-_A, -_S, -_R], axis=1),
    "coronal": np.stack([_R, -_S, _A], axis=1),
    "oblique": _turned(17, -12),
    "oblique sagittal": _turned(-14, 9) @ np.stack([_A, -_S, -_R], axis=1),
}
ORIENTATIONS = tuple(DIRECTIONS)


def head_grid(orientation="axial LPS", shape=(96, 80, 40), spacing=(2.0, 2.0, 4.0)):
    """A grid centred on the origin; shape and spacing run along the patient's R, A, S."""
    directions = DIRECTIONS[orientation]
    axis_of = np.abs(directions).argmax(axis=0)  # nearest patient axis of i, j, k
    steps = directions * np.array(spacing)[axis_of]
    sizes = tuple(int(n) for n in np.array(shape)[axis_of])
    affine = np.eye(4)
    affine[:3, :3] = steps
    affine[:3, 3] = -steps @ (np.array(sizes) - 1) / 2
    return Grid(sizes, affine)


def world(grid):
    """RAS coordinates in mm of every voxel, (3, i, j, k)."""
    index = np.indices(grid.shape).reshape(3, -1)
    points = grid.affine[:3, :3] @ index + grid.affine[:3, 3:]
    return points.reshape(3, *grid.shape)


def ball(grid, centre, radius):
    """Voxels whose centre lies within `radius` mm of `centre`."""
    offset = world(grid) - np.reshape(centre, (3, 1, 1, 1))
    return np.linalg.norm(offset, axis=0) <= radius


def centroid_ras(weights, grid):
    """Centre of mass in RAS mm."""
    points = world(grid).reshape(3, -1)
    return points @ weights.ravel() / weights.sum()


def head_study(grid, lesions=(((25.0, 15.0, 8.0), 14.0),), sequences=tuple(Channel)):
    """Air 0, tissue 100, lesions 260 in FLAIR and 80 elsewhere; noiseless."""
    tissue = ball(grid, (0, 0, 0), 70.0)
    images = {}
    for sequence in sequences:
        array = np.where(tissue, 100.0, 0.0)
        for centre, radius in lesions:
            array[ball(grid, centre, radius)] = 260.0 if sequence is Channel.FLAIR else 80.0
        images[sequence] = Image(array.astype(np.float32), grid)
    return Study("phantom-1", images, Source("phantom"))
