# pyright: basic
# It speaks with SciPy, which carries no types.
"""Small lesions planted into slices without one: another slice's lesion, shrunk, put elsewhere.

Most lesions of the training data are large when they are found. A network that saw few small ones
takes a small one for nothing. Sources of the idea: Ghiasi et al., Simple copy-paste is a strong
data augmentation method for instance segmentation, CVPR 2021; Zhang et al., CarveMix, MICCAI 2021.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float32
from scipy import ndimage

from glioscope.model.components import label
from glioscope.model.plan import CHANNELS, Plan
from glioscope.study import Channel

# Volume of the lesion as a ball, in ml, drawn evenly on a logarithmic scale.
_ML = (0.5, 8.0)
# How far from the ball's middle the slice may cut it, as a share of its radius.
_HIGHEST = 0.85
# The lesion's difference from brain, as a share of what it is where it was taken from.
_CONTRAST = (0.6, 1.1)
# Standard deviation of the soft border, in pixels.
_SOFT = (0.5, 1.2)
# A lesion with fewer pixels has no shape to lend; one planted must come out as large as this.
_LEAST_DONOR, _LEAST = 60, 12
# Least contrast of a lesion on FLAIR, brain about 1; least brain of a slice that gets one, in mm².
_BRIGHT, _ROOM_MM2 = 0.15, 3000.0
# Places tried, and how much of the lesion must lie in brain.
_TRIES, _INSIDE = 8, 0.9
# Below this share of the brain's median, FLAIR is fluid; air is darker still.
_FLUID, _AIR = 0.7, 0.3

_SEQUENCES = len(CHANNELS)
_FLAIR = CHANNELS.index(Channel.FLAIR)


def plant_lesions(
    slices: Float32[np.ndarray, "b n n d"],
    masks: Float32[np.ndarray, "b n n"],
    brain: Bool[np.ndarray, "b n n"],
    share: float,
    plan: Plan,
    rng: np.random.Generator,
) -> tuple[Float32[np.ndarray, "b n n d"], Float32[np.ndarray, "b n n"], Bool[np.ndarray, " b"]]:
    """Copies in which about `share` of the samples without a lesion have a small one.

    It is the lesion of another sample of the batch. Neighbouring slices, which `slices` holds along
    its last axis, show what a ball of its size would leave on them. Returns slices, masks, and
    which samples have one planted.
    """
    changed, outlined = slices.copy(), masks.copy()
    planted = np.zeros(len(slices), bool)
    donors = [k for k, mask in enumerate(masks) if _lends(slices[k], mask, brain[k])]
    room = np.count_nonzero(brain, axis=(1, 2)) * plan.pixel_mm**2 >= _ROOM_MM2
    hosts = room & (masks.max(axis=(1, 2)) == 0)
    for sample in np.flatnonzero(hosts & (rng.random(len(slices)) < share)):
        if donors:
            donor = int(rng.choice(donors))
            lesion = _shrunk(slices[donor], masks[donor], brain[donor], plan, rng)
            placed = _put(changed[sample], brain[sample], lesion, rng)
            if placed is not None:
                outlined[sample], planted[sample] = placed, True
    return changed, outlined, planted


def _middle(picture: Float32[np.ndarray, "n n d"]) -> Float32[np.ndarray, "n n c"]:
    """The sequences of the slice itself, without its neighbours."""
    first = picture.shape[-1] // _SEQUENCES // 2 * _SEQUENCES
    return picture[..., first : first + _SEQUENCES]


def _lends(
    picture: Float32[np.ndarray, "n n d"],
    mask: Float32[np.ndarray, "n n"],
    brain: Bool[np.ndarray, "n n"],
) -> bool:
    """Whether a sample has a lesion of some size that is brighter on FLAIR than its brain."""
    lesion, healthy = mask > 0.5, brain & (mask < 0.1)
    if np.count_nonzero(lesion) < _LEAST_DONOR or not healthy.any():
        return False
    flair = _middle(picture)[..., _FLAIR]
    return bool(np.mean(flair[lesion]) > (1 + _BRIGHT) * np.median(flair[healthy]))


@dataclass(frozen=True)
class _Lesion:
    """Patches, one for each slice of the context: share of lesion, and what it adds to brain."""

    share: Float32[np.ndarray, "o p p"]
    added: Float32[np.ndarray, "o p p c"]


def _shrunk(
    picture: Float32[np.ndarray, "n n d"],
    mask: Float32[np.ndarray, "n n"],
    brain: Bool[np.ndarray, "n n"],
    plan: Plan,
    rng: np.random.Generator,
) -> _Lesion:
    """The largest lesion of a slice, turned, and as large as a cut through a small ball."""
    labels, _ = label((mask > 0.5)[None])
    lesion = labels[0] == 1 + int(np.bincount(labels.ravel())[1:].argmax())
    own = _middle(picture)
    added = (own - np.median(own[brain & (mask < 0.1)], axis=0)) * rng.uniform(*_CONTRAST)
    radius = (np.exp(rng.uniform(*np.log(_ML))) * 1000 * 3 / 4 / np.pi) ** (1 / 3)  # mm
    count = picture.shape[-1] // _SEQUENCES
    height = rng.uniform(-_HIGHEST, _HIGHEST) * radius
    heights = height + plan.context_mm * (np.arange(count) - count // 2)
    pixels = np.pi * np.maximum(radius**2 - heights**2, 0) / plan.pixel_mm**2
    half = int(np.ceil(2.2 * radius / plan.pixel_mm)) + 3
    turn = _turn(rng)
    grid = np.tensordot(turn, np.indices((2 * half + 1, 2 * half + 1), np.float32) - half, 1)
    middle = np.argwhere(lesion).mean(axis=0)[:, None, None]
    border = rng.uniform(*_SOFT)
    shares = np.zeros((count, *grid.shape[1:]), np.float32)
    adds = np.zeros((*shares.shape, _SEQUENCES), np.float32)
    for k in np.flatnonzero(pixels >= 1):
        where = grid * max(1.0, float(np.sqrt(np.count_nonzero(lesion) / pixels[k]))) + middle
        drawn = ndimage.map_coordinates(lesion.astype(np.float32), where, order=1)
        shares[k] = ndimage.gaussian_filter(drawn, border)
        for c in range(_SEQUENCES):
            adds[k, ..., c] = ndimage.map_coordinates(added[..., c], where, order=1, mode="nearest")
    return _Lesion(shares, adds)


def _turn(rng: np.random.Generator) -> np.ndarray:
    """A turn by any angle, mirrored or not."""
    angle = rng.uniform(0, 2 * np.pi)
    cos, sin = np.cos(angle), np.sin(angle)
    return np.array([[cos, -sin], [sin, cos]]) @ np.diag([1.0, rng.choice([-1.0, 1.0])])


def _put(
    picture: Float32[np.ndarray, "n n d"],
    brain: Bool[np.ndarray, "n n"],
    lesion: _Lesion,
    rng: np.random.Generator,
) -> Float32[np.ndarray, "n n"] | None:
    """Plant into a sample, in place; its mask, or None where there is no room."""
    count, side = lesion.share.shape[:2]
    own = lesion.share[count // 2]
    level = np.median(_middle(picture)[brain], axis=0)
    tissue = np.argwhere(brain & (_middle(picture)[..., _FLAIR] > _FLUID * level[_FLAIR]))
    if np.count_nonzero(own > 0.5) < _LEAST or not len(tissue):
        return None
    for corner in tissue[rng.integers(len(tissue), size=_TRIES)] - side // 2:
        at = tuple(slice(max(0, c), min(len(brain), c + side)) for c in corner)
        patch = tuple(slice(s.start - c, s.stop - c) for s, c in zip(at, corner, strict=True))
        here = brain[at]
        if (own[patch] * here).sum() < _INSIDE * own.sum():
            continue
        for k in range(count):
            plane = picture[at][..., k * _SEQUENCES : (k + 1) * _SEQUENCES]
            share = (lesion.share[k][patch] * here)[..., None]
            # What is air there, or was left out, stays so.
            goal = np.maximum(level + lesion.added[k][patch], 0)
            plane += np.where(plane > _AIR * level, share * (goal - plane), 0)
        mask = np.zeros(brain.shape, np.float32)
        mask[at] = own[patch] * here
        return mask
    return None
