"""The plan: every number that inference must repeat from training, as JSON beside the weights."""

import json
import math
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Self

from glioscope.errors import ModelError
from glioscope.model.assessment import Assessment
from glioscope.study import Sequence

SCHEMA = "glioscope.plan/1"
CHANNELS = (Sequence.T1, Sequence.FLAIR, Sequence.T1GD)


@dataclass(frozen=True)
class Plan:
    """How a study becomes a tensor and a probability becomes a decision.

    Attributes:
        name, version: of the model.
        size: side of the square network input, in network pixels.
        field_of_view_mm: side of that square in mm. A picture without spacing is taken to fill it
            with its shorter side, as the LGG pictures do (shorter side scaled to 256, centre
            cropped; RESEARCH.md).
        context: neighbouring slices on each side that the network sees with the middle one.
        context_mm: distance between those neighbours; thinner slices are skipped over to reach it.
            On a nominal grid the next slice is taken.
        clip: upper end of the normalised intensity (0 is air, 1 is the median of the head).
        presence_threshold: a slice whose calibrated probability reaches it is called tumour.
        pixel_threshold: a pixel of a called slice that reaches it seeds the mask.
        pixel_low: the mask grows from its seeds through pixels that reach this.
        calibration_scale, calibration_bias: Platt scaling of the slice logit.
        z_weight: weight of each neighbouring slice in the weighted mean of slice logits (the middle
            slice has 1 - 2 z_weight); 0 leaves slices alone.
        flip: average the prediction with that of the left-right mirrored slice.
        assessment: how the model judges its own outline; None where it does not.
    """

    name: str
    version: str
    size: int
    field_of_view_mm: float = 240.0
    context: int = 1
    context_mm: float = 5.0
    clip: float = 4.0
    presence_threshold: float = 0.5
    pixel_threshold: float = 0.5
    pixel_low: float = 0.5
    calibration_scale: float = 1.0
    calibration_bias: float = 0.0
    z_weight: float = 0.0
    flip: bool = True
    assessment: Assessment | None = None

    def __post_init__(self) -> None:
        self._check_input()
        self._check_decision()

    def _check_input(self) -> None:
        whole = isinstance(self.size, int) and isinstance(self.context, int)
        if not whole or self.size < 16 or self.context < 0:
            raise ModelError(
                f"plan {self.name}: expected whole numbers size >= 16 and context >= 0, got "
                f"{self.size} and {self.context}"
            )
        lengths = (self.field_of_view_mm, self.context_mm, self.clip - 1)
        if not all(0 < value < math.inf for value in lengths):
            raise ModelError(
                f"plan {self.name}: field_of_view_mm and context_mm must be positive and clip "
                f"above 1, got {self.field_of_view_mm}, {self.context_mm} and {self.clip}"
            )

    def _check_decision(self) -> None:
        if not 0 < self.pixel_low <= self.pixel_threshold < 1:
            raise ModelError(
                f"plan {self.name}: expected 0 < pixel_low <= pixel_threshold < 1, got "
                f"{self.pixel_low} and {self.pixel_threshold}"
            )
        if not 0 <= self.z_weight <= 0.5:
            raise ModelError(
                f"plan {self.name}: z_weight must lie in [0, 0.5], got {self.z_weight}"
            )
        if not 0 < self.presence_threshold < 1:
            raise ModelError(
                f"plan {self.name}: presence_threshold must lie inside (0, 1), "
                f"got {self.presence_threshold}"
            )
        if not (0 < self.calibration_scale < math.inf and math.isfinite(self.calibration_bias)):
            raise ModelError(
                f"plan {self.name}: calibration_scale must be positive and calibration_bias "
                f"finite, got {self.calibration_scale} and {self.calibration_bias}"
            )

    @property
    def pixel_mm(self) -> float:
        """Side of one network pixel in mm."""
        return self.field_of_view_mm / self.size

    @property
    def input_channels(self) -> int:
        """Channels of the network input: sequences times slices seen together."""
        return len(CHANNELS) * (2 * self.context + 1)

    def with_thresholds(self, **changes: float) -> Self:
        """A copy with other thresholds or calibration, checked like the first."""
        return replace(self, **changes)

    def to_json(self) -> str:
        """The text of `plan.json`."""
        return json.dumps({"schema": SCHEMA, **asdict(self)}, indent=2) + "\n"

    @classmethod
    def from_json(cls, text: str, where: str = "plan.json") -> Self:
        """Read the text of `plan.json`.

        Raises:
            ModelError: not JSON, another schema, or unknown or missing fields.
        """
        try:
            fields: dict[str, Any] = json.loads(text)
            schema = fields.pop("schema")
        except (ValueError, TypeError, AttributeError, KeyError) as error:
            raise ModelError(f"{where} is not a plan: {error}; install the model again") from error
        if schema != SCHEMA:
            raise ModelError(f"{where}: expected schema {SCHEMA}, got {schema}; update glioscope")
        try:
            if fields.get("assessment") is not None:
                fields["assessment"] = Assessment.from_dict(fields["assessment"])
            return cls(**fields)
        except TypeError as error:
            raise ModelError(f"{where}: {error}; update glioscope or the model") from error

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read a `plan.json` file; errors as in `from_json`."""
        try:
            return cls.from_json(path.read_text(encoding="utf-8"), path.name)
        except OSError as error:
            raise ModelError(f"{path.name} cannot be read: {error.strerror}") from error
        except UnicodeDecodeError as error:
            raise ModelError(f"{path.name} is not a plan: it is not UTF-8 text") from error
