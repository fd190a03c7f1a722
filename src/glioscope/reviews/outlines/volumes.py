# pyright: basic
# It speaks with NiBabel, whose types have gaps.
"""The view of a study, as `glioscope.writing.view` wrote it: labels, and what is said of them."""

import json
from dataclasses import dataclass
from pathlib import Path

import nibabel as nib
import numpy as np
from jaxtyping import UInt8

from glioscope.jobs.results import VIEW
from glioscope.jobs.storage.store import Store

Shape = tuple[int, int, int]


@dataclass(frozen=True)
class ViewGrid:
    """Sizes of a view; `voxel_ml` is None where the size of a voxel is not known."""

    shape: Shape
    voxel_ml: float | None


def grid_in(store: Store, folder: str) -> ViewGrid:
    """The grid that the view of a result or a version lies on.

    Raises:
        FileNotFoundError: there is no such folder.
    """
    with store.file(folder, f"{VIEW}/view.json") as path:
        facts = json.loads(path.read_text(encoding="utf-8"))
    i, j, k = facts["shape"]
    ml = None if facts["nominal"] else float(np.prod(facts["spacing"])) / 1000
    return ViewGrid((i, j, k), ml)


def labels_in(store: Store, folder: str) -> UInt8[np.ndarray, "i j k"]:
    """The label of every voxel; slices run along the last axis.

    Raises:
        FileNotFoundError: there is no such folder.
    """
    with store.file(folder, f"{VIEW}/mask.nii.gz") as path:
        return np.array(_load(path).dataobj)


def _load(path: Path) -> nib.Nifti1Image:
    return nib.Nifti1Image.load(path)
