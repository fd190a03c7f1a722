"""Masks as pictures beside the source's own: one per slice, under its name."""

from pathlib import Path

import numpy as np
import tifffile

from glioscope.analysis import Analysis
from glioscope.errors import GridMismatch
from glioscope.files import atomic_path
from glioscope.model.preprocess import to_pictures

# Sources whose slices are files with names of their own.
PICTURE_KINDS = ("lgg", "pictures")


def write_mask_pictures(analysis: Analysis, folder: Path) -> tuple[Path, ...]:
    """Write `<slice>_mask.tif` for every slice: uint8, 0 or 255, rows and columns of the source.

    Raises:
        GridMismatch: there is not exactly one distinct name for every slice.
    """
    stack = to_pictures(analysis.mask.array, analysis.mask.grid)
    names = analysis.study.source.slice_names
    if len(set(names)) != len(stack):
        raise GridMismatch(
            "writing.slice_names",
            study=analysis.study.study_id,
            distinct=len(set(names)),
            slices=len(stack),
        )
    paths = tuple(folder / f"{name}_mask.tif" for name in names)
    for path, plane in zip(paths, stack, strict=True):
        with atomic_path(path) as temporary:
            tifffile.imwrite(
                temporary, plane.astype(np.uint8) * 255, photometric="minisblack", metadata=None
            )
    return paths
