import nibabel as nib
import numpy as np
import pytest

from glioscope.volume import Grid
from glioscope.writing.nifti import write_bounds, write_mask, write_probability
from phantoms import (
    ORIENTATIONS,
    analysis_for,
    ball_mask,
    grid_of,
    nominal_grid,
    with_bounds,
)


@pytest.mark.parametrize("name", ORIENTATIONS)
def test_the_mask_is_read_back_where_it_was(name, tmp_path):
    mask = ball_mask(grid_of(name), (2, -1, 3), 4)
    write_mask(analysis_for(mask), tmp_path / "mask.nii.gz")
    image = nib.load(tmp_path / "mask.nii.gz")
    assert image.get_data_dtype() == np.uint8
    np.testing.assert_array_equal(np.asarray(image.dataobj), mask.array)
    np.testing.assert_allclose(image.affine, mask.grid.affine, atol=1e-5)
    np.testing.assert_allclose(image.get_qform(), image.get_sform(), atol=1e-4)
    assert int(image.header["sform_code"]) == int(image.header["qform_code"]) == 1
    assert image.header.get_xyzt_units()[0] == "mm"
    centre = nib.affines.apply_affine(image.affine, np.argwhere(image.get_fdata() > 0).mean(axis=0))
    np.testing.assert_allclose(centre, (2, -1, 3), atol=0.6)


def test_control_a_mirrored_affine_puts_the_lesion_elsewhere(tmp_path):
    mask = ball_mask(grid_of("axial"), (5, -1, 3), 3)
    write_mask(analysis_for(mask), tmp_path / "mask.nii.gz")
    image = nib.load(tmp_path / "mask.nii.gz")
    mirrored = np.diag([-1.0, 1, 1, 1]) @ image.affine
    centre = nib.affines.apply_affine(mirrored, np.argwhere(image.get_fdata() > 0).mean(axis=0))
    assert abs(centre[0] - 5) > 5


def test_a_nominal_grid_claims_no_unit(tmp_path):
    mask = ball_mask(nominal_grid(), (-10, -9, 6), 4)
    write_mask(analysis_for(mask), tmp_path / "mask.nii.gz")
    image = nib.load(tmp_path / "mask.nii.gz")
    assert image.header.get_xyzt_units()[0] == "unknown"
    assert int(image.header["sform_code"]) == int(image.header["qform_code"]) == 2
    np.testing.assert_array_equal(image.affine, mask.grid.affine)


def test_a_sheared_grid_keeps_its_affine_in_the_sform_alone(tmp_path):
    affine = np.array([[1, 0.4, 0, 0], [0, 1, 0, 0], [0, 0, 2, 0], [0, 0, 0, 1.0]])
    mask = ball_mask(Grid((12, 12, 8), affine), (8, 6, 8), 3)
    write_mask(analysis_for(mask), tmp_path / "mask.nii.gz")
    image = nib.load(tmp_path / "mask.nii.gz")
    np.testing.assert_allclose(image.affine, affine, atol=1e-6)
    assert (int(image.header["sform_code"]), int(image.header["qform_code"])) == (1, 0)


def test_the_probability_is_plain_float32(tmp_path):
    analysis = analysis_for(ball_mask(grid_of("oblique"), (0, 0, 0), 4))
    write_probability(analysis, tmp_path / "probability.nii.gz")
    image = nib.load(tmp_path / "probability.nii.gz")
    assert image.get_data_dtype() == np.float32
    np.testing.assert_array_equal(np.asarray(image.dataobj), analysis.voxel_probability)


def test_equal_masks_are_equal_bytes(tmp_path):
    analysis = analysis_for(ball_mask(grid_of("axial"), (0, 0, 0), 4))
    for name in ("one.nii.gz", "two.nii.gz"):
        write_mask(analysis, tmp_path / name)
    assert (tmp_path / "one.nii.gz").read_bytes() == (tmp_path / "two.nii.gz").read_bytes()


@pytest.mark.parametrize("name", ORIENTATIONS)
def test_bounds_are_levels_from_possible_to_sure(name, tmp_path):
    grid = Grid((20, 24, 28), ORIENTATIONS[name])
    mask = ball_mask(grid, (grid.affine @ [10, 12, 14, 1])[:3], 12.0)
    analysis = with_bounds(analysis_for(mask), grid.spacing_mm)
    write_bounds(analysis, tmp_path / "bounds.nii.gz")
    read = nib.load(tmp_path / "bounds.nii.gz")
    levels = np.asarray(read.dataobj)
    np.testing.assert_allclose(read.affine, grid.affine, atol=1e-5)
    assert levels.dtype == np.uint8
    np.testing.assert_array_equal(levels >= 1, analysis.bounds.possible)
    np.testing.assert_array_equal(levels >= 2, mask.array)
    np.testing.assert_array_equal(levels == 3, analysis.bounds.sure)
    assert (levels == 3).any() and (levels == 1).any()


def test_without_bounds_nothing_is_written(tmp_path):
    write_bounds(analysis_for(ball_mask(grid_of("axial"), (0, 0, 0), 3.0)), tmp_path / "b.nii.gz")
    assert not list(tmp_path.iterdir())
