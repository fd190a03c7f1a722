# pyright: basic
# It speaks with SciPy, which carries no types.
"""A synthetic head with known lesions: the demo study, and a check that needs no patient."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float32
from scipy.ndimage import gaussian_filter1d

from glioscope.errors import UsageError
from glioscope.phantom.head import (
    Texture,
    paint_head,
    paint_ventricles,
    ventricle_distance,
)
from glioscope.phantom.shapes import (
    ENHANCING,
    LESION,
    Canvas,
    Field,
    Noise,
    Point,
    Space,
    cover,
    ellipsoid,
)
from glioscope.study import CHANNELS, Source, Study
from glioscope.texts.message import message
from glioscope.volume import Grid, Image, Mask

SYNTHETIC = message("phantom.synthetic")

# 240 mm is the field of view of a usual head protocol and what the shipped plan expects.
_FIELD_MM = 240.0
_LOWEST_MM, _HIGHEST_MM = -46.0, 80.0

# Parts into which a slice is cut before averaging, so that thick slices blur slanted edges.
_CUTS = 3

# Grey level of white matter in T1, and noise as a share of it; both as in LGG volumes.
_LEVEL = 78.0
_NOISE = 0.022


@dataclass(frozen=True)
class Lesion:
    """A blob near `centre_ras_mm`: an ellipsoid of about `radius_mm` with a wavy outline.

    With `enhancing`, its core takes up contrast.
    """

    centre_ras_mm: Point
    radius_mm: float
    enhancing: bool = False


DEFAULT_LESIONS = (Lesion((-34.0, 18.0, 24.0), 19.0, enhancing=True),)


def phantom_study(
    seed: int = 0,
    lesions: Sequence[Lesion] = DEFAULT_LESIONS,
    size: int = 256,
    slices: int = 24,
) -> tuple[Study, Mask]:
    """A synthetic head in three sequences and the true lesion mask, equal for equal arguments.

    Slices are axial, 126 mm / `slices` thick, and 240 mm / `size` per pixel; signals are near 80
    for brain. A voxel belongs to the mask when the lesion fills at least half of it; without
    lesions the mask is empty.

    Raises:
        UsageError: fewer than 16 pixels or 1 slice.
    """
    if size < 16 or slices < 1:
        raise UsageError("phantom.too_small", size=size, slices=slices)
    rng = np.random.default_rng(seed)
    texture = Texture(Noise(rng), Noise(rng))
    grid = _grid(size, slices)
    slabs = [_render(_slab(grid, k), lesions, texture) for k in range(slices)]
    signal = np.stack([s for s, _ in slabs], axis=1)  # (3, slices, rows, columns)
    truth = np.stack([t for _, t in slabs]) >= 0.5
    images = {
        sequence: Image(_to_array(_scan(stack, rng)), grid)
        for sequence, stack in zip(CHANNELS, signal, strict=True)
    }
    study = Study(f"synthetic-phantom-{seed}", images, Source("phantom"), (SYNTHETIC,))
    return study, Mask(_to_array(truth), grid)


def _grid(size: int, slices: int) -> Grid:
    pixel = _FIELD_MM / size
    thick = (_HIGHEST_MM - _LOWEST_MM) / slices
    affine = np.diag([-pixel, -pixel, thick, 1.0])
    affine[:2, 3] = (size - 1) / 2 * pixel
    affine[2, 3] = _LOWEST_MM + thick / 2
    return Grid((size, size, slices), affine)


def _slab(grid: Grid, k: int) -> Space:
    """Sample points of one slice, cut `_CUTS` times across its thickness."""
    size, pixel, thick = grid.shape[0], grid.spacing[0], grid.spacing[2]
    line = ((np.arange(size) - (size - 1) / 2) * pixel).astype(np.float32)
    cuts = (np.arange(_CUTS) + 0.5) / _CUTS - 0.5
    heights = (grid.affine[2, 3] + (k + cuts) * thick).astype(np.float32)
    return Space(line[None, None, :], line[None, :, None], heights[:, None, None])


def _render(
    space: Space, lesions: Sequence[Lesion], texture: Texture
) -> tuple[Float32[np.ndarray, "c y x"], Float32[np.ndarray, "y x"]]:
    """Noise-free signal of one slice, and the share of each voxel that is lesion."""
    pixel = float(space.x[0, 0, 1] - space.x[0, 0, 0])
    canvas = Canvas(space.shape, pixel)
    inside = paint_head(canvas, space, texture)
    ventricles = ventricle_distance(space)
    truth = np.zeros(space.shape, np.float32)
    for lesion in lesions:
        distance = np.maximum(_lesion_distance(space, lesion, texture), inside.whole + 2)
        _paint_lesion(canvas, space, lesion, distance, texture)
        truth = np.maximum(truth, cover(distance, pixel) * cover(-ventricles, pixel))
    paint_ventricles(canvas, space, ventricles)
    return canvas.signal.mean(axis=1), truth.mean(axis=0)


def _lesion_distance(space: Space, lesion: Lesion, texture: Texture) -> Field:
    right, front, up = lesion.centre_ras_mm
    radius = lesion.radius_mm
    axes = (0.9 * radius, 1.15 * radius, 0.97 * radius)
    waves = 0.11 * texture.detail.over(space, 2.2 * radius)
    lobes = 0.04 * texture.folds.over(space, 1.1 * radius)
    return ellipsoid(space, (-right, -front, up), axes) + radius * (waves + lobes)


def _paint_lesion(
    canvas: Canvas, space: Space, lesion: Lesion, distance: Field, texture: Texture
) -> None:
    # Infiltrating borders fade over some millimetres; folds of the cortex shine through.
    share = cover(distance + 0.5, 4.0)
    mottled = 0.90 + 0.06 * texture.detail.over(space, 24)
    canvas.blend(share * np.clip(mottled, 0, 1), LESION)
    if lesion.enhancing:
        wisps = texture.folds.over(space, 12)
        core = cover(distance + 0.5 * lesion.radius_mm, 5) * cover(0.3 - wisps, 1)
        canvas.blend(core, ENHANCING)


def _scan(
    stack: Float32[np.ndarray, "k y x"], rng: np.random.Generator
) -> Float32[np.ndarray, "k y x"]:
    """What a scanner makes of a signal: coil shading, a little blur, Rician noise."""
    sharp = stack * _shading(stack.shape, rng)
    noise = rng.standard_normal((2, *stack.shape), dtype=np.float32) * np.float32(_NOISE * 1.6)
    for axis in (1, 2):
        sharp = gaussian_filter1d(sharp, 0.55, axis=axis)
        noise = gaussian_filter1d(noise, 0.5, axis=axis + 1)
    return np.hypot(sharp + noise[0], noise[1]) * np.float32(_LEVEL)


def _shading(shape: tuple[int, int, int], rng: np.random.Generator) -> Field:
    """A bias field near 1: brighter near the coil, with a random tilt of some percent."""
    lines = (np.linspace(-1, 1, n, dtype=np.float32) for n in shape)
    z, y, x = np.meshgrid(*lines, indexing="ij", sparse=True)
    tilt = rng.uniform(-0.07, 0.07, 3).astype(np.float32)
    return 0.94 + 0.16 * (x * x + y * y) + tilt[0] * x + tilt[1] * y + tilt[2] * z


def _to_array(stack: np.ndarray) -> np.ndarray:
    return np.ascontiguousarray(stack.transpose(2, 1, 0))
