"""The sure and the possible region of outlines whose distances are known."""

import numpy as np
import pytest

from glioscope.errors import ModelError
from glioscope.findings.bounds import bounds, depth, distance
from glioscope.model.plan import Plan
from glioscope.model.plan_parts import OutlineMargins

MARGINS = OutlineMargins(0.1, 90, inside_mm=3.0, outside_mm=2.0)
EVEN = (1.0, 1.0, 1.0)


def ball(radius, side=40):
    steps = np.indices((side, side, side)) - side // 2
    return (steps**2).sum(axis=0) <= radius**2


def test_a_ball_has_balls_inside_and_around_it():
    outline = ball(12)
    found = bounds(outline, EVEN, MARGINS)
    assert not (found.sure & ~ball(10)).any()
    assert not (ball(8) & ~found.sure).any()
    assert not (found.possible & ~ball(14)).any()
    assert not (ball(13) & ~found.possible).any()


def test_sure_lies_in_the_outline_and_the_outline_in_possible():
    outline = np.random.default_rng(0).random((6, 30, 30)) < 0.2
    found = bounds(outline, (5.0, 0.9, 0.9), MARGINS)
    assert not (found.sure & ~outline).any()
    assert not (outline & ~found.possible).any()


def test_distances_are_in_millimetres_of_every_direction():
    outline = np.zeros((7, 21, 21), bool)
    outline[3, 10, 10] = True
    near = bounds(outline, (5.0, 1.0, 0.5), OutlineMargins(0.1, 90, 0.0, 2.0)).possible
    assert np.flatnonzero(near.any(axis=(1, 2))).tolist() == [3]
    assert np.flatnonzero(near[3, :, 10]).tolist() == [8, 9, 10, 11, 12]
    assert np.flatnonzero(near[3, 10]).tolist() == list(range(6, 15))
    far = bounds(outline, (5.0, 1.0, 0.5), OutlineMargins(0.1, 90, 0.0, 5.0)).possible
    assert np.flatnonzero(far.any(axis=(1, 2))).tolist() == [2, 3, 4]


def test_beyond_the_last_slice_nothing_is_sure():
    outline = np.ones((4, 20, 20), bool)
    found = bounds(outline, (5.0, 1.0, 1.0), OutlineMargins(0.1, 90, 6.0, 0.0))
    assert np.flatnonzero(found.sure.any(axis=(1, 2))).tolist() == [1, 2]
    assert found.possible.all()


def test_nothing_outlined_has_no_regions():
    found = bounds(np.zeros((3, 8, 8), bool), EVEN, MARGINS)
    assert not found.sure.any()
    assert not found.possible.any()


def test_an_outline_at_the_corner_stays_in_the_picture():
    outline = np.zeros((5, 9, 9), bool)
    outline[0, 0, 0] = outline[4, 8, 8] = True
    found = bounds(outline, EVEN, MARGINS)
    expected = (distance(outline, EVEN) <= 2.0).sum()
    assert found.possible.sum() == expected
    assert not found.sure.any()
    assert depth(outline, EVEN).max() == 1.0


@pytest.mark.parametrize(
    "values",
    [(0.0, 90, 1, 1), (1.0, 90, 1, 1), (0.1, 0, 1, 1), (0.1, 9, -1, 1), (0.1, 9, 1, np.inf)],
)
def test_margins_out_of_range_are_refused(values):
    with pytest.raises(ModelError, match="margins"):
        OutlineMargins(*values)


def test_margins_are_kept_in_the_plan_file_and_hold_for_its_own_threshold_alone():
    plan = Plan("test", "1", 32, margins=MARGINS)
    assert Plan.from_json(plan.to_json()) == plan
    assert plan.at("sensitive").margins == MARGINS
    assert plan.at("balanced").margins is None
