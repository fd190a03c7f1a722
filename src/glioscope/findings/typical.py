# pyright: basic
# It speaks with SciPy, which carries no types.
"""Is what was outlined like a glioma, or like the other lesions that are bright on FLAIR?

A score of two plain parts, each of which a reader can check on the pictures: how large the largest
lesion is, and whether what is outlined lies opposite of itself in both halves of the brain, as
disease of white matter does. The network's certainty and the share of the largest lesion were tried
too and part no better (`python bench/decision_choose.py`, decision 0027).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float64

from glioscope.analysis_parts import DecisionBasis, Finding, StudyDecision
from glioscope.findings.midline import Midline
from glioscope.model.components import around
from glioscope.texts.message import message

# How far from its mirror image, in mm within the slice, a lesion counts as lying opposite.
_OPPOSITE_MM = 6.0
# Keeps the logarithm finite.
_LEAST_ML = 0.01


@dataclass(frozen=True)
class Weight:
    """A part of the score is `slope` times how far its figure is above `neutral`."""

    slope: float
    neutral: float


# In the order of `Outlined.figures`.
FIGURES = ("volume", "symmetry", "certainty", "share")
# Chosen on the outlines of version 0.2's network and kept (decision 0027). Where a fifth lies
# opposite, which speaks for neither, the limit is at 5.6 ml; where nothing does, at 2.8 ml.
WEIGHTS = {"volume": Weight(1.559, 1.718), "symmetry": Weight(-5.404, 0.2)}


@dataclass(frozen=True)
class Outlined:
    """What the decision rests on.

    Attributes:
        largest_ml: volume of the largest lesion; `between_mm` is the distance of slices that was
            assumed for it where it is not known, else None.
        lesions: how many there are but specks.
        share: of the largest lesion in the volume of all.
        top: mean probability of the three most probable slices.
        symmetry: share of what was outlined that lies opposite of something outlined.
    """

    largest_ml: float
    between_mm: float | None
    lesions: int
    share: float
    top: float
    symmetry: float

    def figures(self) -> dict[str, float]:
        """Natural logarithm of ml, shares from 0 to 1, and the logit of the probability."""
        top = min(max(self.top, 1e-3), 1 - 1e-3)
        return {
            "volume": float(np.log(max(self.largest_ml, _LEAST_ML))),
            "symmetry": self.symmetry,
            "certainty": float(np.log(top / (1 - top))),
            "share": self.share,
        }


def outlined_in(
    findings: Sequence[Finding],
    probability: Float64[np.ndarray, " k"],
    symmetry: float,
    voxel_ml: float,
    between_mm: float | None,
) -> Outlined:
    """What is known of lesions, of which there is at least one; `voxel_ml` is that of a voxel."""
    largest = findings[0]
    return Outlined(
        largest_ml=largest.voxels * voxel_ml,
        between_mm=between_mm,
        lesions=sum(not f.speck for f in findings),
        share=largest.voxels / sum(f.voxels for f in findings),
        top=float(np.sort(probability)[-3:].mean()),
        symmetry=symmetry,
    )


def decide_study(outlined: Outlined) -> tuple[StudyDecision, DecisionBasis]:
    """The decision on a study in which something is outlined, and why."""
    figures = outlined.figures()
    parts = {n: w.slope * (figures[n] - w.neutral) for n, w in WEIGHTS.items()}
    score = sum(parts.values())
    number = "one" if outlined.lesions == 1 else "several"
    code = f"basis.{number}" if outlined.between_mm is None else f"basis.assumed_{number}"
    said = message(
        code,
        count=outlined.lesions,
        volume=outlined.largest_ml,
        share=outlined.share,
        top=outlined.top,
        between=outlined.between_mm,
    )
    rounded = {name: round(part, 3) for name, part in parts.items()}
    return "tumour" if score >= 0 else "not typical", DecisionBasis(round(score, 3), rounded, said)


def symmetry(
    mask: Bool[np.ndarray, "k h w"], plane: Midline, pixel_mm: tuple[float, float]
) -> float:
    """Share of a mask's pixels whose mirror image lies within 6 mm of the mask.

    0.0 of an empty one. `pixel_mm` is the height and width of a pixel. What crosses the midline
    lies opposite of itself.
    """
    from scipy.ndimage import maximum_filter1d

    points = np.argwhere(mask)
    if not len(points):
        return 0.0
    reach = np.array([max(1, round(_OPPOSITE_MM / mm)) for mm in pixel_mm])
    box = around(mask)
    near = np.pad(mask[box].astype(np.uint8), [(0, 0), *((r, r) for r in reach)])
    for axis, wide in enumerate(reach, start=1):
        near = maximum_filter1d(near, 2 * wide + 1, axis=axis)
    aspect = pixel_mm[0] / pixel_mm[1]
    across = plane.normal[1:] / [aspect, 1.0]
    away = (points @ plane.normal - plane.offset) / (across @ across)
    mirrored = np.round(points[:, 1:] - 2 * away[:, None] * across / [aspect, 1.0]).astype(int)
    corner = [s.start for s in box]
    inside = np.column_stack([points[:, 0], mirrored]) - corner + [0, *reach]
    there = ((inside >= 0) & (inside < near.shape)).all(axis=1)
    return float(near[tuple(inside[there].T)].sum() / len(points))
