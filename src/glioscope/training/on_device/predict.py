# pyright: basic
# It speaks with Keras, which carries no types, and with JAX, which need not be installed.
"""Prediction of slices in memory, many at a time; answers as `pipeline.predict`; JAX only."""

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
from jaxtyping import Float16, Int

from glioscope.model.preprocess import as_channels
from glioscope.pipeline import Answer, mean_of_both
from glioscope.training.data.slices import SliceStore

_BATCH = 32


def predictor(
    model: keras.Model, store: SliceStore, context: int
) -> Callable[[Float16[np.ndarray, "s n n c"], Int[np.ndarray, " k"]], Answer]:
    """A function of planes (as the store's) and slice positions that answers with the mirror mean.

    The network may be one in training; its weights at each call are used and its deeper masks
    ignored. Keep the function: making it anew compiles anew.
    """
    import jax  # pyright: ignore[reportMissingImports]

    @jax.jit
    def both(trainable, non_trainable, slices):
        return tuple(
            _read(model.stateless_call(trainable, non_trainable, x, training=False)[0])
            for x in (slices, slices[:, :, ::-1])
        )

    def predict(planes: np.ndarray, indices: np.ndarray) -> Answer:
        trainable, non_trainable = ([v.value for v in group] for group in _groups(model))
        parts = []
        for start in range(0, len(indices), _BATCH):
            picked = indices[start : start + _BATCH]
            # Batches of one size, so that the function is compiled once.
            filled = np.resize(picked, _BATCH)
            at = store.neighbours(filled, context)
            answers = both(trainable, non_trainable, _slices(planes, at))
            flat = [array for pair in answers for array in pair]
            parts.append([np.asarray(array, np.float32)[: len(picked)] for array in flat])
        pixels, presence, turned, turned_presence = (
            np.concatenate(part) for part in zip(*parts, strict=True)
        )
        return mean_of_both(pixels, presence, turned[:, :, ::-1], turned_presence)

    return predict


def _groups(model: keras.Model) -> tuple[list[Any], list[Any]]:
    return model.trainable_variables, model.non_trainable_variables


def _read(answer: dict[str, Any]) -> tuple[Any, Any]:
    """Pixels (b, n, n) and slices (b); without a slice head its largest pixel."""
    pixels = answer["mask"][..., 0]
    head = answer.get("presence")
    return pixels, keras.ops.max(pixels, axis=(1, 2)) if head is None else head[:, 0]


def _slices(planes: np.ndarray, at: np.ndarray) -> np.ndarray:
    return as_channels(planes[at].astype(np.float32))
