# pyright: basic
# It speaks with NiBabel, whose types have gaps.
"""Mask, classes, probability, bounds and pictures as NIfTI on the reference grid."""

import gzip
from pathlib import Path

import nibabel as nib
import numpy as np
from jaxtyping import UInt8
from nibabel.spatialimages import HeaderDataError

from glioscope.analysis import Analysis
from glioscope.errors import InputError
from glioscope.files import atomic_path
from glioscope.texts.message import message
from glioscope.volume import Grid

# NIfTI-1 codes: 1 is scanner anatomy; 2 is "aligned to something", all a picture without spacing
# can claim.
_SCANNER, _ALIGNED = 1, 2


def write_mask(analysis: Analysis, path: Path) -> None:
    """Write the mask as uint8, 0 or 1."""
    write_volume(analysis.mask.array.astype(np.uint8), analysis.mask.grid, path)


def write_probability(analysis: Analysis, path: Path) -> None:
    """Write the probability per voxel as plain float32, in [0, 1]; nothing where there is none."""
    if analysis.voxel_probability is not None:
        write_volume(analysis.voxel_probability.astype(np.float32), analysis.study.grid, path)


def write_bounds(analysis: Analysis, path: Path) -> None:
    """Write the `levels`; nothing where there are no bounds."""
    if analysis.bounds is not None:
        write_volume(levels(analysis), analysis.study.grid, path, brightest=3)


def write_classes(analysis: Analysis, path: Path) -> None:
    """Write the class of each voxel of the mask as uint8, from 1; nothing where there are none."""
    if (found := analysis.classes) is not None:
        write_volume(found.values, found.grid, path, brightest=len(found.names))


def levels(analysis: Analysis) -> UInt8[np.ndarray, "i j k"]:
    """Of each voxel: 3 sure, 2 outlined, 1 possible, 0 none of these.

    Raises:
        InputError: the analysis has no bounds.
    """
    found = analysis.bounds
    if found is None:
        raise InputError("writing.no_bounds", study=analysis.study.study_id)
    outlined = found.possible.astype(np.uint8) + analysis.mask.array
    return outlined + found.sure


def write_volume(array: np.ndarray, grid: Grid, path: Path, *, brightest: float = 1) -> None:
    """Write an array; viewers show `brightest` as white, and decide by themselves where it is 0."""
    # Neither time nor file name goes into the gzip header: equal results are equal bytes.
    image = _image(array, grid)
    image.header["cal_max"] = brightest
    packed = gzip.compress(image.to_bytes(), compresslevel=6, mtime=0)
    with atomic_path(path) as temporary:
        temporary.write_bytes(packed)


def _image(array: np.ndarray, grid: Grid) -> nib.Nifti1Image:
    image = nib.Nifti1Image(array, grid.affine)
    code = _ALIGNED if grid.nominal else _SCANNER
    image.set_sform(grid.affine, code=code)
    try:
        image.set_qform(grid.affine, code=code, strip_shears=False)
    except HeaderDataError:
        # A quaternion cannot hold shear; better no qform than one that disagrees with the sform.
        image.set_qform(None, code=0)
    image.header.set_xyzt_units("unknown" if grid.nominal else "mm", "unknown")
    image.header["descrip"] = f"glioscope; {message('writing.use')}".encode()
    return image
