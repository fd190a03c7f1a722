"""Heads of a known kind, made of LGG studies: no tumour, spots that are none, a small tumour.

Every maker is deterministic in its seed and needs the reference mask of the study it begins with.
Slices of the set are taken to be 5 mm apart and its pictures to be 240 mm wide.
"""

from dataclasses import dataclass, replace

import numpy as np
from scipy import ndimage

from glioscope.evaluation.variants.brain import brain_mask
from glioscope.findings.midline import midline
from glioscope.model.components import label
from glioscope.model.figures import row_noise
from glioscope.model.plan import CHANNELS, Plan
from glioscope.model.preprocess import intensity_scale, prepare
from glioscope.orientation import from_pictures, to_pictures
from glioscope.study import Channel, Study
from glioscope.volume import Image

PIXEL_MM, SLICE_MM = 240 / 256, 5.0
VOXEL_ML = PIXEL_MM**2 * SLICE_MM / 1000

# At most this share of a tumour may lie on the side that is mirrored.
_OTHER_SIDE = 0.01
# Displacement in pixels (standard deviation) and its smoothness in slices and pixels.
_BENT_PX, _BENT_SMOOTH = 2.0, (1.5, 14, 14)
# Width of the seam between both sides in pixels, and amplitude of the fresh shading.
_SEAM_PX, _SHADE = 2.0, 0.04
# The standard deviation of white noise is the median absolute second difference over this.
_SECOND = 0.6745 * 6**0.5
# Where a stack shows the cerebrum, from its lowest slice on, as shares of its height: below, muscle
# and face are taken for brain, above, scalp.
_CEREBRUM = (0.4, 0.8)
# A tumour's surroundings reach this far, in pixels.
_AROUND_PX = 10
# The brain is estimated at this side, as `skull_removed` does.
_BRAIN_SIZE = 128


@dataclass(frozen=True)
class Head:
    """A study as pictures, by sequence, with its brain, ventricles and white matter."""

    study: Study
    pictures: dict[Channel, np.ndarray]
    brain: np.ndarray
    white: np.ndarray
    # Distance in mm from the ventricles, within the slice.
    away: np.ndarray

    def remade(self, pictures: dict[Channel, np.ndarray], name: str) -> Study:
        """The study with other pictures, of 8 bit as the set has them."""
        return _remade(self.study, pictures, name)


def _remade(study: Study, pictures: dict[Channel, np.ndarray], name: str) -> Study:
    images = {
        s: Image(from_pictures(np.clip(np.round(p), 0, 255).astype(np.float32), i.grid), i.grid)
        for (s, i), p in zip(study.images.items(), pictures.values(), strict=True)
    }
    return replace(study, study_id=f"{study.study_id}-{name}", images=images)


def _pictures(study: Study) -> dict[Channel, np.ndarray]:
    return {s: np.array(to_pictures(i.array, i.grid), np.float32) for s, i in study.images.items()}


def head_of(study: Study) -> Head:
    """Where brain, ventricles and white matter of a study lie."""
    plan = Plan("brain", "0", size=_BRAIN_SIZE)
    prepared = prepare(study, plan)
    flair, t1 = (prepared.planes[..., CHANNELS.index(s)] for s in (Channel.FLAIR, Channel.T1))
    brain = prepared.restore.pictures(brain_mask(flair, t1, plan.pixel_mm).astype(np.float32)) > 0.5
    pictures = _pictures(study)
    scale = prepared.flair_scale
    smooth = ndimage.gaussian_filter(pictures[Channel.FLAIR], (0, 1, 1))
    bright = (smooth - scale.low) / scale.unit
    deep = np.stack([ndimage.distance_transform_edt(b) for b in brain]) * PIXEL_MM
    usual = float(np.median(bright[brain])) if brain.any() else 1.0
    fluid, count = label((deep > 20) & (bright < 0.6 * usual))
    sizes = np.bincount(fluid.ravel(), minlength=count + 1)
    ventricles = (sizes > 100)[fluid] & (fluid > 0)
    away = np.stack(
        [
            ndimage.distance_transform_edt(~v) * PIXEL_MM if v.any() else np.full(v.shape, 99.0)
            for v in ventricles
        ]
    )
    white = (deep > 6) & (bright > 0.7 * usual) & (bright < 1.15 * usual)
    if Channel.T1 in pictures:
        other = ndimage.gaussian_filter(pictures[Channel.T1], (0, 1, 1))
        white &= other > np.median(other[brain]) if brain.any() else False
    return Head(study, pictures, brain, white, away)


def tumour_free(study: Study, truth: np.ndarray, seed: int) -> Study | None:
    """The tumour's half of the head replaced by the other, mirrored; None where both hold tumour.

    Both halves are bent smoothly, each in its own way and under all sequences alike, so that no
    symmetry tells what was done; shading and noise are fresh.
    """
    rng = np.random.default_rng(seed)
    flair = study.images[Channel.FLAIR].array
    scale = intensity_scale(flair, study.study_id)
    plane = midline(study, scale)
    # In pixels, within the slice: the mirror does not move slices.
    length = float(np.hypot(*plane.normal[1:]))
    normal, offset = plane.normal / length, plane.offset / length
    places = np.indices(truth.shape, np.float32)
    distance = np.tensordot(normal, places, 1) - offset
    left = int(np.count_nonzero(truth & (distance > 0)))
    whole = int(np.count_nonzero(truth))
    if min(left, whole - left) > _OTHER_SIDE * whole:
        return None
    ill = distance if left > whole - left else -distance
    own = [p + _bend(rng, truth.shape) if n else p for n, p in enumerate(places)]
    other = [p + _bend(rng, truth.shape) if n else p for n, p in enumerate(places)]
    turned = [other[0], *(o - 2 * distance * n for o, n in zip(other[1:], normal[1:], strict=True))]
    share = 1 / (1 + np.exp(np.clip(-ill / _SEAM_PX, -30, 30)))
    shade = np.exp(_SHADE * _smooth(rng, truth.shape, (4, 40, 40)))
    made = {}
    for sequence, stack in _pictures(study).items():
        mirrored, kept = (
            ndimage.map_coordinates(stack, where, order=1, mode="nearest")
            for where in (turned, own)
        )
        new = (share * mirrored + (1 - share) * kept) * shade
        lost = _noise(stack) ** 2 - _noise(new) ** 2
        made[sequence] = new + rng.normal(0, np.sqrt(max(lost, 0.25)), new.shape) * (new > 2)
    return _remade(study, made, "free")


def _noise(stack: np.ndarray) -> float:
    """Standard deviation of the noise of what is brighter than the mean of the middle slice."""
    plane = stack[len(stack) // 2]
    return float(row_noise(plane, plane[:, 1:-1] > plane.mean())) / _SECOND


def _smooth(rng: np.random.Generator, shape: tuple[int, ...], wide: tuple[float, ...]):
    """A smooth random field of standard deviation 1."""
    field = ndimage.gaussian_filter(rng.standard_normal(shape, np.float32), wide)
    return field / field.std()


def _bend(rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    return _BENT_PX * _smooth(rng, shape, _BENT_SMOOTH)


def multiple_sclerosis(head: Head, seed: int) -> Study:
    """4 to 25 lesions of 0.03 to 1.5 ml, most of them at the ventricles and across their walls."""
    rng = np.random.default_rng(seed)
    share = np.zeros(head.brain.shape, np.float32)
    taken = np.zeros(head.brain.shape, np.float32)
    for _ in range(int(rng.integers(4, 26))):
        near = head.white & (head.away < 12) if rng.random() < 0.7 else head.white
        centre = _anywhere(rng, near if near.any() else head.white)
        if centre is None:
            continue
        ml = float(np.exp(rng.uniform(np.log(0.03), np.log(1.5))))
        blob = _blob(rng, head.brain.shape, centre, ml)
        share = np.maximum(share, blob)
        if rng.random() < 0.1:
            taken = np.maximum(taken, blob)
    return head.remade(_lit(head, rng, share, (1.4, 2.0), (0.75, 1.0), taken), "ms")


def white_matter_disease(head: Head, seed: int) -> Study:
    """Bands of 3 to 10 mm along both ventricles, alike on both sides, and 10 to 40 small spots."""
    rng = np.random.default_rng(seed)
    shape = head.brain.shape
    waves = _smooth(rng, shape, (1.5, 8, 8))
    reach = rng.uniform(3, 10) * (1 + 0.5 * (waves + waves[..., ::-1]) / 2)
    band = np.clip(reach - head.away + 0.5, 0, 1) * (head.white & (head.away > 0))
    share = ndimage.gaussian_filter(band, (0, 0.7, 0.7))
    for _ in range(int(rng.integers(10, 41))):
        centre = _anywhere(rng, head.white)
        if centre is not None:
            ml = float(np.exp(rng.uniform(np.log(0.02), np.log(0.2))))
            share = np.maximum(share, _blob(rng, shape, centre, ml))
    none = np.zeros(shape, np.float32)
    return head.remade(_lit(head, rng, share, (1.3, 1.7), (0.85, 1.0), none), "white")


def _anywhere(rng: np.random.Generator, region: np.ndarray) -> np.ndarray | None:
    found = np.argwhere(region)
    return found[rng.integers(len(found))] if len(found) else None


def _blob(
    rng: np.random.Generator, shape: tuple[int, ...], centre: np.ndarray, ml: float
) -> np.ndarray:
    """A soft ellipsoid with axes of unlike length in any direction, of about this volume."""
    places = (
        np.indices(shape, np.float32) - (centre + rng.uniform(-0.5, 0.5, 3))[:, None, None, None]
    )
    mm = places * np.array([SLICE_MM, PIXEL_MM, PIXEL_MM])[:, None, None, None]
    turn, _ = np.linalg.qr(rng.standard_normal((3, 3)))
    axes = np.array([1.4, 1.0, 0.75]) * rng.uniform(0.85, 1.15, 3)
    radius = (ml * 1000 * 3 / 4 / np.pi / axes.prod()) ** (1 / 3)
    far = np.sqrt((np.tensordot(turn, mm, 1) ** 2 / (axes**2)[:, None, None, None]).sum(axis=0))
    return np.clip((radius - far) / 1.5 + 0.5, 0, 1).astype(np.float32)


def _lit(
    head: Head,
    rng: np.random.Generator,
    share: np.ndarray,
    flair: tuple[float, float],
    t1: tuple[float, float],
    taken: np.ndarray,
) -> dict[Channel, np.ndarray]:
    """The pictures with a share of each voxel brighter on FLAIR, darker on T1 by such factors."""
    mottled = 1 + 0.05 * _smooth(rng, share.shape, (0, 1.5, 1.5))
    factors = {Channel.FLAIR: rng.uniform(*flair), Channel.T1: rng.uniform(*t1)}
    factors[Channel.T1GD] = factors[Channel.T1]
    made = {}
    for sequence, stack in head.pictures.items():
        level = float(np.median(stack[head.white])) if head.white.any() else float(stack.mean())
        goal = level * factors[sequence] * mottled
        made[sequence] = (1 - share) * stack + share * goal
        if sequence is Channel.T1GD:
            made[sequence] = (1 - taken) * made[sequence] + taken * level * 1.5 * mottled
    return made


def small_glioma(study: Study, head: Head, truth: np.ndarray, seed: int) -> tuple[Study, float]:
    """The study's own tumour, shrunk to 1 to 5 ml, in white matter of its head made tumour-free.

    It lies in the cerebrum, and differs from the brain there as the tumour does from the brain
    around it. Also its volume in ml as it came out.
    """
    rng = np.random.default_rng(seed)
    wanted = float(np.exp(rng.uniform(np.log(1.0), np.log(5.0))))
    shrink = (wanted / (np.count_nonzero(truth) * VOXEL_ML)) ** (1 / 3)
    middle = np.argwhere(truth).mean(axis=0)
    height = (np.arange(len(truth)) + 0.5) / len(truth)
    cerebrum = (height > _CEREBRUM[0]) & (height < _CEREBRUM[1])
    places = head.white & cerebrum[:, None, None]
    best, most = None, -1.0
    for _ in range(30):
        centre = _anywhere(rng, places)
        if centre is None:
            break
        centre = centre + rng.uniform(-0.5, 0.5, 3)
        indices = np.indices(truth.shape, np.float32)
        where = [(p - c) / shrink + m for p, c, m in zip(indices, centre, middle, strict=True)]
        soft = ndimage.map_coordinates(truth.astype(np.float32), where, order=1)
        inside = float(soft[head.brain].sum() / max(soft.sum(), 1e-6))
        if inside > most:
            best, most = (where, soft), inside
        if inside > 0.95:
            break
    if best is None:
        return head.study, 0.0
    where, soft = best
    soft = ndimage.gaussian_filter(soft, (0, 0.7, 0.7)) * head.brain
    grown = ndimage.binary_dilation(truth, np.ones((1, 3, 3)), iterations=_AROUND_PX)
    around = grown & ~truth & head.brain
    made = {}
    own = _pictures(study)
    for sequence, stack in head.pictures.items():
        drawn = ndimage.map_coordinates(own[sequence], where, order=1, mode="nearest")
        there, here = np.median(own[sequence][around]), np.median(stack[soft > 0.05])
        made[sequence] = (1 - soft) * stack + soft * (drawn - there + here)
    return head.remade(made, "small"), float((soft >= 0.5).sum() * VOXEL_ML)
