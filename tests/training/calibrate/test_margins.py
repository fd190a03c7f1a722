"""The fitted margins keep their promise on new patients."""

import numpy as np
import pytest
from scipy import ndimage

from glioscope.findings.bounds import bounds
from glioscope.model.plan import Plan
from glioscope.training.calibrate.answer import KnownAnswer
from glioscope.training.calibrate.intervals import FEWEST
from glioscope.training.calibrate.margins import (
    RATE,
    STEPS_MM,
    Losses,
    fit,
    losses,
    with_margins,
)

SPACING = (5.0, 1.0, 1.0)
BALL = (np.indices((7, 30, 30)) * np.array(SPACING)[:, None, None, None]).astype(float)


def ball(radius, shift=(0.0, 0.0, 0.0)):
    centre = np.array([15.0, 15.0, 15.0]) + np.array(shift)
    return ((BALL - centre[:, None, None, None]) ** 2).sum(axis=0) <= radius**2


def patients(count, seed):
    """Outlines that are too small or too large, and beside the place, by chance."""
    chance = np.random.default_rng(seed)
    for _ in range(count):
        reference = ball(chance.uniform(7, 11))
        yield ball(chance.uniform(6, 12), chance.normal(0, 1.2, 3)), reference


def risks(margins, count, seed):
    rows = []
    for mask, reference in patients(count, seed):
        held = bounds(mask, SPACING, margins)
        wrong = (held.sure & ~reference).sum() / max(1, held.sure.sum())
        rows.append((wrong, (reference & ~held.possible).sum() / reference.sum()))
    return np.mean(rows, axis=0)


def test_on_new_patients_both_promises_are_kept():
    shares = []
    for seed in range(6):
        margins = fit([losses(*one, SPACING) for one in patients(60, seed)])
        shares.append(risks(margins, 60, 1000 + seed))
    bare = [risks(type(margins)(RATE, 60, 0.0, 0.0), 60, 1000 + seed) for seed in range(6)]
    assert (np.mean(bare, axis=0) > RATE).all()
    assert (np.mean(shares, axis=0) <= RATE).all()


def test_losses_count_what_the_regions_would_do():
    mask, reference = next(iter(patients(1, 3)))
    found = losses(mask, reference, SPACING)
    for step in (0, 8, 20):
        away = float(STEPS_MM[step])
        margins = fit([found] * 300, 0.99)
        held = bounds(mask, SPACING, type(margins)(0.5, 1, away, away))
        outside = (reference & ~held.possible).sum() / reference.sum()
        assert found.possible[step] == pytest.approx(outside)
        wrong = (held.sure & ~reference).sum() / max(1, held.sure.sum())
        assert found.sure[step] >= wrong - 1e-12
    assert (np.diff(found.sure) <= 0).all()
    assert (np.diff(found.possible) <= 0).all()


def test_what_was_not_outlined_lies_outside_however_far():
    found = losses(np.zeros((7, 30, 30), bool), ball(8), SPACING)
    assert (found.possible == 1).all()
    assert (found.sure == 0).all()


def test_a_promise_that_no_distance_keeps_gives_no_margins():
    steps = len(STEPS_MM)
    never = [Losses(np.zeros(steps), np.full(steps, 0.5))] * FEWEST
    assert fit(never) is None
    always = [Losses(np.zeros(steps), np.zeros(steps))] * FEWEST
    assert fit(always[1:]) is None
    assert fit(always).outside_mm == 0.0


def test_a_plan_gets_margins_of_what_it_outlines():
    """Every outline is one pixel too wide, every pixel 1.25 mm and every slice 5 mm."""
    plan = Plan("test", "1", 32, field_of_view_mm=40.0, presence_threshold=0.5)
    reference = np.zeros((8, 32, 32), bool)
    reference[2:6, 8:24, 8:24] = True
    wide = ndimage.binary_dilation(reference, np.ones((1, 3, 3)))
    presence = np.where(reference.any(axis=(1, 2)), 0.9, 0.1).astype(np.float32)
    answer = KnownAnswer(wide.astype(np.float32), presence, reference, np.zeros((8, 3), np.float32))
    margins = with_margins(plan, [answer] * 40).margins
    assert margins.patients == 40
    assert margins.outside_mm == 0.0
    assert margins.inside_mm == 1.25
