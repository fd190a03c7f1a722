# pyright: basic
# It speaks with SciPy, which carries no types.
"""Cores painted into lesions: what high-grade gliomas have and low-grade ones rarely show.

The training data outlines low-grade gliomas, bright on FLAIR throughout. In a high-grade one the
middle is often necrotic, dark on FLAIR and T1 with a rim that takes up contrast, or solid and
enhancing. A network that never saw such a middle leaves it out, and the slices that hold little
else.
"""

import numpy as np
from jaxtyping import Bool, Float32
from scipy import ndimage

# Order of the sequences: T1, FLAIR, T1GD.
_SEQUENCES = 3
# Lesions with fewer pixels have no room for a core and a rim.
_LEAST_PIXELS = 40
# Share of the outlined pixels that a core takes.
_SHARE = (0.1, 0.7)
# Intensities, head about 1: necrosis from fluid to what is hardly told from brain; what is solid.
_NECROSIS = ((0.3, 0.9), (0.2, 1.2), (0.3, 0.9))
_SOLID = ((0.5, 1.0), (0.8, 1.6), (1.3, 2.6))
_SOLID_OFTEN = 0.3
# The rim around necrosis on T1GD: how often, how wide in pixels, how bright.
_RIM_OFTEN, _RIM_WIDTH, _RIM = 0.75, (1, 3), (1.2, 2.6)
_TEXTURE = 0.06
# How far a core is moved from the middle of its lesion: amplitude of a smooth field.
_UNEVEN = 1.0
_SOFT = 0.8


def paint_cores(
    slices: Float32[np.ndarray, "b n n d"],
    masks: Float32[np.ndarray, "b n n"],
    share: float,
    rng: np.random.Generator,
) -> Float32[np.ndarray, "b n n d"]:
    """A copy in which about `share` of the samples with a lesion have a core; outlines stay.

    Neighbouring slices, which `slices` holds along its last axis, have it in the same place.
    """
    changed = slices.copy()
    for sample in np.flatnonzero(rng.random(len(slices)) < share):
        lesion = masks[sample] > 0.5
        if np.count_nonzero(lesion) >= _LEAST_PIXELS:
            _paint(changed[sample], lesion, rng)
    return changed


def _paint(
    picture: Float32[np.ndarray, "n n d"], lesion: Bool[np.ndarray, "n n"], rng: np.random.Generator
) -> None:
    core = _core(lesion, rng)
    solid = rng.random() < _SOLID_OFTEN
    levels = [rng.uniform(*ends) for ends in (_SOLID if solid else _NECROSIS)]
    texture = rng.normal(0, _TEXTURE, lesion.shape)
    soft = ndimage.gaussian_filter(core.astype(np.float32), _SOFT)
    for channel in range(picture.shape[-1]):
        plane = picture[..., channel]
        plane += soft * (levels[channel % _SEQUENCES] + texture - plane)
    if not solid and rng.random() < _RIM_OFTEN:
        width = int(rng.integers(_RIM_WIDTH[0], _RIM_WIDTH[1] + 1))
        rim = ndimage.binary_dilation(core, iterations=width) & ~core & lesion
        around = ndimage.gaussian_filter(rim.astype(np.float32), _SOFT)
        bright = rng.uniform(*_RIM)
        for channel in range(_SEQUENCES - 1, picture.shape[-1], _SEQUENCES):
            plane = picture[..., channel]
            plane += around * (bright - plane)
    np.maximum(picture, 0, out=picture)


def _core(lesion: Bool[np.ndarray, "n n"], rng: np.random.Generator) -> Bool[np.ndarray, "n n"]:
    """The deepest part of the lesion, where depth is stretched by a smooth random slope."""
    depth = ndimage.distance_transform_edt(lesion)
    rows, columns = (axis / max(1, len(lesion) - 1) for axis in np.indices(lesion.shape))
    slope = rng.uniform(-1, 1, 2) * _UNEVEN
    extent = max(1.0, float(np.sqrt(np.count_nonzero(lesion))) / len(lesion))
    depth = depth * np.exp((slope[0] * rows + slope[1] * columns) / extent)
    least = np.quantile(depth[lesion], 1 - rng.uniform(*_SHARE))
    return np.asarray(depth > max(float(least), 0.0)) & lesion
