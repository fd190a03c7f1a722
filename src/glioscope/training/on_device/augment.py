# pyright: basic
# It speaks with Keras, which carries no types.
"""The changes of `augment` as array operations that a GPU runs inside the training step.

Chance and arithmetic are parted: `draw_changes` draws the few numbers that each sample needs on the
CPU, with the ranges and shares of `augment`; `make_samples` applies them with Keras operations on
any backend. Only the noise itself, as large as the picture, is drawn where it is used.
"""

from typing import Any

import keras
import numpy as np
from keras import ops

from glioscope.model.plan import CHANNELS
from glioscope.study import Channel
from glioscope.training.config import AugmentConfig, NetworkConfig, deep_name
from glioscope.training.data.augment import COARSE, OFTEN, transforms
from glioscope.training.data.batches import CLIP

Tensor = Any  # a tensor of whatever backend runs
Tensors = dict[str, Tensor]

_FLAIR = CHANNELS.index(Channel.FLAIR)


def draw_changes(
    count: int, size: int, config: AugmentConfig, rng: np.random.Generator
) -> dict[str, np.ndarray]:
    """What happens to each of `count` samples of side `size`; arrays of `count` rows.

    A change that the configuration leaves out has no entry. `matrix` (8) as in `transforms`;
    `bare`, `alone` (bool) for skull and context; `gone` (3, bool) for sequences; `gamma`,
    `contrast`, `gain` (3); `bias` (5); `coarse` (2, 1 to 3); `noise`, its standard deviation.
    """
    drawn: dict[str, np.ndarray] = {}
    if any((config.rotate, config.scale, config.shift, config.shear, config.flip)):
        drawn["matrix"] = transforms(count, size, config, rng)
    if config.skull:
        drawn["bare"] = rng.random(count) < config.skull
    if config.drop_sequence:
        drawn["gone"] = rng.random((count, len(CHANNELS))) < config.drop_sequence
        drawn["gone"][:, _FLAIR] = False
    if config.drop_context:
        drawn["alone"] = rng.random(count) < config.drop_context
    return drawn | _draw_intensity(count, config, rng)


def _draw_intensity(
    count: int, config: AugmentConfig, rng: np.random.Generator
) -> dict[str, np.ndarray]:
    drawn: dict[str, np.ndarray] = {}
    per_sequence = (count, len(CHANNELS))
    if config.gamma:
        span = rng.uniform(-1, 1, per_sequence) * np.log1p(config.gamma)
        drawn["gamma"] = np.exp(span * (rng.random((count, 1)) < OFTEN))
    if config.contrast:
        drawn["contrast"] = 1 + rng.uniform(-1, 1, per_sequence) * config.contrast
        drawn["gain"] = 1 + rng.uniform(-1, 1, per_sequence) * config.contrast
    if config.bias:
        drawn["bias"] = rng.uniform(-1, 1, (count, 5)) * config.bias / 2
    if config.blur:
        factors = rng.choice(COARSE, (count, 2))
        drawn["coarse"] = np.where(rng.random((count, 1)) < config.blur, factors, 1)
    if config.noise:
        drawn["noise"] = rng.uniform(0, config.noise, count) * (rng.random(count) < OFTEN)
    return {k: v.astype(np.int32 if k == "coarse" else np.float32) for k, v in drawn.items()}


def make_samples(
    planes: Tensor,
    masks: Tensor,
    brain: Tensor,
    gain: Tensor,
    changes: Tensors,
    noise: Tensor,
) -> tuple[Tensor, Tensor]:
    """Network input (b, n, n, d) and mask (b, n, n) of some slices, changed; both float32.

    `planes` (b, o, n, n, c) and `brain` (b, o, n, n) are the slice with its neighbours, `masks`
    (b, n, n) tumour shares in [0, 1], `gain` (b, c) as in `SliceStore`, `changes` from
    `draw_changes`, `noise` (b, n, n, d) standard normal and of no use without `noise` in `changes`.
    """
    planes, masks = ops.cast(planes, "float32"), ops.cast(masks, "float32")
    if "bare" in changes:
        alone = planes * ops.cast(brain, "float32")[..., None] * gain[:, None, None, None, :]
        bare = changes["bare"][:, None, None, None, None] > 0
        planes = ops.where(bare, ops.minimum(alone, CLIP), planes)
    if "alone" in changes:
        middle = planes.shape[1] // 2
        alone = changes["alone"][:, None, None, None, None] > 0
        planes = ops.where(alone, planes[:, middle : middle + 1], planes)
    slices = _joined(planes)
    if "matrix" in changes:
        moved = affine(ops.concatenate([slices, masks[..., None]], axis=-1), changes["matrix"])
        slices, masks = moved[..., :-1], moved[..., -1]
    return _intensity(slices, changes, noise), masks


def _joined(planes: Tensor) -> Tensor:
    """(b, o, n, n, c) to (b, n, n, o · c)."""
    _, offsets, height, width, channels = planes.shape
    return ops.reshape(ops.moveaxis(planes, 1, 3), (-1, height, width, offsets * channels))


def affine(pictures: Tensor, matrices: Tensor) -> Tensor:
    """Bilinear resampling of (b, n, n, c) by (b, 8) maps from target to source; 0 outside.

    As `keras.ops.image.affine_transform`, whose JAX version interpolates between channels as well
    and takes its coordinates from a matrix product, which a GPU rounds to ten bits.
    """
    _, height, width, channels = pictures.shape
    x, y = (ops.cast(v, "float32") for v in np.meshgrid(np.arange(width), np.arange(height)))
    a, b, tx, c, d, ty = (matrices[:, i, None, None] for i in range(6))
    column, row = a * x + b * y + tx, c * x + d * y + ty
    left, top = ops.floor(column), ops.floor(row)
    flat = ops.reshape(pictures, (-1, height * width, channels))
    total = 0.0
    for down in (0, 1):
        for right in (0, 1):
            u, v = left + right, top + down
            share = (1 - ops.absolute(column - u)) * (1 - ops.absolute(row - v))
            inside = (u >= 0) & (u < width) & (v >= 0) & (v < height)
            at = ops.clip(v, 0, height - 1) * width + ops.clip(u, 0, width - 1)
            index = ops.reshape(ops.cast(at, "int32"), (-1, height * width, 1))
            corner = ops.reshape(
                ops.take_along_axis(flat, index, axis=1), (-1, height, width, channels)
            )
            total = total + corner * ops.cast(inside, "float32")[..., None] * share[..., None]
    return total


def _intensity(slices: Tensor, changes: Tensors, noise: Tensor) -> Tensor:
    shape = (-1, *slices.shape[1:])
    per_sequence = (-1, *slices.shape[1:3], slices.shape[3] // len(CHANNELS), len(CHANNELS))
    x = ops.reshape(ops.maximum(slices, 0.0), per_sequence)

    def wide(name: str) -> Tensor:
        return changes[name][:, None, None, None, :]

    if "gone" in changes:
        x = ops.where(wide("gone") > 0, x[..., _FLAIR : _FLAIR + 1], x)
    if "gamma" in changes:
        x = ops.power(x, wide("gamma"))
    if "contrast" in changes:
        turned = ops.maximum(1 + (x - 1) * wide("contrast"), 0.0) * wide("gain")
        x = ops.where(x > 0, turned, 0.0)  # air stays air
    if "bias" in changes:
        x = x * _bias_field(changes["bias"], slices.shape[1])[..., None, None]
    x = ops.reshape(x, shape)
    if "coarse" in changes:
        x = coarsen(x, changes["coarse"])
    if "noise" in changes:
        x = ops.absolute(x + changes["noise"][:, None, None, None] * noise)
    return x


def _bias_field(weights: Tensor, size: int) -> Tensor:
    axis = np.linspace(-1, 1, size, dtype=np.float32)
    y, x = np.meshgrid(axis, axis, indexing="ij")
    basis = (x, y, x * y, x**2 - 0.5, y**2 - 0.5)
    return ops.exp(sum(weights[:, i, None, None] * part for i, part in enumerate(basis)))


def coarsen(pictures: Tensor, factors: Tensor) -> Tensor:
    """Each picture (n, n, c) in blocks of (rows, columns) pixels; a rest stays as it is."""
    size = pictures.shape[1]
    down, across = factors[:, 0, None, None, None], factors[:, 1, None, None, None]
    coarse = pictures
    for axis, chosen in ((1, down), (2, across)):
        for factor in sorted(set(COARSE) - {1}):
            coarse = ops.where(chosen == factor, _blocks(coarse, axis, factor), coarse)
    places = np.arange(size)
    whole = (places[:, None, None] < size // down * down) & (
        places[None, :, None] < size // across * across
    )
    return ops.where(whole, coarse, pictures)


def _blocks(pictures: Tensor, axis: int, factor: int) -> Tensor:
    """Means over blocks along one axis, repeated; what is left over at the end is not changed."""
    size = pictures.shape[axis]
    whole = size // factor * factor
    head, rest = ops.split(pictures, [whole], axis=axis)
    shape = [-1, *head.shape[1:]]
    split = [*shape[:axis], whole // factor, factor, *shape[axis + 1 :]]
    means = ops.mean(ops.reshape(head, split), axis=axis + 1)
    return ops.concatenate([ops.repeat(means, factor, axis=axis), rest], axis=axis)


def targets(masks: Tensor, positive: Tensor, network: NetworkConfig) -> Tensors:
    """What the losses compare with, as `batches.mask_targets` and the slice head have it."""
    found = {"mask": masks[..., None]}
    for level in range(2, network.deep + 2):
        side = network.stem * 2 ** (level - 1)
        found[deep_name(level)] = keras.ops.average_pool(
            masks[..., None], side, side, data_format="channels_last"
        )
    if network.presence:
        found["presence"] = ops.cast(positive, "float32")[:, None]
    return found
