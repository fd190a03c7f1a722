"""Losses on mask probabilities; targets may be soft (partial pixels after shrinking)."""

from collections.abc import Callable

from keras import KerasTensor, losses, ops

_EPSILON = 1e-6

MaskLoss = Callable[[KerasTensor, KerasTensor], KerasTensor]


def soft_dice(target: KerasTensor, probability: KerasTensor) -> KerasTensor:
    """1 - Dice: half over the whole batch, half the mean over slices that have tumour.

    The batch term punishes false positives on empty slices, where a Dice of its own is undefined;
    the slice term lets a small lesion weigh as much as a large one. Arrays are (b, h, w, 1).
    """
    overlap = ops.sum(target * probability, axis=(1, 2, 3))
    size = ops.sum(target, axis=(1, 2, 3)) + ops.sum(probability, axis=(1, 2, 3))
    batch = 1 - (2 * ops.sum(overlap) + 1) / (ops.sum(size) + 1)
    positive = ops.cast(ops.sum(target, axis=(1, 2, 3)) > 0, probability.dtype)
    slices = 1 - (2 * overlap + 1) / (size + 1)
    mean = ops.sum(slices * positive) / (ops.sum(positive) + _EPSILON)
    return 0.5 * batch + 0.5 * mean


def dice_ce(target: KerasTensor, probability: KerasTensor) -> KerasTensor:
    """Soft Dice plus pixel cross-entropy, a scalar."""
    target = ops.cast(target, probability.dtype)
    return soft_dice(target, probability) + ops.mean(
        losses.binary_crossentropy(target, probability)
    )


def focal_tversky(target: KerasTensor, probability: KerasTensor) -> KerasTensor:
    """Focal Tversky loss over the batch with α 0.7 on misses, β 0.3, γ 0.75, a scalar.

    Source: Abraham and Khan, ISBI 2019, doi 10.1109/ISBI.2019.8759329.
    """
    target = ops.cast(target, probability.dtype)
    hit = ops.sum(target * probability)
    missed = ops.sum(target * (1 - probability))
    false = ops.sum((1 - target) * probability)
    index = (hit + 1) / (hit + 0.7 * missed + 0.3 * false + 1)
    return ops.power(ops.maximum(1 - index, _EPSILON), 0.75)


def mean_squared_error(target: KerasTensor, probability: KerasTensor) -> KerasTensor:
    """The paper's loss: mean squared error over pixels, a scalar."""
    return ops.mean(ops.square(ops.cast(target, probability.dtype) - probability))


MASK_LOSSES: dict[str, MaskLoss] = {
    "mse": mean_squared_error,
    "dice_ce": dice_ce,
    "focal_tversky": focal_tversky,
}
