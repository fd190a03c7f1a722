from glioscope.writing.report.slice_labels import slice_cell, slice_label, slices_cell
from glioscope.writing.wording import wording
from phantoms import analysis_for, ball_mask, grid_of


def test_slices_are_numbered_from_one():
    analysis = analysis_for(ball_mask(grid_of("axial"), (3, -2, 1), 4))
    assert slice_label(analysis, 12, wording("en")) == "slice 13"
    assert slice_label(analysis, 12, wording("ru")) == "срез 13"
    assert slice_cell(analysis, 12) == "13"


def test_a_run_of_one_is_one():
    analysis = analysis_for(ball_mask(grid_of("axial"), (3, -2, 1), 4))
    assert slices_cell(analysis, 8, 12) == "9–13"
    assert slices_cell(analysis, 9, 9) == "10"
