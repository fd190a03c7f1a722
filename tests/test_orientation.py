import nibabel as nib
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.model.grids import ORIENTATIONS, head_grid

from glioscope.orientation import from_pictures, picture_axes, to_pictures
from glioscope.volume import Grid


@given(seed=st.integers(0, 2**32 - 1), shear=st.floats(0, 0.3))
@settings(max_examples=200, deadline=None)
def test_agrees_with_nibabel(seed, shear):
    rng = np.random.default_rng(seed)
    rotation = np.linalg.qr(rng.normal(size=(3, 3)))[0]
    affine = np.eye(4)
    affine[:3, :3] = (rotation + shear * rng.normal(size=(3, 3)) / 3) * rng.uniform(0.5, 5, 3)
    affine[:3, 3] = rng.uniform(-100, 100, 3)
    grid = Grid((4, 5, 6), affine)
    array = np.arange(120).reshape(grid.shape)
    pictures = nib.orientations.axcodes2ornt(("L", "P", "S"))
    source = nib.orientations.io_orientation(affine)
    turn = nib.orientations.ornt_transform(source, pictures)
    expected = nib.orientations.apply_orientation(array, turn).transpose(2, 1, 0)
    assert np.array_equal(to_pictures(array, grid), expected)
    assert np.array_equal(from_pictures(expected, grid), array)


@pytest.mark.parametrize("orientation", ORIENTATIONS)
def test_nothing_is_copied_on_the_way_to_pictures(orientation):
    grid = head_grid(orientation, (4, 5, 6))
    array = np.zeros(grid.shape)
    assert np.shares_memory(to_pictures(array, grid), array)


def test_lgg_pictures_need_no_turn():
    grid = Grid((4, 5, 6), np.diag([-1.0, -1.0, 1.0, 1.0]), nominal=True)
    turn = picture_axes(grid)
    assert (turn.axes, turn.reversed) == ((2, 1, 0), (False, False, False))
