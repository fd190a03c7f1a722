# pyright: basic
# It speaks with Keras, which carries no types.
"""The trained Keras network behind the same interface that inference uses."""

import keras
import numpy as np
from jaxtyping import Float32

from glioscope.analysis import ModelInfo
from glioscope.model.bundle import Model
from glioscope.model.plan import Plan


class KerasEngine:
    """`Engine` over Keras models, of which it gives the mean answer.

    Networks without a slice head answer the largest pixel.
    """

    def __init__(self, *models: keras.Model) -> None:
        self._models = models

    def __call__(
        self, slices: Float32[np.ndarray, "b n n d"]
    ) -> tuple[Float32[np.ndarray, "b n n"], Float32[np.ndarray, "b"]]:
        """See `glioscope.model.engine.Engine`."""
        batch = np.ascontiguousarray(slices)
        answers = [model.predict_on_batch(batch) for model in self._models]
        pixels = np.mean([a["mask"] for a in answers], axis=0)[..., 0]
        if "presence" not in answers[0]:
            return pixels, pixels.max(axis=(1, 2))
        return pixels, np.mean([a["presence"] for a in answers], axis=0)[:, 0]


def as_model(network: keras.Model, plan: Plan) -> Model:
    """A Keras network as a `Model` that the pipeline takes; its hash is left empty."""
    return Model(plan, KerasEngine(network), ModelInfo(plan.name, plan.version, ""))
