import keras
import numpy as np
import pytest
from keras import layers

from glioscope.training.config import NetworkConfig, load_preset
from glioscope.training.data.batches import mask_targets
from glioscope.training.network.unet import build, flop

KINDS = (
    layers.Conv2D,
    layers.Conv2DTranspose,
    layers.BatchNormalization,
    layers.LeakyReLU,
    layers.MaxPooling2D,
    layers.Concatenate,
)
BLOCK = ["Conv2D", "BatchNormalization", "LeakyReLU"] * 2


def test_the_papers_network_block_for_block() -> None:
    network = build(NetworkConfig(widths=(2, 4, 6, 8, 10)), 32)
    found = [type(layer).__name__ for layer in network.layers if isinstance(layer, KINDS)]
    encoder = [*BLOCK, "MaxPooling2D"] * 4
    decoder = ["Conv2DTranspose", "Concatenate", *BLOCK] * 4
    head = ["Conv2D", "BatchNormalization", "LeakyReLU", "Conv2D"]
    assert found == encoder + BLOCK + decoder + head
    assert network.get_layer("encoder1_conv1").kernel.shape == (3, 3, 3, 2)
    assert network.get_layer("decoder1_up").kernel_size == (2, 2)
    assert network.get_layer("encoder1_1_relu").negative_slope == 0.01
    assert network.get_layer("head_logits").filters == 1


def test_outputs_are_probabilities_of_the_inputs_size() -> None:
    config = NetworkConfig(widths=(4, 8, 8), context=1, presence=True, stem=2, decoder_convs=1)
    answer = build(config, 32)(np.random.default_rng(0).random((2, 32, 32, 9), np.float32))
    mask, presence = (keras.ops.convert_to_numpy(answer[name]) for name in ("mask", "presence"))
    assert mask.shape == (2, 32, 32, 1)
    assert presence.shape == (2, 1)
    assert ((mask >= 0) & (mask <= 1)).all()
    assert ((presence >= 0) & (presence <= 1)).all()


def test_flop_of_one_convolution_by_hand() -> None:
    slices = keras.Input((8, 8, 3))
    model = keras.Model(slices, layers.Conv2D(5, 3, padding="same")(slices))
    assert flop(model) == 2 * 3 * 3 * 3 * 5 * 8 * 8


def test_cost_and_size_of_the_presets() -> None:
    paper = load_preset("paper")
    network = build(paper.network, paper.size)
    # 7.76 M parameters, those of the PyTorch U-Net of this shape (docs/concepts/data.md), plus our
    # head's extra block.
    assert network.count_params() == pytest.approx(7.77e6, rel=0.002)
    compact = load_preset("compact")
    assert flop(build(compact.network, compact.size)) < 1.2e9


def test_deeper_masks_are_there_while_training_and_gone_after() -> None:
    config = NetworkConfig(widths=(4, 8, 8, 8), stem=2, presence=True, deep=2)
    training, plain = build(config, 32, training=True), build(config, 32)
    shapes = {name: output.shape[1:3] for name, output in training.output.items()}
    assert shapes == {"mask": (32, 32), "presence": (1,), "mask2": (8, 8), "mask3": (4, 4)}
    assert set(plain.output) == {"mask", "presence"}
    assert set(layer.name for layer in plain.layers) < set(layer.name for layer in training.layers)


def test_targets_of_deeper_masks_are_means_over_their_pixels() -> None:
    masks = np.random.default_rng(0).random((2, 32, 32)).astype(np.float32)
    targets = mask_targets(masks, NetworkConfig(widths=(4, 8, 8, 8), stem=2, deep=2))
    assert targets["mask2"].shape == (2, 8, 8, 1)
    assert targets["mask2"][1, 2, 3, 0] == pytest.approx(masks[1, 8:12, 12:16].mean())
    assert targets["mask3"][0, 0, 1, 0] == pytest.approx(masks[0, :8, 8:16].mean())
