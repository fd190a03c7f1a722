"""`glioscope.read`: the one study behind a path."""

import os
from collections.abc import Mapping
from pathlib import Path

from glioscope.errors import InputError, UsageError
from glioscope.reading.inputs import find_inputs
from glioscope.reading.pictures.stack import Spacing
from glioscope.study import Channel, Study


def read(
    path: Path | str,
    *,
    flair: Path | str | None = None,
    t1: Path | str | None = None,
    t1gd: Path | str | None = None,
    spacing: Spacing | None = None,
    charset: str | None = None,
) -> Study:
    """The one study behind a path, whatever it is: NIfTI, LGG case, slices or DICOM.

    `flair`, `t1` and `t1gd` name series of DICOM by number or UID. Of NIfTI, `path` is FLAIR and
    `t1` and `t1gd` are files; where `path` is a folder of NIfTI files, all three are files in it
    or elsewhere. `spacing` and `charset` are as in `find_inputs`.

    >>> import tempfile, pathlib, nibabel, glioscope
    >>> from glioscope.phantom.study import phantom_study
    >>> head, _ = phantom_study(size=64, slices=3)
    >>> scanned = head.images[glioscope.Channel.FLAIR]
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = pathlib.Path(folder) / "head_flair.nii.gz"
    ...     nibabel.save(nibabel.Nifti1Image(scanned.array, scanned.grid.affine), file)
    ...     study = glioscope.read(file)
    >>> study.study_id, study.grid.shape, study.grid.spacing_mm
    ('head', (64, 64, 3), (3.75, 3.75, 42.0))

    Raises:
        InputError: nothing to read, or several studies, which it names.
        UsageError: a keyword that does not fit what `path` is.
        MissingSequence: no DICOM series is FLAIR.
        GlioscopeError: whatever the reader of its kind raises.
    """
    path = Path(os.path.abspath(path))  # noqa: PTH100 (as in `find_inputs`)
    named = {Channel.FLAIR: flair, Channel.T1: t1, Channel.T1GD: t1gd}
    given = {channel: Path(name) for channel, name in named.items() if name is not None}
    if _names_nifti(path, given):
        return _read_nifti(path, given, spacing)
    series = {channel: str(name) for channel, name in given.items()}
    found = find_inputs([path], spacing, series, charset)
    if len(found) > 1:
        names = ", ".join(one.study_id for one in found)
        raise InputError("reading.several_studies", name=path.name, count=len(found), studies=names)
    return found[0].read()


def _names_nifti(path: Path, given: Mapping[Channel, Path]) -> bool:
    return any(str(p).lower().endswith((".nii", ".nii.gz")) for p in (path, *given.values()))


def _read_nifti(path: Path, given: Mapping[Channel, Path], spacing: Spacing | None) -> Study:
    from glioscope.reading import nifti

    if spacing is not None:
        raise UsageError("reading.own_spacing", name=path.name)
    if not path.is_dir() and Channel.FLAIR in given:
        raise UsageError("reading.flair_twice", name=path.name, other=given[Channel.FLAIR].name)
    files = {channel: _in_or_beside(path, name) for channel, name in given.items()}
    if path.is_dir() and Channel.FLAIR not in files:
        raise InputError("reading.which_nifti", name=path.name)
    if not path.is_dir() and not nifti.is_nifti(path):
        raise UsageError("reading.nifti_beside_other", name=path.name)
    flair = files.get(Channel.FLAIR, path)
    return nifti.read_nifti(flair, files.get(Channel.T1), files.get(Channel.T1GD))


def _in_or_beside(path: Path, name: Path) -> Path:
    """A file of the folder `path` by its name in it, or any file by its own path."""
    return path / name if path.is_dir() and (path / name).is_file() else name
