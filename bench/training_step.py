"""A step of training with the fused normalisation and with Keras's own, alternating in one process.

    python bench/training_step.py [PRESET] [--sizes 128 192 256] [-o FILE]

Random slices and weights: the time of a step does not depend on them. Prints milliseconds a step
of 16 slices and the ratio, one line per size, and writes them with the machine's description.
"""

import argparse
import json
import os
import statistics
import time
from pathlib import Path
from unittest import mock

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import keras
import numpy as np

from glioscope.files import atomic_json
from glioscope.training.config import TrainConfig, load_preset
from glioscope.training.data.batches import mask_targets
from glioscope.training.loop.fit import TrainingData, compiled
from glioscope.training.network import unet
from machine import machine

ROUNDS, STEPS, WARM_UP = 5, 8, 2


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("preset", nargs="?", default="robust")
    parser.add_argument("--sizes", type=int, nargs="+", default=[128, 192, 256])
    parser.add_argument("-o", "--output", type=Path)
    options = parser.parse_args()
    config = load_preset(options.preset)
    rows = [measured(config, size) for size in options.sizes]
    for row in rows:
        print(json.dumps(row))
    if options.output:
        atomic_json(options.output, {"machine": machine(), "preset": config.name, "sizes": rows})


def measured(config: TrainConfig, size: int) -> dict[str, float]:
    batch = random_batch(config, size)
    networks = {"fused": network(config, size), "keras": keras_norms(config, size)}
    times: dict[str, list[float]] = {name: [] for name in networks}
    for turn in range(-WARM_UP, ROUNDS):
        for name in sorted(networks, reverse=bool(turn % 2)):
            began = time.perf_counter()
            for _ in range(STEPS):
                networks[name].train_on_batch(*batch)
            if turn >= 0:
                times[name].append((time.perf_counter() - began) / STEPS * 1e3)
    ratios = [k / f for k, f in zip(times["keras"], times["fused"], strict=True)]
    return {
        "size": size,
        "fused_ms": round(statistics.median(times["fused"]), 1),
        "keras_ms": round(statistics.median(times["keras"]), 1),
        "keras_over_fused": round(statistics.median(ratios), 2),
    }


def network(config: TrainConfig, size: int) -> keras.Model:
    nobody = np.arange(config.samples_per_epoch)
    return compiled(config, size, TrainingData(lambda _: None, nobody, nobody[:0]))


def keras_norms(config: TrainConfig, size: int) -> keras.Model:
    with mock.patch.object(unet, "BatchNormalization", keras.layers.BatchNormalization):
        return network(config, size)


def random_batch(config: TrainConfig, size: int) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    rng = np.random.default_rng(0)
    channels = 3 * (2 * config.network.context + 1)
    slices = rng.random((config.batch_size, size, size, channels), np.float32)
    masks = (rng.random((config.batch_size, size, size)) > 0.9).astype(np.float32)
    targets = mask_targets(masks, config.network)
    if config.network.presence:
        targets["presence"] = masks.max(axis=(1, 2))[:, None]
    return slices, targets


if __name__ == "__main__":
    main()
