"""Toy slices with a bright square as the lesion, and configurations that train in seconds."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import keras
import numpy as np

from glioscope.training.config import AugmentConfig, NetworkConfig, TrainConfig
from glioscope.training.data.slices import SliceStore
from glioscope.training.loop.fit import TrainingData, fit

SIZE = 16
# First on the PYTHONPATH of a process that trains, it traces nothing there (`step_by_step`).
STEP_BY_STEP = os.fspath(Path(__file__).with_name("step_by_step"))
# As few variables as show what a test asks: each costs compiling, and steps of the optimiser.
SMALL = NetworkConfig(
    widths=(4, 8), context=1, presence=True, stem=2, encoder_convs=1, decoder_convs=1
)
# The least that has a mask one level down.
DEEP = replace(SMALL, widths=(4, 8, 8), deep=1)


def toy_store(cases: int = 4, slices: int = 8, size: int = SIZE, seed: int = 0) -> SliceStore:
    """Each case has a run of positive slices 2 to 4 with a square lesion, FLAIR-bright."""
    rng = np.random.default_rng(seed)
    total = cases * slices
    planes = (1 + 0.1 * rng.standard_normal((total, size, size, 3))).astype(np.float16)
    masks = np.zeros((total, size, size), np.uint8)
    index = np.arange(total) % slices
    for s in np.flatnonzero((index >= 2) & (index <= 4)):
        row, column = rng.integers(2, size - 7, 2)
        masks[s, row : row + 5, column : column + 5] = 255
        planes[s, row : row + 5, column : column + 5, 1] += 1
    first = np.repeat(np.arange(cases) * slices, slices)
    positive = masks.any(axis=(1, 2))
    return SliceStore(
        planes=planes,
        masks=masks,
        presence=positive.astype(np.float32),
        area_px=masks.astype(bool).sum(axis=(1, 2)),
        first=first,
        last=first + slices - 1,
        brain=np.ones((total, size, size), bool),
        brain_gain=np.ones((total, 3), np.float32),
        step=np.ones(total, int),
        near=~positive & np.isin(index, (0, 1, 5, 6)),
        names=tuple(f"toy_{i}" for i in range(total)),
    )


def toy_config(**changes: object) -> TrainConfig:
    """A one-level network with a slice head; one epoch is two batches."""
    values: dict[str, object] = {
        "name": "toy",
        "stages": ((SIZE, 2),),
        "network": SMALL,
        "augment": AugmentConfig(flip=0.5),
        "loss": "dice_ce",
        "optimizer": "adamw",
        "learning_rate": 1e-2,
        "batch_size": 8,
        "samples_per_epoch": 16,
        "positive_share": 0.5,
        "ema": 0.5,
        "jit": False,
    }
    return TrainConfig(**(values | changes))


def toy_data(independent: bool = False, contradict: bool = False) -> TrainingData:
    """Four cases to train on, two to validate on; `contradict` turns the latter's masks over."""

    def load(size: int) -> SliceStore:
        store = toy_store(cases=6, size=size)
        if contradict:
            store.masks[32:] = 255 - store.masks[32:]
        return store

    return TrainingData(load, np.arange(32), np.arange(32, 48), independent)


def train_toy(config: TrainConfig, run: Path, **options: bool) -> list[np.ndarray]:
    """Train on the toy slices; the final weights."""
    model = fit(config, toy_data(), run, verbose=0, **options)
    return [keras.ops.convert_to_numpy(w) for w in model.weights]


@contextmanager
def step_by_step() -> Iterator[None]:
    """TensorFlow traces nothing: a run of a few steps ends before it would have been traced."""
    import tensorflow as tf

    tf.config.run_functions_eagerly(True)
    try:
        yield
    finally:
        tf.config.run_functions_eagerly(False)
