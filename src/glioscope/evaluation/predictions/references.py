# pyright: basic
# It speaks with NiBabel, whose types have gaps.
"""Reference masks, from a folder in the LGG layout or from NIfTI files named by study."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import nibabel as nib
import numpy as np
from jaxtyping import Bool, Float32, UInt8

from glioscope.errors import InputError
from glioscope.evaluation.predictions.lesion_contrast import LesionContrast, looks
from glioscope.model.plan import CHANNELS
from glioscope.model.preprocess import to_pictures
from glioscope.reading import lgg
from glioscope.reading.labelled import class_names, label_path, read_classes
from glioscope.reading.nifti_mask import read_mask_nifti
from glioscope.study import Channel, Study
from glioscope.texts.message import Message, message
from glioscope.volume import Grid

# Top of the grey scale, in percent: above it lie only fat and flow artefacts.
_BRIGHTEST = 99.5
# Names that an error lists.
_SHOWN = 5

# (row, column, slice) in mm.
Spacing = tuple[float, float, float]


@dataclass(frozen=True)
class Truth:
    """The truth of one study, as pictures; `spacing` is None where it is not known.

    `classes` has the class of each pixel, n for `class_names[n - 1]`, and 0 outside of the mask;
    None where the set keeps none apart.
    """

    mask: Bool[np.ndarray, "s h w"]
    spacing: Spacing | None = None
    class_names: tuple[str, ...] = ()
    classes: UInt8[np.ndarray, "s h w"] | None = None


def read_references(root: Path, study_ids: Iterable[str]) -> dict[str, Truth]:
    """Reference of every study, in the order given.

    `root` holds case folders in the LGG layout, or <study>.nii.gz, or <study>/mask.nii.gz, or is a
    set of labelled studies.

    Raises:
        InputError: a study has no reference; names it. Others as the readers raise.
    """
    found = {study: _find(root, study) for study in study_ids}
    missing = [study for study, path in found.items() if path is None]
    if missing:
        raise InputError("evaluation.no_truth", where=root.name, names=_listed(missing))
    names = class_names(root)
    return {study: _read(path, names) for study, path in found.items() if path is not None}


def reference_studies(root: Path) -> list[str]:
    """Ids of all studies that `root` holds a reference for, sorted."""
    folders = [p for p in lgg.set_root(root).iterdir() if p.is_dir()]
    names = {p.name for p in folders if _find(root, p.name) is not None}
    return sorted(names | {p.name.removesuffix(".nii.gz") for p in root.glob("*.nii.gz")})


def _find(root: Path, study: str) -> Path | None:
    folder = lgg.set_root(root) / study
    if folder.is_dir() and lgg.is_case(folder):
        return folder
    files = (
        root / f"{study}.nii.gz",
        root / f"{study}.nii",
        root / study / "mask.nii.gz",
        label_path(root, study),
    )
    return next((path for path in files if path.is_file()), None)


def _read(path: Path, names: tuple[str, ...]) -> Truth:
    if names and not path.is_dir():
        return _read_classes(path, names)
    mask = lgg.read_reference(path) if path.is_dir() else read_mask_nifti(path)
    return Truth(np.ascontiguousarray(to_pictures(mask.array, mask.grid)), _spacing(mask.grid))


def _read_classes(path: Path, names: tuple[str, ...]) -> Truth:
    found = read_classes(path, names)
    values = np.ascontiguousarray(to_pictures(found.values, found.grid))
    return Truth(values > 0, _spacing(found.grid), names, values)


def _spacing(grid: Grid) -> Spacing | None:
    """Picture rows, columns and slices in mm, whatever the axes of the file."""
    if grid.nominal:
        return None
    column, row, between = np.argsort(nib.orientations.io_orientation(grid.affine)[:, 0])
    spacing = grid.spacing_mm
    return spacing[row], spacing[column], spacing[between]


def read_slice_references(
    root: Path, slice_names: Iterable[str]
) -> dict[str, Bool[np.ndarray, "h w"]]:
    """Mask of every slice, by name; `root` is in the LGG layout.

    Raises:
        InputError: a slice has no mask; names it.
    """
    base = lgg.set_root(root)
    names = list(dict.fromkeys(slice_names))
    paths = {name: base / study_of(name) / f"{name}_mask.tif" for name in names}
    missing = [name for name, path in paths.items() if not path.is_file()]
    if missing:
        raise InputError("evaluation.no_slice_truth", where=root.name, names=_listed(missing))
    return {name: lgg.read_mask(path) for name, path in paths.items()}


def study_of(slice_name: str) -> str:
    """The case of an LGG slice: CASE_<n> belongs to CASE."""
    return slice_name.rpartition("_")[0]


class Pictures:
    """Pictures of the studies of an LGG folder, for overlays and to see what is missing."""

    def __init__(self, root: Path) -> None:
        self._root = lgg.set_root(root)
        self._flair = lru_cache(maxsize=4)(self._read_flair)

    def missing(self, study: str) -> tuple[Channel, ...] | None:
        """Sequences the study does not have; None when it is no LGG case."""
        case = self.study(study)
        return case and tuple(s for s in CHANNELS if s not in case.images)

    def looks(self, study: str, lesion: Bool[np.ndarray, "s h w"]) -> LesionContrast | None:
        """What FLAIR shows of the lesion; None when the study is no LGG case."""
        case = self.study(study)
        return case and looks(case, lesion)

    def flair(self, slice_name: str) -> Float32[np.ndarray, "h w"] | None:
        """FLAIR of one slice, scaled over its volume; None when there is no picture."""
        pictures = self._flair(study_of(slice_name))
        return pictures.get(slice_name)

    def study(self, study: str) -> Study | None:
        """The study itself; None when it is no LGG case."""
        folder = self._root / study
        return lgg.read_case(folder) if study and folder.is_dir() and lgg.is_case(folder) else None

    def _read_flair(self, study: str) -> dict[str, np.ndarray]:
        case = self.study(study)
        if case is None:
            return {}
        image = case.images[Channel.FLAIR]
        # Over the volume: a slice of mere noise must look dark, not like tissue.
        top = float(np.percentile(image.array[image.array > image.array.min()], _BRIGHTEST))
        stack = to_pictures(np.clip(image.array / np.float32(top), 0, 1), image.grid)
        return dict(zip(case.source.slice_names, stack, strict=True))


def _listed(names: Sequence[str]) -> Message | str:
    shown = ", ".join(names[:_SHOWN])
    more = len(names) - _SHOWN
    return message("evaluation.and_more", names=shown, more=more) if more > 0 else shown
