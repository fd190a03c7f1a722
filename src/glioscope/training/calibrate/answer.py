"""What a network said of a patient whose outline is known: all that figures of a plan rest on."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float32, UInt8

from glioscope.model.plan import Plan
from glioscope.model.postprocess import SliceDecisions, decide


@dataclass(frozen=True)
class KnownAnswer:
    """Pixel and slice probabilities of a patient and the expert's outline, as pictures.

    `agreement` is that of the mirrored slices, as in `glioscope.pipeline.Answer`; `pixel_area` that
    of a picture's pixel in network pixels. `classes` has the likeliest class of each pixel, were it
    tumour; None where the network tells none apart.
    """

    pixels: Float32[np.ndarray, "k h w"]
    presence: Float32[np.ndarray, " k"]
    reference: Bool[np.ndarray, "k h w"]
    agreement: Float32[np.ndarray, "k 3"]
    pixel_area: float = 1.0
    classes: UInt8[np.ndarray, "k h w"] | None = None

    @property
    def positive(self) -> Bool[np.ndarray, " k"]:
        """Whether each slice has tumour."""
        return np.asarray(self.reference.any(axis=(1, 2)))

    def decided(self, plan: Plan) -> SliceDecisions:
        """What the plan decides on this patient."""
        return decide(self.pixels, self.presence, plan, self.pixel_area)
