"""Network probabilities to decisions: which slices are called, and which of their pixels.

A slice is called if and only if its mask is not empty (docs/reference/figures.md): both
come from here, together.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Float32, Float64

from glioscope.analysis_parts import PixelRule
from glioscope.model.components import around, label
from glioscope.model.plan import Plan

# Keeps the logit of a saturated sigmoid finite: beyond 1e-6 float32 has little left to say.
_SATURATED = 1e-6

# A called slice without a seed takes the blob around its maximum down to this share of it, the
# full width at half maximum: the usual extent of a peak whose height is not trusted.
_PEAK_SHARE = 0.5


@dataclass(frozen=True)
class SliceDecisions:
    """Per picture: calibrated probability, whether it is called, and its mask."""

    probability: Float64[np.ndarray, "k"]
    called: Bool[np.ndarray, "k"]
    mask: Bool[np.ndarray, "k h w"]


def decide(
    pixels: Float32[np.ndarray, "k h w"],
    presence: Float[np.ndarray, "k"],
    plan: Plan,
    pixel_area: float = 1.0,
) -> SliceDecisions:
    """Decide on every picture of one study, inferior to superior.

    `pixel_area` is that of a picture's pixel in network pixels.
    """
    probability = slice_probability(presence, plan)
    mask = segment(pixels, probability >= plan.presence_threshold, plan)
    if plan.min_area:
        mask = drop_small(mask, plan.min_area / pixel_area)
    return SliceDecisions(probability, np.asarray(mask.any(axis=(1, 2))), mask)


def pixel_rule(plan: Plan, pixel_area: float = 1.0) -> PixelRule:
    """What `decide` does with pixels, in pixels of the picture."""
    return PixelRule(
        smooth=plan.pixel_smooth,
        seed=plan.pixel_threshold,
        low=plan.pixel_low,
        least=plan.min_area / pixel_area,
        miss_curve=plan.miss_curve,
    )


def drop_small(mask: Bool[np.ndarray, "k h w"], least: float) -> Bool[np.ndarray, "k h w"]:
    """The mask without components that have fewer than `least` pixels on their largest slice.

    The largest slice and not the volume, so that thin and thick slices are treated alike. A second
    lesion of that size stays, however large the first is.
    """
    kept = np.zeros_like(mask)
    box = around(mask)
    labels, count = label(mask[box])
    widest = np.zeros(count + 1, dtype=np.int64)
    for plane in labels:
        widest = np.maximum(widest, np.bincount(plane.ravel(), minlength=count + 1))
    widest[0] = 0
    kept[box] = (widest >= max(least, 1))[labels]
    return kept


def slice_probability(presence: Float[np.ndarray, "k"], plan: Plan) -> Float64[np.ndarray, "k"]:
    """Calibrated probability of each slice: logits smoothed and lifted along z, then Platt-scaled.

    Source: Platt, Probabilistic outputs for support vector machines, 1999.
    """
    clipped = np.clip(presence.astype(np.float64), _SATURATED, 1 - _SATURATED)
    logits = lift(smooth(np.log(clipped / (1 - clipped)), plan.z_weight), plan.z_lift)
    scaled = plan.calibration_scale * logits + plan.calibration_bias
    return 0.5 * (1 + np.tanh(scaled / 2))  # the sigmoid, without overflow


def smooth(values: Float[np.ndarray, "k ..."], weight: float) -> Float[np.ndarray, "k ..."]:
    """Mean along z with both neighbours, of weight each; at the ends the weights add up to 1."""
    if len(values) < 2 or not weight:
        return values
    mean = np.empty_like(values)
    # Slice by slice: what a slice needs stays in the processor's cache.
    for k in range(len(values)):
        here = np.multiply(values[k : k + 1], 1 - 2 * weight, out=mean[k : k + 1])
        if k > 0:
            here += weight * values[k - 1 : k]
        if k + 1 < len(values):
            here += weight * values[k + 1 : k + 2]
    mean[[0, -1]] /= values.dtype.type(1 - weight)
    return mean


def lift(values: Float64[np.ndarray, "k"], most: float) -> Float64[np.ndarray, "k"]:
    """Every value raised towards its neighbours' raised values, by `most` at the most.

    The greyscale reconstruction of `values` under `values + most`: at any threshold t exactly those
    slices reach t that a hysteresis would take, which are those at t and, connected to them, those
    at t - most. The ends of a lesion need less evidence than a slice on its own.
    Source: Vincent, Morphological grayscale reconstruction, 1993, doi 10.1109/83.217222.
    """
    raised, ceiling = values.copy(), values + most
    for order in (range(1, len(values)), range(len(values) - 2, -1, -1)):
        step = order.step
        for k in order:
            raised[k] = max(raised[k], min(ceiling[k], raised[k - step]))
    return raised


def segment(
    pixels: Float32[np.ndarray, "k h w"], called: Bool[np.ndarray, "k"], plan: Plan
) -> Bool[np.ndarray, "k h w"]:
    """Mask of the called slices: hysteresis in three dimensions, then a peak where it left nothing.

    Every component with a seed stays: multifocal disease is real, and keeping the largest component
    alone would hide it. Slices that are not called are empty.
    """
    pixels = smooth(pixels, plan.pixel_smooth)
    mask = _hysteresis(pixels, called, plan)
    for index in np.flatnonzero(called & ~mask.any(axis=(1, 2))):
        mask[index] = _peak(pixels[index])
    return mask


def _hysteresis(
    pixels: Float32[np.ndarray, "k h w"], called: Bool[np.ndarray, "k"], plan: Plan
) -> Bool[np.ndarray, "k h w"]:
    inside = called[:, None, None]
    seeds = (pixels >= plan.pixel_threshold) & inside
    if plan.pixel_low == plan.pixel_threshold:
        return seeds
    mask = np.zeros_like(seeds)
    box = around((pixels >= plan.pixel_low) & inside)
    labels, count = label((pixels[box] >= plan.pixel_low) & inside[box[0]])
    seeded = np.zeros(count + 1, dtype=bool)
    seeded[labels[seeds[box]]] = True
    seeded[0] = False
    mask[box] = seeded[labels]
    return mask


def _peak(plane: Float32[np.ndarray, "h w"]) -> Bool[np.ndarray, "h w"]:
    """The blob around the maximum at or above half of it; at least the pixel of the maximum."""
    top = np.unravel_index(int(plane.argmax()), plane.shape)
    wide = (plane >= _PEAK_SHARE * plane[top]) & (plane > 0)
    wide[top] = True
    labels, _ = label(wide)
    return labels == labels[top]
