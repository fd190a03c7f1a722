# pyright: basic
# It speaks with SciPy, which carries no types.
"""Small lesions planted into slices without one: another slice's lesion, shrunk, put elsewhere.

Most lesions of the training data are large when they are found. A network that saw few small ones
takes a small one for nothing. Source of the idea: Ghiasi et al., Simple copy-paste is a strong data
augmentation method, CVPR 2021; Zhang et al., CarveMix, NeuroImage 2023.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float32
from scipy import ndimage

from glioscope.model.plan import CHANNELS, Plan
from glioscope.study import Channel

# Volume of the lesion as a ball, in ml, drawn evenly on a logarithmic scale.
_ML = (0.5, 8.0)
# How far from the ball's middle a slice may cut it, as a share of its radius.
_HIGHEST = 0.85
# The lesion's difference from brain, as a share of what it is where it was taken from.
_CONTRAST = (0.6, 1.1)
# Standard deviation of the soft border, in pixels.
_SOFT = (0.5, 1.2)
# A lesion with fewer pixels has no shape to lend; one planted must come out as large as this.
_LEAST_DONOR, _LEAST = 60, 12
# Places tried, and how much of the lesion must lie in brain.
_TRIES, _INSIDE = 8, 0.9
# Below this share of the brain's median, FLAIR is fluid; air is darker still.
_FLUID, _AIR = 0.7, 0.3
# Least contrast of a lesion on FLAIR, brain about 1, and least brain in mm² on a slice that gets one.
_BRIGHT, _ROOM_MM2 = 0.15, 3000.0


@dataclass(frozen=True)
class Host:
    """One sample: its slices with their neighbours, and where brain is on the middle one."""

    slices: Float32[np.ndarray, "n n d"]
    brain: Bool[np.ndarray, "n n"]


def plant_lesions(
    slices: Float32[np.ndarray, "b n n d"],
    masks: Float32[np.ndarray, "b n n"],
    brain: Bool[np.ndarray, "b n n"],
    share: float,
    plan: Plan,
    rng: np.random.Generator,
) -> tuple[Float32[np.ndarray, "b n n d"], Float32[np.ndarray, "b n n"], Bool[np.ndarray, " b"]]:
    """Copies in which about `share` of the samples without a lesion have a small one.

    Returns slices, masks, and which samples have one now.
    """
    pixel_mm, slice_mm = plan.pixel_mm, plan.context_mm
    changed, outlined = slices.copy(), masks.copy()
    planted = np.zeros(len(slices), bool)
    sizes = np.count_nonzero(masks > 0.5, axis=(1, 2))
    donors = [
        k for k in np.flatnonzero(sizes >= _LEAST_DONOR) if _bright(slices[k], masks[k], brain[k])
    ]
    room = np.count_nonzero(brain, axis=(1, 2)) * pixel_mm**2 >= _ROOM_MM2
    hosts = room & (masks.max(axis=(1, 2)) == 0)
    if not len(donors):
        return changed, outlined, planted
    for sample in np.flatnonzero(hosts & (rng.random(len(slices)) < share)):
        donor = int(rng.choice(donors))
        lesion = _shrunk(slices[donor], masks[donor], brain[donor], pixel_mm, slice_mm, rng)
        soft = _put(changed[sample], brain[sample], lesion, rng)
        if soft is not None:
            outlined[sample] = soft
            planted[sample] = True
    return changed, outlined, planted


def _bright(picture, mask, brain) -> bool:
    middle = picture.shape[-1] // len(CHANNELS) // 2 * len(CHANNELS)
    flair = picture[..., middle + CHANNELS.index(Channel.FLAIR)]
    healthy = brain & (mask < 0.1)
    if not healthy.any():
        return False
    return bool(np.mean(flair[mask > 0.5]) > (1 + _BRIGHT) * np.median(flair[healthy]))


@dataclass(frozen=True)
class _Lesion:
    """Patches, one for each slice of the context: share of lesion, and intensities over brain."""

    share: Float32[np.ndarray, "o p p"]
    over: Float32[np.ndarray, "o p p c"]


def _shrunk(picture, mask, brain, pixel_mm, slice_mm, rng) -> _Lesion:
    lesion = mask > 0.5
    labels, count = ndimage.label(lesion)
    if count > 1:
        lesion = labels == 1 + int(np.bincount(labels.ravel())[1:].argmax())
    area = np.count_nonzero(lesion) * pixel_mm**2
    middle = np.argwhere(lesion).mean(axis=0)
    radius = (np.exp(rng.uniform(*np.log(_ML))) * 1000 * 3 / 4 / np.pi) ** (1 / 3)
    offsets = picture.shape[-1] // len(CHANNELS)
    height = rng.uniform(-_HIGHEST, _HIGHEST) * radius
    cut = height + slice_mm * (np.arange(offsets) - offsets // 2)
    areas = np.pi * np.maximum(radius**2 - cut**2, 0)
    own = picture[..., offsets // 2 * len(CHANNELS) :][..., : len(CHANNELS)]
    healthy = brain & (mask < 0.1)
    level = np.median(own[healthy], axis=0) if healthy.any() else np.ones(len(CHANNELS))
    over = (own - level) * rng.uniform(*_CONTRAST)
    turn = rng.uniform(0, 2 * np.pi)
    rotation = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    if rng.random() < 0.5:
        rotation = rotation @ np.diag([1.0, -1.0])
    half = int(np.ceil(2.2 * radius / pixel_mm)) + 3
    grid = np.indices((2 * half + 1, 2 * half + 1), np.float32) - half
    shares, overs = [], []
    border = rng.uniform(*_SOFT)
    for wanted in areas:
        if wanted < _LEAST / 4 * pixel_mm**2:
            shares.append(np.zeros(grid.shape[1:], np.float32))
            overs.append(np.zeros((*grid.shape[1:], len(CHANNELS)), np.float32))
            continue
        shrink = min(1.0, float(np.sqrt(wanted / area)))
        where = np.tensordot(rotation, grid, 1) / shrink + middle[:, None, None]
        share = ndimage.map_coordinates(lesion.astype(np.float32), where, order=1)
        shares.append(ndimage.gaussian_filter(share, border))
        overs.append(
            np.stack(
                [
                    ndimage.map_coordinates(over[..., c], where, order=1, mode="nearest")
                    for c in range(len(CHANNELS))
                ],
                axis=-1,
            )
        )
    return _Lesion(np.stack(shares), np.stack(overs).astype(np.float32))


def _put(picture, brain, lesion: _Lesion, rng):
    """Plant into a sample in place; its mask, or None where there is no room."""
    offsets, side = lesion.share.shape[:2]
    half, middle = side // 2, lesion.share.shape[0] // 2
    own = lesion.share[middle]
    if np.count_nonzero(own > 0.5) < _LEAST or not brain.any():
        return None
    at = middle * len(CHANNELS)
    flair = picture[..., at + CHANNELS.index(Channel.FLAIR)]
    level = np.median(picture[..., at : at + len(CHANNELS)][brain], axis=0)
    tissue = brain & (flair > _FLUID * level[CHANNELS.index(Channel.FLAIR)])
    places = np.argwhere(tissue)
    if not len(places):
        return None
    size = len(brain)
    for _ in range(_TRIES):
        row, column = places[rng.integers(len(places))]
        top, left = row - half, column - half
        rows = slice(max(0, top), min(size, top + side))
        columns = slice(max(0, left), min(size, left + side))
        patch = (
            slice(rows.start - top, rows.stop - top),
            slice(columns.start - left, columns.stop - left),
        )
        here = brain[rows, columns]
        if (own[patch] * here).sum() < _INSIDE * own.sum():
            continue
        soft = np.zeros(brain.shape, np.float32)
        for offset in range(offsets):
            share = (lesion.share[offset][patch] * here)[..., None]
            plane = picture[rows, columns, offset * len(CHANNELS) : (offset + 1) * len(CHANNELS)]
            goal = level + lesion.over[offset][patch]
            # A sequence that was left out stays so.
            given = (level > 0) & (plane > _AIR * level)
            plane += share * np.where(given, goal - plane, 0)
        np.maximum(picture, 0, out=picture)
        soft[rows, columns] = own[patch] * here
        return soft
    return None
