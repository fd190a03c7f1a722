"""Resampling by affines: exact where it can be, air outside, and no border lost to rounding."""

import numpy as np
import pytest

from glioscope.errors import GridMismatch
from glioscope.reading.resample import overlap, resample_to
from glioscope.volume import Grid, Image

RNG = np.random.default_rng(3)


def ramp(grid: Grid) -> np.ndarray:
    """A linear function of the place in the patient, which linear interpolation keeps exactly."""
    voxels = np.stack(np.meshgrid(*map(np.arange, grid.shape), indexing="ij"), axis=-1)
    points = voxels @ grid.affine[:3, :3].T + grid.affine[:3, 3]
    return (points @ [1.0, 2.0, -0.5] + 300).astype(np.float32)


def test_matching_grids_keep_the_array() -> None:
    grid = Grid((4, 5, 6), np.diag([1.0, 2.0, 3.0, 1.0]))
    image = Image(RNG.random((4, 5, 6)).astype(np.float32), grid)
    same = Grid((4, 5, 6), grid.affine + 1e-6)
    assert resample_to(image, same).array is image.array


@pytest.mark.parametrize("flips", [(-1, 1, 1), (1, -1, 1), (1, 1, -1), (-1, -1, -1)])
def test_reversed_axes_are_exact_up_to_the_border(flips: tuple[int, int, int]) -> None:
    spacing = np.array([0.1, 0.7, 3.3])  # steps that binary fractions cannot hold
    source = Grid((7, 8, 9), np.diag([*spacing, 1.0]))
    affine = np.diag([*(spacing * flips), 1.0])
    affine[:3, 3] = [
        (n - 1) * s * (f < 0) for n, s, f in zip((7, 8, 9), spacing, flips, strict=True)
    ]
    array = RNG.random((7, 8, 9)).astype(np.float32)
    moved = resample_to(Image(array, source), Grid((7, 8, 9), affine))
    np.testing.assert_allclose(
        moved.array, array[tuple(slice(None, None, f) for f in flips)], atol=1e-5
    )


def test_linear_ramp_is_kept_inside_and_outside_is_air() -> None:
    source = Grid((30, 30, 30), np.diag([1.0, 1.0, 1.0, 1.0]))
    turn = np.array([[0.8, -0.6, 0.0], [0.6, 0.8, 0.0], [0.0, 0.0, 2.0]])
    affine = np.eye(4)
    affine[:3, :3] = turn
    affine[:3, 3] = (12.0, -4.0, 2.5)
    target = Grid((25, 25, 20), affine)
    image = Image(ramp(source), source)
    moved = resample_to(image, target)
    voxels = np.stack(np.meshgrid(*map(np.arange, target.shape), indexing="ij"), axis=-1)
    points = voxels @ turn.T + affine[:3, 3]
    inside = ((points >= 0) & (points <= 29)).all(axis=-1)
    outside = ((points < -0.5) | (points > 29.5)).any(axis=-1)
    np.testing.assert_allclose(moved.array[inside], ramp(target)[inside], atol=1e-3)
    assert (moved.array[outside] == image.array.min()).all()
    assert overlap(source, target) == pytest.approx(1 - outside.mean(), abs=0.06)


def test_overlap_of_equal_and_of_distant_grids() -> None:
    near = Grid((8, 8, 8), np.eye(4))
    far = np.eye(4)
    far[0, 3] = 100
    assert overlap(near, near) == 1
    assert overlap(near, Grid((8, 8, 8), far)) == 0


def test_nominal_and_real_grids_never_meet() -> None:
    image = Image(np.zeros((8, 8, 8), np.float32), Grid((8, 8, 8), np.eye(4), nominal=True))
    with pytest.raises(GridMismatch, match="without voxel spacing"):
        resample_to(image, Grid((8, 8, 8), 2 * np.eye(4) - np.diag([0, 0, 0, 1.0])))
