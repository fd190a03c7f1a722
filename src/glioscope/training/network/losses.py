# pyright: basic
# It speaks with Keras, which carries no types.
"""Losses on mask probabilities; targets may be soft (partial pixels after shrinking)."""

from collections.abc import Callable

from keras import KerasTensor, losses, ops

_EPSILON = 1e-6
# Small enough for a lesion that fills a fifth of one network pixel and that the teacher denies.
_TUMOUR = 0.1

MaskLoss = Callable[[KerasTensor, KerasTensor], KerasTensor]


def soft_dice(target: KerasTensor, probability: KerasTensor) -> KerasTensor:
    """1 - Dice: half over the whole batch, half the mean over slices that have tumour.

    The batch term punishes false positives on empty slices, where a Dice of its own is undefined;
    the slice term lets a small lesion weigh as much as a large one. Arrays are (b, h, w, 1).
    """
    overlap = ops.sum(target * probability, axis=(1, 2, 3))
    size = ops.sum(target, axis=(1, 2, 3)) + ops.sum(probability, axis=(1, 2, 3))
    return _dice_loss(overlap, size, ops.sum(target, axis=(1, 2, 3)) > 0)


def dice_semimetric(target: KerasTensor, probability: KerasTensor) -> KerasTensor:
    """`soft_dice` for targets that are probabilities themselves: least where the two are equal.

    Equal to `soft_dice` for targets of 0 and 1. For a target of 0.5 that one is least at 1, which
    would undo what a doubtful teacher says. A slice counts as one with tumour when a target
    reaches 0.1: teachers say something very small everywhere.

    Source: Wang et al., MICCAI 2023, arXiv:2303.16296 (the loss DML1).
    """
    size = ops.sum(target, axis=(1, 2, 3)) + ops.sum(probability, axis=(1, 2, 3))
    overlap = (size - ops.sum(ops.abs(target - probability), axis=(1, 2, 3))) / 2
    return _dice_loss(overlap, size, ops.max(target, axis=(1, 2, 3)) >= _TUMOUR)


def _dice_loss(overlap: KerasTensor, size: KerasTensor, has_tumour: KerasTensor) -> KerasTensor:
    """From the overlap and the sum of both sizes of each slice, (b,)."""
    batch = 1 - (2 * ops.sum(overlap) + 1) / (ops.sum(size) + 1)
    positive = ops.cast(has_tumour, overlap.dtype)
    slices = 1 - (2 * overlap + 1) / (size + 1)
    mean = ops.sum(slices * positive) / (ops.sum(positive) + _EPSILON)
    return 0.5 * batch + 0.5 * mean


def dice_ce(target: KerasTensor, probability: KerasTensor) -> KerasTensor:
    """Soft Dice plus pixel cross-entropy, a scalar."""
    target = ops.cast(target, probability.dtype)
    return soft_dice(target, probability) + ops.mean(
        losses.binary_crossentropy(target, probability)
    )


def soft_dice_ce(target: KerasTensor, probability: KerasTensor) -> KerasTensor:
    """Dice semimetric plus pixel cross-entropy, a scalar; for targets with a teacher's share."""
    target = ops.cast(target, probability.dtype)
    return dice_semimetric(target, probability) + ops.mean(
        losses.binary_crossentropy(target, probability)
    )


def mean_squared_error(target: KerasTensor, probability: KerasTensor) -> KerasTensor:
    """The paper's loss: mean squared error over pixels, a scalar."""
    return ops.mean(ops.square(ops.cast(target, probability.dtype) - probability))


def class_loss(target: KerasTensor, shares: KerasTensor) -> KerasTensor:
    """Cross-entropy plus soft Dice of classes within the tumour, a scalar; arrays are (b, h, w, c).

    `target` holds the share of each pixel that is of each class, 0 everywhere outside the tumour;
    `shares` are the network's, which speak of tumour alone. Both terms weigh a pixel by how much of
    it is tumour by the outline, so that what is outside teaches nothing. Dice is the mean over the
    classes that the batch has; without tumour the loss is 0.
    """
    shares = ops.cast(shares, "float32")
    target = ops.cast(target, "float32")
    tumour = ops.sum(target, axis=-1, keepdims=True)
    entropy = -ops.sum(target * ops.log(ops.maximum(shares, _EPSILON)))
    within = tumour * shares
    size = ops.sum(target, axis=(0, 1, 2))
    overlap = ops.sum(ops.minimum(target, within), axis=(0, 1, 2))
    lost = 1 - (2 * overlap + 1) / (size + ops.sum(within, axis=(0, 1, 2)) + 1)
    there = ops.cast(size > 0, "float32")
    dice = ops.sum(lost * there) / (ops.sum(there) + _EPSILON)
    return entropy / (ops.sum(tumour) + 1) + dice


MASK_LOSSES: dict[str, MaskLoss] = {
    "mse": mean_squared_error,
    "dice_ce": dice_ce,
    "soft_dice_ce": soft_dice_ce,
}
