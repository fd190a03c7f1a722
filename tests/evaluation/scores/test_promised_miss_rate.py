from dataclasses import replace

import numpy as np

from evaluation.small import A, prediction, references
from glioscope.evaluation.scores.patient import Patient, measure
from glioscope.evaluation.scores.promised_miss_rate import coverage


def patients(count: int, honest: bool = True) -> list[Patient]:
    """Eight slices each, half with tumour; `honest` or not, all draw from one distribution."""
    rng = np.random.default_rng(0)
    base = measure(prediction(A), references()[A])
    made = []
    for _ in range(count):
        positive = np.arange(8) < 4
        logit = np.where(positive, 2, -2) + rng.normal(0, 1) + rng.normal(0, 1, 8)
        area = positive.astype(np.int64)
        zero = np.zeros(8, np.int64)
        overlap = replace(
            base.slices.overlap,
            **{
                name: area if name.startswith("reference") else zero
                for name in vars(base.slices.overlap)
            },
        )
        slices = replace(
            base.slices,
            names=tuple("abcdefgh"),
            probability=1 / (1 + np.exp(-logit)),
            called=positive,
            overlap=overlap,
        )
        made.append(replace(base, slices=slices))
    return made


def test_the_promise_is_kept_and_costs_more_the_more_is_promised():
    strict, loose = coverage(patients(80), (0.05, 0.2), repeats=200)
    assert strict.miss_rate.mean() <= 0.05 < loose.miss_rate.mean() <= 0.2
    assert strict.specificity.mean() < loose.specificity.mean()
    assert strict.unkept == loose.unkept == 0
    assert len(strict.miss_rate) == 200


def test_what_cannot_be_promised_is_counted_and_not_judged():
    [never] = coverage(patients(80), (0.01,), repeats=20)
    assert never.unkept == 1.0
    assert never.miss_rate.size == 0


def test_too_few_patients_promise_nothing():
    assert coverage(patients(63), repeats=5) == []


def test_the_seed_decides():
    first, again, other = (coverage(patients(70), (0.1,), repeats=20, seed=s) for s in (1, 1, 2))
    assert np.array_equal(first[0].miss_rate, again[0].miss_rate)
    assert not np.array_equal(first[0].miss_rate, other[0].miss_rate)
