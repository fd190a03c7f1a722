"""Tiny LGG folders in the public layout, for every test that reads one."""

from pathlib import Path

import numpy as np
from jaxtyping import Bool, UInt8
from PIL import Image as Picture


def write_case(
    root: Path,
    case: str,
    stack_rgb: UInt8[np.ndarray, "s h w 3"],
    masks: Bool[np.ndarray, "s h w"] | None,
) -> Path:
    """Write root/case/case_<n>.tif, numbered from 1, and the masks unless None; the case folder.

    Sides must be 32 px or more, as the readers ask.
    """
    folder = root / case
    folder.mkdir(parents=True)
    for index, picture in enumerate(stack_rgb, start=1):
        Picture.fromarray(picture).save(folder / f"{case}_{index}.tif")
    for index, mask in enumerate([] if masks is None else masks, start=1):
        Picture.fromarray(np.uint8(255) * mask).save(folder / f"{case}_{index}_mask.tif")
    return folder


def head_stack(
    slices: int = 3, size: int = 48, seed: int = 0
) -> tuple[UInt8[np.ndarray, "s h w 3"], Bool[np.ndarray, "s h w"]]:
    """A round noisy head in air, with a FLAIR-bright box in all slices but the first.

    The box covers rows 12 to 19 and columns 26 to 29, which is 32 px, on the patient's left.
    """
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[:size, :size] - (size - 1) / 2
    head = np.hypot(y, x) < 0.42 * size
    stack = rng.integers(60, 120, (slices, size, size, 3)).astype(np.uint8) * head[..., None]
    masks = np.zeros((slices, size, size), bool)
    masks[1:, 12:20, 26:30] = True
    stack[..., 1][masks] = 240
    return stack, masks
