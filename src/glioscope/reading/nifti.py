# pyright: basic
# It speaks with NiBabel, whose types have gaps.
"""NIfTI files: FLAIR gives the reference grid, T1 and T1GD are resampled onto it."""

import logging
import re
from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np
from jaxtyping import Float32, Float64
from nibabel.filebasedimages import ImageFileError
from nibabel.openers import ImageOpener
from nibabel.spatialimages import HeaderDataError

from glioscope.errors import GridMismatch, InvalidImage, MissingSequence, UnreadableFile
from glioscope.orientation import picture_axes
from glioscope.reading.checks import (
    missing_channels,
    require_signal,
    require_size,
    require_slices,
)
from glioscope.reading.damage import CUT_OFF, DAMAGE
from glioscope.reading.dicom.description_words import Weighting, read_words
from glioscope.reading.nifti_folder import words_in
from glioscope.reading.resample import overlap, resample_to
from glioscope.study import Channel, Source, Study
from glioscope.texts.message import Message, message
from glioscope.volume import Grid, Image

SUFFIXES = (".nii", ".nii.gz")
_SUFFIX = re.compile(r"\.nii(\.gz)?$", re.IGNORECASE)

_TO_MM = {"unknown": 1.0, "mm": 1.0, "meter": 1000.0, "micron": 0.001}
# Thinner or thicker than any MRI: the header's unit is wrong.
_SPACING_MM = (0.01, 50.0)
# Below this share of FLAIR's grid a sequence covers too little to be trusted silently.
_COVERED = 0.8

# How a file begins that is not compressed: the size of its header, in either byte order.
_SIZES = tuple(size.to_bytes(4, order) for size in (348, 540) for order in ("little", "big"))
_GZIP = b"\x1f\x8b"
# Cosine between a voxel axis by sform and the same by qform, below which they disagree on sides.
_SAME_SIDE = 0.7
# nibabel also logs the damage that we report as an error.
logging.getLogger("nibabel.global").setLevel(logging.CRITICAL)

# What nibabel adds to it.
NIFTI_DAMAGE = (*DAMAGE, ImageFileError, HeaderDataError)


def is_nifti(path: Path) -> bool:
    """Whether the name ends in .nii or .nii.gz and is not hidden."""
    return path.name.lower().endswith(SUFFIXES) and not path.name.startswith(".")


def study_id_of(flair: Path) -> str:
    """File name without .nii.gz and without a trailing _flair or -flair."""
    stem = re.sub(_SUFFIX, "", flair.name)
    return re.sub(r"[_-]flair$", "", stem, flags=re.IGNORECASE) or stem


def read_flair(path: Path) -> Study:
    """A study of one file that says that it is FLAIR, by its name or its header.

    The name goes first, then the text that a converter left in the header. Both are understood as
    descriptions of DICOM series are.

    Raises:
        MissingSequence: they say nothing, or another sequence.
        GlioscopeError: as `read_nifti`.
    """
    text = _header_text(path)
    weighting = words_in(re.sub(_SUFFIX, "", path.name)).weighting
    weighting = weighting or read_words(text or "").weighting
    if weighting is Weighting.FLAIR or text is None:
        return read_nifti(path)
    if weighting is None:
        raise MissingSequence("reading.nifti.not_said", name=path.name)
    raise MissingSequence("reading.nifti.says_other", name=path.name, what=weighting.value)


def _header_text(path: Path) -> str | None:
    """Free text of the header; None where it cannot be read, which the reader reports."""
    try:
        header: Any = nib.load(path).header
        fields = [header[name].tobytes() for name in ("descrip", "intent_name")]
    except (*NIFTI_DAMAGE, KeyError, ValueError):
        return None
    return " ".join(field.split(b"\0")[0].decode("latin-1") for field in fields)


def read_nifti(
    flair: Path, t1: Path | None = None, t1gd: Path | None = None, study_id: str | None = None
) -> Study:
    """A study of up to three files in any orientation; `study_id` defaults to `study_id_of`.

    T1 and T1GD are brought onto FLAIR's grid through their affines. A file that repeats FLAIR
    counts as missing, with a warning.

    Raises:
        UnreadableFile: a file is missing, empty, damaged or truncated, or compressed where its name
            says that it is not, or the other way round.
        InvalidImage: more than one volume, colour or complex voxels, NaN, constant, or an affine
            or spacing that cannot be.
        GridMismatch: T1 or T1GD lies elsewhere than FLAIR.
    """
    paths = {Channel.FLAIR: flair, Channel.T1: t1, Channel.T1GD: t1gd}
    name = study_id or study_id_of(flair)
    reference, warnings = _read_image(flair)
    images = {Channel.FLAIR: reference}
    for sequence, path in paths.items():
        if path is None or sequence is Channel.FLAIR:
            continue
        image, notes = _read_image(path)
        warnings += notes + _covers(image, reference, sequence, path)
        images[sequence] = resample_to(image, reference.grid)
    missing = missing_channels({s: image.array for s, image in images.items()}, name)
    real = {s: image for s, image in images.items() if s not in missing}
    return Study(name, real, Source("nifti"), (*warnings, *missing.values()))


def _covers(image: Image, reference: Image, sequence: Channel, path: Path) -> tuple[Message, ...]:
    share = overlap(image.grid, reference.grid)
    if share == 0:
        raise GridMismatch("reading.nifti.outside", name=path.name, channel=sequence.value)
    if share < _COVERED:
        return (message("reading.covers_part", channel=sequence.value, share=share),)
    return ()


def _read_image(path: Path) -> tuple[Image, tuple[Message, ...]]:
    try:
        if path.stat().st_size == 0:
            raise UnreadableFile("reading.empty_file", name=path.name)
        _require_name(path)
        loaded = nib.load(path)
        if not isinstance(loaded, nib.Nifti1Image):
            raise UnreadableFile("reading.nifti.other_format", name=path.name)
        _require_header(path, loaded)
        grid, warnings = _grid(loaded, path.name)
        array = _voxels(loaded, path.name)
    except NIFTI_DAMAGE as error:
        raise UnreadableFile(
            "reading.nifti.damaged", name=path.name, reason=_reason(error)
        ) from error
    require_signal(array, path.name)
    return Image(array, grid), warnings


def _require_name(path: Path) -> None:
    """Refuse a name that says of compression what is not so: it is by the name that nibabel reads.

    Browsers and file managers unpack `.nii.gz` without renaming it.
    """
    with path.open("rb") as file:
        start = file.read(4)
    plain = path.name.lower().endswith(".nii")
    if plain and start.startswith(_GZIP):
        raise UnreadableFile("reading.nifti.is_gzip", name=path.name)
    if not plain and start in _SIZES:
        raise UnreadableFile("reading.nifti.no_gzip", name=path.name)


def _require_header(path: Path, loaded: nib.Nifti1Image) -> None:
    """Refuse what nibabel takes in silence.

    That is steps of 0, which it turns into 1 mm, and voxels that begin inside the header.
    """
    with ImageOpener(str(path)) as file:
        header: Any = loaded.header_class.from_fileobj(file, check=False)
    if int(header["vox_offset"]) < header.single_vox_offset:
        raise UnreadableFile("reading.nifti.damaged", name=path.name, reason="vox_offset")
    if int(header["sform_code"]) == 0 and not np.all(header["pixdim"][1:4]):
        raise InvalidImage("reading.nifti.no_spacing", name=path.name)


def _reason(error: BaseException) -> Message | str:
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    if isinstance(error, CUT_OFF):
        return message("reading.ends_early")
    # nibabel's messages hold the whole path, which may name the patient.
    if "/" in str(error) or "\\" in str(error):
        return message("reading.damaged_or_truncated")
    return str(error)[:120]


def _shape(shape: tuple[int, ...], name: str) -> tuple[int, int, int]:
    volumes = int(np.prod(shape[3:], dtype=np.int64))
    if len(shape) < 2 or min(shape) < 1:
        raise UnreadableFile("reading.nifti.damaged", name=name, reason=f"dim {shape}")
    if volumes != 1:
        raise InvalidImage("reading.nifti.volumes", name=name, shape=str(shape))
    three = (*shape[:3], 1)[:3]
    require_size(int(np.prod(three, dtype=np.int64)), name)
    return int(three[0]), int(three[1]), int(three[2])


def _voxels(loaded: nib.Nifti1Image, name: str) -> Float32[np.ndarray, "i j k"]:
    """Voxels with scl_slope and scl_inter applied."""
    kind = np.dtype(loaded.get_data_dtype())
    if kind.kind not in "uif":
        raise InvalidImage("reading.nifti.voxel_kind", name=name, kind=str(kind))
    shape = _shape(loaded.shape, name)
    with np.errstate(over="ignore"):  # what float32 cannot hold becomes infinite and is refused
        return loaded.get_fdata(caching="unchanged", dtype=np.float32).reshape(shape)


def _grid(loaded: nib.Nifti1Image, name: str) -> tuple[Grid, tuple[Message, ...]]:
    affine = _affine_mm(loaded, name)
    spacing = np.linalg.norm(affine[:3, :3], axis=0)
    low, high = _SPACING_MM
    if not ((spacing >= low) & (spacing <= high)).all():
        raise InvalidImage(
            "reading.nifti.spacing",
            name=name,
            least=low,
            most=high,
            spacing=tuple(spacing.tolist()),
        )
    directions = affine[:3, :3] / spacing
    if abs(np.linalg.det(directions)) < 1e-3:
        raise InvalidImage("reading.nifti.axes", name=name)
    grid = Grid(_shape(loaded.shape, name), affine)
    require_slices(grid.shape[picture_axes(grid).axes[0]], name)
    return grid, _orientation_notes(loaded, directions, name)


def _orientation_notes(
    loaded: nib.Nifti1Image, directions: Float64[np.ndarray, "3 3"], name: str
) -> tuple[Message, ...]:
    """What must be known of how sure the sides are; `directions` are those that are used."""
    header: Any = loaded.header
    codes = int(header["sform_code"]), int(header["qform_code"])
    if max(codes) <= 0:
        return (message("reading.nifti.no_orientation", name=name),)
    if min(codes) <= 0:
        return ()
    try:
        other = np.array(loaded.get_qform(), np.float64)[:3, :3]
    except NIFTI_DAMAGE:
        return ()
    cosines = (directions * other).sum(axis=0) / np.linalg.norm(other, axis=0)
    if np.isfinite(cosines).all() and cosines.min() < _SAME_SIDE:
        return (message("reading.nifti.two_orientations", name=name),)
    return ()


def _affine_mm(loaded: nib.Nifti1Image, name: str) -> Float64[np.ndarray, "4 4"]:
    header: Any = loaded.header
    try:
        scale = _TO_MM[header.get_xyzt_units()[0]]
    except KeyError as error:
        raise InvalidImage(
            "reading.nifti.unit", name=name, unit=int(header["xyzt_units"])
        ) from error
    affine = np.array(loaded.affine, dtype=np.float64)
    if not np.isfinite(affine).all():
        raise InvalidImage("reading.nifti.affine", name=name)
    affine[:3] *= scale
    return affine
