from functools import partial
from itertools import islice

import numpy as np
import pytest

from glioscope.training.data.batches import Batch, Prefetch, make_batch, training_batches
from toy_training import toy_config, toy_store


def test_channels_are_lower_middle_upper_by_sequence() -> None:
    store = toy_store()
    slices, targets = make_batch(store, np.array([5]), toy_config(), None)
    assert slices.shape == (1, 16, 16, 9)
    for offset in range(3):
        expected = store.planes[4 + offset].astype(np.float32)
        assert np.array_equal(slices[0, ..., 3 * offset : 3 * offset + 3], expected)
    assert targets["presence"].tolist() == [[0.0]]


def test_the_slice_head_is_given_the_stores_own_target() -> None:
    store = toy_store()
    store.presence[5] = 0.25
    _, targets = make_batch(store, np.array([4, 5]), toy_config(), None)
    assert targets["presence"].tolist() == [[1.0], [0.25]]


def test_a_resumed_run_sees_the_same_epoch() -> None:
    store, config, allowed = toy_store(), toy_config(), np.arange(32)
    whole = list(islice(training_batches(store, allowed, config, 0), 6))
    resumed = list(islice(training_batches(store, allowed, config, 2), 2))
    for a, b in reversed(list(zip(whole[4:], resumed, strict=True))):
        assert np.array_equal(a()[0], b()[0])


def test_prefetch_keeps_order_and_closes() -> None:
    store, config, allowed = toy_store(), toy_config(), np.arange(32)
    ahead = Prefetch(training_batches(store, allowed, config, 0))
    got = list(islice(ahead, 4))
    ahead.close()
    expected = list(islice(training_batches(store, allowed, config, 0), 4))
    assert all(np.array_equal(a[0], b()[0]) for a, b in zip(got, expected, strict=True))
    assert ahead.waited_s > 0


def test_batches_are_made_a_few_ahead_and_no_more() -> None:
    begun = list[int]()

    def make(number: int) -> Batch:
        begun.append(number)
        return np.full(1, number), {}

    ahead = Prefetch(partial(make, number) for number in range(40))
    coming = iter(ahead)
    assert [next(coming)[0][0] for _ in range(3)] == [0, 1, 2]
    ahead.close()
    assert 3 <= len(begun) <= 10
    assert len(list(coming)) < 10, "what was asked for is all that comes after the end"


def test_an_error_in_a_thread_reaches_the_consumer() -> None:
    def whole() -> Batch:
        return np.zeros(1), {}

    def broken() -> Batch:
        raise OSError("disk gone")

    ahead = Prefetch(iter([whole, broken]))
    coming = iter(ahead)
    assert next(coming)[0] == [0]
    with pytest.raises(OSError, match="disk gone"):
        next(coming)
    ahead.close()
