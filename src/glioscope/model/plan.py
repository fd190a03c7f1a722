"""The plan: every number that inference must repeat from training, as JSON beside the weights."""

import hashlib
import json
import math
from dataclasses import asdict, dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Any, Self, TypeGuard

from glioscope.errors import ModelError, UsageError
from glioscope.model.plan_parts import (
    Assessment,
    IntervalMargins,
    MissCurve,
    OutlineMargins,
    conformal_threshold,
)
from glioscope.study import CHANNELS

SCHEMA = "glioscope.plan/1"
SENSITIVE, BALANCED, MISS_RATE = "sensitive", "balanced", "miss_rate"
OPERATING_POINTS = (SENSITIVE, BALANCED)
_PARTS: dict[str, type] = {
    "assessment": Assessment,
    "widening": IntervalMargins,
    "margins": OutlineMargins,
}


@dataclass(frozen=True)
class Plan:
    """How a study becomes a tensor and a probability becomes a decision.

    Attributes:
        name, version: of the model.
        size: side of the square network input, in network pixels.
        field_of_view_mm: side of that square in mm. A picture without spacing is taken to fill it
            with its shorter side, as the LGG pictures do (shorter side scaled to 256, centre
            cropped; docs/concepts/data.md).
        context: neighbouring slices on each side that the network sees with the middle one.
        context_mm: distance between those neighbours; thinner slices are skipped over to reach it.
            On a nominal grid the next slice is taken.
        clip: upper end of the normalised intensity (0 is air, 1 is the median of the head).
        presence_threshold: a slice whose calibrated probability reaches it is called tumour.
        operating_point: what that threshold stands for; see `at` and `for_miss_rate`.
        max_miss_rate: the miss rate promised at the operating point `miss_rate`, else None.
        balanced_threshold: the threshold of the operating point `balanced`.
        miss_curve: (threshold, miss rate) pairs, thresholds rising: mean share of a patient's
            tumour slices below the threshold, over `miss_patients` patients the networks that
            answered had not seen; what `for_miss_rate` chooses from.
        pixel_smooth: weight of each neighbouring slice in the weighted mean of pixel probabilities
            (the middle slice has 1 - 2 pixel_smooth); 0 leaves slices alone.
        pixel_threshold: a pixel of a called slice that reaches it seeds the mask.
        pixel_low: the mask grows from its seeds through pixels that reach this.
        min_area: a lesion that covers fewer network pixels on its largest slice is dropped.
        calibration_scale, calibration_bias: Platt scaling of the slice logit.
        z_weight: weight of each neighbouring slice in the weighted mean of slice logits (the middle
            slice has 1 - 2 z_weight); 0 leaves slices alone.
        z_lift: how far above its own logit, after smoothing, a slice may be lifted by its
            neighbours (`glioscope.model.postprocess.lift`); 0 leaves it out.
        flip: average the prediction with that of the left-right mirrored slice.
        assessment: how the model judges its own outline; None where it does not.
        widening: how wide intervals around its figures are; None where it gives none.
        margins: how far its sure and its possible region lie from the outline; None where it gives
            none, and away from the operating point `sensitive`, for whose outlines they hold.
        classes: names of the classes that the network tells apart within the tumour, in the order
            of its output; empty where it tells none apart.
    """

    name: str
    version: str
    size: int
    field_of_view_mm: float = 240.0
    context: int = 1
    context_mm: float = 5.0
    clip: float = 4.0
    presence_threshold: float = 0.5
    operating_point: str = SENSITIVE
    max_miss_rate: float | None = None
    balanced_threshold: float = 0.5
    miss_curve: MissCurve = ()
    miss_patients: int = 0
    pixel_smooth: float = 0.0
    pixel_threshold: float = 0.5
    pixel_low: float = 0.5
    min_area: float = 0.0
    calibration_scale: float = 1.0
    calibration_bias: float = 0.0
    z_weight: float = 0.0
    z_lift: float = 0.0
    flip: bool = True
    assessment: Assessment | None = None
    widening: IntervalMargins | None = None
    margins: OutlineMargins | None = None
    classes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        self._check_input()
        self._check_classes()
        self._check_decision()

    def _check_input(self) -> None:
        if not _whole(self.size, self.context) or self.size < 16 or self.context < 0:
            raise ModelError(
                "model.plan_sizes", plan=self.name, size=self.size, context=self.context
            )
        lengths = (self.field_of_view_mm, self.context_mm, self.clip - 1)
        if not all(0 < value < math.inf for value in lengths):
            raise ModelError(
                "model.plan_lengths",
                plan=self.name,
                field=self.field_of_view_mm,
                distance=self.context_mm,
                clip=self.clip,
            )

    def _check_classes(self) -> None:
        named = all(isinstance(name, str) and name for name in self.classes)  # pyright: ignore[reportUnnecessaryIsInstance]
        if not named or len(self.classes) == 1 or len(set(self.classes)) < len(self.classes):
            raise ModelError("model.plan_classes", plan=self.name)

    def _check_decision(self) -> None:
        if not 0 < self.pixel_low <= self.pixel_threshold < 1:
            raise ModelError(
                "model.plan_pixels", plan=self.name, low=self.pixel_low, high=self.pixel_threshold
            )
        if not (0 <= self.z_weight <= 0.5 and 0 <= self.pixel_smooth <= 0.5):
            raise ModelError(
                "model.plan_weights", plan=self.name, slices=self.z_weight, pixels=self.pixel_smooth
            )
        if not (0 < self.presence_threshold < 1 and 0 < self.balanced_threshold < 1):
            raise ModelError(
                "model.plan_thresholds",
                plan=self.name,
                presence=self.presence_threshold,
                balanced=self.balanced_threshold,
            )
        if not (0 <= self.z_lift < math.inf and 0 <= self.min_area < math.inf):
            raise ModelError(
                "model.plan_lift", plan=self.name, lift=self.z_lift, area=self.min_area
            )
        self._check_miss_curve()
        if not (0 < self.calibration_scale < math.inf and math.isfinite(self.calibration_bias)):
            raise ModelError(
                "model.plan_calibration",
                plan=self.name,
                scale=self.calibration_scale,
                bias=self.calibration_bias,
            )

    def _check_miss_curve(self) -> None:
        rising = all(
            0 < t1 <= t2 < 1 and 0 <= r1 <= r2 <= 1
            for (t1, r1), (t2, r2) in pairwise([*self.miss_curve, *self.miss_curve[-1:]])
        )
        if not rising or bool(self.miss_curve) != (self.miss_patients > 0):
            raise ModelError("model.plan_miss_curve", plan=self.name)

    @property
    def pixel_mm(self) -> float:
        """Side of one network pixel in mm."""
        return self.field_of_view_mm / self.size

    @property
    def input_channels(self) -> int:
        """Channels of the network input: sequences times slices seen together."""
        return len(CHANNELS) * (2 * self.context + 1)

    @property
    def miss_rate(self) -> float | None:
        """Mean share of a patient's tumour slices below the threshold, by `miss_curve`.

        Of patients whom the networks had not seen; at most this, for the curve is in steps. None
        where the curve does not reach the threshold or the plan has none.
        """
        reached = (rate for at, rate in self.miss_curve if at >= self.presence_threshold)
        return next(reached, None)

    def at(self, operating_point: str) -> Self:
        """The plan at `sensitive` (most recall at a slice specificity of 0.95) or `balanced`.

        Raises:
            UsageError: another name.
        """
        if operating_point not in OPERATING_POINTS:
            known = str(list(OPERATING_POINTS))
            raise UsageError("model.operating_point", name=operating_point, known=known)
        if operating_point == self.operating_point:
            return self
        # Only a plan as it was stored can be moved: it stands at `sensitive`.
        return replace(
            self,
            operating_point=operating_point,
            presence_threshold=self.balanced_threshold,
            margins=None,
        )

    def for_miss_rate(self, most: float) -> Self:
        """The plan at the highest threshold that keeps the expected miss rate at or below `most`.

        See `glioscope.model.plan_parts.conformal_threshold`. Nothing is dropped for its size then.

        Raises:
            UsageError: `most` is outside (0, 1), or lower than this many patients can promise.
        """
        threshold = conformal_threshold(self.miss_curve, self.miss_patients, most)
        if threshold is None:
            raise UsageError(
                "model.miss_rate",
                asked=most,
                model=self.name,
                least=1 / (self.miss_patients + 1),
                patients=self.miss_patients,
            )
        return replace(
            self,
            operating_point=MISS_RATE,
            max_miss_rate=most,
            presence_threshold=threshold,
            min_area=0.0,
            margins=None,
        )

    def with_thresholds(self, **changes: float) -> Self:
        """A copy with other thresholds or calibration, checked like the first."""
        return replace(self, **changes)

    def to_json(self) -> str:
        """The text of `plan.json`; without classes it does not speak of them."""
        fields = {n: v for n, v in asdict(self).items() if n != "classes" or v}
        return json.dumps({"schema": SCHEMA, **fields}, indent=2) + "\n"

    @property
    def sha256(self) -> str:
        """Hash of the text of `plan.json`, in hex: equal plans decide alike."""
        return hashlib.sha256(self.to_json().encode()).hexdigest()

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
            raise ModelError("model.not_a_plan", file=where, reason=str(error)) from error
        if schema != SCHEMA:
            raise ModelError("model.plan_schema", file=where, expected=SCHEMA, found=str(schema))
        try:
            curve = tuple((float(t), float(r)) for t, r in fields.pop("miss_curve", ()))
            for name, kind in _PARTS.items():
                if fields.get(name) is not None:
                    fields[name] = _part(kind, name, fields[name])
            classes = fields.pop("classes", [])
            if not _is_list(classes):
                raise TypeError(f"classes must be a list, got {type(classes).__name__}")
            return cls(**fields, miss_curve=curve, classes=tuple(classes))
        except (TypeError, ValueError) as error:
            raise ModelError("model.plan_fields", file=where, reason=str(error)) from error

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read a `plan.json` file; errors as in `from_json`."""
        try:
            content = path.read_bytes()
        except OSError as error:
            reason = str(error.strerror)
            raise ModelError("model.file_unreadable", file=path.name, reason=reason) from error
        return cls.from_bytes(content, path.name)

    @classmethod
    def from_bytes(cls, content: bytes, where: str = "plan.json") -> Self:
        """Read the content of a `plan.json` file; errors as in `from_json`."""
        try:
            return cls.from_json(content.decode("utf-8"), where)
        except UnicodeDecodeError as error:
            raise ModelError("model.plan_not_text", file=where) from error


def _whole(*values: object) -> bool:
    """Whether these are whole numbers, as their declaration says and JSON does not."""
    return all(isinstance(value, int) for value in values)


def _part(kind: type, name: str, document: Any) -> Any:
    """A part of the plan from its JSON object, whose lists become tuples.

    Raises:
        TypeError: not an object, or unknown, missing or mistyped fields.
        ModelError: as `kind` raises.
    """
    if not _is_object(document):
        raise TypeError(f"{name} must be an object, got {type(document).__name__}")
    return kind(**{k: tuple(v) if _is_list(v) else v for k, v in document.items()})


def _is_object(value: Any) -> TypeGuard[dict[str, Any]]:
    return isinstance(value, dict)


def _is_list(value: Any) -> TypeGuard[list[Any]]:
    return isinstance(value, list)
