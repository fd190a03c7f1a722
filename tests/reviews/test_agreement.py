"""Agreement of two outlines against figures worked out by hand."""

import numpy as np
import pytest

from glioscope.reviews.agreement import Overlap

EMPTY = np.zeros((4, 5, 3), bool)


def test_two_outlines_that_share_half() -> None:
    one, other = EMPTY.copy(), EMPTY.copy()
    one[:2, :2, 0] = True
    other[1:3, :2, 0] = True
    other[0, 0, 2] = True
    found = Overlap.of(one, other)
    assert found.dice == pytest.approx(4 / 9)
    assert found.slices == [pytest.approx(0.5), None, 0.0]
    # Of 60 voxels 2 in both, 2 and 3 in one alone: agreed 55; by chance 4 * 5 + 56 * 55 of 3600.
    chance = (4 * 5 + 56 * 55) / 3600
    assert found.kappa == pytest.approx((55 / 60 - chance) / (1 - chance))
    assert found.difference_ml(0.5) == -0.5


def test_where_there_is_nothing_to_agree_on() -> None:
    found = Overlap.of(EMPTY, EMPTY)
    assert (found.dice, found.kappa, found.difference_ml(1.0)) == (None, None, 0.0)
    assert Overlap.of(~EMPTY, ~EMPTY).kappa is None
    one = EMPTY.copy()
    one[0, 0, 0] = True
    assert (Overlap.of(one, EMPTY).dice, Overlap.of(one, EMPTY).kappa) == (0.0, 0.0)
    assert Overlap.of(one, one).kappa == Overlap.of(one, one).dice == 1.0
