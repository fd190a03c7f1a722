"""What the user named, as studies that are read only when asked."""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from glioscope.errors import InputError, UnreadableFile, UsageError
from glioscope.reading import lgg
from glioscope.reading.containers.entry import Container
from glioscope.reading.containers.folder import open_container
from glioscope.reading.dicom.sniff import holds_dicom
from glioscope.reading.pictures import slices as pictures
from glioscope.reading.pictures.stack import Spacing
from glioscope.study import Channel, Study
from glioscope.texts.message import message

if TYPE_CHECKING:
    from glioscope.reading.dicom.study import DicomStudy

_EXPECTED = message("reading.expected_inputs")


@dataclass(frozen=True)
class StudyInput:
    """One study that has been found and not yet read.

    `read()` reads it and raises what its reader raises. `kind` is `lgg`, `pictures`, `nifti`,
    `dicom`, or `unknown` for a path that is none of them, whose `read()` says so. `dicom` holds the
    headers of a DICOM study and is None for every other kind; `series` are those named by hand.
    `path` is what the user named, None outside `find_inputs`; the study is the `place`-th behind
    it, from 0 up. `twin_of` is the study's own name where an earlier input has it already, and None
    where `study_id` is that name.
    """

    study_id: str
    kind: str
    read: Callable[[], Study]
    dicom: "DicomStudy | None" = field(default=None, repr=False)
    series: Mapping[Channel, str] = field(default_factory=dict[Channel, str])
    path: Path | None = None
    place: int = 0
    twin_of: str | None = None


@dataclass(frozen=True)
class _Wishes:
    """What the user said of the inputs, as in `find_inputs`."""

    spacing: Spacing | None
    series: Mapping[Channel, str]
    charset: str | None


def find_inputs(
    paths: list[Path],
    spacing: Spacing | None = None,
    series: Mapping[Channel, str] | None = None,
    charset: str | None = None,
) -> list[StudyInput]:
    """Studies behind the paths, in their order and each path once; no pixel is read.

    LGG sets are looked for two levels deep (set, case); NIfTI files of a folder are one study, told
    apart by their names (`nifti_folder`), and so is each session of a BIDS set; DICOM anywhere
    below, and it wins over pictures and NIfTI beside it, as on a CD with a viewer. A path with
    several DICOM studies gives several inputs. Among several paths one that holds nothing becomes
    an input of kind `unknown`, so that it does not stop the others. An input whose name an earlier
    one has, as a second copy of a DICOM study, is given one of its own (`named_apart`).

    `spacing` (row, column, slice in mm) goes to pictures and LGG cases, which carry none; `series`
    (a number or UID for each sequence) and `charset` (code page of undeclared text) go to DICOM.

    Raises:
        InputError: no path holds a study.
        UsageError: `spacing` for what carries its own, or `series` for what has none.
    """
    wishes = _Wishes(spacing, series or {}, charset)
    found: list[StudyInput] = []
    faults: list[InputError] = []
    # Not resolve(): a link's own name is the pseudonym that the user chose.
    for path in dict.fromkeys(Path(os.path.abspath(p)) for p in paths):  # noqa: PTH100
        try:
            found += _find(path, wishes)
        except InputError as error:
            faults.append(error)
            found.append(StudyInput(path.name, "unknown", partial(_raise, error), path=path))
    if len(faults) == len(found):
        raise faults[0] if faults else InputError("reading.no_input", expected=_EXPECTED)
    return named_apart(found)


def named_apart(found: list[StudyInput]) -> list[StudyInput]:
    """The inputs under names that differ, also where capitals do not count.

    The first of a name keeps it; the others get a number after it, from 2 up.
    """
    taken = {one.study_id.casefold() for one in found}
    seen: set[str] = set()
    apart: list[StudyInput] = []
    for one in found:
        name = one.study_id
        if name.casefold() in seen:
            name = next(n for k in count(2) if (n := f"{name}-{k}").casefold() not in taken)
        taken.add(name.casefold())
        seen.add(name.casefold())
        apart.append(one if name == one.study_id else renamed(one, name))
    return apart


def renamed(found: StudyInput, name: str) -> StudyInput:
    """The input under another name, which its study has too."""
    read = partial(_read_as, found.read, name)
    return replace(found, study_id=name, read=read, twin_of=found.twin_of or found.study_id)


def _read_as(read: Callable[[], Study], name: str) -> Study:
    return replace(read(), study_id=name)


def _find(path: Path, wishes: _Wishes) -> list[StudyInput]:
    try:
        if path.is_dir():
            found = _find_in_folder(path, wishes)
        elif path.is_file():
            found = _find_file(path, wishes)
        else:
            raise InputError("reading.no_such_input", name=path.name, expected=_EXPECTED)
    except OSError as error:
        reason = error.strerror or message("reading.input_error")
        raise InputError("reading.cannot_open", name=path.name, reason=reason) from error
    _require_fitting(found[0], path, wishes)
    return [replace(one, path=path, place=place) for place, one in enumerate(found)]


def _require_fitting(found: StudyInput, path: Path, wishes: _Wishes) -> None:
    if wishes.spacing is not None and found.kind in ("nifti", "dicom"):
        raise UsageError("reading.own_spacing", name=path.name)
    named = [sequence for sequence, name in wishes.series.items() if name]
    if named and found.kind != "dicom":
        raise UsageError("reading.series_not_dicom", option=named[0].value.lower(), name=path.name)


def _find_in_folder(folder: Path, wishes: _Wishes) -> list[StudyInput]:
    if lgg.is_case(folder):
        return [_lgg_input(folder, wishes)]
    if any(lgg.is_case(p) for p in lgg.set_root(folder).iterdir() if p.is_dir()):
        return [_lgg_input(case, wishes) for case in lgg.list_cases(folder)]
    has_pictures = bool(pictures.list_pictures(folder))
    container = _opened(folder, has_pictures)
    if container is not None and holds_dicom(container):
        return _dicom_inputs(container, wishes)
    if has_pictures:
        read = partial(pictures.read_pictures, folder, wishes.spacing)
        return [StudyInput(folder.name, "pictures", read)]
    # Imported late: nibabel and the resampler take longer than all of the pictures' way.
    from glioscope.reading import nifti, nifti_folder

    if files := [p for p in folder.iterdir() if nifti.is_nifti(p)]:
        return [_nifti_input(files, folder.name)]
    if anatomies := nifti_folder.anatomies(folder):
        return [_bids_input(anat) for anat in anatomies]
    raise InputError("reading.nothing_here", name=folder.name, expected=_EXPECTED)


def _bids_input(anat: Path) -> StudyInput:
    """One session; what it lacks is told when it is read, so that it does not stop the others."""
    from glioscope.reading import nifti

    parts = [part for part in anat.parts[-3:-1] if part.startswith(("sub-", "ses-"))]
    name = "_".join(parts) or anat.parent.name
    try:
        return _nifti_input([p for p in anat.iterdir() if nifti.is_nifti(p)], name)
    except InputError as error:
        return StudyInput(name, "unknown", partial(_raise, error))


def _nifti_input(files: list[Path], where: str) -> StudyInput:
    from glioscope.reading import nifti, nifti_folder

    named = nifti_folder.choose(files, where)
    flair = named[Channel.FLAIR]
    read = partial(nifti.read_nifti, flair, named.get(Channel.T1), named.get(Channel.T1GD))
    return StudyInput(nifti.study_id_of(flair), "nifti", read)


def _opened(folder: Path, has_pictures: bool) -> Container | None:
    """Its files, listed once; a folder refused as a container (None) may still hold pictures."""
    try:
        return open_container(folder)
    except UnreadableFile:
        if has_pictures:
            return None
        raise


def _lgg_input(case: Path, wishes: _Wishes) -> StudyInput:
    return StudyInput(case.name, "lgg", partial(lgg.read_case, case, wishes.spacing))


def _dicom_inputs(container: Container, wishes: _Wishes) -> list[StudyInput]:
    from glioscope.reading.dicom.study import find_studies, read_study

    return [
        StudyInput(
            study.study_id,
            "dicom",
            partial(read_study, study, wishes.series),
            study,
            wishes.series,
        )
        for study in find_studies(container, wishes.charset)
    ]


def _find_file(path: Path, wishes: _Wishes) -> list[StudyInput]:
    if pictures.is_picture(path):
        read = partial(pictures.read_pictures, path, wishes.spacing)
        return [StudyInput(path.stem, "pictures", read)]
    container = open_container(path)
    if container.kind == "zip" or holds_dicom(container):
        return _dicom_inputs(container, wishes)
    # Imported late: nibabel and the resampler take longer than all of the pictures' way.
    from glioscope.reading import nifti

    if nifti.is_nifti(path):
        return [StudyInput(nifti.study_id_of(path), "nifti", partial(nifti.read_flair, path))]
    raise InputError("reading.unknown_file", name=path.name, expected=_EXPECTED)


def _raise(error: InputError) -> NoReturn:
    raise error
