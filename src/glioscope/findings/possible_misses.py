"""Where something may have been missed: slices and regions worth a second look, ranked by risk."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float32

from glioscope.analysis_parts import PossibleMiss
from glioscope.findings.lesions import box_px
from glioscope.findings.odd_slices import odd_slices
from glioscope.model.components import boxes, label
from glioscope.model.plan import Plan
from glioscope.model.postprocess import SliceDecisions
from glioscope.texts.message import message

# Codes of the sentences that name them.
GAP = "miss.gap"
NEIGHBOUR = "miss.neighbour"
BLOB = "miss.blob"
JUST_UNDER = "miss.just_under"
QUALITY = "miss.quality"

# What a reason adds to a slice's own probability, as a chance of its own; the strongest first. Set
# by the order of how often the reason was right out of fold (18 patients, decision 0010): one of
# six gaps, two of 42 neighbours, none of 34 others.
WEIGHTS = {GAP: 0.2, NEIGHBOUR: 0.1, BLOB: 0.05, JUST_UNDER: 0.03, QUALITY: 0.02}

# A slice is "just under" from this share of the threshold on. At half the threshold the odds
# are within a factor of two to three of being called, close enough for a second look; lower, the
# list fills with slices nobody would turn back to.
_JUST_UNDER_SHARE = 0.5

# Longer gaps part two findings. Those of up to two slices are what a lesion seen twice leaves open;
# in the LGG set tumour slices are one unbroken run, and longer gaps nearly always lead to a false
# call.
_GAP_SLICES = 2

# Pixels of a region reach this probability, and it has at least this many on its largest slice, in
# pixels of a picture whose shorter side is 256. From 0.15 and 20 px on 3.2 such regions per patient
# stood on slices not called, from 0.3 and 60 px on 1.6, and none was tumour (18 patients out of
# fold, decision 0010): the shorter list is taken.
_BLOB_PROBABILITY = 0.3
_BLOB_PIXELS = 60

# Longer lists are not read.
MOST = 10


def possible_misses(
    pixels: Float32[np.ndarray, "k h w"],
    decided: SliceDecisions,
    names: tuple[str, ...],
    plan: Plan,
    flair: Float32[np.ndarray, "k n m"],
) -> tuple[PossibleMiss, ...]:
    """Slices and regions below the threshold, riskiest first, one entry per slice, at most ten.

    `pixels` are the probabilities that `decided` came from, `flair` the planes as `prepare` scales
    them. A slice that is not called is listed when it lies between called ones, next to one, holds
    the largest part of a region, is just under the threshold, or is of low quality; its entry names
    the first of these and has the region's box where there is one. A called slice is listed for a
    region apart from its mask.

    Risk is `1 - (1 - p)(1 - w)`: p is the slice's calibrated probability, or on a called slice the
    mean pixel probability of the region, and w the weight of the reason (`WEIGHTS`). It ranks; it
    is not calibrated.
    """
    regions = _largest_by_slice(pixels, decided)
    reasons = _reasons(decided, plan, regions, flair)
    listed = [
        _entry(k, names[k], reason, decided, regions.get(k))
        for k, reason in enumerate(reasons)
        if reason
    ]
    listed.sort(key=lambda miss: (-miss.risk, miss.index))
    return tuple(listed[:MOST])


def listed_slices(
    misses: tuple[PossibleMiss, ...], called: Bool[np.ndarray, " k"]
) -> Bool[np.ndarray, " k"]:
    """Which slices that are not called stand in the list; a region on a called slice does not."""
    listed = np.zeros_like(called)
    listed[[miss.index for miss in misses]] = True
    return listed & ~called


@dataclass(frozen=True)
class _Region:
    """A region on its largest slice; `probability` is the mean of its pixels there."""

    index: int
    area: int
    box: tuple[int, int, int, int] | None
    probability: float


def _entry(
    index: int, name: str, reason: str, decided: SliceDecisions, region: _Region | None
) -> PossibleMiss:
    probability = float(decided.probability[index])
    own = region.probability if region and decided.called[index] else probability
    return PossibleMiss(
        index=index,
        name=name,
        probability=probability,
        reason=message(reason),
        risk=1 - (1 - own) * (1 - WEIGHTS[reason]),
        box_px=region.box if region else None,
    )


def _reasons(
    decided: SliceDecisions,
    plan: Plan,
    regions: dict[int, _Region],
    flair: Float32[np.ndarray, "k n m"],
) -> list[str]:
    """Code of the strongest reason of each slice; empty where there is none."""
    called = decided.called
    found = np.full(len(called), "", dtype=object)
    found[odd_slices(flair) & ~called] = QUALITY
    near = decided.probability >= _JUST_UNDER_SHARE * plan.presence_threshold
    found[near & ~called] = JUST_UNDER
    found[list(regions)] = BLOB
    beside = np.convolve(called, (1, 1, 1))[1:-1] > 0
    found[beside & ~called] = NEIGHBOUR
    for start, stop in _gaps(called):
        found[start:stop] = GAP
    return found.tolist()


def _gaps(called: Bool[np.ndarray, " k"]) -> Iterator[tuple[int, int]]:
    """Short gaps between called slices, half-open."""
    labels, _ = label(~called)
    for (gap,) in boxes(labels):
        if gap.start > 0 and gap.stop < len(called) and gap.stop - gap.start <= _GAP_SLICES:
            yield gap.start, gap.stop


def _largest_by_slice(
    pixels: Float32[np.ndarray, "k h w"], decided: SliceDecisions
) -> dict[int, _Region]:
    """The largest region of each slice that is the largest slice of one.

    Regions are 26-connected; those of called and of other slices are told apart, since the pixels
    above and below a mask belong to the slice that was not called.
    """
    found: dict[int, _Region] = {}
    likely = pixels >= _BLOB_PROBABILITY
    inside = decided.called[:, None, None]
    for part in (likely & ~inside, _apart(likely & inside, decided)):
        for region in _regions(part, pixels):
            if region.index not in found or region.area > found[region.index].area:
                found[region.index] = region
    return found


def _apart(likely: Bool[np.ndarray, "k h w"], decided: SliceDecisions) -> Bool[np.ndarray, "k h w"]:
    """Likely pixels of called slices without the components of a slice that touch its mask."""
    apart = np.zeros_like(likely)
    for k in np.flatnonzero(decided.called):
        mask = decided.mask[k]
        labels, _ = label(likely[k] | mask)
        apart[k] = likely[k] & ~np.isin(labels, np.unique(labels[mask]))
    return apart


def _regions(
    part: Bool[np.ndarray, "k h w"], pixels: Float32[np.ndarray, "k h w"]
) -> Iterator[_Region]:
    """Every component whose largest slice is big enough."""
    least = _BLOB_PIXELS * (min(part.shape[1:]) / 256) ** 2
    labels, _ = label(part)
    for number, box in enumerate(boxes(labels), start=1):
        areas = np.count_nonzero(labels[box] == number, axis=(1, 2))
        if areas.max() >= least:
            index = box[0].start + int(areas.argmax())
            shown = labels[index] == number
            mean = float(pixels[index][shown].mean(dtype=np.float64))
            yield _Region(index, int(areas.max()), box_px(shown), mean)
