"""What the plan holds for intervals around figures: how far to widen the model's own band."""

import math
from dataclasses import dataclass

from glioscope.errors import ModelError


@dataclass(frozen=True)
class Widening:
    """Added on both sides to the logarithm of a figure's band (`glioscope.model.intervals`).

    Attributes:
        coverage: share of new patients like those it was fitted on whose figure, measured on an
            expert's outline, lies inside the interval; in (0, 1).
        patients: how many it was fitted on, none of whom the networks had seen.
        volume: for the volume of all lesions; negative where the band alone was too wide.
        diameter, perpendicular: for the two diameters of the largest lesion.
        product: for the sum of the products of both diameters.

    Raises:
        ModelError: a value out of range.
    """

    coverage: float
    patients: int
    volume: float
    diameter: float
    perpendicular: float
    product: float

    def __post_init__(self) -> None:
        values = (self.volume, self.diameter, self.perpendicular, self.product)
        if not (0 < self.coverage < 1 and self.patients > 0 and all(map(math.isfinite, values))):
            raise ModelError(
                "widening: coverage must lie in (0, 1), patients be positive and the rest finite, "
                f"got {self}"
            )
