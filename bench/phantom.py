"""Write the phantom as a case folder in the public LGG layout: `python phantom.py DIR`."""

import sys
from pathlib import Path

import numpy as np
from PIL import Image

from glioscope.model.preprocess import to_pictures
from glioscope.phantom.study import phantom_study
from glioscope.study import Channel


def main(folder: str) -> None:
    write_case(Path(folder))


def write_case(folder: Path, size: int = 256, slices: int = 24) -> None:
    """Slices as 8-bit RGB TIFF (T1, FLAIR, T1GD) and masks of 0 or 255, numbered from 1."""
    study, truth = phantom_study(size=size, slices=slices)
    stacks = [to_pictures(study.images[s].array, study.grid) for s in Channel]
    masks = to_pictures(truth.array, truth.grid)
    pictures = np.stack([np.clip(s / s.max() * 255, 0, 255) for s in stacks], -1).astype(np.uint8)
    folder.mkdir(parents=True)
    for number, (picture, mask) in enumerate(zip(pictures, masks, strict=True), start=1):
        name = f"{folder.name}_{number}"
        Image.fromarray(picture).save(folder / f"{name}.tif")
        Image.fromarray(mask.astype(np.uint8) * 255).save(folder / f"{name}_mask.tif")


if __name__ == "__main__":
    main(*sys.argv[1:])
