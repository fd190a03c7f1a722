from typing import Any

import numpy as np
import pytest

from glioscope.model.plan import Plan
from glioscope.training.config import AugmentConfig
from glioscope.training.data.batches import make_batch
from glioscope.training.data.planted import plant_lesions
from toy_training import toy_config, toy_store

SIDE = 128
PLAN = Plan("toy", "0", size=SIDE)
FLAIR = 1
ROWS, COLUMNS = np.indices((SIDE, SIDE)) - SIDE // 2
BRAIN = np.hypot(ROWS, COLUMNS) < 40
DONOR = np.hypot(ROWS - 10, COLUMNS) < 18


def heads(hosts: int, contrast: float = 1.0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """One head with a large round lesion and `hosts` without one, of intensity 1, air outside."""
    slices = np.zeros((1 + hosts, SIDE, SIDE, 9), np.float32)
    slices[:, BRAIN] = 1
    slices[0, DONOR, FLAIR::3] += contrast
    masks = np.zeros((1 + hosts, SIDE, SIDE), np.float32)
    masks[0, DONOR] = 1
    return slices, masks, np.repeat(BRAIN[None], 1 + hosts, axis=0)


def plant(hosts: int, share: float = 1.0, seed: int = 0, contrast: float = 1.0) -> Any:
    slices, masks, brain = heads(hosts, contrast)
    rng = np.random.default_rng(seed)
    return slices, *plant_lesions(slices, masks, brain, share, PLAN, rng)


def test_a_lesion_is_small_lies_in_brain_and_is_as_bright_as_its_mask_says() -> None:
    slices, changed, outlined, planted = plant(60)
    assert not planted[0] and planted[1:].mean() > 0.8
    sizes = (outlined[planted] > 0.5).sum(axis=(1, 2)) * PLAN.pixel_mm**2
    # A ball of 8 ml is 25 mm across.
    assert sizes.max() <= np.pi * 12.5**2 and sizes.min() < 150
    assert not (outlined[:, ~BRAIN]).any()
    added = (changed - slices)[planted][..., 3 + FLAIR]
    inside = outlined[planted] > 0.9
    assert 0.5 < added[inside].mean() < 1.15
    assert np.abs(added[outlined[planted] == 0]).max() < 1e-6
    places = np.array([np.argwhere(m > 0.5).mean(axis=0) for m in outlined[planted]])
    assert (places.std(axis=0) > 8).all()


def test_other_sequences_and_air_stay_as_they_were() -> None:
    slices, changed, outlined, planted = plant(20)
    assert planted.any()
    # But for what the soft border brings along of where the lesion was.
    assert np.allclose(changed[..., 0::3], slices[..., 0::3], atol=0.1)
    assert not changed[:, ~BRAIN].any()
    assert np.array_equal(changed[0], slices[0]) and (outlined[0] > 0).sum() == DONOR.sum()


def test_neighbours_hold_less_of_it_or_none() -> None:
    slices, changed, _, planted = plant(80, seed=3)
    lit = ((changed - slices)[planted][..., FLAIR::3] > 0.2).sum(axis=(1, 2))
    below, own, above = lit.T
    assert (np.minimum(below, above) <= own).all()
    assert np.mean(np.minimum(below, above) == 0) > 0.1
    assert np.mean(np.maximum(below, above) > 0) > 0.5


@pytest.mark.parametrize(
    ("share", "contrast"), [(0.0, 1.0), (1.0, 0.05)], ids=["never", "no donor is bright"]
)
def test_nothing_is_planted(share: float, contrast: float) -> None:
    slices, changed, outlined, planted = plant(10, share, contrast=contrast)
    assert not planted.any() and np.array_equal(changed, slices)
    assert not outlined[1:].any()


def test_a_slice_with_little_brain_gets_none() -> None:
    slices, masks, brain = heads(10)
    brain[1:] &= np.hypot(ROWS, COLUMNS) < 12
    _, _, planted = plant_lesions(slices, masks, brain, 1.0, PLAN, np.random.default_rng(0))
    assert not planted.any()


def test_the_share_that_was_asked_for() -> None:
    _, _, _, planted = plant(300, 0.2)
    assert 35 <= planted.sum() <= 75


def test_batches_plant_where_the_preset_says_so_and_call_the_slice_a_tumour() -> None:
    store = toy_store(size=SIDE)
    at = np.arange(len(store))
    store.brain[:] = BRAIN
    store.planes[:, BRAIN] = 1
    ill = np.flatnonzero(store.presence)
    store.masks[ill] = np.where(DONOR, 255, 0).astype(np.uint8)
    store.planes[ill[:, None], DONOR] = 2
    well = np.flatnonzero(store.presence == 0)
    config = toy_config(augment=AugmentConfig(plant=1.0))
    slices, targets = make_batch(store, at, config, np.random.default_rng(0))
    _, plain = make_batch(store, at, config, None)
    assert not plain["mask"][well].any() and not plain["presence"][well].any()
    now = targets["mask"][well].max(axis=(1, 2, 3)) > 0.5
    assert now.any() and np.array_equal(targets["presence"][well, 0] == 1, now)
    assert np.isfinite(slices).all() and store.masks[well].max() == 0
