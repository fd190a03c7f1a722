"""What an analysis is made of: slices, lesions, possible misses, bounds, and what judged them."""

from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from jaxtyping import Bool

from glioscope.texts.message import Message

# Of a slice: whether anything is outlined on it.
Decision = Literal["tumour", "no tumour"]
# Of a study: what is outlined may be unlike a glioma.
StudyDecision = Literal["tumour", "not typical", "no tumour"]
Verdict = Literal["fit", "fit with warnings", "refused"]
# Whose outline it is: the model's, a reader's drawn by hand, a reader's who changed the model's, or
# none yet, where pictures are only made ready for readers.
Author = Literal["model", "reader", "reader and model", "nobody"]
Side = Literal["left", "right", "both"]
# A lesion below this share of all lesions' voxels is a speck. Out of fold on 90 patients 61 of 78
# lesions beside the largest lay below it, and 9 of them touched an expert's outline
# (results/robust-0.2); above it 3 of 17 did.
SPECK_SHARE = 0.02
# Lower and upper end as multiples of the figure they belong to.
Interval = tuple[float, float]


@dataclass(frozen=True)
class SliceFinding:
    """One axial slice. `box_px` is `(x0, y0, x1, y1)`, half-open, in picture columns and rows.

    `probability` is the model's; None where the outline is not its own.

    What a PACS knows the slice by, where FLAIR was read from DICOM in axial slices: SeriesNumber
    and InstanceNumber (None where the header has none), SOPInstanceUID, and `frame`, from 1, in an
    instance of many.
    """

    index: int
    name: str
    probability: float | None
    decision: Decision
    area_px: int
    area_mm2: float | None
    box_px: tuple[int, int, int, int] | None
    series_number: int | None = None
    instance_number: int | None = None
    sop_instance_uid: str | None = None
    frame: int | None = None


@dataclass(frozen=True)
class Intervals:
    """Where an expert would have measured a lesion, as multiples of the figures of a `Finding`.

    `(0.8, 1.3)` beside 10 ml is 8 to 13 ml; being multiples they hold in pixels and in mm alike.
    See `glioscope.findings.intervals` for what they promise.
    """

    volume: Interval
    diameter: Interval
    perpendicular: Interval
    product: Interval


@dataclass(frozen=True)
class Finding:
    """One connected lesion (26-neighbourhood).

    `centroid_ras_mm` and every `_mm` and `_ml` figure are None on a nominal grid; `_px` figures are
    in voxels of the reference grid. Diameters are measured on `diameter_slice`, the slice with the
    largest area: the longest, and the longest perpendicular to it; `product` is both multiplied.
    `areas` has one entry per slice from `first_slice` to `last_slice`. `side` is the patient's own,
    and `midline_px` and `midline_mm` the distance of the centroid from the mid-sagittal plane; None
    where they were not sought. `intervals` are None where the model gives none, and like
    `confidence` where the outline is not its own. A `speck` is too small beside the other lesions
    to count as one (`glioscope.findings.lesions.is_speck`).
    """

    label: int
    voxels: int
    volume_ml: float | None
    centroid_voxel: tuple[float, float, float]
    centroid_ras_mm: tuple[float, float, float] | None
    box_voxel: tuple[int, int, int, int, int, int]
    first_slice: int
    last_slice: int
    diameter_slice: int
    diameter_px: float
    perpendicular_px: float
    diameter_mm: float | None
    perpendicular_mm: float | None
    product_px2: float
    product_mm2: float | None
    areas_px: tuple[int, ...]
    areas_mm2: tuple[float, ...] | None
    confidence: float | None
    side: Side | None = None
    midline_px: float | None = None
    midline_mm: float | None = None
    intervals: Intervals | None = None
    speck: bool = False


@dataclass(frozen=True)
class PossibleMiss:
    """A slice, or a region of it, below the decision threshold worth a second look, and why.

    `probability` is that of the slice. `risk`, in [0, 1], is what the list is ranked by (see
    `glioscope.findings.possible_misses`). `box_px` surrounds the region on this slice, as in
    `SliceFinding`; it is None where the whole slice is meant. A region may lie on a called slice,
    apart from its mask.
    """

    index: int
    name: str
    probability: float
    reason: Message
    risk: float
    box_px: tuple[int, int, int, int] | None

    def to_dict(self) -> dict[str, Any]:
        """Plain Python values: the reason in English, and its code."""
        said = {"reason": str(self.reason), "reason_code": self.reason.code}
        return {**vars(self), **said}


@dataclass(frozen=True)
class DecisionBasis:
    """Why what was outlined is called a tumour, or not typical of one.

    From a `score` of 0 on it is a tumour; `parts` are its terms by name, each above 0 where it
    speaks for a tumour, and add up to it (`glioscope.findings.typical`). `reason` says in words
    what was found.
    """

    score: float
    parts: dict[str, float]
    reason: Message

    def to_dict(self) -> dict[str, Any]:
        """Plain Python values: the reason in English, and its code."""
        said = {"reason": str(self.reason), "reason_code": self.reason.code}
        return {"score": self.score, "parts": dict(self.parts), **said}


@dataclass(frozen=True)
class Fault:
    """What is wrong with an input: `value` passed `limit`, and `message` says so to a person.

    `code` names the fault (see docs/reference/analysis-json.md); one that `refuses` makes the
    answer worthless, any other may make it worse.
    """

    code: str
    value: float
    limit: float
    refuses: bool
    message: Message

    @property
    def text(self) -> str:
        """The message in English."""
        return str(self.message)

    def to_dict(self) -> dict[str, Any]:
        """Plain Python values, with the text in the message's place."""
        figures = {name: value for name, value in vars(self).items() if name != "message"}
        return {**figures, "text": self.text}


@dataclass(frozen=True)
class InputQuality:
    """Whether the study is fit for the model: the verdict, and every fault, refusing ones first.

    `score` tells how unlike the training data it looks: about 1 is usual (see
    `glioscope.model.reference.Kind.score`), None where nothing head-sized is seen. `figures` is
    what was measured of the input, by name, for a watch over its drift.
    """

    verdict: Verdict
    faults: tuple[Fault, ...]
    score: float | None
    figures: dict[str, float] = field(default_factory=dict[str, float])

    def to_dict(self) -> dict[str, Any]:
        """Plain Python values."""
        return {**vars(self), "faults": [fault.to_dict() for fault in self.faults]}


@dataclass(frozen=True)
class ModelInfo:
    """Which model answered: its name, version and the SHA-256 of its weights file."""

    name: str
    version: str
    sha256: str


@dataclass(frozen=True)
class PixelRule:
    """How pixels of called slices were chosen, so that others can repeat it at another threshold.

    `smooth`, `seed` and `low` are the plan's `pixel_smooth`, `pixel_threshold` and `pixel_low`;
    lesions with fewer than `least` pixels on their largest slice were dropped. `miss_curve` holds
    (slice threshold, miss rate) pairs, as the plan does.
    """

    smooth: float
    seed: float
    low: float
    least: float
    miss_curve: tuple[tuple[float, float], ...] = ()


@dataclass(frozen=True)
class OutlineBounds:
    """A sure region inside the outline and a possible one around it, on the study's grid.

    `sure` lies within the mask and the mask within `possible`. On average over new patients like
    the `patients` it was fitted on, at most the share `rate` of the sure region is no tumour on an
    expert's outline, and at most that share of the tumour lies outside the possible one; of a
    lesion that was not outlined at all neither tells. `inside_mm` and `outside_mm` are the
    distances from the outline. See `glioscope.findings.bounds`.
    """

    sure: Bool[np.ndarray, "i j k"]
    possible: Bool[np.ndarray, "i j k"]
    rate: float
    patients: int
    inside_mm: float
    outside_mm: float

    def to_dict(self, voxel_ml: float | None) -> dict[str, Any]:
        """Plain Python values: volumes in place of the regions, in ml where voxels have any."""
        voxels = {name: int(np.count_nonzero(vars(self)[name])) for name in ("sure", "possible")}
        return {
            "rate": self.rate,
            "patients": self.patients,
            "inside_mm": self.inside_mm,
            "outside_mm": self.outside_mm,
            **{f"{name}_voxels": count for name, count in voxels.items()},
            **{f"{name}_ml": voxel_ml and count * voxel_ml for name, count in voxels.items()},
        }
