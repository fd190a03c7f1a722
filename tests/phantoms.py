"""Small studies and analyses with known answers, on grids of every orientation."""

from collections.abc import Iterable
from dataclasses import asdict, replace
from functools import cache

import numpy as np
from scipy.ndimage import binary_erosion

from glioscope.analysis import Analysis
from glioscope.analysis_parts import ModelInfo, OutlineBounds, PossibleMiss, SliceFinding
from glioscope.findings.bounds import Spacing, bounds
from glioscope.findings.lesions import find_lesions, slice_names
from glioscope.model.plan import Plan
from glioscope.model.plan_parts import OutlineMargins
from glioscope.model.preprocess import intensity_scale, picture_spacing, to_pictures
from glioscope.phantom.study import phantom_study
from glioscope.study import Channel, Source, Study
from glioscope.texts.message import message
from glioscope.volume import ClassMap, Grid, Image, Mask, volume_ml

SHAPE = (20, 18, 12)


@cache
def whole_head(seed: int = 0) -> tuple[Study, Mask]:
    """The demo's study, of full size: it takes a second and is made once. To be read only."""
    study, truth = phantom_study(seed)
    for array in (truth.array, *(image.array for image in study.images.values())):
        array.flags.writeable = False
    return study, truth


def _affine(axes: np.ndarray, spacing: tuple[float, float, float]) -> np.ndarray:
    """Columns of `axes` are the directions of i, j and k in RAS; voxel (9, 8, 5) lies at 0."""
    affine = np.eye(4)
    affine[:3, :3] = axes * spacing
    affine[:3, 3] = affine[:3, :3] @ (-9.0, -8.0, -5.0)
    return affine


def _rotation(x: float, y: float, z: float) -> np.ndarray:
    """Turn by degrees about x, then y, then z."""
    a, b, c = np.deg2rad((x, y, z))
    about_x = [[1, 0, 0], [0, np.cos(a), -np.sin(a)], [0, np.sin(a), np.cos(a)]]
    about_y = [[np.cos(b), 0, np.sin(b)], [0, 1, 0], [-np.sin(b), 0, np.cos(b)]]
    about_z = [[np.cos(c), -np.sin(c), 0], [np.sin(c), np.cos(c), 0], [0, 0, 1]]
    return np.array(about_z) @ np.array(about_y) @ np.array(about_x)


_AXIAL = np.diag([-1.0, -1.0, 1.0])
_SAGITTAL = np.array([[0, 0, 1], [-1, 0, 0], [0, -1, 0]], float)
_CORONAL = np.array([[-1, 0, 0], [0, 0, -1], [0, -1, 0]], float)
_SPACING = (0.9, 1.1, 2.5)

# Every way a scanner may lay out a volume: i, j, k to RAS+ mm, spacing 0.9 x 1.1 x 2.5 mm.
ORIENTATIONS: dict[str, np.ndarray] = {
    "axial": _affine(_AXIAL, _SPACING),
    "canonical": _affine(np.eye(3), _SPACING),
    "sagittal": _affine(_SAGITTAL, _SPACING),
    "coronal": _affine(_CORONAL, _SPACING),
    "oblique": _affine(_rotation(12, -9, 17) @ _AXIAL, _SPACING),
    "reversed": _affine(np.diag([1.0, 1.0, -1.0]) @ _AXIAL, _SPACING),
}


def grid_of(name: str, shape: tuple[int, int, int] = SHAPE) -> Grid:
    """A grid of one of `ORIENTATIONS`."""
    return Grid(shape, ORIENTATIONS[name])


def nominal_grid(shape: tuple[int, int, int] = SHAPE) -> Grid:
    """The grid of pictures without spacing, as LGG studies have it."""
    return Grid(shape, np.diag([-1.0, -1.0, 1.0, 1.0]), nominal=True)


def _points(grid: Grid) -> np.ndarray:
    """Position of every voxel centre, (i, j, k, 3)."""
    voxels = np.stack(np.meshgrid(*map(np.arange, grid.shape), indexing="ij"), axis=-1)
    return voxels @ grid.affine[:3, :3].T + grid.affine[:3, 3]


def ball_mask(grid: Grid, centre_ras: Iterable[float], radius_mm: float) -> Mask:
    """Voxels whose centre lies within `radius_mm` of a point (pixels on a nominal grid)."""
    away = np.linalg.norm(_points(grid) - np.array(list(centre_ras)), axis=-1)
    return Mask(away <= radius_mm, grid)


def box_mask(grid: Grid, low: tuple[int, int, int], high: tuple[int, int, int]) -> Mask:
    """Voxels from `low` to before `high`."""
    array = np.zeros(grid.shape, bool)
    array[tuple(slice(a, b) for a, b in zip(low, high, strict=True))] = True
    return Mask(array, grid)


def study_for(
    mask: Mask, *, kind: str = "nifti", study_id: str = "phantom", warnings: tuple[str, ...] = ()
) -> Study:
    """An egg of 100 on air of 0; the mask is 180 in FLAIR, 60 in T1 and T1GD."""
    grid = mask.grid
    halves = np.array(grid.shape) / 2
    voxels = np.stack(np.meshgrid(*map(np.arange, grid.shape), indexing="ij"), axis=-1)
    head = (np.linalg.norm((voxels + 0.5 - halves) / halves, axis=-1) < 0.9) | mask.array
    names = ()
    if kind in ("lgg", "pictures"):
        count = to_pictures(mask.array, grid).shape[0]
        names = tuple(f"{study_id}_{k + 1}" for k in range(count))
    images = {
        sequence: Image(np.where(mask.array, level, head * 100).astype(np.float32), grid)
        for sequence, level in zip(Channel, (60, 180, 60), strict=True)
    }
    return Study(study_id, images, Source(kind, names), warnings)


def analysis_for(
    mask: Mask,
    *,
    study: Study | None = None,
    kind: str = "nifti",
    study_id: str = "phantom",
    threshold: float = 0.5,
    warnings: tuple[str, ...] = (),
    misses: bool = True,
) -> Analysis:
    """What a flawless network would have found where the lesion is `mask`.

    Slices with lesion have probability 0.97; their neighbours 0.31 and, with `misses`, a place
    among the possible misses; all others 0.02.
    """
    study = study or study_for(mask, kind=kind, study_id=study_id)
    inside = to_pictures(mask.array, mask.grid).any(axis=(1, 2))
    slices = tuple(_slice(study, mask, k, inside) for k in range(len(inside)))
    probability = np.where(mask.array, 0.95, 0.02).astype(np.float32)
    lesions = find_lesions(mask, probability, Plan("phantom-model", "1.2.3", 32))
    return Analysis(
        study=study,
        decision="tumour" if inside.any() else "no tumour",
        probability=max(s.probability for s in slices),
        slices=slices,
        findings=lesions.findings,
        possible_misses=_misses(slices) if misses else (),
        mask=mask,
        labels=lesions.labels,
        flair_scale=intensity_scale(study.images[Channel.FLAIR].array, study.study_id),
        voxel_probability=probability,
        model=ModelInfo("phantom-model", "1.2.3", "0123456789abcdef" * 4),
        volume_ml=None if mask.grid.nominal else volume_ml(mask),
        warnings=(*study.warnings, *warnings),
        timings_s={"prepare": 0.1, "network": 0.2},
        versions={"glioscope": "0.1.0", "numpy": "2.0.0"},
        threshold=threshold,
    )


def with_classes(analysis: Analysis, names: tuple[str, ...] = ("edema", "core")) -> Analysis:
    """The same of a model that tells a core, all but the rim of the mask, from the rest."""
    mask = analysis.mask
    core = binary_erosion(mask.array)
    values = mask.array.astype(np.uint8) * (1 + core).astype(np.uint8)
    return replace(analysis, classes=ClassMap(names, values, mask.grid))


def with_bounds(analysis: Analysis, spacing: Spacing) -> Analysis:
    """The same with a sure region 3 mm inside the mask and a possible one 4 mm around it.

    `spacing` is along the axes of the mask.
    """
    margins = OutlineMargins(0.1, 90, inside_mm=3.0, outside_mm=4.0)
    found = bounds(analysis.mask.array, spacing, margins)
    return replace(analysis, bounds=OutlineBounds(found.sure, found.possible, **asdict(margins)))


def _slice(study: Study, mask: Mask, k: int, inside: np.ndarray) -> SliceFinding:
    plane = to_pictures(mask.array, mask.grid)[k]
    near = inside[max(0, k - 1) : k + 2].any()
    area = int(np.count_nonzero(plane))
    rows, columns = np.flatnonzero(plane.any(axis=1)), np.flatnonzero(plane.any(axis=0))
    box = (int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1) if area else None
    pixel = None if mask.grid.nominal else float(np.prod(picture_spacing(mask.grid)[1:]))
    return SliceFinding(
        index=k,
        name=slice_names(study)[k],
        probability=0.97 if area else 0.31 if near else 0.02,
        decision="tumour" if area else "no tumour",
        area_px=area,
        area_mm2=None if pixel is None else area * pixel,
        box_px=box,
    )


def _misses(slices: tuple[SliceFinding, ...]) -> tuple[PossibleMiss, ...]:
    return tuple(
        PossibleMiss(s.index, s.name, s.probability, message("miss.neighbour"), 0.45, None)
        for s in slices
        if s.probability == 0.31
    )
