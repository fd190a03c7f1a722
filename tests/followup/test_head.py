"""The place of a head: it moves with the head, and not with what of the neck is shown."""

from dataclasses import replace

import numpy as np
import pytest

from glioscope.followup.head import head_place
from glioscope.model.preprocess import intensity_scale
from glioscope.study import Channel, Study
from glioscope.volume import Grid, Image
from phantoms import ORIENTATIONS, ball_mask, nominal_grid, study_for

SPACING = 4.0


def head(*, lowest: int = 0, at: tuple[float, float, float] = (0, 0, 0), name: str = "canonical"):
    """A head of 150 × 180 mm with a neck down to the slice `lowest`; where it lies in RAS."""
    axes = ORIENTATIONS[name][:3, :3] / np.linalg.norm(ORIENTATIONS[name][:3, :3], axis=0)
    affine = np.eye(4)
    affine[:3, :3] = axes * SPACING
    shape = (60, 60, 60)
    affine[:3, 3] = np.array(at) - affine[:3, :3] @ (30, 30, 30)
    points = np.moveaxis(np.indices(shape), 0, -1) @ affine[:3, :3].T + affine[:3, 3] - at
    x, y, z = np.moveaxis(points, -1, 0)
    skull = (x / 75) ** 2 + (y / 90) ** 2 + (z / 85) ** 2 < 1
    neck = ((x / 50) ** 2 + ((y + 25) / 45) ** 2 < 1) & (z < 0) & (z > -110 + lowest * SPACING)
    values = np.where(skull | neck, 100, 0) + np.random.default_rng(0).normal(0, 2, shape)
    grid = Grid(shape, affine)
    return Image(values.astype(np.float32), grid)


def place(image: Image) -> np.ndarray:
    study = Study("head", {Channel.FLAIR: image}, replace(study_for(_ball(image.grid)).source))
    found = head_place(study, intensity_scale(image.array, "FLAIR"))
    assert found is not None
    return np.array(found)


def _ball(grid: Grid):
    return ball_mask(grid, grid.affine[:3, 3], 5.0)


@pytest.mark.parametrize("name", ["axial", "sagittal", "coronal", "reversed"])
def test_it_is_above_the_middle_near_the_crown_and_moves_with_the_head(name: str) -> None:
    there = place(head(name=name))
    np.testing.assert_allclose(there, (0, 0, 78), atol=4)
    moved = (12.0, -23.0, 41.0)
    np.testing.assert_allclose(place(head(name=name, at=moved)) - there, moved, atol=0.2)


def test_a_neck_that_is_cut_moves_it_by_less_than_2_mm() -> None:
    np.testing.assert_allclose(place(head(lowest=15)), place(head()), atol=2)


def test_there_is_none_without_spacing() -> None:
    study = study_for(_ball(nominal_grid()))
    assert head_place(study, intensity_scale(study.images[Channel.FLAIR].array, "FLAIR")) is None
