import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.model.grids import ORIENTATIONS, ball, centroid_ras, head_grid, head_study, world

from glioscope.errors import InvalidImage, UnknownSpacing
from glioscope.model.plan import Plan
from glioscope.model.preprocess import (
    Restore,
    Window,
    from_pictures,
    intensity_scale,
    picture_spacing,
    prepare,
    share_outside,
    slice_step,
    to_pictures,
    window_for,
    with_context,
)
from glioscope.study import Channel
from glioscope.volume import Grid

PLAN = Plan("test", "1", 96, context=1)
FLAIR_CHANNEL = 1


def blob(shape, centre, width):
    rows, columns = np.indices(shape)
    square = (rows - centre[0]) ** 2 + (columns - centre[1]) ** 2
    return np.exp(-square / (2 * width**2)).astype(np.float32)


def centre_of_mass(plane):
    return (np.indices(plane.shape) * plane).sum(axis=(1, 2)) / plane.sum()


# Orientation


@pytest.mark.parametrize("orientation", ORIENTATIONS)
def test_pictures_are_seen_from_the_feet_with_the_nose_up(orientation):
    grid = head_grid(orientation, (20, 16, 12))
    right, front, up = (to_pictures(axis, grid) for axis in world(grid))
    assert (np.diff(right, axis=2) < 0).all(), "columns run to the patient's left"
    assert (np.diff(front, axis=1) < 0).all(), "rows run to posterior"
    assert (np.diff(up, axis=0) > 0).all(), "slices run to superior"


@pytest.mark.parametrize("orientation", ORIENTATIONS)
def test_pictures_of_another_orientation_are_noticed(orientation):
    """Control: read with an affine that is mirrored, the same array must not pass."""
    grid = head_grid(orientation, (20, 16, 12))
    mirrored = Grid(grid.shape, np.diag([-1.0, 1.0, 1.0, 1.0]) @ grid.affine)
    right = to_pictures(world(grid)[0], mirrored)
    assert not (np.diff(right, axis=2) < 0).all()


@pytest.mark.parametrize("orientation", ORIENTATIONS)
def test_from_pictures_undoes_to_pictures(orientation):
    grid = head_grid(orientation, (7, 6, 5))
    array = np.arange(7 * 6 * 5, dtype=np.float32).reshape(grid.shape)
    assert np.array_equal(from_pictures(to_pictures(array, grid), grid), array)


@pytest.mark.parametrize("orientation", ORIENTATIONS)
def test_picture_spacing_follows_the_patient(orientation):
    grid = head_grid(orientation, (20, 16, 12), spacing=(1.5, 2.0, 4.0))
    assert picture_spacing(grid) == pytest.approx((4.0, 2.0, 1.5))


def test_lgg_pictures_are_taken_as_they_are():
    stack = np.arange(24, dtype=np.float32).reshape(2, 3, 4)  # (slice, row, column)
    grid = Grid((4, 3, 2), np.diag([-1.0, -1.0, 1.0, 1.0]), nominal=True)
    assert np.array_equal(to_pictures(stack.transpose(2, 1, 0), grid), stack)


# Window: there and back


@pytest.mark.parametrize("side", [64, 65])
def test_window_at_scale_one_changes_nothing(side):
    plane = np.random.default_rng(0).random((side, side), dtype=np.float32)
    window = Window((side, side), side, (1.0, 1.0))
    assert np.array_equal(window.forward(plane), plane)
    assert np.array_equal(window.back(plane), plane)


@pytest.mark.parametrize(("source", "size"), [((64, 48), 80), ((65, 49), 81), ((120, 90), 64)])
def test_window_at_scale_one_pads_and_crops_exactly(source, size):
    plane = np.random.default_rng(0).random(source, dtype=np.float32)
    window = Window(source, size, (1.0, 1.0))
    rows, columns = (slice(max(0, (n - size) // 2), n - max(0, (n - size) // 2)) for n in source)
    expected = np.zeros_like(plane)
    expected[rows, columns] = plane[rows, columns]
    assert np.array_equal(window.back(window.forward(plane)), expected)


def test_window_between_odd_and_even_keeps_the_centre():
    """Half a pixel of shift is interpolated there and back: blurred, but not moved."""
    plane = blob((65, 91), (30.2, 50.6), 5.0)
    window = Window((65, 91), 96, (1.0, 1.0))
    assert centre_of_mass(window.back(window.forward(plane))) == pytest.approx(
        centre_of_mass(plane), abs=0.01
    )


@pytest.mark.parametrize("source", [(256, 256), (255, 256), (200, 160), (161, 203), (512, 384)])
@pytest.mark.parametrize("scale", [(0.25, 0.25), (0.5, 0.5), (1.0, 1.0), (1.7, 1.7), (0.4, 0.9)])
def test_centroid_survives_the_round_trip(source, scale):
    size = int(np.ceil(max(n * s for n, s in zip(source, scale, strict=True)))) + 3
    centre = (source[0] * 0.37, source[1] * 0.61)
    plane = blob(source, centre, 14.0)
    window = Window(source, size, scale)
    there = window.forward(plane)
    expected = [
        (c - (n - 1) / 2) * s + (size - 1) / 2
        for c, n, s in zip(centre, source, scale, strict=True)
    ]
    assert centre_of_mass(there) == pytest.approx(expected, abs=0.1)
    assert centre_of_mass(window.back(there)) == pytest.approx(centre, abs=0.1)


def test_centroid_test_notices_half_a_pixel():
    """Control: a plane that moved by half a pixel fails the comparison above."""
    plane = blob((64, 64), (24.0, 40.0), 6.0)
    moved = blob((64, 64), (24.5, 40.0), 6.0)
    assert centre_of_mass(moved) != pytest.approx(centre_of_mass(plane), abs=0.1)


def test_what_lies_outside_the_field_of_view_comes_back_as_zero():
    window = Window((100, 100), 40, (1.0, 1.0))
    back = window.back(window.forward(np.ones((100, 100), dtype=np.float32)))
    inside = np.zeros((100, 100), dtype=bool)
    inside[30:70, 30:70] = True
    assert np.array_equal(back, inside.astype(np.float32))


def test_shrinking_averages_instead_of_skipping():
    stripes = np.tile(np.array([0.0, 1.0], dtype=np.float32), (64, 32))
    half = Window((64, 64), 32, (0.5, 0.5)).forward(stripes)
    assert half[4:-4, 4:-4] == pytest.approx(0.5, abs=0.15)


# Window: where it lies


def test_pictures_fill_the_square_with_their_shorter_side():
    grid = Grid((300, 200, 4), np.diag([-1.0, -1.0, 1.0, 1.0]), nominal=True)
    assert window_for(grid, PLAN) == Window((200, 300), 96, (0.48, 0.48))


@pytest.mark.parametrize("orientation", ORIENTATIONS)
def test_known_spacing_decides_the_scale(orientation):
    grid = head_grid(orientation, (90, 80, 20), spacing=(1.25, 2.5, 5.0))
    window = window_for(grid, PLAN)  # 240 mm over 96 pixels: 2.5 mm each
    assert window.source == (80, 90)
    assert window.scale == pytest.approx((1.0, 0.5))


@pytest.mark.parametrize("spacing", [0.001, 1000.0])
def test_spacing_in_the_wrong_unit_is_refused(spacing):
    grid = head_grid(shape=(8, 8, 4), spacing=(spacing, spacing, 5.0))
    with pytest.raises(InvalidImage, match="check the unit"):
        window_for(grid, PLAN)


def test_head_outside_the_square_is_noticed():
    grid = head_grid(shape=(160, 160, 20))
    study = head_study(grid)  # a ball of 140 mm
    scale = intensity_scale(study.images[Channel.FLAIR].array, "here")
    assert share_outside(study, window_for(grid, PLAN), scale) == 0.0
    narrow = Plan("narrow", "1", 96, field_of_view_mm=100.0)
    head = ball(grid, (0, 0, 0), 70.0)
    x, y, _ = world(grid)
    expected = (head & ((abs(x) > 50) | (abs(y) > 50))).sum() / head.sum()
    found = share_outside(study, window_for(grid, narrow), scale)
    assert found == pytest.approx(expected, abs=0.005)


# Slices and their neighbours


@pytest.mark.parametrize(("thickness", "step"), [(8.0, 1), (5.0, 1), (2.4, 2), (1.0, 5), (0.1, 50)])
def test_context_reaches_over_thin_slices(thickness, step):
    assert slice_step(head_grid("coronal", (8, 8, 9), (1.0, 1.0, thickness)), PLAN) == step


def test_pictures_take_the_next_slice():
    grid = Grid((8, 8, 9), np.diag([-1.0, -1.0, 0.1, 1.0]), nominal=True)
    assert slice_step(grid, PLAN) == 1
    with pytest.raises(UnknownSpacing):
        picture_spacing(grid)


@pytest.mark.parametrize(
    ("context", "step", "expected"),
    [
        (0, 1, [[0], [2], [4]]),
        (1, 1, [[0, 0, 1], [1, 2, 3], [3, 4, 4]]),
        (1, 3, [[0, 0, 3], [0, 2, 4], [1, 4, 4]]),
        (2, 2, [[0, 0, 0, 2, 4], [0, 0, 2, 4, 4], [0, 2, 4, 4, 4]]),
    ],
)
def test_neighbours_are_stacked_and_the_ends_repeat(context, step, expected):
    planes = np.zeros((5, 2, 2, 3), dtype=np.float32)
    planes += np.arange(5, dtype=np.float32)[:, None, None, None]
    planes += np.array([0.1, 0.2, 0.3], dtype=np.float32)
    stacked = with_context(planes, np.array([0, 2, 4]), context, step)
    channels = [[k + c for k in row for c in (0.1, 0.2, 0.3)] for row in expected]
    assert stacked[:, 1, 0] == pytest.approx(np.array(channels))


def test_batch_has_the_channels_the_plan_promises():
    prepared = prepare(head_study(head_grid()), PLAN)
    assert prepared.batch(38, 40).shape == (2, 96, 96, PLAN.input_channels)
    middle = prepared.batch(20, 21)[0, :, :, 3:6]
    assert np.array_equal(middle, prepared.planes[20])


# Intensities


@given(gain=st.floats(0.01, 1e4), offset=st.floats(-1e3, 1e3))
@settings(max_examples=30, deadline=None)
def test_intensities_do_not_depend_on_gain_and_offset(gain, offset):
    rng = np.random.default_rng(1)
    array = np.where(rng.random((12, 12, 12)) < 0.4, 0.0, rng.normal(100, 15, (12, 12, 12)))
    changed = array * gain + offset
    low, unit = intensity_scale(array.astype(np.float32), "here")
    low2, unit2 = intensity_scale(changed.astype(np.float32), "here")
    tolerance = 1e-5 * (1 + abs(offset) / gain)
    normal, normal2 = (array - low) / unit, (changed - low2) / unit2
    assert normal2 == pytest.approx(normal, abs=tolerance)


def test_air_is_zero_and_the_head_is_one():
    planes = prepare(head_study(head_grid()), PLAN).planes[..., FLAIR_CHANNEL]
    assert planes[0, 0, 0] == 0.0
    assert float(np.median(planes[planes > 0.5])) == pytest.approx(1.0)
    assert planes.max() == pytest.approx(2.6, abs=0.01)


def test_bright_spots_are_clipped():
    study = head_study(head_grid())
    study.images[Channel.FLAIR].array[48, 40, 20] = 1e6
    assert prepare(study, Plan("t", "1", 96, clip=3.0)).planes.max() <= 3.0


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_what_is_not_finite_is_refused(value):
    study = head_study(head_grid())
    study.images[Channel.T1].array[0, 0, 0] = value
    with pytest.raises(InvalidImage, match=r"phantom-1: T1 holds NaN"):
        prepare(study, PLAN)


def test_a_constant_sequence_is_refused():
    study = head_study(head_grid())
    study.images[Channel.T1GD].array[:] = 7.0
    with pytest.raises(InvalidImage, match=r"phantom-1: T1 with contrast is constant"):
        prepare(study, PLAN)


# The whole way


@pytest.mark.parametrize(
    ("there", "missing"),
    [
        ((Channel.FLAIR,), (Channel.T1, Channel.T1GD)),
        ((Channel.FLAIR, Channel.T1), (Channel.T1GD,)),
        (tuple(Channel), ()),
    ],
)
def test_flair_stands_in_for_what_is_missing(there, missing):
    prepared = prepare(head_study(head_grid(), sequences=there), PLAN)
    assert prepared.replaced == missing
    for channel, sequence in enumerate(Channel):
        same = np.array_equal(prepared.planes[..., channel], prepared.planes[..., FLAIR_CHANNEL])
        assert same == (sequence in missing or sequence is Channel.FLAIR)


@pytest.mark.parametrize("spacing", [(2.0, 2.0, 4.0), (1.5, 2.2, 3.0)])
@pytest.mark.parametrize("orientation", ORIENTATIONS)
def test_a_lesion_comes_back_to_its_place_in_the_patient(orientation, spacing):
    grid, centre = head_grid(orientation, (96, 90, 40), spacing), (25.0, 15.0, 8.0)
    prepared = prepare(head_study(grid, [(centre, 14.0)]), PLAN)
    restored = prepared.restore(prepared.planes[..., FLAIR_CHANNEL])
    truth = ball(grid, centre, 14.0).astype(float)
    found = np.where(restored > 1.8, 1.0, 0.0)
    shift = centroid_ras(found, grid) - centroid_ras(truth, grid)
    assert np.linalg.norm(shift) < 0.3


@pytest.mark.parametrize("orientation", ORIENTATIONS)
def test_restoring_to_a_mirrored_grid_is_noticed(orientation):
    """Control: the same planes on a grid that runs the other way miss the lesion by far."""
    grid, centre = head_grid(orientation), (25.0, 15.0, 8.0)
    prepared = prepare(head_study(grid, [(centre, 14.0)]), PLAN)
    mirrored = Grid(grid.shape, np.diag([-1.0, 1.0, 1.0, 1.0]) @ grid.affine)
    wrong = Restore(mirrored, prepared.restore.window)(prepared.planes[..., FLAIR_CHANNEL])
    shift = centroid_ras(np.where(wrong > 1.8, 1.0, 0.0), grid) - np.array(centre)
    assert np.linalg.norm(shift) > 20


def test_a_single_slice_is_a_study():
    grid = head_grid(shape=(96, 80, 1))
    study = head_study(grid, [((25.0, 15.0, 0.0), 14.0)])
    prepared = prepare(study, PLAN)
    assert prepared.batch(0, 1).shape == (1, 96, 96, 9)
    assert prepared.restore(prepared.planes[..., 0]).shape == grid.shape
