"""Batches for training, made ahead of the network in background threads."""

import time
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from functools import partial

import numpy as np
from jaxtyping import Float32

from glioscope.model.preprocess import as_channels
from glioscope.training.config import NetworkConfig, TrainConfig, deep_name
from glioscope.training.data.augment import augment
from glioscope.training.data.cores import paint_cores
from glioscope.training.data.slices import SliceStore, draw_epoch

Batch = tuple[np.ndarray, dict[str, np.ndarray]]
Make = Callable[[], Batch]
# Making a batch takes as long as one core computes a step of the network.
_THREADS, _AHEAD = 2, 6
# As every plan of ours cuts intensities off.
CLIP = 4.0


def steps_per_epoch(config: TrainConfig, allowed: np.ndarray) -> int:
    """Whole batches in one epoch."""
    return max(1, (config.samples_per_epoch or len(allowed)) // config.batch_size)


def make_batch(
    store: SliceStore, indices: np.ndarray, config: TrainConfig, rng: np.random.Generator | None
) -> Batch:
    """Network input and targets for some slices; augmented when `rng` is given."""
    at = store.neighbours(indices, config.network.context)
    picked = store.planes[at].astype(np.float32)
    if rng is not None and config.augment.skull:
        bare = rng.random(len(indices)) < config.augment.skull
        gain = store.brain_gain[indices[bare]][:, None, None, None]
        picked[bare] = np.minimum(picked[bare] * store.brain[at[bare]][..., None] * gain, CLIP)
    slices = as_channels(picked)
    # The mask first, then the classes it is made of: they move together.
    outlined = store.masks[indices][..., None]
    if config.network.classes and store.classes is not None:
        outlined = np.concatenate([outlined, store.classes[indices]], axis=-1)
    outlined = outlined.astype(np.float32) / 255
    if rng is not None:
        if config.augment.core:
            slices = paint_cores(slices, outlined[..., 0], config.augment.core, rng)
        slices, outlined = augment(slices, outlined, config.augment, rng)
    targets = mask_targets(outlined[..., 0], config.network)
    if config.network.classes:
        targets["classes"] = outlined[..., 1:]
    if config.network.presence:
        targets["presence"] = store.presence[indices][:, None]
    return slices, targets


def mask_targets(
    masks: Float32[np.ndarray, "b n n"], network: NetworkConfig
) -> dict[str, Float32[np.ndarray, "b m m 1"]]:
    """The mask, and its means over blocks for each deeper mask output."""
    targets = {"mask": masks[..., None]}
    count, size, _ = masks.shape
    for level in range(2, network.deep + 2):
        side = network.stem * 2 ** (level - 1)
        blocks = masks.reshape(count, size // side, side, size // side, side)
        targets[deep_name(level)] = blocks.mean(axis=(2, 4))[..., None]
    return targets


def training_batches(
    store: SliceStore, allowed: np.ndarray, config: TrainConfig, first_epoch: int
) -> Iterator[Make]:
    """Endless batches, each made when it is called, in any order and thread.

    Seed, epoch and step decide one of them, so a resumed run repeats them.
    """
    steps = steps_per_epoch(config, allowed)
    epoch = first_epoch
    while True:
        order = draw_epoch(
            store, allowed, config.samples_per_epoch, config.positive_share, (config.seed, epoch)
        )
        for step in range(steps):
            indices = order[step * config.batch_size : (step + 1) * config.batch_size]
            if len(indices) == config.batch_size or steps == 1:
                rng = np.random.default_rng((config.seed, epoch, 1, step))
                yield partial(make_batch, store, indices, config, rng)
        epoch += 1


class Prefetch:
    """Makes batches in threads, a few ahead, in order; `waited_s` is what the consumer waited.

    `keras.utils.PyDataset` asks for batches by index, and has no figure of how long the network
    waited. An error in a thread is raised in the consumer.
    """

    def __init__(self, batches: Iterator[Make]) -> None:
        self.waited_s = 0.0
        self._batches = batches
        self._pool = ThreadPoolExecutor(_THREADS)
        self._made: deque[Future[Batch]] = deque()

    def __iter__(self) -> Iterator[Batch]:
        while self._fill():
            began = time.perf_counter()
            try:
                batch = self._made.popleft().result()
            except CancelledError:
                # Who asks for one more after the end; TensorFlow's own threads do.
                return
            self.waited_s += time.perf_counter() - began
            yield batch

    def _fill(self) -> bool:
        """Have as many made as are wanted ahead; whether there is one left."""
        while len(self._made) < _AHEAD and (make := next(self._batches, None)):
            self._made.append(self._pool.submit(make))
        return bool(self._made)

    def close(self) -> None:
        """End the threads and drop what was made."""
        self._batches = iter(())
        self._pool.shutdown(cancel_futures=True)
