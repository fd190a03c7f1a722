"""What was found: immutable results that every writer reads and none changes."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from jaxtyping import Float32, Int64, Integer

from glioscope.analysis_parts import (
    SPECK_SHARE,
    Author,
    DecisionBasis,
    Finding,
    InputQuality,
    Interval,
    ModelInfo,
    OutlineBounds,
    PixelRule,
    PossibleMiss,
    Side,
    SliceFinding,
    StudyDecision,
)
from glioscope.study import Study
from glioscope.texts.message import Message
from glioscope.volume import ClassMap, Mask, Scale

SCHEMA = "glioscope.analysis/2"


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
