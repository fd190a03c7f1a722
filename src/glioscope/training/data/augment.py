"""Random changes of a batch; picture and mask move together."""

import numpy as np
from jaxtyping import Float32

from glioscope.training.config import AugmentConfig
from glioscope.training.data.affine import resampled

_SEQUENCES = 3
_FLAIR = 1
# Gamma, noise and blur each touch this share of the samples.
OFTEN = 0.4
# A coarser resolution is this many times coarser, drawn for rows and columns on their own.
COARSE = (1, 2, 2, 3)


def augment(
    slices: Float32[np.ndarray, "b n n d"],
    masks: Float32[np.ndarray, "b n n *t"],
    config: AugmentConfig,
    rng: np.random.Generator,
) -> tuple[np.ndarray, np.ndarray]:
    """A changed copy of the batch; intensities keep their scale (air 0, head about 1).

    `masks` may have a last axis: the tumour, and the classes it is made of.
    """
    slices, masks = _move(slices, masks, config, rng)
    _drop(slices, config, rng)
    _intensity(slices, config, rng)
    return slices, masks


def _move(
    slices: Float32[np.ndarray, "b n n d"],
    masks: Float32[np.ndarray, "b n n *t"],
    config: AugmentConfig,
    rng: np.random.Generator,
) -> tuple[Float32[np.ndarray, "b n n d"], Float32[np.ndarray, "b n n *t"]]:
    """A copy: rotation, zoom, shear, shift and mirror in one bilinear resampling."""
    if not any((config.rotate, config.scale, config.shift, config.shear, config.flip)):
        return slices.copy(), masks
    matrices = transforms(len(slices), slices.shape[1], config, rng)
    moved, outlined = resampled((slices, masks.reshape(*masks.shape[:3], -1)), matrices)
    return moved, outlined.reshape(masks.shape)


def transforms(
    count: int, size: int, config: AugmentConfig, rng: np.random.Generator
) -> Float32[np.ndarray, "b 8"]:
    """Random affine maps from target (x, y) to source pixels about the picture's centre."""
    angle = np.deg2rad(rng.uniform(-1, 1, count) * config.rotate)
    zoom = np.exp(rng.uniform(-1, 1, count) * np.log1p(config.scale))
    shear = rng.uniform(-1, 1, count) * config.shear
    shift = rng.uniform(-1, 1, (2, count)) * config.shift * size
    mirror = np.where(rng.random(count) < config.flip, -1.0, 1.0)
    cos, sin = np.cos(angle), np.sin(angle)
    a, b = mirror * cos / zoom, mirror * (shear * cos - sin) / zoom
    c, d = sin / zoom, (shear * sin + cos) / zoom
    centre = (size - 1) / 2
    tx = centre - a * centre - b * centre + shift[0]
    ty = centre - c * centre - d * centre + shift[1]
    zero = np.zeros(count)
    return np.stack([a, b, tx, c, d, ty, zero, zero], axis=1).astype(np.float32)


def _drop(
    slices: Float32[np.ndarray, "b n n d"], config: AugmentConfig, rng: np.random.Generator
) -> None:
    """Replace sequences by FLAIR and neighbours by the middle slice, in place."""
    if not (config.drop_sequence or config.drop_context):
        return
    count, (_, size, _, channels) = len(slices), slices.shape
    split = slices.reshape(count, size, size, -1, _SEQUENCES)
    middle = channels // _SEQUENCES // 2
    for sequence in (s for s in range(_SEQUENCES) if s != _FLAIR):
        gone = rng.random(count) < config.drop_sequence
        split[gone, ..., sequence] = split[gone, ..., _FLAIR]
    alone = rng.random(count) < config.drop_context
    split[alone] = split[alone, :, :, middle : middle + 1]


def _intensity(
    slices: Float32[np.ndarray, "b n n d"], config: AugmentConfig, rng: np.random.Generator
) -> None:
    """Gamma, contrast and gain per sequence; bias field, noise and blur per sample; in place."""
    count, size, _, channels = slices.shape
    np.maximum(slices, 0, out=slices)
    bias = _bias_field(count, size, config.bias, rng) if config.bias else None
    # Sample by sample and row by row: what fits the cache, with long inner loops, is ten times as
    # fast as whole batches with an axis of three sequences.
    for sample, picture in enumerate(slices):
        rows: Float32[np.ndarray, "n r"] = picture.reshape(size, size * channels)
        _tone(rows, config, rng)
        if bias is not None:
            rows *= np.repeat(bias[sample], channels, axis=1)
        if config.blur and rng.random() < config.blur:
            picture[:] = _coarsen(picture, rng.choice(COARSE, 2))
        if config.noise and rng.random() < OFTEN:
            level = np.float32(rng.uniform(0, config.noise))
            rows += level * rng.standard_normal(rows.shape, dtype=np.float32)
            np.abs(rows, out=rows)


def _tone(
    rows: Float32[np.ndarray, "n r"], config: AugmentConfig, rng: np.random.Generator
) -> None:
    """Gamma, then contrast and gain, in place; `rows` repeats the sequences along its columns."""
    repeats = rows.shape[1] // _SEQUENCES
    if config.gamma and rng.random() < OFTEN:
        exponent = np.exp(rng.uniform(-1, 1, _SEQUENCES) * np.log1p(config.gamma))
        np.power(rows, np.tile(exponent.astype(np.float32), repeats), out=rows)
    if config.contrast:
        contrast, gain = 1 + rng.uniform(-1, 1, (2, _SEQUENCES)) * config.contrast
        # Air stays air: contrast turns about the head's median only where there is tissue.
        tissue = rows > 0
        rows *= np.tile((contrast * gain).astype(np.float32), repeats)
        rows += np.tile(((1 - contrast) * gain).astype(np.float32), repeats)
        np.maximum(rows, 0, out=rows)
        rows *= tissue


def _bias_field(
    count: int, size: int, amplitude: float, rng: np.random.Generator
) -> Float32[np.ndarray, "b n n"]:
    """Exp of a random second-order polynomial, within about exp(± amplitude)."""
    axis = np.linspace(-1, 1, size, dtype=np.float32)
    y, x = np.meshgrid(axis, axis, indexing="ij")
    basis = np.stack([x, y, x * y, x**2 - 0.5, y**2 - 0.5])
    weights = rng.uniform(-1, 1, (count, len(basis))).astype(np.float32) * amplitude / 2
    # Not a product of matrices: the threads of BLAS would wait for the next one at full speed.
    return np.exp(np.einsum("bk,knm->bnm", weights, basis))


def _coarsen(picture: np.ndarray, factors: np.ndarray) -> np.ndarray:
    """Resolution divided along rows and columns, and blocks repeated; a rest stays as it is."""
    size, _, channels = picture.shape
    down, across = (int(f) for f in factors)
    rows, columns = size // down * down, size // across * across
    blocks = picture[:rows, :columns].reshape(
        rows // down, down, columns // across, across, channels
    )
    coarse = picture.copy()
    coarse[:rows, :columns] = blocks.mean(axis=(1, 3)).repeat(down, axis=0).repeat(across, axis=1)
    return coarse
