import keras
import numpy as np
import pytest

from glioscope.training.network.losses import (
    MASK_LOSSES,
    class_loss,
    dice_semimetric,
    mean_squared_error,
    soft_dice,
)

TARGET = np.zeros((2, 4, 4, 1), np.float32)
TARGET[0, :2, :2] = 1


def value(loss, target, probability) -> float:
    tensors = (keras.ops.convert_to_tensor(a, "float32") for a in (target, probability))
    return float(loss(*tensors))


@pytest.mark.parametrize("name", sorted(MASK_LOSSES))
def test_perfect_is_near_zero_and_wrong_is_worse(name: str) -> None:
    loss = MASK_LOSSES[name]
    perfect = value(loss, TARGET, TARGET)
    assert perfect == pytest.approx(0, abs=1e-4)
    assert value(loss, TARGET, np.full_like(TARGET, 0.5)) > perfect + 0.1
    assert value(loss, TARGET, 1 - TARGET) > value(loss, TARGET, np.full_like(TARGET, 0.5))


def test_mean_squared_error_by_hand() -> None:
    assert value(mean_squared_error, TARGET, np.full_like(TARGET, 0.25)) == pytest.approx(
        (4 * 0.75**2 + 28 * 0.25**2) / 32
    )


def test_soft_dice_by_hand() -> None:
    half = np.full_like(TARGET, 0.5)
    batch = 1 - (2 * 2 + 1) / (4 + 16 + 1)
    positive = 1 - (2 * 2 + 1) / (4 + 8 + 1)
    assert value(soft_dice, TARGET, half) == pytest.approx(0.5 * batch + 0.5 * positive, rel=1e-5)


def test_the_semimetric_is_soft_dice_for_labels() -> None:
    for probability in (0.1, 0.5, 0.9):
        answer = np.full_like(TARGET, probability)
        expected = value(soft_dice, TARGET, answer)
        assert value(dice_semimetric, TARGET, answer) == pytest.approx(expected, rel=1e-5)


def test_the_semimetric_is_least_at_a_soft_target_and_soft_dice_is_not() -> None:
    doubt = np.full_like(TARGET, 0.6)
    certain = np.ones_like(TARGET)
    assert value(dice_semimetric, doubt, doubt) == pytest.approx(0, abs=1e-5)
    assert value(dice_semimetric, doubt, certain) > 0.1
    assert value(soft_dice, doubt, certain) < value(soft_dice, doubt, doubt) - 0.1


def test_a_teachers_faint_doubt_makes_no_slice_one_with_tumour() -> None:
    answer = np.full_like(TARGET, 0.5)
    faint = np.maximum(TARGET, 0.004)
    expected = value(dice_semimetric, TARGET, answer)
    assert value(dice_semimetric, faint, answer) == pytest.approx(expected, abs=0.01)
    assert value(soft_dice, faint, answer) > expected + 0.05


def classes_of(core: float) -> np.ndarray:
    """Shares of two classes over the tumour of `TARGET`, of which `core` is the second."""
    return np.concatenate([TARGET * (1 - core), TARGET * core], axis=-1)


def test_the_class_loss_asks_within_the_tumour_alone() -> None:
    target = classes_of(0.0)
    target[0, 0, 0] = (0, 1)
    right = np.where(target.sum(axis=-1, keepdims=True) > 0, target, 0.5)
    perfect = value(class_loss, target, right)
    assert perfect == pytest.approx(0, abs=1e-4)
    outside = right.copy()
    outside[1] = (0.9, 0.1)
    assert value(class_loss, target, outside) == pytest.approx(perfect)
    unsure = value(class_loss, target, np.full_like(target, 0.5))
    assert unsure > perfect + 0.3
    assert value(class_loss, target, 1 - right) > unsure


def test_the_class_loss_by_hand() -> None:
    shares = np.broadcast_to(np.float32([0.75, 0.25]), (2, 4, 4, 2))
    target = classes_of(0.0)
    # Four pixels of the first class; the second is not there, and does not count.
    entropy = -4 * np.log(0.75) / 5
    dice = 1 - (2 * 3 + 1) / (4 + 3 + 1)
    assert value(class_loss, target, shares) == pytest.approx(entropy + dice, rel=1e-5)
    assert value(class_loss, np.zeros_like(target), shares) == 0


def test_a_share_is_least_lost_where_it_is_answered() -> None:
    target = classes_of(0.3)
    lost = {
        share: value(
            class_loss, target, np.broadcast_to(np.float32([1 - share, share]), target.shape)
        )
        for share in (0.1, 0.3, 0.5)
    }
    assert min(lost, key=lost.get) == 0.3
