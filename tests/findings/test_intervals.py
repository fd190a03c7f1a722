"""Intervals around figures of spheres whose probability falls off at a known rate."""

import math
from dataclasses import replace

import numpy as np
import pytest
from scipy.special import expit

from glioscope.errors import ModelError
from glioscope.findings.intervals import edges, ratios
from glioscope.findings.lesions import find_lesions
from glioscope.model.components import label
from glioscope.model.plan import Plan
from glioscope.model.plan_parts import IntervalMargins
from glioscope.volume import Grid, Mask
from phantoms import grid_of, nominal_grid

NONE = IntervalMargins(0.9, 90, 0.0, 0.0, 0.0, 0.0)
PLAN = Plan("test", "1", 32, widening=NONE)
SHAPE = (48, 48, 48)
CENTRES = ((24, 24, 24),)


def fuzzy(radius, width, centres=CENTRES, shape=SHAPE):
    """Probability 0.5 at `radius` pixels from a centre; its logit falls by 1 per `width`."""
    voxels = np.stack(np.meshgrid(*map(np.arange, shape), indexing="ij"), axis=-1)
    away = np.min([np.linalg.norm(voxels - np.array(c), axis=-1) for c in centres], axis=0)
    return expit((radius - away) / width).astype(np.float32)


def found(probability, grid=None, plan=PLAN):
    grid = grid or nominal_grid(probability.shape)
    return find_lesions(Mask(probability >= 0.5, grid), probability, plan).findings


@pytest.mark.parametrize("width", [0.3, 1.0, 3.0])
def test_the_band_of_a_sphere_is_that_of_its_shells(width):
    """Thresholds 0.3 and 0.7 lie log(7/3) widths outside and inside the outline."""
    (ball,) = found(fuzzy(12, width))
    step = math.log(7 / 3) * width
    for n, radius in enumerate((12 - step, 12 + step)):
        assert ball.intervals.volume[n] == pytest.approx((radius / 12) ** 3, abs=0.04)
        assert ball.intervals.diameter[n] == pytest.approx(radius / 12, abs=0.06)
        assert ball.intervals.product[n] == pytest.approx((radius / 12) ** 2, abs=0.12)


def test_a_sharp_border_has_no_band_and_a_widening_opens_it():
    sharp = fuzzy(12.1, 0.01)
    (ball,) = found(sharp)
    assert ball.intervals.volume == ball.intervals.product == (1.0, 1.0)
    wide = replace(PLAN, widening=IntervalMargins(0.9, 90, math.log(1.25), 0.0, -0.2, math.log(2)))
    (ball,) = found(sharp, plan=wide)
    assert ball.intervals.volume == pytest.approx((0.8, 1.25))
    assert ball.intervals.product == pytest.approx((0.5, 2.0))
    assert ball.intervals.diameter == ball.intervals.perpendicular == (1.0, 1.0)


def test_a_fuzzier_border_has_a_wider_interval():
    widths = [found(fuzzy(12, w))[0].intervals.volume for w in (0.5, 1.0, 2.0)]
    assert sorted(widths, key=lambda v: v[1] - v[0]) == widths


def test_without_a_widening_there_are_no_intervals():
    assert found(fuzzy(12, 1.0), plan=replace(PLAN, widening=None))[0].intervals is None


@pytest.mark.parametrize("name", ["axial", "sagittal", "coronal", "oblique"])
def test_intervals_are_the_same_in_every_orientation(name):
    grid = grid_of(name, SHAPE)
    centre = np.array(SHAPE) / 2
    voxels = np.stack(np.meshgrid(*map(np.arange, SHAPE), indexing="ij"), axis=-1)
    away = np.linalg.norm((voxels - centre) * grid.spacing, axis=-1)
    probability = (1 / (1 + np.exp((away - 14) / 1.5))).astype(np.float32)
    (ball,) = found(probability, grid)
    step = 1.5 * math.log(7 / 3)
    for n, radius in enumerate((14 - step, 14 + step)):
        assert ball.intervals.volume[n] == pytest.approx((radius / 14) ** 3, abs=0.08)
        assert ball.intervals.diameter[n] == pytest.approx(radius / 14, abs=0.08)


def test_a_lesion_that_is_nowhere_sure_may_be_nothing():
    probability = np.where(fuzzy(6, 0.1) >= 0.5, 0.6, 0.0).astype(np.float32)
    (faint,) = found(probability)
    assert faint.intervals.volume[0] == faint.intervals.diameter[0] == 0.0


def test_what_two_lesions_grow_into_goes_to_the_nearer():
    """Between two balls the lower threshold joins them; each keeps its own half."""
    one, two = (14, 24, 24), (34, 24, 24)
    probability = np.maximum(fuzzy(8, 0.05, (one, two)), 0.0)
    probability[14:35, 20:29, 20:29] = np.maximum(probability[14:35, 20:29, 20:29], 0.4)
    labels, count = label(probability >= 0.5)
    edge = edges(probability, labels, PLAN)
    assert count == 2
    inner, outer = np.zeros_like(labels), np.zeros_like(labels)
    inner[edge.box], outer[edge.box] = edge.inner, edge.outer
    assert set(np.unique(outer[:24])) == {0, 1} and set(np.unique(outer[25:])) == {0, 2}
    assert (outer[labels > 0] == labels[labels > 0]).all()
    assert not inner[labels == 0].any()


def test_what_does_not_touch_the_mask_is_left_out():
    probability = fuzzy(6.1, 0.001, ((12, 12, 12),))
    probability[30:40, 30:40, 30:40] = 0.45
    (ball,) = found(probability)
    assert ball.intervals.volume == (1.0, 1.0)


def test_the_outer_edge_reaches_slices_that_were_not_called():
    probability = np.zeros((20, 20, 8), np.float32)
    probability[6:12, 6:12, 2:5] = 0.9
    probability[6:12, 6:12, 5] = 0.4
    (block,) = found(probability, Grid((20, 20, 8), np.diag([-1.0, -1, 1, 1]), nominal=True))
    assert block.intervals.volume == pytest.approx((1.0, 4 / 3))


def test_ratios_hold_the_figure_itself():
    assert ratios(10.0, 8.0, 13.0, 0.0) == pytest.approx((0.8, 1.3))
    assert ratios(10.0, 8.0, 13.0, -5.0) == (1.0, 1.0)
    assert ratios(10.0, 11.0, 9.0, 0.0) == (1.0, 1.0)


@pytest.mark.parametrize(
    "values",
    [
        (0.0, 90, 0, 0, 0, 0),
        (1.0, 90, 0, 0, 0, 0),
        (0.9, 0, 0, 0, 0, 0),
        (0.9, 9, 0, 0, 0, math.nan),
    ],
)
def test_a_widening_out_of_range_is_refused(values):
    with pytest.raises(ModelError, match="widening"):
        IntervalMargins(*values)


def test_a_widening_is_kept_in_the_plan_file():
    plan = replace(PLAN, widening=IntervalMargins(0.9, 90, 0.1, -0.02, 0.2, 0.3))
    assert Plan.from_json(plan.to_json()) == plan
    broken = plan.to_json().replace('"patients": 90', '"people": 90')
    with pytest.raises(ModelError, match="people"):
        Plan.from_json(broken)
