# pyright: basic
# It speaks with SciPy, which carries no types.
"""What FLAIR shows of a reference lesion: its contrast, and whether its slice is of low quality."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float32, Float64
from scipy import ndimage

from glioscope.findings.odd_slices import odd_slices
from glioscope.model.figures import HEAD
from glioscope.model.preprocess import intensity_scale, sequence_of, to_pictures
from glioscope.study import Channel, Study

# The ring around a lesion that it is compared with lies between these distances in pixels: the
# first leaves out the blurred rim, the second stays in the same tissue.
_NEAR, _FAR = 2, 10


class LesionContrast(NamedTuple):
    """Per slice: contrast of the lesion, NaN without one, and whether the slice is `odd`.

    Contrast is the median FLAIR of the lesion less that of the tissue 2 to 10 px around it, in
    units of the head's median over the volume (air 0, head 1); NaN too where no tissue lies there.
    Odd slices are those of `glioscope.findings.odd_slices`.
    """

    contrast: Float64[np.ndarray, " s"]
    odd: Bool[np.ndarray, " s"]


def looks(study: Study, lesion: Bool[np.ndarray, "s h w"]) -> LesionContrast:
    """Look at FLAIR where the lesion is.

    Raises:
        InvalidImage: FLAIR is constant or not finite.
    """
    image = study.images[Channel.FLAIR]
    low, unit = intensity_scale(image.array, sequence_of(study, Channel.FLAIR))
    flair = (to_pictures(image.array, image.grid) - np.float32(low)) / np.float32(unit)
    pairs = zip(flair, lesion, strict=True)
    return LesionContrast(
        np.array([_contrast(*pair) for pair in pairs], np.float64), odd_slices(flair)
    )


def _contrast(plane: Float32[np.ndarray, "h w"], lesion: Bool[np.ndarray, "h w"]) -> float:
    if not lesion.any():
        return np.nan
    distance = ndimage.distance_transform_edt(~lesion)
    ring = (distance > _NEAR) & (distance <= _FAR) & (plane > HEAD)
    return float(np.median(plane[lesion]) - np.median(plane[ring])) if ring.any() else np.nan
