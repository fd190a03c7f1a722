"""Two devices train as one does; `on_device/test_on_jax` runs this with Keras on JAX."""

from pathlib import Path

import keras
import numpy as np
import pytest

from glioscope.errors import UsageError
from glioscope.training.loop.devices import across, clear_session
from glioscope.training.loop.fit import fit
from glioscope.training.loop.history import read_history
from glioscope.training.network.keras_engine import KerasEngine
from toy_training import SIZE, toy_config, toy_data

CONFIG = toy_config(stages=((SIZE, 2),), ema=0.9, jit=True)


def weights(model: keras.Model) -> list[np.ndarray]:
    return [keras.ops.convert_to_numpy(weight) for weight in model.weights]


def test_losses_and_weights_are_those_of_one_device(tmp_path: Path) -> None:
    one = fit(CONFIG, toy_data(), tmp_path / "one", verbose=0)
    with across(2, CONFIG.batch_size):
        two = fit(CONFIG, toy_data(), tmp_path / "two", verbose=0)
        assert len(two.weights[0].value.sharding.device_set) == 2, "the control: on both"
        slices = np.random.default_rng(0).random((3, SIZE, SIZE, 9), np.float32)
        answers = KerasEngine(two)(slices), KerasEngine(one)(slices)
        assert all(np.allclose(a, b, atol=1e-5) for a, b in zip(*answers, strict=True))
    assert len(one.weights[0].value.sharding.device_set) == 1
    for a, b in zip(*(read_history(tmp_path / name) for name in ("one", "two")), strict=True):
        assert a["loss"] == pytest.approx(b["loss"], abs=1e-5)
        assert a["val_loss"] == pytest.approx(b["val_loss"], abs=1e-5)
    pairs = zip(weights(one), weights(two), strict=True)
    assert all(np.allclose(a, b, atol=1e-5) for a, b in pairs)


def test_devices_outlive_a_session_and_end_with_the_block() -> None:
    with across(2, 16):
        clear_session()
        assert len(keras.distribution.distribution().device_mesh.devices.flatten()) == 2
    assert keras.distribution.distribution() is None


@pytest.mark.parametrize(("count", "batch", "said"), [(3, 9, "2 devices"), (2, 9, "batches of 9")])
def test_what_cannot_be_divided_is_refused(count: int, batch: int, said: str) -> None:
    with pytest.raises(UsageError, match=said), across(count, batch, "cpu"):
        pass
