# pyright: basic
# It speaks with SciPy, which carries no types.
"""How far a measured figure may lie from what an expert would have measured.

The outline is drawn again at a lower and at a higher pixel probability. Where the network is sure
of the border, and its two mirror images agree, the three outlines are almost one; where not, they
lie apart. That band alone promises nothing, so it is widened by what the plan holds: how far the
figures of expert outlines fell outside it on patients the network had not seen (`Widening`).

Source: Romano, Patterson and Candès, Conformalized Quantile Regression, NeurIPS 2019,
arXiv:1905.03222, here on the logarithm of a figure; for volumes of lesions Lambert, Forbes, Doyle
and Dojat, TriadNet, 2023, arXiv:2307.15638.
"""

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from jaxtyping import Bool, Float32, Int32

from glioscope.findings.diameters import diameters
from glioscope.model.components import around, label
from glioscope.model.plan import Plan
from glioscope.model.postprocess import smooth

# The lower and upper outline stand at odds 7 / 3 below and above those of the plan's own: at 0.3
# and 0.7 around 0.5.
_ODDS = 7 / 3


@dataclass(frozen=True)
class Size:
    """A lesion's voxels, and its two diameters on one slice; all 0 where nothing is left."""

    voxels: int
    diameter: float
    perpendicular: float

    @property
    def product(self) -> float:
        """Product of the two diameters."""
        return self.diameter * self.perpendicular


@dataclass(frozen=True)
class Edges:
    """Lesion numbers per pixel at the higher (`inner`) and the lower (`outer`) threshold.

    Both are cut out of the volume at `box`, since a hundredth of it is lesion. The numbers are
    those of the mask's own lesions, 0 is outside. `inner` lies within the mask and the mask within
    `outer`.
    """

    inner: Int32[np.ndarray, "k h w"]
    outer: Int32[np.ndarray, "k h w"]
    box: tuple[slice, ...]

    @cached_property
    def _voxels(self) -> tuple[np.ndarray, np.ndarray]:
        least = int(self.outer.max(initial=0)) + 1
        inner, outer = (np.bincount(e.ravel(), minlength=least) for e in (self.inner, self.outer))
        return inner, outer

    def sizes(self, number: int, index: int, pixel: tuple[float, float]) -> tuple[Size, Size]:
        """The smaller and the larger size of a lesion; diameters on slice `index` of the volume.

        `pixel` is the height and width of a pixel.
        """
        plane = index - self.box[0].start
        inner, outer = (
            Size(int(voxels[number]), *diameters(labels[plane] == number, pixel))
            for voxels, labels in zip(self._voxels, (self.inner, self.outer), strict=True)
        )
        return inner, outer


def edges(
    pixels: Float32[np.ndarray, "k h w"], labels: Int32[np.ndarray, "k h w"], plan: Plan
) -> Edges:
    """Both edges of a mask whose lesions are numbered in `labels`, from its pixel probabilities.

    The outer edge grows from the mask through pixels at or above the lower threshold, also into
    slices that were not called: the end of a lesion is as uncertain as its border. What two lesions
    grow into belongs to the nearer one.
    """
    steady = smooth(pixels, plan.pixel_smooth)
    high, low = (_at_odds(plan.pixel_low, factor) for factor in (_ODDS, 1 / _ODDS))
    possible = (steady >= low) | (labels > 0)
    box = around(possible)
    own, likely = labels[box], steady[box] >= high
    # A whole volume of numbers, while others are made of it.
    del steady
    return Edges(np.where(likely, own, 0), _grown(own, possible[box]), box)


def _at_odds(probability: float, factor: float) -> float:
    odds = factor * probability / (1 - probability)
    return odds / (1 + odds)


def _grown(
    own: Int32[np.ndarray, "k h w"], allowed: Bool[np.ndarray, "k h w"]
) -> Int32[np.ndarray, "k h w"]:
    """Lesions grown through all that is allowed and touches one; they lie in what is allowed."""
    from scipy import ndimage

    grown = np.zeros_like(own)
    if not own.any():
        return grown
    reach, count = label(allowed)
    hit = np.zeros(count + 1, bool)
    hit[reach[own > 0]] = True
    touched = np.empty(reach.shape, bool)
    # Plane by plane: numpy makes long integers of what it looks up by.
    for plane, numbers in zip(touched, reach, strict=True):
        plane[:] = hit[numbers]
    # Of all that is allowed the places of what is nearest would take more than all before.
    near = around(touched)
    own, touched = own[near], touched[near]
    nearest = ndimage.distance_transform_edt(own == 0, return_distances=False, return_indices=True)
    grown[near] = np.where(touched, own[tuple(nearest)], 0)
    return grown


def ratios(own: float, low: float, high: float, widening: float) -> tuple[float, float]:
    """Ends of the interval as multiples of `own`, which lies between them; `own` is positive.

    `widening` is added to the logarithm on both sides.
    """
    factor = math.exp(widening)
    return min(1.0, low / own / factor), max(1.0, high / own * factor)
