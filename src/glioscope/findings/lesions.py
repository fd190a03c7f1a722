"""Mask and probabilities to findings: what was found on each slice, and each lesion.

Slices are pictures throughout, inferior to superior, whatever the orientation of the grid.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Bool, Float32, Float64, Int32, Integer

from glioscope.analysis_parts import SPECK_SHARE, Finding, Intervals, SliceFinding
from glioscope.errors import GridMismatch
from glioscope.findings.diameters import diameters
from glioscope.findings.instances import instances
from glioscope.findings.intervals import Edges, edges, ratios
from glioscope.findings.midline import Midline
from glioscope.model.components import boxes, label
from glioscope.model.plan import Plan
from glioscope.model.plan_parts import IntervalMargins
from glioscope.model.preprocess import picture_spacing, to_pictures
from glioscope.study import Study
from glioscope.volume import Grid, Mask

# From here on a lesion is measurable (RANO), and never a speck.
_MEASURABLE_MM = 10.0


def slice_names(study: Study) -> tuple[str, ...]:
    """One name per axial picture: the source's own, else `<study_id>_<k + 1>`.

    Raises:
        GridMismatch: the source names another number of slices than there are.
    """
    count = to_pictures(np.empty(study.grid.shape, dtype=bool), study.grid).shape[0]
    names = study.source.slice_names or tuple(f"{study.study_id}_{k + 1}" for k in range(count))
    if len(names) != count:
        raise GridMismatch(
            "findings.slice_names", study=study.study_id, names=len(names), slices=count
        )
    return names


def slice_findings(
    study: Study,
    mask: Bool[np.ndarray, "k h w"],
    probability: Float64[np.ndarray, "k"] | None,
) -> tuple[SliceFinding, ...]:
    """What was found on each axial picture; one is called where its mask is not empty."""
    pixel_mm2 = None if study.grid.nominal else float(np.prod(_pixel(study.grid)))
    areas = np.count_nonzero(mask, axis=(1, 2))
    stored = instances(study)
    return tuple(
        SliceFinding(
            index=k,
            name=name,
            probability=None if probability is None else float(probability[k]),
            decision="tumour" if areas[k] else "no tumour",
            area_px=int(areas[k]),
            area_mm2=None if pixel_mm2 is None else float(areas[k]) * pixel_mm2,
            box_px=box_px(mask[k]),
            **vars(stored[k]),
        )
        for k, name in enumerate(slice_names(study))
    )


def box_px(region: Bool[np.ndarray, "h w"]) -> tuple[int, int, int, int] | None:
    """(x0, y0, x1, y1) around the region, half-open; None when it is empty."""
    if not region.any():
        return None
    rows, columns = np.flatnonzero(region.any(axis=1)), np.flatnonzero(region.any(axis=0))
    return int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1


@dataclass(frozen=True)
class Lesions:
    """Every lesion of a mask, largest first, and which voxels are whose.

    `labels` is 0 outside the mask and the `label` of the finding inside it, in the smallest type
    that holds them all.
    """

    findings: tuple[Finding, ...]
    labels: Integer[np.ndarray, "i j k"]


def find_lesions(
    mask: Mask,
    probability: Float32[np.ndarray, "i j k"] | None,
    plan: Plan | None,
    midline: Midline | None = None,
) -> Lesions:
    """Every 26-connected lesion of a mask.

    `box_voxel` is (i0, j0, k0, i1, j1, k1), half-open. `confidence` is the plain mean of the voxel
    probabilities inside the lesion. A side needs the `midline`, intervals probabilities and a
    `plan` with a widening; a mask that no model made has neither.
    """
    labels, _ = label(mask.array)
    stack = to_pictures(labels, mask.grid)
    lesions = [*_lesions(labels, stack)]
    found = [_finding(lesion, mask.grid, probability) for lesion in lesions]
    if midline:
        found = [
            _placed(f, lesion, mask.grid, midline) for f, lesion in zip(found, lesions, strict=True)
        ]
    if plan and plan.widening and probability is not None:
        edge = edges(to_pictures(probability, mask.grid), stack, plan)
        ends = (_intervals(n, f, edge, mask.grid, plan.widening) for n, f in enumerate(found, 1))
        found = [replace(f, intervals=both) for f, both in zip(found, ends, strict=True)]
    return _ranked(found, labels)


def _ranked(found: list[Finding], labels: Int32[np.ndarray, "i j k"]) -> Lesions:
    """Number findings and labels anew, largest first; so far n is labelled n + 1."""
    order = sorted(range(len(found)), key=lambda n: (-found[n].voxels, found[n].box_voxel))
    rank = np.zeros(len(found) + 1, np.min_scalar_type(len(found)))
    for label_, n in enumerate(order, start=1):
        rank[n + 1] = label_
    whole = sum(f.voxels for f in found)
    ranked = (
        replace(found[n], label=number, speck=number > 1 and is_speck(found[n], whole))
        for number, n in enumerate(order, start=1)
    )
    numbers = np.empty(labels.shape, rank.dtype)
    # Plane by plane: numpy makes long integers of what it looks up by.
    for plane, numbered in zip(labels, numbers, strict=True):
        numbered[:] = rank[plane]
    return Lesions(tuple(ranked), numbers)


def is_speck(finding: Finding, whole: int) -> bool:
    """Whether a lesion counts for nothing beside the others, `whole` voxels with it.

    It has less than 2 % of them and, where spacing is known, is shorter than the 10 mm from which
    RANO calls a lesion measurable.
    """
    small = finding.voxels < SPECK_SHARE * whole
    return small and (finding.diameter_mm is None or finding.diameter_mm < _MEASURABLE_MM)


def _placed(finding: Finding, lesion: "_Lesion", grid: Grid, midline: Midline) -> Finding:
    """The finding with its side and its distance from the midline.

    Without spacing the distance is that within the slice: how thick slices are is not known.
    """
    where = lesion.slices, lesion.corner
    return replace(
        finding,
        side=midline.side(*where),
        midline_px=midline.distance(*where, (np.inf, *_pixel_in_widths(grid))),
        midline_mm=None if grid.nominal else midline.distance(*where, picture_spacing(grid)),
    )


def _pixel_in_widths(grid: Grid) -> tuple[float, float]:
    if grid.nominal:
        return 1.0, 1.0
    height, width = _pixel(grid)
    return height / width, 1.0


@dataclass(frozen=True)
class _Lesion:
    """One component, cut out: voxels `array[box]`; its pictures `slices` from pixel `corner` on."""

    region: Bool[np.ndarray, "i j k"]
    box: tuple[slice, slice, slice]
    slices: Bool[np.ndarray, "s h w"]
    corner: tuple[int, int, int]


def _lesions(
    labels: Int32[np.ndarray, "i j k"], stack: Int32[np.ndarray, "s h w"]
) -> Iterator[_Lesion]:
    for number, (box, picture) in enumerate(zip(boxes(labels), boxes(stack), strict=True), start=1):
        i, j, k = box
        first, top, left = (side.start for side in picture)
        region, slices = labels[box] == number, stack[picture] == number
        yield _Lesion(region, (i, j, k), slices, (first, top, left))


def _finding(
    lesion: _Lesion, grid: Grid, probability: Float32[np.ndarray, "i j k"] | None
) -> Finding:
    voxels = np.argwhere(lesion.region) + [s.start for s in lesion.box]
    centroid = voxels.mean(axis=0)
    areas = np.count_nonzero(lesion.slices, axis=(1, 2))
    widest, first = int(areas.argmax()), lesion.corner[0]
    diameter, perpendicular = diameters(lesion.slices[widest])
    pixel = None if grid.nominal else _pixel(grid)
    in_mm = diameters(lesion.slices[widest], pixel) if pixel else None
    return Finding(
        label=0,
        voxels=len(voxels),
        volume_ml=None if grid.nominal else len(voxels) * grid.voxel_ml,
        centroid_voxel=_triple(centroid),
        centroid_ras_mm=None if grid.nominal else _triple((grid.affine @ [*centroid, 1.0])[:3]),
        box_voxel=_corners(lesion.box),
        first_slice=first,
        last_slice=first + len(areas) - 1,
        diameter_slice=first + widest,
        diameter_px=diameter,
        perpendicular_px=perpendicular,
        diameter_mm=in_mm[0] if in_mm else None,
        perpendicular_mm=in_mm[1] if in_mm else None,
        product_px2=diameter * perpendicular,
        product_mm2=in_mm[0] * in_mm[1] if in_mm else None,
        areas_px=tuple(areas.tolist()),
        areas_mm2=tuple((areas * np.prod(pixel)).tolist()) if pixel else None,
        confidence=None if probability is None else _mean(probability[lesion.box][lesion.region]),
    )


def _mean(values: Float32[np.ndarray, "n"]) -> float:
    return float(values.mean(dtype=np.float64))


def _intervals(
    number: int, finding: Finding, edge: Edges, grid: Grid, widening: IntervalMargins
) -> Intervals:
    """Intervals of lesion `number`; its edges are measured where the lesion itself was."""
    pixel = (1.0, 1.0) if grid.nominal else _pixel(grid)
    low, high = edge.sizes(number, finding.diameter_slice, pixel)
    long, across = finding.diameter_mm, finding.perpendicular_mm
    if long is None or across is None:
        long, across = finding.diameter_px, finding.perpendicular_px
    return Intervals(
        volume=ratios(finding.voxels, low.voxels, high.voxels, widening.volume),
        diameter=ratios(long, low.diameter, high.diameter, widening.diameter),
        perpendicular=ratios(across, low.perpendicular, high.perpendicular, widening.perpendicular),
        product=ratios(long * across, low.product, high.product, widening.product),
    )


def _triple(values: np.ndarray) -> tuple[float, float, float]:
    return float(values[0]), float(values[1]), float(values[2])


def _corners(box: tuple[slice, slice, slice]) -> tuple[int, int, int, int, int, int]:
    i, j, k = box
    return i.start, j.start, k.start, i.stop, j.stop, k.stop


def _pixel(grid: Grid) -> tuple[float, float]:
    """Height and width of a picture's pixel in mm."""
    return picture_spacing(grid)[1:]
