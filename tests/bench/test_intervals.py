"""The coverage bench on patients whose errors are known."""

import numpy as np
import pytest

from glioscope.training.calibrate.intervals import Fitted
from intervals import intervals, summary


def patients(factors):
    """A figure of 100 with a band of ±10 %; the expert's is `factor` times as large."""
    own = np.full(4, 100.0)
    return [Fitted(own, own * 0.9, own * 1.1, own * f) for f in factors]


def test_coverage_and_width_are_counted():
    """Half of each fold lies inside the band, the rest above it by 15 rising factors.

    Of the 60 patients of two folds the 55th smallest score, ceil(61 x 0.9), is that of the 13th
    factor: it is the upper end of every interval, and 27 or, on that very end, 28 of 30 lie inside.
    """
    far = np.linspace(1.2, 1.4, 15)
    found = summary(intervals([patients([1.0] * 15 + far.tolist()) for _ in range(3)]))["volume"]
    assert found["patients"] == 90
    assert 27 / 30 - 1e-9 <= found["coverage"] <= 28 / 30 + 1e-9
    assert found["coverage_of_the_band_alone"] == 0.5
    assert found["median_low"] == pytest.approx(0.9 * 1.1 / far[12])
    assert found["median_high"] == pytest.approx(far[12])


def test_a_fold_is_widened_by_the_others_only():
    """Only the third fold's patients are far off, so the first two folds do not cover it."""
    folds = [patients([1.0] * 30), patients([1.0] * 30), patients([2.0] * 30)]
    rows = intervals(folds)
    third = [row["inside"] for row in rows[-120:]]
    assert not any(third) and all(row["inside"] for row in rows[:-120])
