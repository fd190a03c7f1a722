# pyright: basic
# It speaks with NiBabel, whose types have gaps.
"""Volumes for a viewer in the browser: small integers on one grid whose axes run right, front, up.

A viewer that draws on such a grid and hands its drawing back cannot turn it round by mistake.
"""

import gzip
import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np
from nibabel.orientations import (
    apply_orientation,
    axcodes2ornt,
    inv_ornt_aff,
    io_orientation,
    ornt_transform,
)

from glioscope.analysis import Analysis
from glioscope.study import CHANNELS
from glioscope.texts.catalogue import LANGUAGES
from glioscope.volume import Grid
from glioscope.writing.nifti import levels
from glioscope.writing.report.conclusion import conclusion
from glioscope.writing.report.lines import volume_text
from glioscope.writing.report.slice_labels import slice_cell, slice_label
from glioscope.writing.wording import Wording, wording

_RAS = axcodes2ornt(("R", "A", "S"))
# Above this share of the voxels lie what would only take grey levels from the rest.
_BRIGHTEST = 99.99
_MOST_GREY = 4095
# Of gzip: the browser waits for these.
_LEVEL = 1
# Of `analysis.json`, for whoever shows a reader's outline.
_MEASURED = (
    "author",
    "decision",
    "model",
    "volume_ml",
    "product_px2",
    "product_mm2",
    "side",
    "lesions",
    "specks",
    "slices",
    "findings",
)


def write_view(analysis: Analysis, folder: Path) -> None:
    """Write each sequence (`flair.nii.gz`), `mask`, `probability` and `bounds` alike, `view.json`.

    Sequences are uint8 or int16, black at air; the mask is uint8 with the finding's label in each
    voxel, the probability, where there is one, uint8 in 255ths, and bounds, where there are any,
    as `glioscope.writing.nifti.levels`. `view.json` holds the grid
    (`affine`: from voxels to mm), the window of each sequence, the rule that made the mask, and in
    each language what is said. Slices of the analysis run along the third axis, in the same order.
    """
    folder.mkdir()
    grid, greys = analysis.study.grid, _greys(analysis)
    for name, grey in greys.items():
        _write(_to_ras(grey, grid), grid, folder / f"{name}.nii.gz")
    _write_mask(analysis, folder)
    if analysis.voxel_probability is not None:
        shares = np.rint(255 * analysis.voxel_probability).astype(np.uint8)
        _write(_to_ras(shares, grid), grid, folder / "probability.nii.gz")
    if analysis.bounds is not None:
        _write(_to_ras(levels(analysis), grid), grid, folder / "bounds.nii.gz")
    _write_facts(_facts(analysis, greys), folder)


def write_outline_view(analysis: Analysis, folder: Path) -> None:
    """Write `mask.nii.gz` and `view.json` of a reader's outline, for the volumes of its study.

    `view.json` holds in addition what was measured: the findings, the volume, and which slices are
    marked, each as in `analysis.json`.
    """
    folder.mkdir()
    _write_mask(analysis, folder)
    document = analysis.to_dict()
    measured = {name: document[name] for name in _MEASURED}
    facts = _facts(analysis, _greys(analysis))
    for lang in LANGUAGES:
        facts["said"][lang]["volume"] = volume_text(analysis, wording(lang))
    _write_facts({**facts, **measured}, folder)


def from_ras(array: np.ndarray, grid: Grid) -> np.ndarray:
    """A volume whose axes run right, front, up, as one on the grid itself: the undo of the view."""
    turn = ornt_transform(_RAS, io_orientation(grid.affine))
    return np.ascontiguousarray(apply_orientation(array, turn))


def shape_in_ras(grid: Grid) -> tuple[int, int, int]:
    """Sizes of the view of a grid."""
    return np.zeros(grid.shape, bool).transpose(np.argsort(_turn(grid)[:, 0])).shape


def _greys(analysis: Analysis) -> dict[str, np.ndarray]:
    images = analysis.study.images
    return {c.value.lower(): _grey(images[c].array) for c in CHANNELS if c in images}


def _write_mask(analysis: Analysis, folder: Path) -> None:
    grid = analysis.study.grid
    labels = _to_ras(np.minimum(analysis.labels, 255).astype(np.uint8), grid)
    _write(labels, grid, folder / "mask.nii.gz")


def _write_facts(facts: dict[str, Any], folder: Path) -> None:
    text = json.dumps(facts, ensure_ascii=False, allow_nan=False)
    (folder / "view.json").write_text(text, encoding="utf-8")


def _facts(analysis: Analysis, greys: dict[str, np.ndarray]) -> dict[str, Any]:
    grid = analysis.study.grid
    return {
        "shape": [int(n) for n in shape_in_ras(grid)],
        "spacing": [float(s) for s in _spacing(grid)],
        "affine": _ras_affine(grid)[:3].tolist(),
        "nominal": grid.nominal,
        "channels": list(greys),
        "window": {name: _window(grey) for name, grey in greys.items()},
        "slice_names": [slice_cell(analysis, n) for n in range(len(analysis.slices))],
        "rule": asdict(analysis.pixel_rule) if analysis.pixel_rule else None,
        "said": {lang: _said(analysis, wording(lang)) for lang in LANGUAGES},
    }


def _said(analysis: Analysis, words: Wording) -> dict[str, object]:
    """The sentences about this study; notices stand in the order of `analysis.json`."""
    return {
        "conclusion": conclusion(analysis, words),
        "basis": words.say(analysis.basis.reason) if analysis.basis else "",
        "notices": [one.in_language(words.lang, on_page=True) for one in analysis.warnings],
        "slices": [slice_label(analysis, n, words) for n in range(len(analysis.slices))],
    }


def _grey(array: np.ndarray) -> np.ndarray:
    """Whole numbers from 0 up; at most 4096 of them where the source has more."""
    low, high = float(array.min()), float(array.max())
    if low >= 0 and high <= 255 and np.array_equal(array, np.rint(array)):
        return array.astype(np.uint8)
    high = max(float(np.percentile(array, _BRIGHTEST)), low + 1e-6)
    scaled = np.clip((array - low) / (high - low), 0, 1) * _MOST_GREY
    return np.rint(scaled).astype(np.int16)


def _window(grey: np.ndarray) -> list[float]:
    """Black and white of a sequence, in the grey levels of its file."""
    inside = grey[grey > 0.1 * grey.max()]
    white = float(np.percentile(inside, 99)) if inside.size else 1.0
    return [0.0, max(white * 1.1, 1.0)]


def _turn(grid: Grid) -> np.ndarray:
    return ornt_transform(io_orientation(grid.affine), _RAS)


def _to_ras(array: np.ndarray, grid: Grid) -> np.ndarray:
    return np.ascontiguousarray(apply_orientation(array, _turn(grid)))


def _ras_affine(grid: Grid) -> np.ndarray:
    return grid.affine @ inv_ornt_aff(_turn(grid), grid.shape)


def _spacing(grid: Grid) -> np.ndarray:
    return np.linalg.norm(_ras_affine(grid)[:3, :3], axis=0)


def _write(array: np.ndarray, grid: Grid, path: Path) -> None:
    image = nib.Nifti1Image(array, _ras_affine(grid))
    path.write_bytes(gzip.compress(image.to_bytes(), compresslevel=_LEVEL, mtime=0))
