"""One network in ONNX Runtime and in Keras, alternating in one process: milliseconds per slice.

`python engines.py PRESET ROUNDS` prints one JSON line. Weights are random: time does not depend on
them. Keras runs its compiled graph (`predict_on_batch`), the quickest call it offers.
"""

import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import numpy as np

from glioscope.model.engine import OnnxEngine
from glioscope.training.config import load_preset
from glioscope.training.export.onnx import to_onnx
from glioscope.training.network.unet import build

BATCHES = (1, 8)
WARM_UP = 3


def main(preset: str, rounds: str) -> None:
    config = load_preset(preset)
    network = build(config.network, config.size)
    with tempfile.TemporaryDirectory() as folder:
        weights = Path(folder) / "random.weights.h5"
        network.save_weights(weights)
        onnx = OnnxEngine(to_onnx(config, [weights]), config.plan())
    result: dict[str, object] = {"preset": preset, "size": config.size, "rounds": int(rounds)}
    ratios = {}
    for batch in BATCHES:
        slices = np.random.default_rng(0).random((batch, *network.input_shape[1:]), np.float32)
        keras_s, onnx_s = alternate(
            lambda s=slices: network.predict_on_batch(s), lambda s=slices: onnx(s), int(rounds)
        )
        result[f"batch_{batch}"] = {
            "keras_ms_per_slice": round(1e3 * statistics.median(keras_s) / batch, 3),
            "onnx_ms_per_slice": round(1e3 * statistics.median(onnx_s) / batch, 3),
            "ratio": quartiles([k / o for k, o in zip(keras_s, onnx_s, strict=True)]),
        }
        ratios[batch] = result[f"batch_{batch}"]["ratio"]["median"]
    result["keras_over_onnx"] = {f"batch {batch}": ratio for batch, ratio in ratios.items()}
    print(json.dumps(result))


def alternate(
    first: Callable[[], object], second: Callable[[], object], rounds: int
) -> tuple[list[float], list[float]]:
    """Seconds of each call; who goes first changes every round, so drift hits both alike."""
    times: dict[Callable[[], object], list[float]] = {first: [], second: []}
    for turn in range(-WARM_UP, rounds):
        for call in (first, second) if turn % 2 else (second, first):
            began = time.perf_counter()
            call()
            if turn >= 0:
                times[call].append(time.perf_counter() - began)
    return times[first], times[second]


def quartiles(values: list[float]) -> dict[str, float]:
    low, middle, high = statistics.quantiles(values, n=4)
    return {"median": round(middle, 3), "q1": round(low, 3), "q3": round(high, 3)}


if __name__ == "__main__":
    main(*sys.argv[1:])
