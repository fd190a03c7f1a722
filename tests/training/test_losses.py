import keras
import numpy as np
import pytest

from glioscope.training.losses import MASK_LOSSES, focal_tversky, mean_squared_error, soft_dice

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


def test_focal_tversky_by_hand() -> None:
    half = np.full_like(TARGET, 0.5)
    index = (2 + 1) / (2 + 0.7 * 2 + 0.3 * 14 + 1)
    assert value(focal_tversky, TARGET, half) == pytest.approx((1 - index) ** 0.75, rel=1e-5)


def test_focal_tversky_minds_a_miss_more_than_a_false_alarm() -> None:
    missed, extra = TARGET.copy(), TARGET.copy()
    missed[0, 0, 0] = 0
    extra[0, 3, 3] = 1
    assert value(focal_tversky, TARGET, missed) > value(focal_tversky, TARGET, extra)
