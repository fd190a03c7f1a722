from dataclasses import replace
from pathlib import Path

import keras
import numpy as np
import pytest

from glioscope.errors import UsageError
from glioscope.model.bundle import load_model
from glioscope.model.engine import OnnxEngine
from glioscope.phantom.study import phantom_study
from glioscope.pipeline import analyze
from glioscope.training.config import TrainConfig
from glioscope.training.export.onnx import PARITY, load_networks, parity, to_onnx, write_bundle
from glioscope.training.network.keras_engine import KerasEngine
from glioscope.training.network.unet import build
from toy_training import SMALL, toy_config

SIZE = 32


@pytest.fixture(scope="module")
def three(tmp_path_factory) -> tuple[TrainConfig, list[Path]]:
    """Toy networks with weights and batch statistics that are not the initial ones."""
    config = toy_config(stages=((SIZE, 1),))
    paths = []
    for seed in range(3):
        keras.utils.set_random_seed(seed)
        network = build(config.network, SIZE)
        rng = np.random.default_rng(seed)
        for weight in network.weights:
            drift = 0.1 * rng.standard_normal(weight.shape, np.float32)
            weight.assign(keras.ops.convert_to_numpy(weight) + drift)
        paths.append(tmp_path_factory.mktemp("weights") / "toy.weights.h5")
        network.save_weights(paths[-1])
    return config, paths


@pytest.fixture(scope="module")
def trained(three) -> tuple[TrainConfig, list[Path]]:
    """The first of them alone."""
    config, paths = three
    return config, paths[:1]


def slices(count: int) -> np.ndarray:
    return np.random.default_rng(1).random((count, SIZE, SIZE, 9), np.float32)


def test_onnx_answers_as_keras_does(trained) -> None:
    config, weights = trained
    assert parity(config, weights, to_onnx(config, weights, half=False), slices(3)) < PARITY


def test_several_networks_answer_with_their_mean(three) -> None:
    config, paths = three
    content = to_onnx(config, paths, half=False)
    got = OnnxEngine(content, config.plan())(slices(3))
    answers = [KerasEngine(network)(slices(3)) for network in load_networks(config, paths)]
    for output, name in enumerate(("pixels", "presence")):
        members = np.stack([answer[output] for answer in answers])
        assert np.abs(got[output] - members.mean(axis=0)).max() < PARITY, name
        assert all(np.abs(got[output] - one).max() > 2 * PARITY for one in members), name
    assert parity(config, paths, content, slices(3)) < PARITY
    assert parity(config, paths[:2], content, slices(3)) > 10 * PARITY


def test_half_precision_weights_halve_the_file(tmp_path) -> None:
    config = toy_config(
        stages=((SIZE, 1),),
        network=replace(SMALL, widths=(32, 64)),
    )
    path = tmp_path / "wide.weights.h5"
    build(config.network, SIZE).save_weights(path)
    full, half = (to_onnx(config, [path], half=h) for h in (False, True))
    assert len(half) < 0.6 * len(full)
    assert parity(config, [path], half, slices(2)) < 0.01


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
