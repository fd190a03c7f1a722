from pathlib import Path

import keras
import numpy as np
import pytest

from glioscope.errors import UsageError
from glioscope.model.bundle import load_model
from glioscope.pipeline import analyze
from glioscope.reading.phantom import phantom_study
from glioscope.training.config import NetworkConfig, TrainConfig
from glioscope.training.export import PARITY, parity, to_onnx, write_bundle
from glioscope.training.unet import build
from toy_training import toy_config

SIZE = 32


@pytest.fixture(scope="module")
def trained(tmp_path_factory) -> tuple[TrainConfig, Path]:
    """A toy network with weights and batch statistics that are not the initial ones."""
    keras.utils.set_random_seed(0)
    config = toy_config(stages=((SIZE, 1),))
    network = build(config.network, SIZE)
    rng = np.random.default_rng(0)
    for weight in network.weights:
        drift = 0.1 * rng.random(weight.shape, np.float32)
        weight.assign(keras.ops.convert_to_numpy(weight) + drift)
    path = tmp_path_factory.mktemp("weights") / "toy.weights.h5"
    network.save_weights(path)
    return config, path


def slices(count: int) -> np.ndarray:
    return np.random.default_rng(1).random((count, SIZE, SIZE, 9), np.float32)


def test_onnx_answers_as_keras_does(trained) -> None:
    config, weights = trained
    assert parity(config, weights, to_onnx(config, weights, half=False), slices(3)) < PARITY


def test_half_precision_weights_halve_the_file(tmp_path) -> None:
    config = toy_config(
        stages=((SIZE, 1),), network=NetworkConfig(widths=(16, 32, 64), context=1, presence=True)
    )
    path = tmp_path / "wide.weights.h5"
    build(config.network, SIZE).save_weights(path)
    full, half = (to_onnx(config, path, half=h) for h in (False, True))
    assert len(half) < 0.6 * len(full)
    assert parity(config, path, half, slices(2)) < 0.01


def test_batch_normalisation_is_folded(trained) -> None:
    import onnx

    graph = onnx.load_from_string(to_onnx(*trained)).graph
    assert "BatchNormalization" not in {node.op_type for node in graph.node}


def test_the_bundle_loads_and_analyses(trained, tmp_path: Path) -> None:
    config, weights = trained
    folder = tmp_path / "toy"
    difference, _ = write_bundle(folder, config, weights, config.plan(), "# toy\n", slices(2))
    assert difference < PARITY
    study, _ = phantom_study(size=64, slices=6)
    analysis = analyze(study, load_model(folder))
    assert len(analysis.slices) == 6
    assert analysis.model.name == "toy"
    with pytest.raises(UsageError, match="exists"):
        write_bundle(folder, config, weights, config.plan(), "# toy\n", slices(2))
    assert [p.name for p in tmp_path.iterdir()] == ["toy"]
