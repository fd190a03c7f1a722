"""Small phantoms with outlines, laid out as others keep them."""

import json
from dataclasses import replace
from pathlib import Path

import nibabel as nib
import numpy as np

from glioscope.phantom.study import phantom_study
from glioscope.study import Channel, Study
from glioscope.volume import Grid, Mask

SIZE, SLICES = 48, 6


def case(seed: int) -> tuple[Study, Mask]:
    """A head with its tumour; equal seeds give equal ones."""
    study, truth = phantom_study(seed, size=SIZE, slices=SLICES)
    return replace(study, study_id=f"case{seed}"), truth


def write(array: np.ndarray, grid: Grid, path: Path) -> Path:
    """Write NIfTI, with the folders above it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    nib.save(nib.Nifti1Image(array, grid.affine), path)
    return path


def classes(truth: Mask) -> np.ndarray:
    """The tumour as two classes: 1 on its left half of columns, 2 on the other."""
    middle = int(np.flatnonzero(truth.array.any(axis=(1, 2))).mean())
    values = truth.array.astype(np.uint8)
    values[middle:] *= 2
    return values


def write_nnunet(root: Path, seeds: range, *, version: int = 2) -> Path:
    """The raw layout of nnU-Net, channels in an order of its own."""
    order = (Channel.T1GD, Channel.FLAIR, Channel.T1)
    for seed in seeds:
        study, truth = case(seed)
        for at, channel in enumerate(order):
            image = study.images[channel]
            write(image.array, image.grid, root / "imagesTr" / f"case{seed}_{at:04}.nii.gz")
        write(classes(truth), truth.grid, root / "labelsTr" / f"case{seed}.nii.gz")
    channels = {"0": "T1ce", "1": "FLAIR", "2": "T1"}
    if version == 1:
        about = {"modality": channels, "labels": {"0": "background", "1": "edema", "2": "core"}}
    else:
        labels = {"background": 0, "edema": 1, "core": 2}
        about = {"channel_names": channels, "labels": labels, "file_ending": ".nii.gz"}
    (root / "dataset.json").write_text(json.dumps(about), encoding="utf-8")
    return root
