"""Predictions from where they lie: a folder of `glioscope analyze` results, or one archive."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Bool

from glioscope.analysis import SCHEMA as ANALYSIS_SCHEMA
from glioscope.errors import GridMismatch, InputError, UnreadableFile
from glioscope.evaluation.predictions.archive import ARCHIVE, Archive, read_archive, write_archive
from glioscope.evaluation.predictions.types import CasePrediction, DrawPrediction
from glioscope.model.preprocess import to_pictures
from glioscope.reading.nifti_mask import read_mask_nifti

__all__ = [
    "Archive",
    "CasePrediction",
    "DrawPrediction",
    "load",
    "read_archive",
    "read_predictions",
    "write_archive",
]

_ANALYSIS, _MASK = "analysis.json", "mask.nii.gz"


def read_predictions(path: Path) -> list[CasePrediction]:
    """Predictions by study, sorted by study id; `path` as in `load`.

    Raises:
        InputError: as in `load`, or the archive holds draws of slices.
    """
    archive = load(path)
    if archive.draws:
        raise InputError(f"{path.name} holds draws of slices, not whole studies; use `load`")
    return sorted(archive.cases, key=lambda case: case.study_id)


def load(path: Path) -> Archive:
    """Read `path`: an archive, a folder with `predictions.npz`, or a folder of `analyze` results.

    Raises:
        UnreadableFile: a file is missing, damaged or truncated; names the study.
        InputError: nothing to read, or files that contradict each other.
    """
    if not path.is_dir():
        return read_archive(path)
    if (path / ARCHIVE).is_file():
        return read_archive(path / ARCHIVE)
    folders = [path] if _is_study(path) else sorted(p for p in path.iterdir() if _is_study(p))
    if not folders:
        raise InputError(
            f"{path.name}: expected {ARCHIVE}, or folders STUDY/{_ANALYSIS} as glioscope analyze "
            "writes them; found neither"
        )
    return Archive(cases=tuple(_read_study(folder) for folder in folders))


def _is_study(folder: Path) -> bool:
    # One of the two is enough, so that a missing one is an error and not a study less.
    return (folder / _ANALYSIS).is_file() or (folder / _MASK).is_file()


def _read_study(folder: Path) -> CasePrediction:
    document = _document(folder)
    try:
        mask = read_mask_nifti(folder / _MASK)
        stack = np.ascontiguousarray(to_pictures(mask.array, mask.grid))
        slices: list[Mapping[str, Any]] = document["slices"]
        expected, review = document.get("expected_dice"), document.get("review")
        _require_areas(folder.name, stack, [int(s["area_px"]) for s in slices])
        called = np.array([s["decision"] == "tumour" for s in slices], bool)
        second_look = {int(miss["index"]) for miss in document["possible_misses"]}
        return CasePrediction(
            study_id=str(document["study_id"]),
            slice_names=tuple(str(s["name"]) for s in slices),
            probability=np.array([s["probability"] for s in slices], np.float64),
            called=called,
            mask=stack,
            model_name=str(document["model"]["name"]),
            model_version=str(document["model"]["version"]),
            listed=np.array([k in second_look for k in range(len(slices))], bool) & ~called,
            predicted_dice=None if expected is None else float(expected),
            flagged=None if review is None else bool(review),
        )
    except UnreadableFile as error:
        raise UnreadableFile(f"study {folder.name}: {error}") from error
    except (KeyError, TypeError, ValueError) as error:
        raise InputError(
            f"study {folder.name}: {_ANALYSIS} lacks or garbles {error}; analyse it again"
        ) from error


def _document(folder: Path) -> Mapping[str, Any]:
    where = f"study {folder.name}: {_ANALYSIS}"
    try:
        document = json.loads((folder / _ANALYSIS).read_text(encoding="utf-8"))
    except OSError as error:
        raise UnreadableFile(f"{where} cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise UnreadableFile(f"{where} is not JSON: {error}; analyse it again") from error
    schema = document.get("schema") if isinstance(document, dict) else None
    if schema != ANALYSIS_SCHEMA:
        raise InputError(f"{where}: expected schema {ANALYSIS_SCHEMA}, got {schema!r}")
    return document


def _require_areas(study: str, stack: Bool[np.ndarray, "s h w"], areas: list[int]) -> None:
    """Refuse a mask that is not the one the analysis speaks of, or that is turned over."""
    found = np.count_nonzero(stack, axis=(1, 2)).tolist()
    if found != areas:
        raise GridMismatch(
            f"study {study}: {_MASK} has {len(found)} slices with {sum(found)} px in all, and "
            f"{_ANALYSIS} says {len(areas)} with {sum(areas)}, or another order; they are not of "
            "one run: analyse the study again"
        )
