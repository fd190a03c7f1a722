"""Prepared slices of many patients in memory, and which of them an epoch shows."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float16, Float32, Int, UInt8

from glioscope.evaluation.variants.brain import brain_mask
from glioscope.model.plan import CHANNELS, Plan
from glioscope.model.preprocess import intensity_scale, prepare, to_pictures, window_for
from glioscope.study import Channel
from glioscope.training.data.cases import Case, reference_of, slice_names, study_of
from glioscope.training.data.classes import class_shares

# A slice this near to the run of tumour slices is a hard negative and is drawn more often.
_NEAR = 2
_NEAR_WEIGHT = 3.0
# Lesions under this area (pixels of the source picture) are drawn more often: misses sit there.
_SMALL_PX = 300
_SMALL_WEIGHT = 2.0


@dataclass(frozen=True)
class SliceStore:
    """Slices of all cases, concatenated.

    Attributes:
        planes: normalised sequences, half precision to bound memory (3267 slices of 128×128 take
            320 MB). masks: target of each network pixel, 0 to 255: its tumour share, unless a
            teacher has a say (`training.data.soft_targets`). presence: target of each slice, in
            [0, 1]; 1 with tumour, with the same reservation.
        area_px: tumour area on the source picture. first, last: the slice range of the case that
            each slice belongs to (last is inclusive), so that neighbours never cross patients.
        near: a negative slice within two slices of a positive one.
        step: how many slices apart the context neighbours of each slice stand; more than one where
            slices are thinner than the plan's `context_mm`.
        classes: target of each network pixel and class, 0 to 255: the share of it that is of that
            class; None where none are told apart.
        brain: the brain and whatever tumour lies outside its estimate. brain_gain: what brings each
            sequence of the case to a median of 1 once everything else is erased.
    """

    planes: Float16[np.ndarray, "s n n c"]
    masks: UInt8[np.ndarray, "s n n"]
    presence: Float32[np.ndarray, " s"]
    area_px: Int[np.ndarray, " s"]
    first: Int[np.ndarray, " s"]
    last: Int[np.ndarray, " s"]
    near: np.ndarray
    brain: Bool[np.ndarray, "s n n"]
    brain_gain: Float32[np.ndarray, "s c"]
    step: Int[np.ndarray, " s"]
    names: tuple[str, ...]
    classes: UInt8[np.ndarray, "s n n q"] | None = None

    def __len__(self) -> int:
        return len(self.planes)

    @property
    def positive(self) -> np.ndarray:
        """Whether each slice has tumour (at least one pixel of the source mask)."""
        return self.area_px > 0

    def neighbours(self, indices: np.ndarray, context: int) -> Int[np.ndarray, "b o"]:
        """Indices of each slice with its context, repeating the last slice at a case's ends."""
        offsets = np.arange(-context, context + 1) * self.step[indices][:, None]
        picked = indices[:, None] + offsets
        return np.clip(picked, self.first[indices][:, None], self.last[indices][:, None])


def load_slices(cases: Iterable[Case], plan: Plan) -> SliceStore:
    """Read and prepare cases, exactly as inference prepares them."""
    found = [_case_slices(case, plan) for case in cases]
    counts = [len(case.area_px) for case in found]
    ends = np.cumsum(counts)
    area_px = np.concatenate([case.area_px for case in found])
    classes = [case.classes for case in found if case.classes is not None]
    return SliceStore(
        planes=np.concatenate([case.planes for case in found]),
        masks=np.concatenate([case.masks for case in found]),
        presence=(area_px > 0).astype(np.float32),
        area_px=area_px,
        first=np.repeat(ends - counts, counts),
        last=np.repeat(ends - 1, counts),
        near=np.concatenate([_near(case.area_px > 0) for case in found]),
        brain=np.concatenate([case.brain for case in found]),
        brain_gain=np.repeat(np.stack([case.brain_gain for case in found]), counts, axis=0),
        step=np.repeat([case.step for case in found], counts),
        names=tuple(name for case in found for name in case.names),
        classes=np.concatenate(classes) if classes else None,
    )


class _CaseSlices(NamedTuple):
    """What a `SliceStore` holds of one case."""

    planes: Float16[np.ndarray, "k n n c"]
    masks: UInt8[np.ndarray, "k n n"]
    area_px: Int[np.ndarray, " k"]
    brain: Bool[np.ndarray, "k n n"]
    brain_gain: Float32[np.ndarray, " c"]
    step: int
    names: tuple[str, ...]
    classes: UInt8[np.ndarray, "k n n q"] | None


def _case_slices(case: Case, plan: Plan) -> _CaseSlices:
    study = study_of(case)
    reference = reference_of(case)
    prepared = prepare(study, plan)
    pictures = to_pictures(reference.array, reference.grid)
    window = window_for(reference.grid, plan)
    shares = [window.forward(p.astype(np.float32)) for p in pictures]
    masks = np.round(np.stack(shares) * 255).astype(np.uint8)
    brain: Bool[np.ndarray, "k n n"] = _brain(prepared.planes, plan) | (masks > 0)
    return _CaseSlices(
        planes=prepared.planes.astype(np.float16),
        masks=masks,
        area_px=pictures.sum(axis=(1, 2)),
        brain=brain,
        brain_gain=_gain(prepared.planes, brain),
        step=prepared.step,
        names=slice_names(case),
        classes=class_shares(case, plan.classes, window) if plan.classes else None,
    )


def _brain(planes: Float32[np.ndarray, "k n n c"], plan: Plan) -> Bool[np.ndarray, "k n n"]:
    flair, t1 = (planes[..., CHANNELS.index(s)] for s in (Channel.FLAIR, Channel.T1))
    return brain_mask(flair, t1, plan.pixel_mm)


def _gain(
    planes: Float32[np.ndarray, "k n n c"], brain: Bool[np.ndarray, "k n n"]
) -> Float32[np.ndarray, " c"]:
    """What `prepare` would multiply each sequence by, given the brain alone; 1 without one."""
    if not brain.any():
        return np.ones(len(CHANNELS), np.float32)
    alone = np.where(brain[..., None], planes, 0)
    units = [intensity_scale(alone[..., c], "brain")[1] for c in range(len(CHANNELS))]
    return np.array([1 / unit for unit in units], np.float32)


def _near(positive: np.ndarray) -> np.ndarray:
    padded = np.pad(positive, _NEAR)
    shifted = [padded[i : i + len(positive)] for i in range(2 * _NEAR + 1)]
    return np.any(shifted, axis=0) & ~positive


def draw_epoch(
    store: SliceStore,
    allowed: Int[np.ndarray, " a"],
    samples: int,
    positive_share: float,
    seed: tuple[int, int],
) -> Int[np.ndarray, " e"]:
    """Indices of one epoch in random order; `seed` is (run seed, epoch).

    With `samples` 0 every allowed slice once; with `positive_share` 0 that many drawn evenly, each
    at most once as far as there are enough. Otherwise `positive_share` of `samples` comes from
    slices with tumour (small lesions twice as often) and the rest from those without (near the
    tumour three times as often); without replacement as far as there are enough.
    """
    rng = np.random.default_rng(seed)
    if not samples:
        return rng.permutation(allowed)
    if not positive_share:
        return rng.choice(allowed, samples, replace=samples > len(allowed))
    positive = store.positive[allowed]
    weight = np.ones(len(allowed))
    weight[store.near[allowed]] = _NEAR_WEIGHT
    weight[positive & (store.area_px[allowed] < _SMALL_PX)] = _SMALL_WEIGHT
    wanted = round(samples * positive_share)
    drawn = [
        _draw(rng, allowed[positive], weight[positive], wanted),
        _draw(rng, allowed[~positive], weight[~positive], samples - wanted),
    ]
    return rng.permutation(np.concatenate(drawn))


def _draw(rng: np.random.Generator, pool: np.ndarray, weight: np.ndarray, count: int) -> np.ndarray:
    if not count or not len(pool):
        return pool[:0]
    return rng.choice(pool, count, replace=count > len(pool) // 2, p=weight / weight.sum())
