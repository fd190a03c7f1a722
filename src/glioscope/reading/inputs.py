"""What the user named on the command line, as studies that are read only when asked."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import NoReturn

from glioscope.errors import InputError, UsageError
from glioscope.reading import lgg, pictures
from glioscope.reading.stacks import Spacing
from glioscope.study import Study

_EXPECTED = (
    "expected an LGG case folder (CASE/CASE_<n>.tif) or the whole set, a TIFF or PNG slice, "
    "a folder of them, or a FLAIR file .nii or .nii.gz"
)


@dataclass(frozen=True)
class StudyInput:
    """One study that has been found and not yet read.

    `read()` reads it and raises what its reader raises. `kind` is `lgg`, `pictures`, `nifti`, or
    `unknown` for a path that is none of them, whose `read()` says so.
    """

    study_id: str
    kind: str
    read: Callable[[], Study]


def find_inputs(paths: list[Path], spacing: Spacing | None = None) -> list[StudyInput]:
    """Studies behind the paths, in their order and each path once; no picture is opened.

    Folders are looked into two levels deep (set, case), so that no link can lead round in circles.
    `spacing` (row, column, slice in mm) goes to pictures and LGG cases, which carry none. Among
    several paths one that holds nothing becomes an input of kind `unknown`, so that it does not
    stop the others. Names may repeat where two folders hold files of one name.

    Raises:
        InputError: no path holds a study.
        UsageError: `spacing` was given with NIfTI, which carries its own.
    """
    found: list[StudyInput] = []
    faults: list[InputError] = []
    # Not resolve(): a link's own name is the pseudonym that the user chose.
    for path in dict.fromkeys(Path(os.path.abspath(p)) for p in paths):  # noqa: PTH100
        try:
            found += _find(path, spacing)
        except InputError as error:
            faults.append(error)
            found.append(StudyInput(path.name, "unknown", partial(_raise, error)))
    if len(faults) == len(found):
        raise faults[0] if faults else InputError(f"no input was given; {_EXPECTED}")
    return found


def _find(path: Path, spacing: Spacing | None) -> list[StudyInput]:
    try:
        if path.is_dir():
            return _find_in_folder(path, spacing)
        if path.is_file():
            return [_find_file(path, spacing)]
    except OSError as error:
        raise InputError(f"{path.name} cannot be opened: {error.strerror}") from error
    raise InputError(f"{path.name}: no such file or folder; {_EXPECTED}")


def _find_in_folder(folder: Path, spacing: Spacing | None) -> list[StudyInput]:
    if lgg.is_case(folder):
        return [_lgg_input(folder, spacing)]
    if any(lgg.is_case(p) for p in lgg.set_root(folder).iterdir() if p.is_dir()):
        return [_lgg_input(case, spacing) for case in lgg.list_cases(folder)]
    if pictures.list_pictures(folder):
        read = partial(pictures.read_pictures, folder, spacing)
        return [StudyInput(folder.name, "pictures", read)]
    # Imported late: nibabel and the resampler take longer than all of the pictures' way.
    from glioscope.reading import nifti

    if any(nifti.is_nifti(p) for p in folder.iterdir()):
        raise InputError(
            f"{folder.name} holds NIfTI files, and which is FLAIR must be said: name the files "
            "with --flair, --t1 and --t1gd"
        )
    raise InputError(f"{folder.name}: nothing to read in this folder; {_EXPECTED}")


def _lgg_input(case: Path, spacing: Spacing | None) -> StudyInput:
    return StudyInput(case.name, "lgg", partial(lgg.read_case, case, spacing))


def _find_file(path: Path, spacing: Spacing | None) -> StudyInput:
    if pictures.is_picture(path):
        read = partial(pictures.read_pictures, path, spacing)
        return StudyInput(path.stem, "pictures", read)
    from glioscope.reading import nifti

    if nifti.is_nifti(path):
        if spacing is not None:
            raise UsageError(f"{path.name} carries its own spacing; leave --spacing out")
        return StudyInput(nifti.study_id_of(path), "nifti", partial(nifti.read_nifti, path))
    raise InputError(f"{path.name} is no slice and no NIfTI file; {_EXPECTED}")


def _raise(error: InputError) -> NoReturn:
    raise error
