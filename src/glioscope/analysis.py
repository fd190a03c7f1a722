"""What was found: immutable results that every writer reads and none changes."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from jaxtyping import Bool, Float32, Int64, Integer

from glioscope.study import Study
from glioscope.texts.message import Message
from glioscope.volume import ClassMap, Mask, Scale

SCHEMA = "glioscope.analysis/2"
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
# (results/robust); above it 3 of 17 did.
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


@dataclass(frozen=True)
class Analysis:
    """Everything one run found on one study; `mask` and the other arrays lie on its grid.

    `decision` is `no tumour` where nothing is outlined, else `tumour` or, where that looks like
    other bright lesions rather than a glioma, `not typical`; `basis` tells why, None where nothing
    is outlined or the outline is a reader's. An outline is kept whatever the decision.

    `labels` tells whose voxel is whose: 0 outside the mask, n inside the finding with label n, so
    that nobody needs to number the mask's components again. `flair_scale` is where air and the
    head's median lie among FLAIR's intensities, as the network was shown them; pictures of FLAIR
    take their window from it.

    `author` tells whose outline it is. A reader's says nothing that only the model can know of its
    own: every probability, interval and expectation is None, and `possible_misses` are empty; a
    slice is decided by whether he outlined anything on it, and `model` is the one whose outline he
    began with, None where he drew by hand.

    `voxel_probability` is the network's tumour probability per voxel, in [0, 1]. `threshold` is the
    slice probability from which a slice was called, None where it is not known;
    `operating_point` (`sensitive`, `balanced` or `miss_rate`) is what it stands for, and
    `max_miss_rate` the share of tumour slices that the last of these promises to miss at most.
    `miss_rate` is the share of a patient's tumour slices that lay below the threshold on average,
    over patients whom the networks had not seen; None where the model does not tell.

    `expected_dice`, in [0, 1], is the Dice with an expert's outline that the model expects of its
    own, None where it outlined nothing; `review` tells whether it asks for a person to check first.
    Both are None where the model does not judge itself.

    `quality` is None where the model brings no picture of its training data to judge by. `refused`
    occurs only in an analysis that was forced.
    `interval_coverage` is the share of patients whose figure, measured on an expert's outline, lies
    inside its interval; None where the model gives no intervals. `bounds` are None without an
    outline, where it is a reader's, and where the model gives none for its operating point.

    `classes` tells of each voxel of the mask which class of tumour it is; None where the model
    tells none apart, and where the outline is a reader's.

    `pixel_rule` is how the mask came from `voxel_probability`; None where it is not known.

    `input_sha256` (`glioscope.study.content_hash`) and `plan_sha256`, of the model's plan with the
    user's options, tell with the model's weights whether another run would find the same.

    Example:
        >>> from glioscope import analyze
        >>> from glioscope.phantom.study import phantom_study
        >>> analysis = analyze(phantom_study(size=64, slices=8)[0], force=True)
        >>> document = analysis.to_dict()
        >>> document["decision"], document["lesions"] == len(analysis.lesions)
        ('tumour', True)
        >>> bool(((analysis.labels > 0) == analysis.mask.array).all())
        True
    """

    study: Study
    decision: StudyDecision
    probability: float | None
    slices: tuple[SliceFinding, ...]
    findings: tuple[Finding, ...]
    possible_misses: tuple[PossibleMiss, ...]
    mask: Mask
    labels: Integer[np.ndarray, "i j k"]
    flair_scale: Scale
    voxel_probability: Float32[np.ndarray, "i j k"] | None
    model: ModelInfo | None
    volume_ml: float | None
    warnings: tuple[Message, ...] = ()
    timings_s: dict[str, float] = field(default_factory=dict[str, float])
    versions: dict[str, str] = field(default_factory=dict[str, str])
    threshold: float | None = None
    operating_point: str | None = None
    max_miss_rate: float | None = None
    miss_rate: float | None = None
    expected_dice: float | None = None
    review: bool | None = None
    quality: InputQuality | None = None
    interval_coverage: float | None = None
    input_sha256: str | None = None
    plan_sha256: str | None = None
    pixel_rule: PixelRule | None = None
    author: Author = "model"
    basis: DecisionBasis | None = None
    bounds: OutlineBounds | None = None
    classes: ClassMap | None = None

    @property
    def called(self) -> bool:
        """Whether anything is outlined: `tumour` in schema 1."""
        return self.decision != "no tumour"

    @property
    def lesions(self) -> tuple[Finding, ...]:
        """Findings that are no specks, largest first."""
        return tuple(f for f in self.findings if not f.speck)

    @property
    def specks(self) -> tuple[Finding, ...]:
        """The other findings."""
        return tuple(f for f in self.findings if f.speck)

    @property
    def _voxel_ml(self) -> float | None:
        return None if self.study.grid.nominal else self.study.grid.voxel_ml

    @property
    def volume_interval(self) -> Interval | None:
        """That of the volume of the whole mask; None without a lesion or without intervals."""
        parts = [(f.voxels, f.intervals.volume) for f in self.findings if f.intervals]
        return _together(parts)

    @property
    def product_px2(self) -> float:
        """Sum of the lesions' products of diameters in px²; 0 without a lesion."""
        return sum((f.product_px2 for f in self.findings), 0.0)

    @property
    def product_mm2(self) -> float | None:
        """The same in mm²; None on a nominal grid."""
        products = [f.product_mm2 for f in self.findings if f.product_mm2 is not None]
        return None if self.study.grid.nominal else sum(products, 0.0)

    @property
    def product_interval(self) -> Interval | None:
        """That of the sum of the products; None without a lesion or without intervals."""
        parts = [(f.product_px2, f.intervals.product) for f in self.findings if f.intervals]
        return _together(parts)

    @property
    def side(self) -> Side | None:
        """Side of all lesions but specks together; None without one, or where it was not sought."""
        sides: set[Side] = {f.side for f in self.lesions if f.side}
        return sides.pop() if len(sides) == 1 else "both" if sides else None

    @property
    def class_voxels(self) -> Int64[np.ndarray, "n c"]:
        """Voxels of each class in each finding; no column where there are no classes."""
        if self.classes is None:
            return np.zeros((len(self.findings), 0), np.int64)
        count = len(self.classes.names)
        inside = self.labels > 0
        place = (self.labels[inside].astype(np.int64) - 1) * count + self.classes.values[inside] - 1
        found = np.bincount(place, minlength=len(self.findings) * count)
        return found.reshape(len(self.findings), count)

    def to_dict(self) -> dict[str, Any]:
        """The `analysis.json` document: plain Python values, arrays left out.

        It and its findings have `classes` only where there are some.
        """
        from dataclasses import asdict

        document: dict[str, Any] = {
            "schema": SCHEMA,
            "research_use_only": True,
            "study_id": self.study.study_id,
            "source": self.study.source.kind,
            "author": self.author,
            "decision": self.decision,
            "decision_basis": self.basis.to_dict() if self.basis else None,
            "called": self.called,
            "probability": self.probability,
            "threshold": self.threshold,
            "operating_point": self.operating_point,
            "max_miss_rate": self.max_miss_rate,
            "miss_rate": self.miss_rate,
            "volume_ml": self.volume_ml,
            "volume_interval": self.volume_interval,
            "product_px2": self.product_px2,
            "product_mm2": self.product_mm2,
            "product_interval": self.product_interval,
            "interval_coverage": self.interval_coverage,
            "bounds": self.bounds.to_dict(self._voxel_ml) if self.bounds else None,
            "side": self.side,
            "lesions": len(self.lesions),
            "specks": len(self.specks),
            "speck_share": SPECK_SHARE,
            "expected_dice": self.expected_dice,
            "review": self.review,
            "quality": self.quality.to_dict() if self.quality else None,
            "model": asdict(self.model) if self.model else None,
            "plan_sha256": self.plan_sha256,
            "input_sha256": self.input_sha256,
            "slices": [asdict(s) for s in self.slices],
            "findings": [asdict(f) for f in self.findings],
            "possible_misses": [miss.to_dict() for miss in self.possible_misses],
            "warnings": [str(warning) for warning in self.warnings],
            "notices": [_notice(warning) for warning in self.warnings],
            "timings_s": dict(self.timings_s),
            "versions": dict(self.versions),
        }
        if self.classes is not None:
            document["classes"] = self._classes(self.classes.voxels)
            for finding, voxels in zip(document["findings"], self.class_voxels, strict=True):
                finding["classes"] = self._classes(voxels.tolist())
        return document

    def _classes(self, voxels: Sequence[int]) -> list[dict[str, Any]]:
        names = self.classes.names if self.classes else ()
        ml = self._voxel_ml
        return [
            {"name": name, "voxels": count, "volume_ml": ml and count * ml}
            for name, count in zip(names, voxels, strict=True)
        ]


def _notice(said: Message) -> dict[str, Any]:
    """Code and values of a warning, and what it says in English."""
    return {**said.to_dict(), "text": str(said)}


def _together(parts: Sequence[tuple[float, Interval]]) -> Interval | None:
    """Interval of a sum: its ends are the sums of the ends."""
    whole = sum(figure for figure, _ in parts)
    if not parts:
        return None
    low, high = (sum(figure * ends[n] for figure, ends in parts) / whole for n in (0, 1))
    return low, high
