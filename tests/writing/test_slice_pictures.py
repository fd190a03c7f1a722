from dataclasses import replace

import numpy as np
import pytest

from glioscope.volume import Grid
from glioscope.writing.slice_pictures import OUTLINE, SECOND_LOOK, key_slices, slices_of, tile
from phantoms import (
    ORIENTATIONS,
    analysis_for,
    ball_mask,
    box_mask,
    grid_of,
    nominal_grid,
    with_bounds,
)


def coloured(picture, colour=OUTLINE):
    return (np.asarray(picture) == colour).all(axis=-1)


@pytest.mark.parametrize("name", ORIENTATIONS)
def test_left_is_shown_right_and_front_is_shown_above(name):
    mask = ball_mask(grid_of(name), (-5, 4, 2), 2.5)  # the patient's left, in front
    slices = slices_of(analysis_for(mask))
    widest = int(slices.mask.sum(axis=(1, 2)).argmax())
    rows, columns = np.nonzero(coloured(tile(slices, widest, 240, 240)))
    assert columns.mean() > 130
    assert rows.mean() < 115


def test_control_a_lesion_on_the_right_is_not_shown_right():
    mask = ball_mask(grid_of("axial"), (5, 4, 2), 2.5)
    slices = slices_of(analysis_for(mask))
    widest = int(slices.mask.sum(axis=(1, 2)).argmax())
    assert np.nonzero(coloured(tile(slices, widest, 240, 240)))[1].mean() < 120


def test_the_outline_is_not_where_nothing_is():
    slices = slices_of(analysis_for(box_mask(nominal_grid(), (8, 8, 5), (12, 12, 7))))
    assert coloured(tile(slices, 5, 200, 200)).any()
    assert not coloured(tile(slices, 2, 200, 200)).any()


@pytest.mark.parametrize("cut", [False, True])
def test_the_sure_region_is_a_line_inside_the_outline_and_the_possible_one_dashes_around(cut):
    grid = Grid((60, 60, 9), np.diag([-1.0, -1.0, 5.0, 1.0]))
    analysis = analysis_for(ball_mask(grid, (-30, -30, 20), 12))
    bounded = slices_of(with_bounds(analysis, analysis.study.grid.spacing_mm))
    plain, bounded = (s.crop() if cut else s for s in (slices_of(analysis), bounded))
    side = 6 * max(plain.grey.shape[1:])
    added = coloured(tile(bounded, 4, side, side)) & ~coloured(tile(plain, 4, side, side))
    rows, columns = np.nonzero(coloured(tile(plain, 4, side, side)))
    middle = np.array([np.mean([a.min(), a.max()]) for a in (rows, columns)])
    away = np.linalg.norm(np.argwhere(added) - middle, axis=1) / 6
    inside, around = away[away < 12], away[away > 12]
    # Six picture pixels to a voxel of 1 mm; lines lie within their regions, 3 mm in and 4 mm out.
    assert (inside.min(), inside.max()) == (pytest.approx(9, abs=1.2),) * 2
    assert (around.min(), around.max()) == (pytest.approx(16, abs=1.2),) * 2
    whole = 2 * np.pi * 16 * 6
    assert 0.25 * whole < len(around) < 0.9 * whole * max(1, round(side / 300))


@pytest.mark.parametrize("cut", [False, True])
def test_the_region_of_a_possible_miss_is_boxed_around_itself(cut):
    analysis = analysis_for(box_mask(nominal_grid(), (8, 8, 5), (12, 12, 7)))
    (first, *others) = analysis.possible_misses
    boxed = replace(first, box_px=(4, 10, 8, 14))
    slices = slices_of(replace(analysis, possible_misses=(boxed, *others)))
    slices = slices.crop() if cut else slices
    side = 10 * max(slices.grey.shape[1:])
    drawn = coloured(tile(slices, first.index, side, side), SECOND_LOOK)
    rows, columns = np.nonzero(drawn)
    # Ten picture pixels to a voxel: the box is 40 wide and high, and its line lies outside.
    assert (np.ptp(rows), np.ptp(columns)) == (pytest.approx(43, abs=2),) * 2
    assert not coloured(tile(slices, others[-1].index, side, side), SECOND_LOOK).any()


def test_pixels_that_are_not_square_are_shown_in_proportion():
    grid = Grid((40, 20, 3), np.diag([-1.0, -2.0, 5.0, 1.0]))
    slices = slices_of(analysis_for(box_mask(grid, (5, 2, 1), (35, 18, 2))))
    rows, columns = np.nonzero(coloured(tile(slices, 1, 300, 300)))
    assert np.ptp(columns) / np.ptp(rows) == pytest.approx(30 / 32, abs=0.05)


def test_key_slices_with_lesions_hold_the_widest_of_each():
    mask = ball_mask(grid_of("axial"), (4, 3, -8), 3.5)
    other = ball_mask(grid_of("axial"), (-4, -3, 9), 3)
    both = type(mask)(mask.array | other.array, mask.grid)
    analysis = analysis_for(both)
    wide = {f.diameter_slice for f in analysis.findings}
    assert len(wide) == 2
    for count in (2, 4, 8):
        chosen = key_slices(analysis, count)
        assert wide <= set(chosen)
        assert len(chosen) == count and list(chosen) == sorted(set(chosen))


def test_key_slices_without_a_lesion_hold_the_most_probable():
    analysis = analysis_for(box_mask(grid_of("axial"), (0, 0, 0), (0, 0, 0)))
    assert len(key_slices(analysis, 4)) == 4
    assert key_slices(analysis, 100) == tuple(range(12))
