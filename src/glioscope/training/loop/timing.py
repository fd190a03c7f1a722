# pyright: basic
# It speaks with Keras, which carries no types.
"""How long an epoch takes on this machine, from a few steps on noise."""

import time

import keras
import numpy as np

from glioscope.training.config import TrainConfig
from glioscope.training.data.batches import mask_targets, steps_per_epoch
from glioscope.training.loop.fit import TrainingData, compiled

# Slices of a step on a processor, and steps that are timed after one that only compiles.
_FEW, _STEPS = 2, 1


def seconds_per_epoch(config: TrainConfig, size: int, slices: int) -> float:
    """Seconds that the network trains in an epoch at an input side, given `slices` to train on.

    What reads and augments slices runs beside it and is left out. Without a GPU a part of a batch
    is timed, since a slice there takes equally long in any batch.
    """
    allowed = np.arange(slices)
    nothing = TrainingData(_no_slices, allowed, allowed[:0])
    model = compiled(config, size, nothing)
    whole = bool(keras.distribution.list_devices("gpu"))
    count = config.batch_size if whole else min(_FEW, config.batch_size)
    seconds = _seconds_per_step(config, model, size, count)
    return seconds / count * config.batch_size * steps_per_epoch(config, allowed)


def _no_slices(size: int):
    raise ValueError(f"nothing is loaded to time an epoch, asked for slices of {size} px")


def _seconds_per_step(config: TrainConfig, model, size: int, count: int) -> float:
    rng = np.random.default_rng(config.seed)
    slices = rng.random((count, *model.input_shape[1:]), dtype=np.float32)
    targets = mask_targets(
        (rng.random((count, size, size)) < 0.1).astype(np.float32), config.network
    )
    if config.network.presence:
        targets["presence"] = np.ones((count, 1), np.float32)
    if classes := len(config.network.classes):
        targets["classes"] = np.ones((count, size, size, classes), np.float32) / classes
    model.train_on_batch(slices, targets)
    start = time.perf_counter()
    for _ in range(_STEPS):
        model.train_on_batch(slices, targets)
    return (time.perf_counter() - start) / _STEPS
