"""What the plan holds for the model to judge its own outline: a linear estimate of its Dice."""

import math
from dataclasses import dataclass

from glioscope.errors import ModelError

# What `glioscope.model.confidence.features` measures, in its order.
NAMES = (
    "soft_dice",
    "threshold_stability",
    "flip_agreement",
    "flip_difference",
    "border_entropy",
    "z_consistency",
    "log_volume",
    "runs",
    "top_probability",
)


@dataclass(frozen=True)
class Assessment:
    """Expected Dice: `bias` plus the sum of `weights` times (feature - mean) / scale in [-3, 3].

    Attributes:
        names: the features, as in `NAMES`; a plan made for others is refused.
        means, scales: of each feature over the patients it was fitted on; scales are positive.
        weights: change of the expected Dice per scale of each feature.
        bias: expected Dice where every feature is at its mean.
        flag_below: a study whose expected Dice lies below it is to be reviewed, in [0, 1].

    Raises:
        ModelError: other features, another number of values, or one out of range.
    """

    names: tuple[str, ...]
    means: tuple[float, ...]
    scales: tuple[float, ...]
    weights: tuple[float, ...]
    bias: float
    flag_below: float

    def __post_init__(self) -> None:
        if self.names != NAMES:
            raise ModelError(
                f"assessment: expected the names {', '.join(NAMES)}, got "
                f"{', '.join(map(str, self.names))}; update glioscope or the model"
            )
        lengths = [len(values) for values in (self.means, self.scales, self.weights)]
        if set(lengths) != {len(NAMES)}:
            raise ModelError(
                f"assessment: expected {len(NAMES)} means, scales and weights, got {lengths}"
            )
        self._check_values()

    def _check_values(self) -> None:
        values = (*self.means, *self.scales, *self.weights, self.bias)
        if not all(map(math.isfinite, values)) or min(self.scales) <= 0:
            raise ModelError(
                "assessment: means, scales, weights and bias must be finite and scales positive"
            )
        if not 0 <= self.flag_below <= 1:
            raise ModelError(f"assessment: flag_below must lie in [0, 1], got {self.flag_below}")
