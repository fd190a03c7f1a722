# pyright: basic
# It speaks with Keras, which carries no types.
"""The U-Net, pure and named; backend-neutral Keras 3."""

from math import prod

import keras
from keras import layers

from glioscope.model.plan import CHANNELS
from glioscope.training.config import NetworkConfig, deep_name
from glioscope.training.network.norm import BatchNormalization


def build(network: NetworkConfig, size: int, *, training: bool = False) -> keras.Model:
    """The network for square inputs of side `size`.

    Input `slices` (b, size, size, d) with d = 3 · (2 · context + 1); outputs `mask`
    (b, size, size, 1) and, with a slice head, `presence` (b, 1), both in [0, 1]. With stem 1,
    context 0 and no slice head this is the paper's network, block for block. With classes there is
    `classes` (b, size, size, c) too: how likely each is where there is tumour, adding up to 1. With
    `training` the deeper masks of `network.deep` are outputs too.
    """
    slices = keras.Input((size, size, len(CHANNELS) * (2 * network.context + 1)), name="slices")
    x = _stem(slices, network)  # (b, s, s, w0), s = size / stem
    skips = []
    for level, width in enumerate(network.widths[:-1], start=1):
        x = _block(x, width, network.encoder_convs, network.slope, f"encoder{level}")
        skips.append(x)
        x = layers.MaxPooling2D(2, name=f"encoder{level}_pool")(x)  # (b, s/2^level, …)
    deep = {}
    bridge = _block(x, network.widths[-1], network.encoder_convs, network.slope, "bridge")
    x = bridge
    for level in range(len(skips), 0, -1):
        width = network.widths[level - 1]
        x = layers.Conv2DTranspose(width, 2, strides=2, name=f"decoder{level}_up")(x)
        x = layers.Concatenate(name=f"decoder{level}_join")([x, skips[level - 1]])
        x = _block(x, width, network.decoder_convs, network.slope, f"decoder{level}")
        if training and 1 < level <= network.deep + 1:
            deep[deep_name(level)] = _deep(x, deep_name(level))
    logits = _head(x, network)  # (b, size, size, 1)
    outputs = {"mask": layers.Activation("sigmoid", dtype="float32", name="mask")(logits)}
    if network.presence:
        outputs["presence"] = _presence(bridge, logits, network.slope)
    if network.classes:
        outputs["classes"] = _classes(x, network)
    return keras.Model(slices, outputs | deep, name="unet")


def _stem(slices: keras.KerasTensor, network: NetworkConfig) -> keras.KerasTensor:
    if network.stem == 1:
        return slices
    x = layers.Conv2D(
        network.widths[0], 4, strides=2, padding="same", use_bias=False, name="stem_conv"
    )(slices)
    return _norm(x, network.slope, "stem")


def _block(
    x: keras.KerasTensor, width: int, convs: int, slope: float, name: str
) -> keras.KerasTensor:
    for index in range(1, convs + 1):
        x = layers.Conv2D(width, 3, padding="same", use_bias=False, name=f"{name}_conv{index}")(x)
        x = _norm(x, slope, f"{name}_{index}")
    return x


def _norm(x: keras.KerasTensor, slope: float, name: str) -> keras.KerasTensor:
    # Runs here are short: at Keras's default momentum of 0.99 the moving statistics would lag.
    x = BatchNormalization(momentum=0.95, name=f"{name}_norm")(x)
    return layers.LeakyReLU(negative_slope=slope, name=f"{name}_relu")(x)


def _head(x: keras.KerasTensor, network: NetworkConfig) -> keras.KerasTensor:
    """Conv2D, BatchNormalization, LeakyReLU, then one channel of logits at the input's size."""
    width = network.widths[0]
    if network.stem == 1:
        x = layers.Conv2D(width, 3, padding="same", use_bias=False, name="head_conv")(x)
        x = _norm(x, network.slope, "head")
        return layers.Conv2D(1, 1, name="head_logits")(x)
    return layers.Conv2DTranspose(1, 2, strides=2, name="head_logits")(x)


def _classes(x: keras.KerasTensor, network: NetworkConfig) -> keras.KerasTensor:
    """Beside the mask's head, from the same features: one block, then a softmax over classes."""
    count = len(network.classes)
    x = layers.Conv2D(network.widths[0], 3, padding="same", use_bias=False, name="classes_conv")(x)
    x = _norm(x, network.slope, "classes")
    if network.stem == 1:
        x = layers.Conv2D(count, 1, name="classes_logits")(x)
    else:
        x = layers.Conv2DTranspose(count, 2, strides=2, name="classes_logits")(x)
    return layers.Activation("softmax", dtype="float32", name="classes")(x)


def _deep(x: keras.KerasTensor, name: str) -> keras.KerasTensor:
    """A mask at the level's own size, (b, s, s, 1)."""
    logits = layers.Conv2D(1, 1, name=f"{name}_logits")(x)
    return layers.Activation("sigmoid", dtype="float32", name=name)(logits)


def _presence(
    bridge: keras.KerasTensor, logits: keras.KerasTensor, slope: float
) -> keras.KerasTensor:
    """Is there tumour on the slice: from the bridge's mean and maximum and the mask's own peak."""
    pooled = layers.Concatenate(name="presence_features")(
        [
            layers.GlobalAveragePooling2D(name="presence_mean")(bridge),
            layers.GlobalMaxPooling2D(name="presence_max")(bridge),
            layers.GlobalMaxPooling2D(name="presence_peak")(
                layers.AveragePooling2D(4, name="presence_smooth")(logits)
            ),
        ]
    )
    x = layers.Dense(64, name="presence_dense")(pooled)
    x = layers.LeakyReLU(negative_slope=slope, name="presence_relu")(x)
    return layers.Dense(1, activation="sigmoid", dtype="float32", name="presence")(x)


def flop(model: keras.Model) -> int:
    """Floating-point operations of one forward pass of one slice (a multiply-add counts 2).

    Convolutions and dense layers only; normalisation and activations add less than 2 %.
    """
    total = 0
    for layer in model.layers:
        if isinstance(layer, layers.Conv2DTranspose):
            total += 2 * prod(layer.kernel.shape) * prod(layer.input.shape[1:3])
        elif isinstance(layer, layers.Conv2D):
            total += 2 * prod(layer.kernel.shape) * prod(layer.output.shape[1:3])
        elif isinstance(layer, layers.Dense):
            total += 2 * prod(layer.kernel.shape)
    return total
