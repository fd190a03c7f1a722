"""Batches for training, made ahead of the network in a background thread."""

import queue
import threading
import time
from collections.abc import Callable, Iterator

import numpy as np
from jaxtyping import Float32

from glioscope.model.preprocess import as_channels
from glioscope.training.config import NetworkConfig, TrainConfig, deep_name
from glioscope.training.data.augment import augment
from glioscope.training.data.slices import SliceStore, draw_epoch

Batch = tuple[np.ndarray, dict[str, np.ndarray]]
_AHEAD = 6
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
) -> Iterator[Batch]:
    """Endless batches; seed and epoch decide those of an epoch, so a resumed run repeats them."""
    steps = steps_per_epoch(config, allowed)
    epoch = first_epoch
    while True:
        order = draw_epoch(
            store, allowed, config.samples_per_epoch, config.positive_share, (config.seed, epoch)
        )
        rng = np.random.default_rng((config.seed, epoch, 1))
        for step in range(steps):
            indices = order[step * config.batch_size : (step + 1) * config.batch_size]
            if len(indices) == config.batch_size or steps == 1:
                yield make_batch(store, indices, config, rng)
        epoch += 1


class Prefetch:
    """Runs an iterator in a thread, a few items ahead; `waited_s` is what the consumer waited.

    `keras.utils.PyDataset` asks for batches by index, while chance runs on from one to the next
    here: another draw for every seed, and no figure of how long the network waited.

    Memory is bounded by the queue. An error in the thread is raised in the consumer.
    """

    def __init__(self, make: Callable[[], Iterator[Batch]]) -> None:
        self.waited_s = 0.0
        self._queue: queue.Queue[Batch | BaseException] = queue.Queue(_AHEAD)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._fill, args=(make,), daemon=True)
        self._thread.start()

    def _fill(self, make: Callable[[], Iterator[Batch]]) -> None:
        try:
            for item in make():
                if not self._put(item):
                    return
        except BaseException as error:  # handed over to the consumer, which raises it
            self._put(error)

    def _put(self, item: Batch | BaseException) -> bool:
        while not self._stop.is_set():
            try:
                self._queue.put(item, timeout=0.2)
            except queue.Full:
                continue
            return True
        return False

    def __iter__(self) -> Iterator[Batch]:
        while True:
            began = time.perf_counter()
            item = self._queue.get()
            self.waited_s += time.perf_counter() - began
            if isinstance(item, BaseException):
                raise item
            yield item

    def close(self) -> None:
        """Stop the thread and drop what is queued."""
        self._stop.set()
        self._thread.join(timeout=5)
