import numpy as np
import pytest
from tests.model.grids import ORIENTATIONS, ball, centroid_ras, head_grid, head_study

from glioscope.errors import GridMismatch
from glioscope.findings.lesions import (
    find_lesions,
    slice_findings,
    slice_names,
)
from glioscope.model.plan import Plan
from glioscope.model.preprocess import from_pictures, to_pictures
from glioscope.study import Source, Study
from glioscope.volume import Grid, Mask

PLAN = Plan("test", "1", 32)
NOMINAL = Grid((12, 10, 6), np.diag([-1.0, -1.0, 1.0, 1.0]), nominal=True)


def empty(grid=NOMINAL):
    return np.zeros(grid.shape, dtype=bool)


def even(grid=NOMINAL, value=0.75):
    return np.full(grid.shape, value, dtype=np.float32)


# Lesions


def findings(mask, probability):
    found = find_lesions(mask, probability, PLAN)
    assert found.labels.dtype == np.uint8
    assert np.array_equal(found.labels > 0, mask.array)
    sizes = np.bincount(found.labels.ravel())[1:]
    assert sizes.tolist() == [finding.voxels for finding in found.findings]
    assert [finding.label for finding in found.findings] == [*range(1, len(found.findings) + 1)]
    return found.findings


def test_labels_are_those_of_the_findings_in_their_order():
    """The largest lesion comes last in the array, so that labels are not as they were numbered."""
    array = empty()
    array[0, 0, 0] = array[3:5, 0, 0] = True
    array[8:11, 5:8, 2:4] = True
    found = find_lesions(Mask(array, NOMINAL), even(), PLAN)
    assert [f.voxels for f in found.findings] == [18, 2, 1]
    for finding in found.findings:
        i0, j0, k0, i1, j1, k1 = finding.box_voxel
        own = found.labels == finding.label
        assert own[i0:i1, j0:j1, k0:k1].sum() == own.sum() == finding.voxels


def test_nothing_found_is_nothing():
    assert findings(Mask(empty(), NOMINAL), even()) == ()


def test_a_block_on_pictures_is_measured_in_pixels_only():
    array = empty()
    array[2:6, 3:6, 1:5] = True  # 4 columns, 3 rows, 4 slices
    (found,) = findings(Mask(array, NOMINAL), even())
    assert (found.label, found.voxels) == (1, 48)
    assert found.box_voxel == (2, 3, 1, 6, 6, 5)
    assert found.centroid_voxel == (3.5, 4.0, 2.5)
    assert (found.first_slice, found.last_slice) == (1, 4)
    assert (found.diameter_px, found.perpendicular_px) == pytest.approx((5.0, 3.75))
    assert found.volume_ml is found.centroid_ras_mm is None
    assert found.diameter_mm is found.perpendicular_mm is None
    assert found.product_px2 == pytest.approx(5.0 * 3.75)
    assert found.areas_px == (12, 12, 12, 12)
    assert found.product_mm2 is found.areas_mm2 is None
    assert found.side is found.intervals is None
    assert found.confidence == pytest.approx(0.75)


def test_diameters_are_those_of_the_largest_slice():
    array = empty()
    array[2:4, 2:4, 0:4] = True
    array[2:8, 2:5, 2] = True
    (found,) = findings(Mask(array, NOMINAL), even())
    assert found.diameter_slice == 2
    assert found.diameter_px == pytest.approx(np.hypot(6, 3))


def test_lesions_touching_at_a_corner_are_one_and_others_are_counted():
    array = empty()
    array[1, 1, 1] = array[2, 2, 2] = True
    array[8:11, 4:6, 4] = True
    probability = even()
    probability[8:11] = 0.5
    large, small = findings(Mask(array, NOMINAL), probability)
    assert (large.label, large.voxels, large.confidence) == (1, 6, 0.5)
    assert (small.label, small.voxels) == (2, 2)
    assert (small.first_slice, small.last_slice) == (1, 2)


def test_confidence_is_the_mean_inside():
    array, probability = empty(), even()
    array[3, 3, 1:4] = True
    probability[3, 3, 1:4] = (0.5, 0.6, 1.0)
    (found,) = findings(Mask(array, NOMINAL), probability)
    assert found.confidence == pytest.approx(0.7)


def test_a_concave_neighbour_is_not_counted_in():
    """Two lesions whose boxes overlap are each measured alone."""
    array = empty()
    array[1:9, 1, 2] = array[1, 1:9, 2] = True
    array[5:8, 5:8, 2] = True
    corner, block = findings(Mask(array, NOMINAL), even())
    assert (corner.voxels, block.voxels) == (15, 9)
    assert block.diameter_px == pytest.approx(np.hypot(3, 3))


@pytest.mark.parametrize("orientation", ORIENTATIONS)
def test_a_ball_is_measured_alike_in_every_orientation(orientation):
    grid = head_grid(orientation, (100, 90, 60), (1.0, 1.25, 2.0))
    centre, radius = (12.0, -9.0, 7.0), 18.0
    array = ball(grid, centre, radius)
    (found,) = findings(Mask(array, grid), even(grid))
    assert found.volume_ml == pytest.approx(4 / 3 * np.pi * radius**3 / 1000, rel=0.02)
    assert found.volume_ml == pytest.approx(array.sum() * 2.5 / 1000)
    assert found.centroid_ras_mm == pytest.approx(centre, abs=0.2)
    assert found.centroid_ras_mm == pytest.approx(centroid_ras(array, grid))
    assert found.diameter_mm == pytest.approx(2 * radius, abs=2.0)
    assert found.perpendicular_mm == pytest.approx(2 * radius, abs=2.5)
    in_pictures = np.flatnonzero(to_pictures(array, grid).any(axis=(1, 2)))
    assert (found.first_slice, found.last_slice) == (in_pictures[0], in_pictures[-1])
    middle = grid.affine[2, :3] @ found.centroid_voxel + grid.affine[2, 3]
    assert middle == pytest.approx(centre[2], abs=0.2)


@pytest.mark.parametrize("orientation", ORIENTATIONS)
def test_an_ellipsoid_has_the_product_of_its_axial_axes(orientation):
    """Half axes of 24 (R), 15 (A) and 20 mm (S): 48 by 30 mm on the slice through its middle."""
    grid = head_grid(orientation, (100, 90, 60), (1.0, 1.0, 2.0))
    voxels = np.stack(np.meshgrid(*map(np.arange, grid.shape), indexing="ij"), axis=-1)
    points = voxels @ grid.affine[:3, :3].T + grid.affine[:3, 3]
    # In the axes of the grid itself, so that an oblique one cuts it along the same ellipse.
    axes = grid.affine[:3, :3] / np.linalg.norm(grid.affine[:3, :3], axis=0)
    half = np.array([24.0, 15.0, 20.0])[np.abs(axes).argmax(axis=0)]
    array = np.sum((points @ axes / half) ** 2, axis=-1) <= 1
    (found,) = findings(Mask(array, grid), even(grid))
    assert found.volume_ml == pytest.approx(4 / 3 * np.pi * 24 * 15 * 20 / 1000, rel=0.02)
    assert (found.diameter_mm, found.perpendicular_mm) == pytest.approx((48, 30), abs=1.6)
    assert found.product_mm2 == pytest.approx(found.diameter_mm * found.perpendicular_mm)
    assert sum(found.areas_px) == found.voxels
    assert max(found.areas_mm2) == pytest.approx(np.pi * 24 * 15, rel=0.02)


@pytest.mark.parametrize("orientation", ORIENTATIONS)
def test_a_mirrored_grid_puts_the_ball_elsewhere(orientation):
    """Control: the centroid test above fails when left and right are swapped."""
    grid = head_grid(orientation)
    mirrored = Grid(grid.shape, np.diag([-1.0, 1.0, 1.0, 1.0]) @ grid.affine)
    (found,) = findings(Mask(ball(grid, (25.0, -9.0, 7.0), 18.0), mirrored), even(grid))
    assert found.centroid_ras_mm != pytest.approx((25.0, -9.0, 7.0), abs=5.0)


@pytest.mark.parametrize("orientation", ORIENTATIONS)
def test_diameters_in_mm_use_both_spacings(orientation):
    """6 rows of 1.5 mm and 8 columns of 0.5 mm: 9 mm by 4 mm."""
    grid = head_grid(orientation, (40, 30, 8), (0.5, 1.5, 5.0))
    stack = np.zeros((8, 30, 40), dtype=bool)
    stack[3, 10:16, 20:28] = True
    (found,) = findings(Mask(from_pictures(stack, grid), grid), even(grid))
    assert found.diameter_slice == 3
    assert (found.diameter_px, found.perpendicular_px) == pytest.approx((10.0, 7.5))
    diagonal = np.hypot(9, 4)
    assert (found.diameter_mm, found.perpendicular_mm) == pytest.approx(
        (diagonal, diagonal * 4 / 9)
    )
    assert found.product_mm2 == pytest.approx(diagonal**2 * 4 / 9)
    assert found.areas_px == (48,)
    assert found.areas_mm2 == pytest.approx((48 * 0.75,))


# Slices


def nominal_study(names=()):
    study = head_study(head_grid(shape=(12, 10, 6)), lesions=())
    images = {s: type(i)(i.array, NOMINAL) for s, i in study.images.items()}
    return Study("case", images, Source("pictures", names))


def test_slices_say_where_in_the_picture():
    stack = np.zeros((6, 10, 12), dtype=bool)
    stack[2, 3:7, 5:11] = True
    found = slice_findings(nominal_study(), stack, np.array([0.1, 0.2, 0.9, 0.1, 0.1, 0.1]))
    assert [s.index for s in found] == list(range(6))
    assert [s.decision for s in found].count("tumour") == 1
    assert found[2].box_px == (5, 3, 11, 7)
    assert (found[2].area_px, found[2].area_mm2) == (24, None)
    assert (found[0].area_px, found[0].box_px, found[0].probability) == (0, None, 0.1)


@pytest.mark.parametrize("orientation", ORIENTATIONS)
def test_areas_in_mm2_are_those_of_the_axial_plane(orientation):
    grid = head_grid(orientation, (12, 10, 6), (0.5, 1.5, 5.0))
    stack = np.zeros((6, 10, 12), dtype=bool)
    stack[4, 3:7, 5:11] = True
    found = slice_findings(head_study(grid), stack, np.array([0.1] * 4 + [0.9, 0.1]))
    assert found[4].area_mm2 == pytest.approx(24 * 0.75)
    assert found[0].area_mm2 == 0.0


def test_names_come_from_the_source_or_are_counted_from_one():
    assert slice_names(nominal_study()) == tuple(f"case_{k}" for k in range(1, 7))
    names = tuple("abcdef")
    assert slice_names(nominal_study(names)) == names
    with pytest.raises(GridMismatch, match="2 slice names for 6"):
        slice_names(nominal_study(("a", "b")))


# Specks


def speck_flags(grid, *blocks):
    array = np.zeros(grid.shape, bool)
    for low, high in blocks:
        array[tuple(slice(a, b) for a, b in zip(low, high, strict=True))] = True
    found = find_lesions(Mask(array, grid), even(grid), PLAN)
    return [f.speck for f in found.findings]


MAIN = ((2, 2, 2), (22, 22, 12))  # 4000 voxels


@pytest.mark.parametrize(("wide", "speck"), [(8, True), (9, False)])
def test_below_two_percent_of_all_a_lesion_is_a_speck(wide, speck):
    """80 and 90 voxels of 4080 and 4090: 1.96 and 2.2 %."""
    grid = Grid((48, 48, 16), np.diag([-1.0, -1.0, 1.0, 1.0]), nominal=True)
    other = ((30, 30, 4), (30 + wide, 35, 6))
    assert speck_flags(grid, MAIN, other) == [False, speck]


def test_what_is_measurable_is_no_speck_however_large_the_other():
    """11 voxels in a row, 11 mm, of 4011; and 8 of them, 8 mm and a diagonal of 8.1."""
    grid = Grid((48, 48, 16), np.diag([-1.0, -1.0, 1.0, 1.0]))
    assert speck_flags(grid, MAIN, ((30, 30, 4), (41, 31, 5))) == [False, False]
    assert speck_flags(grid, MAIN, ((30, 30, 4), (38, 31, 5))) == [False, True]


def test_one_small_lesion_alone_is_no_speck():
    grid = Grid((48, 48, 16), np.diag([-1.0, -1.0, 1.0, 1.0]))
    assert speck_flags(grid, ((30, 30, 4), (32, 32, 5))) == [False]
