"""The fitted widening covers new patients as often as it says."""

import numpy as np
import pytest

from glioscope.model.plan import Plan
from glioscope.training.calibrate.answer import KnownAnswer
from glioscope.training.calibrate.intervals import COVERAGE, FEWEST, FIGURES, Fitted, fit, measure

PLAN = Plan("test", "1", 32, presence_threshold=0.5)


def patients(count, seed, spread=0.3):
    """Bands of ±10 % around a figure of 100; the expert's lies off by a lognormal factor."""
    rng = np.random.default_rng(seed)
    factors = np.exp(spread * rng.standard_normal((count, 4)))
    own = np.full(4, 100.0)
    return [Fitted(own, own * 0.9, own * 1.1, own * f) for f in factors]


def inside(patient, widening):
    factors = np.exp([getattr(widening, name) for name in FIGURES])
    return (patient.inner / factors <= patient.expert) & (patient.expert <= patient.outer * factors)


def test_new_patients_are_covered_as_promised():
    """Mean over 200 draws of 60 patients; the theorem says at least 0.9, at most 0.9 + 1 / 61."""
    shares = []
    for seed in range(200):
        widening = fit(patients(60, seed))
        shares.append(np.mean([inside(p, widening) for p in patients(50, 10_000 + seed)]))
    assert COVERAGE - 0.01 <= np.mean(shares) <= COVERAGE + 1 / 61 + 0.01


def test_without_widening_they_are_not():
    """Control: the band alone covers about a quarter of these patients."""
    widening = fit(patients(60, 0))
    bare = type(widening)(COVERAGE, 60, 0.0, 0.0, 0.0, 0.0)
    assert np.mean([inside(p, bare) for p in patients(200, 1)]) < 0.4


def test_too_few_patients_have_none():
    assert fit(patients(FEWEST - 1, 0)) is None
    assert fit(patients(FEWEST, 0)).patients == FEWEST


def test_a_band_that_is_too_wide_is_drawn_in():
    assert fit(patients(60, 0, spread=0.001)).volume < 0


def answer(mask, reference, probability=0.9):
    pixels = np.where(mask, probability, 0.1).astype(np.float32)
    presence = np.where(mask.any(axis=(1, 2)), 0.9, 0.1).astype(np.float32)
    return KnownAnswer(pixels, presence, reference, np.ones((len(mask), 3), np.float32))


def box(*corners, shape=(4, 20, 20)):
    region = np.zeros(shape, bool)
    for low, high in corners:
        region[tuple(slice(a, b) for a, b in zip(low, high, strict=True))] = True
    return region


def test_one_patient_is_measured_by_all_lesions_and_the_largest():
    """Blocks of 6 × 8 and 3 × 4 px: diameters 10 and 7.5, 5 and 3.75."""
    mask = box(((1, 2, 2), (3, 8, 10)), ((1, 14, 14), (2, 17, 18)))
    reference = box(((1, 2, 2), (3, 8, 10)))
    found = measure(PLAN, answer(mask, reference))
    assert found.own == pytest.approx([96 + 12, 10, 7.5, 75 + 5 * 3.75])
    assert found.inner == pytest.approx(found.own) and found.outer == pytest.approx(found.own)
    assert found.expert == pytest.approx([96, 10, 7.5, 75])
    assert found.scores == pytest.approx(np.log(found.own / found.expert))


def test_an_empty_outline_has_no_figures():
    mask = box(((1, 2, 2), (3, 8, 10)))
    assert measure(PLAN, answer(np.zeros_like(mask), mask)) is None
    assert measure(PLAN, answer(mask, np.zeros_like(mask))) is None
