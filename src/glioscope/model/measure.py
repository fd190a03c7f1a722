"""Mask and probabilities to findings: what was found on each slice, and each lesion.

Slices are pictures throughout, inferior to superior, whatever the orientation of the grid.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Bool, Float32

from glioscope.analysis import Finding, SliceFinding
from glioscope.errors import GridMismatch
from glioscope.model.components import boxes, label
from glioscope.model.diameters import diameters
from glioscope.model.postprocess import Decided
from glioscope.model.preprocess import picture_spacing, to_pictures
from glioscope.study import Study
from glioscope.volume import Grid, Mask


def slice_names(study: Study) -> tuple[str, ...]:
    """One name per axial picture: the source's own, else `<study_id>_<k + 1>`.

    Raises:
        GridMismatch: the source names another number of slices than there are.
    """
    count = to_pictures(np.empty(study.grid.shape, dtype=bool), study.grid).shape[0]
    names = study.source.slice_names or tuple(f"{study.study_id}_{k + 1}" for k in range(count))
    if len(names) != count:
        raise GridMismatch(
            f"study {study.study_id}: {len(names)} slice names for {count} axial slices"
        )
    return names


def slice_findings(study: Study, decided: Decided) -> tuple[SliceFinding, ...]:
    """What was found on each axial picture."""
    pixel_mm2 = None if study.grid.nominal else float(np.prod(_pixel(study.grid)))
    areas = np.count_nonzero(decided.mask, axis=(1, 2))
    return tuple(
        SliceFinding(
            index=k,
            name=name,
            probability=float(decided.probability[k]),
            decision="tumour" if decided.called[k] else "no tumour",
            area_px=int(areas[k]),
            area_mm2=None if pixel_mm2 is None else float(areas[k]) * pixel_mm2,
            box_px=box_px(decided.mask[k]),
        )
        for k, name in enumerate(slice_names(study))
    )


def box_px(region: Bool[np.ndarray, "h w"]) -> tuple[int, int, int, int] | None:
    """(x0, y0, x1, y1) around the region, half-open; None when it is empty."""
    if not region.any():
        return None
    rows, columns = np.flatnonzero(region.any(axis=1)), np.flatnonzero(region.any(axis=0))
    return int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1


def findings(mask: Mask, probability: Float32[np.ndarray, "i j k"]) -> tuple[Finding, ...]:
    """Every 26-connected lesion, largest first.

    `box_voxel` is (i0, j0, k0, i1, j1, k1), half-open. `confidence` is the plain mean of the voxel
    probabilities inside the lesion.
    """
    found = [_finding(lesion, mask.grid, probability) for lesion in _lesions(mask)]
    found.sort(key=lambda f: (-f.voxels, f.box_voxel))
    return tuple(replace(finding, label=n) for n, finding in enumerate(found, start=1))


@dataclass(frozen=True)
class _Lesion:
    """One component, cut out: voxels `array[box]`; pictures `slices` hold it from slice `first`."""

    region: Bool[np.ndarray, "i j k"]
    box: tuple[slice, slice, slice]
    slices: Bool[np.ndarray, "s h w"]
    first: int


def _lesions(mask: Mask) -> Iterator[_Lesion]:
    labels, _ = label(mask.array)
    stack = to_pictures(labels, mask.grid)
    for number, (box, picture) in enumerate(zip(boxes(labels), boxes(stack), strict=True), start=1):
        i, j, k = box
        yield _Lesion(labels[box] == number, (i, j, k), stack[picture] == number, picture[0].start)


def _finding(lesion: _Lesion, grid: Grid, probability: Float32[np.ndarray, "i j k"]) -> Finding:
    voxels = np.argwhere(lesion.region) + [s.start for s in lesion.box]
    centroid = voxels.mean(axis=0)
    areas = np.count_nonzero(lesion.slices, axis=(1, 2))
    widest = int(areas.argmax())
    region = lesion.slices[widest]
    diameter, perpendicular = diameters(region)
    diameter_mm, perpendicular_mm = (
        (None, None) if grid.nominal else diameters(region, _pixel(grid))
    )
    return Finding(
        label=0,
        voxels=len(voxels),
        volume_ml=None if grid.nominal else len(voxels) * grid.voxel_ml,
        centroid_voxel=_triple(centroid),
        centroid_ras_mm=None if grid.nominal else _triple((grid.affine @ [*centroid, 1.0])[:3]),
        box_voxel=_corners(lesion.box),
        first_slice=lesion.first,
        last_slice=lesion.first + len(areas) - 1,
        diameter_slice=lesion.first + widest,
        diameter_px=diameter,
        perpendicular_px=perpendicular,
        diameter_mm=diameter_mm,
        perpendicular_mm=perpendicular_mm,
        confidence=float(probability[lesion.box][lesion.region].mean(dtype=np.float64)),
    )


def _triple(values: np.ndarray) -> tuple[float, float, float]:
    return float(values[0]), float(values[1]), float(values[2])


def _corners(box: tuple[slice, slice, slice]) -> tuple[int, int, int, int, int, int]:
    i, j, k = box
    return i.start, j.start, k.start, i.stop, j.stop, k.stop


def _pixel(grid: Grid) -> tuple[float, float]:
    """Height and width of a picture's pixel in mm."""
    return picture_spacing(grid)[1:]
