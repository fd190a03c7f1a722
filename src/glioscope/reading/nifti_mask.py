# pyright: basic
# It speaks with NiBabel, whose types have gaps.
"""Labels, or a binary mask, from a NIfTI file in any orientation."""

from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np
from jaxtyping import Int32

from glioscope.errors import InvalidImage, UnreadableFile
from glioscope.reading.nifti import NIFTI_DAMAGE
from glioscope.volume import Grid, Mask

# What `glioscope analyze` writes for pictures without spacing: no unit, merely "aligned". Others
# write that too and mean mm, so its own note must be there.
_ALIGNED, _NOTE = 2, b"glioscope"


def read_mask_nifti(path: Path) -> Mask:
    """Any label above 0 is foreground; the mask may be empty. As `read_labels_nifti` else."""
    values, grid = read_labels_nifti(path)
    return Mask(values > 0, grid)


def read_labels_nifti(path: Path) -> tuple[Int32[np.ndarray, "i j k"], Grid]:
    """Labels, whole numbers from 0 up, and where they lie.

    The grid is nominal where `glioscope analyze` wrote the file for pictures without spacing.

    Raises:
        UnreadableFile: missing, damaged or truncated.
        InvalidImage: more than one volume, or a value that is no label (negative, fraction, NaN).
    """
    where = place_of(path)
    try:
        loaded: Any = nib.load(path)
        array = np.asanyarray(loaded.dataobj)
        affine = np.array(loaded.affine, np.float64)
        nominal = _is_nominal(loaded.header)
    except FileNotFoundError as error:
        raise UnreadableFile("reading.mask.missing", name=where) from error
    except NIFTI_DAMAGE as error:
        raise UnreadableFile("reading.mask.damaged", name=where) from error
    if array.ndim != 3:
        raise InvalidImage("reading.mask.volumes", name=where, shape=str(array.shape))
    if not (np.isfinite(array).all() and (array >= 0).all() and (array == np.rint(array)).all()):
        raise InvalidImage("reading.mask.labels", name=where)
    i, j, k = array.shape
    return array.astype(np.int32), Grid((i, j, k), affine, nominal)


def place_of(path: Path) -> str:
    """A file as errors name it: with its folder, which tells the study, and nothing above."""
    return Path(*path.parts[-2:]).as_posix()


def _is_nominal(header: Any) -> bool:
    unit, code = header.get_xyzt_units()[0], int(header["sform_code"])
    note = bytes(header["descrip"].tobytes())
    return unit == "unknown" and code == _ALIGNED and note.startswith(_NOTE)
