# pyright: basic
# It speaks with Keras, which carries no types.
"""The trained Keras network behind the same interface that inference uses."""

import keras
import numpy as np
from jaxtyping import Float32

from glioscope.analysis_parts import ModelInfo
from glioscope.errors import ModelError
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
        pixels, presence, _ = self._answers(slices)
        return pixels, presence

    def with_classes(
        self, slices: Float32[np.ndarray, "b n n d"]
    ) -> tuple[
        Float32[np.ndarray, "b n n"], Float32[np.ndarray, "b"], Float32[np.ndarray, "b n n c"]
    ]:
        """See `glioscope.model.engine.ClassEngine`."""
        pixels, presence, answer = self._answers(slices)
        if "classes" not in answer:
            raise ModelError("model.no_classes")
        return pixels, presence, answer["classes"]

    def _answers(
        self, slices: Float32[np.ndarray, "b n n d"]
    ) -> tuple[Float32[np.ndarray, "b n n"], Float32[np.ndarray, "b"], dict[str, np.ndarray]]:
        """Pixels, slices, and the mean of each output."""
        batch = np.ascontiguousarray(slices)
        answers = [model.predict_on_batch(batch) for model in self._models]
        mean = {name: np.mean([a[name] for a in answers], axis=0) for name in answers[0]}
        pixels = mean["mask"][..., 0]
        if "presence" not in mean:
            return pixels, pixels.max(axis=(1, 2)), mean
        return pixels, mean["presence"][:, 0], mean


def as_model(network: keras.Model, plan: Plan) -> Model:
    """A Keras network as a `Model` that the pipeline takes; its hash is left empty."""
    return Model(plan, KerasEngine(network), ModelInfo(plan.name, plan.version, ""))
