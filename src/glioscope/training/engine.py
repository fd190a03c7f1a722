"""The trained Keras network behind the same interface that inference uses."""

import keras
import numpy as np
from jaxtyping import Float32

from glioscope.analysis import ModelInfo
from glioscope.model.bundle import Model
from glioscope.model.plan import Plan


class KerasEngine:
    """`Engine` over a Keras model; a network without a slice head answers its largest pixel."""

    def __init__(self, model: keras.Model) -> None:
        self._model = model

    def __call__(
        self, slices: Float32[np.ndarray, "b n n d"]
    ) -> tuple[Float32[np.ndarray, "b n n"], Float32[np.ndarray, "b"]]:
        """See `glioscope.model.engine.Engine`."""
        answer = self._model.predict_on_batch(np.ascontiguousarray(slices))
        pixels = np.asarray(answer["mask"])[..., 0]
        if "presence" not in answer:
            return pixels, pixels.max(axis=(1, 2))
        return pixels, np.asarray(answer["presence"])[:, 0]


def as_model(network: keras.Model, plan: Plan) -> Model:
    """A Keras network as a `Model` that the pipeline takes; its hash is left empty."""
    return Model(plan, KerasEngine(network), ModelInfo(plan.name, plan.version, ""))
