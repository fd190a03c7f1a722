"""Training on the device: what needs no JAX."""

from dataclasses import replace
from pathlib import Path

import keras
import pytest

from glioscope.errors import UsageError
from glioscope.training.on_device.fit import Clock, fit_on_device
from toy_training import SMALL, toy_config, toy_data


def test_a_clock_allows_what_ends_in_time() -> None:
    assert Clock().allows(1e9)
    assert Clock.of(100).allows(50)
    assert not Clock.of(100).allows(150)
    assert not Clock.of(0).allows(0)


def test_another_backend_is_refused_with_the_remedy(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(keras.backend, "backend", lambda: "tensorflow")
    with pytest.raises(UsageError, match="KERAS_BACKEND=jax"):
        fit_on_device(toy_config(), toy_data(), tmp_path / "run")


def test_a_head_for_classes_is_refused(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(keras.backend, "backend", lambda: "jax")
    config = toy_config(network=replace(SMALL, classes=("edema", "core")))
    with pytest.raises(UsageError, match="does not tell classes apart"):
        fit_on_device(config, toy_data(), tmp_path / "run")
    assert not (tmp_path / "run").exists()
