import numpy as np
import pytest

from glioscope.training.data.slices import _near, draw_epoch
from toy_training import toy_store


def test_neighbours_never_cross_patients() -> None:
    store = toy_store(cases=2, slices=8)
    picked = store.neighbours(np.array([0, 7, 8, 15, 3]), 1)
    assert picked.tolist() == [[0, 0, 1], [6, 7, 7], [8, 8, 9], [14, 15, 15], [2, 3, 4]]


def test_near_marks_two_slices_on_each_side() -> None:
    positive = np.array([0, 0, 0, 1, 1, 0, 0, 0, 0], bool)
    assert np.flatnonzero(_near(positive)).tolist() == [1, 2, 5, 6]


def test_without_a_count_every_slice_comes_once() -> None:
    store = toy_store()
    drawn = draw_epoch(store, np.arange(4, 20), 0, 0.0, (0, 0))
    assert sorted(drawn.tolist()) == list(range(4, 20))


def test_without_a_share_every_slice_is_as_likely() -> None:
    store = toy_store(cases=50)
    allowed = np.arange(len(store))
    counts = np.zeros(len(store))
    for epoch in range(60):
        drawn = draw_epoch(store, allowed, 100, 0.0, (0, epoch))
        assert len(set(drawn.tolist())) == 100
        counts += np.bincount(drawn, minlength=len(store))
    assert counts[store.near].mean() == pytest.approx(counts[~store.near].mean(), rel=0.1)
    assert counts[store.positive].mean() == pytest.approx(counts.mean(), rel=0.1)
    assert len(draw_epoch(store, allowed[:4], 10, 0.0, (0, 0))) == 10


def test_the_positive_share_is_kept_and_the_draw_depends_on_seed_and_epoch() -> None:
    store = toy_store(cases=20)
    allowed = np.arange(len(store))
    drawn = draw_epoch(store, allowed, 40, 0.5, (0, 0))
    assert store.positive[drawn].sum() == 20
    assert np.array_equal(drawn, draw_epoch(store, allowed, 40, 0.5, (0, 0)))
    assert not np.array_equal(drawn, draw_epoch(store, allowed, 40, 0.5, (0, 1)))


def test_only_allowed_slices_are_drawn() -> None:
    store = toy_store(cases=6)
    allowed = np.arange(0, len(store), 2)
    drawn = draw_epoch(store, allowed, 64, 0.5, (1, 0))
    assert set(drawn.tolist()) <= set(allowed.tolist())


def test_hard_negatives_are_drawn_three_times_as_often() -> None:
    store = toy_store(cases=50)
    allowed = np.arange(len(store))
    counts = np.zeros(len(store))
    for epoch in range(60):
        drawn = draw_epoch(store, allowed, 100, 0.5, (0, epoch))
        counts += np.bincount(drawn, minlength=len(store))
    easy = ~store.positive & ~store.near
    assert counts[store.near].mean() / counts[easy].mean() == pytest.approx(3, rel=0.2)
