"""Time per epoch: steps on noise, scaled to the slices of an epoch."""

import pytest

from glioscope.training.loop import timing
from toy_training import DEEP, toy_config

pytestmark = pytest.mark.usefixtures("eager")


@pytest.mark.parametrize(("drawn", "slices", "steps"), [(16, 999, 2), (0, 40, 5)])
def test_steps_of_the_epoch_count(monkeypatch, drawn, slices, steps):
    """A clock that goes on by 3 s between two looks: for a step of 2 of 8 slices."""
    looks = iter((0.0, 3.0))
    monkeypatch.setattr(timing.time, "perf_counter", lambda: next(looks))
    config = toy_config(samples_per_epoch=drawn)
    assert timing.seconds_per_epoch(config, 16, slices) == pytest.approx(3.0 / 2 * 8 * steps)


def test_it_trains_what_the_preset_trains():
    assert timing.seconds_per_epoch(toy_config(network=DEEP), 16, 100) > 0
