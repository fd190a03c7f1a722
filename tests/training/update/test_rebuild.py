"""Networks come back from their ONNX file, of every shape that is exported."""

from dataclasses import replace

import keras
import numpy as np
import pytest

from glioscope.errors import ModelError
from glioscope.model.bundle import PLAN, WEIGHTS, shipped_model
from glioscope.model.engine import OnnxEngine
from glioscope.model.plan import Plan
from glioscope.training.config import NetworkConfig
from glioscope.training.export.onnx import PARITY, largest_difference, parity, to_onnx
from glioscope.training.network.keras_engine import KerasEngine
from glioscope.training.network.unet import build
from glioscope.training.update.rebuild import rebuild
from toy_model import toy_network
from toy_training import toy_config

SIZE = 32
SHAPES = {
    "slice head": NetworkConfig(widths=(4, 8, 8), context=1, presence=True, stem=2, slope=0.1),
    "mask alone": NetworkConfig(widths=(4, 6), context=0, decoder_convs=1, slope=0.1),
    "one convolution": NetworkConfig(widths=(4, 8), context=0, encoder_convs=1, presence=True),
}


def exported(tmp_path, network, seeds=(0,)):
    """Networks with weights and statistics that are not the initial ones, and their ONNX."""
    config = toy_config(stages=((SIZE, 1),), network=network)
    paths = []
    for seed in seeds:
        keras.utils.set_random_seed(seed)
        rng = np.random.default_rng(seed)
        made = build(network, SIZE)
        for weight in made.weights:
            drift = 0.1 * rng.standard_normal(weight.shape, np.float32)
            weight.assign(keras.ops.convert_to_numpy(weight) + np.abs(drift))
        paths.append(tmp_path / f"{seed}.weights.h5")
        made.save_weights(paths[-1])
    return config, made, to_onnx(config, paths, half=False)


@pytest.mark.parametrize("name", SHAPES)
def test_the_same_network_comes_back(tmp_path, name: str) -> None:
    config, made, content = exported(tmp_path, SHAPES[name])
    rebuilt = rebuild(content, config.plan())
    assert rebuilt.network == SHAPES[name]
    again = build(rebuilt.network, SIZE)
    rebuilt.put_into(again)
    depth = made.input_shape[-1]
    slices = np.random.default_rng(1).random((3, SIZE, SIZE, depth), np.float32)
    engines = KerasEngine(made), KerasEngine(again)
    assert largest_difference(*engines, slices, config.plan()) < PARITY
    frozen = [one for one in again.layers if isinstance(one, keras.layers.BatchNormalization)]
    assert frozen and not any(layer.trainable_weights for layer in frozen)


def test_the_network_that_ships_comes_back() -> None:
    plan = Plan.load(shipped_model() / PLAN)
    rebuilt = rebuild((shipped_model() / WEIGHTS).read_bytes(), plan)
    assert rebuilt.network.presence and len(rebuilt.network.widths) == 5


def test_classes_come_back_and_count_in_the_parity(tmp_path) -> None:
    network = replace(SHAPES["one convolution"], stem=2, classes=("a", "b", "c"))
    config, made, content = exported(tmp_path, network)
    # What comes back is held against the file, classes and all.
    assert rebuild(content, config.plan()).network == network
    slices = np.random.default_rng(1).random((2, SIZE, SIZE, made.input_shape[-1]), np.float32)
    weights = [tmp_path / "0.weights.h5"]
    assert parity(config, weights, content, slices) < PARITY
    _, _, shares = OnnxEngine(content, config.plan()).with_classes(slices)
    assert shares.shape == (2, SIZE, SIZE, 3) and np.allclose(shares.sum(axis=-1), 1, atol=1e-5)
    bias = made.get_layer("classes_logits").bias
    bias.assign(keras.ops.convert_to_numpy(bias) + np.float32([1, 0, 0]))
    made.save_weights(weights[0])
    assert parity(config, weights, content, slices) > 0.01


def test_a_head_for_classes_begins_afresh_on_a_network_without(tmp_path) -> None:
    config, made, content = exported(tmp_path, SHAPES["one convolution"])
    rebuilt = rebuild(content, config.plan())
    wider = build(replace(rebuilt.network, classes=("a", "b")), SIZE)
    rebuilt.put_into(wider)
    slices = np.random.default_rng(1).random((2, SIZE, SIZE, made.input_shape[-1]), np.float32)
    engines = KerasEngine(made), KerasEngine(wider)
    assert largest_difference(*engines, slices, config.plan()) < PARITY
    # Its own normalisation learns; those of the trunk stay as they are.
    norms = [one for one in wider.layers if isinstance(one, keras.layers.BatchNormalization)]
    assert [one.name for one in norms if one.trainable] == ["classes_norm"]


def test_others_are_refused(tmp_path) -> None:
    with pytest.raises(ModelError, match="cannot be"):
        rebuild(toy_network(SIZE, 1), Plan("toy", "1", SIZE))
    config, _, content = exported(tmp_path, SHAPES["slice head"], seeds=(0, 1))
    with pytest.raises(ModelError, match="cannot be tuned"):
        rebuild(content, config.plan())
