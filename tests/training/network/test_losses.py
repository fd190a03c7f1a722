import keras
import numpy as np
import pytest

from glioscope.training.network.losses import (
    MASK_LOSSES,
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
