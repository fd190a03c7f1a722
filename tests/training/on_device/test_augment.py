import keras
import numpy as np
import pytest

from glioscope.training.config import AugmentConfig, NetworkConfig
from glioscope.training.data import augment as on_cpu
from glioscope.training.data.batches import make_batch, mask_targets
from glioscope.training.on_device.augment import (
    affine,
    coarsen,
    draw_changes,
    make_samples,
    targets,
)
from toy_training import toy_config, toy_store

COUNT, CONTEXT = 12, 1
STRONG = AugmentConfig(
    rotate=20, scale=0.2, shift=0.1, shear=0.1, flip=0.5, gamma=0.4, contrast=0.2, bias=0.3,
    noise=0.1, blur=0.5, skull=0.5, drop_sequence=0.3, drop_context=0.3,
)  # fmt: skip


def sampled(
    config: AugmentConfig, seed: int = 0, size: int = 16, brain: bool = True
) -> tuple[np.ndarray, np.ndarray]:
    store = toy_store(size=size)
    store.brain[:, :4] = brain
    store.planes[:, :2] = 0  # air
    indices = np.arange(COUNT)
    at = store.neighbours(indices, CONTEXT)
    rng = np.random.default_rng(seed)
    changes = draw_changes(COUNT, size, config, rng)
    noise = rng.standard_normal((COUNT, size, size, 9), dtype=np.float32)
    made = make_samples(
        store.planes[at],
        store.masks[indices].astype(np.float32) / 255,
        store.brain[at],
        store.brain_gain[indices],
        changes,
        noise,
    )
    slices, masks = (keras.ops.convert_to_numpy(x) for x in made)
    return slices, masks


def plain() -> tuple[np.ndarray, np.ndarray]:
    return sampled(AugmentConfig())


def test_nothing_asked_gives_the_batch_that_fit_is_given() -> None:
    slices, masks = plain()
    store = toy_store()
    store.planes[:, :2] = 0
    expected, wanted = make_batch(store, np.arange(COUNT), toy_config(), None)
    assert np.array_equal(slices, expected)
    assert np.array_equal(masks[..., None], wanted["mask"])


def test_the_seed_decides() -> None:
    first, again, other = (sampled(STRONG, seed)[0] for seed in (1, 1, 2))
    assert np.array_equal(first, again)
    assert not np.allclose(first, other)


def test_it_moves_pictures_as_the_cpu_does() -> None:
    rng = np.random.default_rng(0)
    config = AugmentConfig(rotate=20, scale=0.2, shift=0.1, shear=0.1, flip=0.5)
    pictures = rng.random((COUNT, 16, 16, 10), dtype=np.float32)
    expected, mask = on_cpu._move(
        pictures[..., :9], pictures[..., 9], config, np.random.default_rng(1)
    )
    matrices = on_cpu.transforms(COUNT, 16, config, np.random.default_rng(1))
    moved = keras.ops.convert_to_numpy(affine(pictures, matrices))
    assert np.allclose(moved[..., :9], expected, atol=1e-4)
    assert np.allclose(moved[..., 9], mask, atol=1e-4)
    assert not np.allclose(moved, pictures, atol=0.1)


def test_picture_and_mask_move_together() -> None:
    masks = np.zeros((COUNT, 16, 16), np.float32)
    masks[:, 5:9, 4:11] = 1
    config = AugmentConfig(rotate=20, scale=0.2, shift=0.1, shear=0.1, flip=0.5)
    changes = draw_changes(COUNT, 16, config, np.random.default_rng(0))
    planes = np.broadcast_to(masks[:, None, ..., None], (COUNT, 3, 16, 16, 3))
    slices, moved = make_samples(planes, masks, planes[..., 0], masks[:, 0, :3], changes, None)
    slices, moved = (keras.ops.convert_to_numpy(x) for x in (slices, moved))
    assert not np.allclose(moved, masks)
    assert np.allclose(slices, np.repeat(moved[..., None], 9, axis=-1), atol=1e-6)


def test_a_mirror_alone_is_an_exact_mirror() -> None:
    slices, masks = sampled(AugmentConfig(flip=1.0))
    before, masks_before = plain()
    assert np.array_equal(slices, before[:, :, ::-1])
    assert np.array_equal(masks, masks_before[:, :, ::-1])


def test_air_stays_air_until_noise_is_added() -> None:
    strong = AugmentConfig(gamma=0.4, contrast=0.3, bias=0.3)
    slices, _ = sampled(strong)
    assert not slices[:, :2].any()
    assert not np.allclose(slices, plain()[0])
    assert sampled(AugmentConfig(noise=0.1))[0][:, :2].any()


def test_a_dropped_sequence_is_flair_and_dropped_context_the_middle() -> None:
    slices, _ = sampled(AugmentConfig(drop_sequence=1.0))
    before, _ = plain()
    split, was = (x.reshape(COUNT, 16, 16, 3, 3) for x in (slices, before))
    assert np.array_equal(split, np.repeat(was[..., 1:2], 3, axis=-1))
    alone = sampled(AugmentConfig(drop_context=1.0))[0].reshape(COUNT, 16, 16, 3, 3)
    assert np.array_equal(alone, np.repeat(was[:, :, :, 1:2], 3, axis=3))


def test_without_a_skull_only_the_brain_is_left() -> None:
    slices, _ = sampled(AugmentConfig(skull=1.0), brain=False)
    before, _ = sampled(AugmentConfig(), brain=False)
    assert before[:, 2:4].any()
    assert not slices[:, :4].any()
    assert np.array_equal(slices[:, 4:], before[:, 4:])


@pytest.mark.parametrize("size", [16, 17])
def test_coarser_blocks_are_those_of_the_cpu(size: int) -> None:
    pictures = np.random.default_rng(0).random((9, size, size, 4), dtype=np.float32)
    factors = np.array([(a, b) for a in (1, 2, 3) for b in (1, 2, 3)], np.int32)
    found = keras.ops.convert_to_numpy(coarsen(pictures, factors))
    expected = np.stack([on_cpu._coarsen(p, f) for p, f in zip(pictures, factors, strict=True)])
    assert np.allclose(found, expected, atol=1e-6)


def test_changes_lie_in_the_ranges_that_the_configuration_gives() -> None:
    drawn = draw_changes(4000, 16, STRONG, np.random.default_rng(0))
    assert abs(drawn["gamma"]).max() <= 1.4 and drawn["gamma"].min() >= 1 / 1.4
    assert 0.35 < (drawn["gamma"][:, 0] != 1).mean() < 0.45
    assert drawn["contrast"].min() >= 0.8 and drawn["contrast"].max() <= 1.2
    assert drawn["noise"].min() >= 0 and drawn["noise"].max() <= 0.1
    assert 0.25 < drawn["gone"][:, 0].mean() < 0.35 and not drawn["gone"][:, 1].any()
    assert 0.45 < drawn["bare"].mean() < 0.55
    assert set(np.unique(drawn["coarse"])) == {1, 2, 3}


def test_targets_are_those_of_fit() -> None:
    network = NetworkConfig(widths=(4, 8, 8), stem=2, presence=True, deep=2)
    masks = np.random.default_rng(0).random((4, 16, 16), dtype=np.float32)
    found = targets(masks, np.array([True, False, True, False]), network)
    wanted = mask_targets(masks, network)
    assert found.keys() == {*wanted, "presence"}
    for name, array in wanted.items():
        assert np.allclose(keras.ops.convert_to_numpy(found[name]), array, atol=1e-6)
    assert keras.ops.convert_to_numpy(found["presence"])[:, 0].tolist() == [1, 0, 1, 0]
