from dataclasses import replace

import numpy as np
import pytest

from glioscope.training.config import AugmentConfig
from glioscope.training.data.augment import _coarsen, augment, transforms
from glioscope.training.data.batches import make_batch
from toy_training import SIZE, toy_config, toy_store

STRONG = AugmentConfig(
    rotate=20, scale=0.2, shift=0.1, shear=0.1, flip=0.5, gamma=0.4, contrast=0.2, bias=0.3,
    noise=0.1, blur=0.5, drop_sequence=0.3, drop_context=0.3,
)  # fmt: skip


def batch(count: int = 12) -> tuple[np.ndarray, np.ndarray]:
    store = toy_store(cases=4)
    slices, targets = make_batch(store, np.arange(count), toy_config(), None)
    return slices, targets["mask"][..., 0]


def test_nothing_asked_changes_nothing() -> None:
    slices, masks = batch()
    moved, moved_masks = augment(slices, masks, AugmentConfig(), np.random.default_rng(0))
    assert np.array_equal(moved, slices)
    assert np.array_equal(moved_masks, masks)


def test_picture_and_mask_move_together() -> None:
    _, masks = batch()
    pictures = np.repeat(masks[..., None], 9, axis=-1)
    geometry = AugmentConfig(rotate=20, scale=0.2, shift=0.1, shear=0.1, flip=0.5)
    moved, moved_masks = augment(pictures, masks, geometry, np.random.default_rng(0))
    assert not np.allclose(moved_masks, masks)
    for channel in range(9):
        assert np.allclose(moved[..., channel], moved_masks, atol=1e-6)


def test_a_mirror_alone_is_an_exact_mirror() -> None:
    slices, masks = batch()
    moved, moved_masks = augment(slices, masks, AugmentConfig(flip=1.0), np.random.default_rng(0))
    assert np.allclose(moved, slices[:, :, ::-1], atol=1e-6)
    assert np.allclose(moved_masks, masks[:, :, ::-1], atol=1e-6)


def test_a_shift_moves_the_centroid_by_what_it_says() -> None:
    masks = np.zeros((1, SIZE, SIZE), np.float32)
    masks[0, 7:9, 7:9] = 1
    slices = np.repeat(masks[..., None], 3, axis=-1)
    rng = np.random.default_rng(3)
    config = AugmentConfig(shift=0.2)
    matrix = transforms(1, SIZE, config, np.random.default_rng(3))[0]
    _, moved = augment(slices, masks, config, rng)
    y, x = (np.average(axis, weights=moved[0]) for axis in np.indices((SIZE, SIZE)))
    assert (x + matrix[2], y + matrix[5]) == pytest.approx((7.5, 7.5), abs=1e-4)


def test_a_dropped_sequence_is_flair() -> None:
    slices, masks = batch()
    config = AugmentConfig(drop_sequence=1.0)
    changed, _ = augment(slices, masks, config, np.random.default_rng(0))
    for sequence in (0, 2):
        assert np.array_equal(changed[..., sequence::3], slices[..., 1::3])


def test_contrast_and_gain_turn_about_the_median_per_sequence() -> None:
    """Of every sample a x + b with the same a, b in all three slices of a sequence."""
    slices, masks = batch()
    slices = np.maximum(slices, 0.5)
    changed, _ = augment(slices, masks, AugmentConfig(contrast=0.2), np.random.default_rng(0))
    for sample in range(len(slices)):
        for sequence in range(3):
            x, y = (a[sample, ..., sequence::3].ravel() for a in (slices, changed))
            line = np.polyfit(x, y, 1)
            assert np.allclose(np.polyval(line, x), y, atol=1e-4)
            gain = line.sum()  # the value at the median, 1
            assert 0.8 <= gain <= 1.2
            assert 0.8 <= line[0] / gain <= 1.2


def test_dropped_neighbours_repeat_the_middle() -> None:
    slices, masks = batch()
    changed, _ = augment(slices, masks, AugmentConfig(drop_context=1.0), np.random.default_rng(0))
    for neighbour in (0, 6):
        assert np.array_equal(changed[..., neighbour : neighbour + 3], slices[..., 3:6])


def test_air_stays_air_and_values_stay_sound() -> None:
    slices, masks = batch()
    slices[:, :4] = 0
    config = AugmentConfig(gamma=0.4, contrast=0.3, bias=0.3)
    changed, _ = augment(slices, masks, config, np.random.default_rng(0))
    assert (changed[:, :4] == 0).all()
    assert np.isfinite(changed).all()
    assert (changed >= 0).all()
    assert changed.dtype == np.float32


def test_the_seed_decides() -> None:
    slices, masks = batch()
    first = augment(slices, masks, STRONG, np.random.default_rng(5))
    again = augment(slices, masks, STRONG, np.random.default_rng(5))
    other = augment(slices, masks, STRONG, np.random.default_rng(6))
    assert np.array_equal(first[0], again[0])
    assert np.array_equal(first[1], again[1])
    assert not np.array_equal(first[0], other[0])


def test_a_coarser_picture_repeats_the_means_of_its_blocks() -> None:
    picture = np.random.default_rng(0).random((7, 8, 2)).astype(np.float32)
    coarse = _coarsen(picture, np.array([2, 3]))
    assert np.allclose(coarse[2:4, 3:6], picture[2:4, 3:6].mean(axis=(0, 1)))
    assert np.array_equal(coarse[6], picture[6]), "what fills no block stays"
    assert np.array_equal(coarse[:, 6:], picture[:, 6:])
    assert np.array_equal(_coarsen(picture, np.array([1, 1])), picture)


def test_an_erased_skull_leaves_the_brain_on_its_new_scale() -> None:
    store = toy_store(cases=1)
    brain = store.brain.copy()
    brain[:, :, :5] = False
    store = replace(store, brain=brain, brain_gain=np.full((8, 3), 1.25, np.float32))
    config = toy_config(augment=AugmentConfig(skull=1.0))
    slices, targets = make_batch(store, np.arange(8), config, np.random.default_rng(0))
    plain, same_targets = make_batch(store, np.arange(8), config, None)
    assert not slices[:, :, :5].any()
    assert np.allclose(slices[:, :, 5:], 1.25 * plain[:, :, 5:])
    assert np.array_equal(targets["mask"], same_targets["mask"])


def test_the_order_of_the_batch_in_memory_changes_nothing() -> None:
    slices, masks = batch()
    turned = np.asfortranarray(slices)
    for config in (STRONG, replace(STRONG, rotate=0, scale=0, shift=0, shear=0, flip=0)):
        plain, _ = augment(slices, masks, config, np.random.default_rng(7))
        other, _ = augment(turned, masks, config, np.random.default_rng(7))
        assert np.array_equal(plain, other)
    assert np.array_equal(turned, slices)
