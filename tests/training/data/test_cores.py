import numpy as np
import pytest

from glioscope.training.config import AugmentConfig
from glioscope.training.data.batches import make_batch
from glioscope.training.data.cores import paint_cores
from toy_training import toy_config, toy_store

SIDE = 64
FLAIR, T1GD = 1, 2


def lesions(count: int, radius: float = 14) -> tuple[np.ndarray, np.ndarray]:
    """Heads of intensity 1 with a round lesion, bright on FLAIR, on three slices each."""
    rows, columns = np.indices((SIDE, SIDE)) - SIDE // 2
    lesion = np.hypot(rows, columns) < radius
    slices = np.ones((count, SIDE, SIDE, 9), np.float32)
    slices[:, lesion, FLAIR::3] = 2
    return slices, np.repeat(lesion[None].astype(np.float32), count, axis=0)


def test_a_core_lies_in_the_lesion_and_takes_a_part_of_it() -> None:
    slices, masks = lesions(40)
    painted = paint_cores(slices, masks, 1.0, np.random.default_rng(0))
    changed = np.abs(painted[..., FLAIR] - slices[..., FLAIR]) > 0.3
    lesion = masks > 0.5
    shares = (changed & lesion).sum(axis=(1, 2)) / lesion.sum(axis=(1, 2))
    assert (shares > 0).all() and shares.max() < 0.85
    assert shares.max() - shares.min() > 0.3
    # Beyond the outline there is nothing but the soft border of what lies within.
    outside = np.abs(painted - slices).max(axis=-1)[
        :, np.hypot(*(np.indices((SIDE, SIDE)) - 32)) > 18
    ]
    assert outside.max() < 0.05
    assert painted.min() >= 0


def test_necrosis_is_dark_on_flair_with_a_bright_rim_and_what_is_solid_takes_up_contrast() -> None:
    slices, masks = lesions(60)
    painted = paint_cores(slices, masks, 1.0, np.random.default_rng(1))
    lesion = masks[0] > 0.5
    darkest = painted[:, lesion, FLAIR].min(axis=1)
    brightest = painted[:, lesion, T1GD].max(axis=1)
    assert 0.1 < np.mean(darkest < 0.6) < 0.9
    assert np.mean(brightest > 1.15) > 0.6
    assert (painted[:, lesion, 0].max(axis=1) < 1.4).all()


def test_neighbours_have_it_in_the_same_place() -> None:
    slices, masks = lesions(5)
    painted = paint_cores(slices, masks, 1.0, np.random.default_rng(2))
    for sequence in range(3):
        for slice_ in range(3):
            assert np.allclose(painted[..., sequence], painted[..., 3 * slice_ + sequence])


@pytest.mark.parametrize(("share", "radius"), [(0.0, 14), (1.0, 3)], ids=["never", "small"])
def test_nothing_is_painted(share: float, radius: float) -> None:
    slices, masks = lesions(4, radius)
    before = slices.copy()
    assert np.array_equal(paint_cores(slices, masks, share, np.random.default_rng(0)), before)
    assert np.array_equal(slices, before)


def test_slices_without_tumour_and_the_share_that_was_asked_for() -> None:
    slices, masks = lesions(200)
    masks[100:] = 0
    painted = paint_cores(slices, masks, 0.3, np.random.default_rng(3))
    changed = (painted != slices).any(axis=(1, 2, 3))
    assert not changed[100:].any()
    assert 20 <= changed[:100].sum() <= 40


def test_batches_paint_where_the_preset_says_so_and_validation_never_does() -> None:
    store = toy_store()
    plain = toy_config(augment=AugmentConfig())
    cored = toy_config(augment=AugmentConfig(core=1.0))
    at = np.flatnonzero(store.presence)
    assert store.area_px[at].min() < 40  # of 5 x 5 pixels, too small
    store.masks[at, 2:14, 2:14] = 255
    one, _ = make_batch(store, at, plain, np.random.default_rng(0))
    other, targets = make_batch(store, at, cored, np.random.default_rng(0))
    assert not np.array_equal(one, other)
    assert np.array_equal(targets["mask"][..., 0] > 0.5, store.masks[at] > 127)
    assert np.array_equal(
        make_batch(store, at, cored, None)[0], make_batch(store, at, plain, None)[0]
    )
