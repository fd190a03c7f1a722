# pyright: basic
# It speaks with NiBabel and SciPy, whose types have gaps.
"""Slices as pictures, for browsers that cannot draw volumes themselves."""

import io
from functools import lru_cache
from pathlib import Path

import nibabel as nib
import numpy as np
from PIL import Image as Picture
from scipy.ndimage import binary_erosion

# Orange is told from grey and from the doctor's cyan also by the colour-blind.
_OUTLINE = (255, 140, 40)
_AXES = {"axial": 2, "coronal": 1, "sagittal": 0}


def slice_picture(
    view: Path,
    channel: str,
    plane: str,
    index: int,
    window: tuple[float | None, float | None],
    *,
    outline: bool,
) -> bytes:
    """A PNG of one slice of a volume that `write_view` wrote, pixels made square.

    Axial and coronal ones have the patient's right on the left, sagittal ones his front; `window`
    is black and white in grey levels, None for the usual.

    Raises:
        FileNotFoundError: there is no such sequence.
        IndexError: there is no such slice.
    """
    grey, spacing = _volume(view / f"{channel}.nii.gz")
    axis = _AXES[plane]
    if not 0 <= index < grey.shape[axis]:
        raise IndexError(index)
    low = 0.0 if window[0] is None else window[0]
    high = _white(view, channel) if window[1] is None else window[1]
    shown = np.clip((_cut(grey, axis, index) - low) / max(high - low, 1e-6), 0, 1)
    rgb = np.repeat(np.rint(255 * shown).astype(np.uint8)[:, :, None], 3, axis=2)
    if outline:
        mask = _cut(_volume(view / "mask.nii.gz")[0], axis, index) > 0
        rgb[mask & ~binary_erosion(mask)] = _OUTLINE
    picture = Picture.fromarray(rgb)
    across, down = (s for n, s in enumerate(spacing) if n != axis)
    height = max(1, round(picture.height * down / across))
    if height != picture.height:
        picture = picture.resize((picture.width, height), Picture.Resampling.BILINEAR)
    packed = io.BytesIO()
    picture.save(packed, "PNG", compress_level=1)
    return packed.getvalue()


def _cut(volume: np.ndarray, axis: int, index: int) -> np.ndarray:
    """Rows and columns of a slice of a volume whose axes run right, front, up."""
    plane = np.take(volume, index, axis=axis)
    # The first of the two axes left runs along the columns, the second up; front is on the left.
    return plane.T[::-1, ::-1]


def _white(view: Path, channel: str) -> float:
    import json

    return json.loads((view / "view.json").read_text(encoding="utf-8"))["window"][channel][1]


@lru_cache(8)
def _volume(path: Path) -> tuple[np.ndarray, tuple[float, ...]]:
    image = nib.Nifti1Image.load(path)
    return np.asanyarray(image.dataobj), tuple(float(s) for s in image.header.get_zooms()[:3])
