# pyright: basic
# It speaks with SciPy, which carries no types.
"""Whether grey matter is brighter than white: it is on FLAIR, and is not on T1.

Fluid is dark on both, and cortex and deep nuclei lie at fluid (sulci, fissures, ventricles) while
white matter lies away from it. So tissue near fluid is compared with tissue away from it: that
holds for every scanner, with a skull or without, with fat suppressed or not. Shading of the coil is
divided out. scipy.ndimage is imported inside, as in `glioscope.model.components`.
"""

import numpy as np
from jaxtyping import Float32

from glioscope.model.components import around
from glioscope.model.figures import HEAD

# Slices whose head covers this share of the largest are looked at, at most so many of them.
_BROAD, _MOST = 0.7, 8
# In mm: depth below the surface from which on tissue is looked at, and fluid; what is near fluid
# and what is away from it (nearer than the first it is mixed with it); how smooth shading is.
_DEEP, _RIM, _NEAR, _AWAY, _SHADE = 18.0, 10.0, (2.4, 6.0), 9.0, 15.0
# Fluid, and tissue that is no lesion, as multiples of the median of the deep brain.
_FLUID, _TISSUE = 0.6, (0.65, 1.6)
# Fewer pixels of either kind tell nothing of a slice; coarser pixels, in mm, hold both kinds.
_LEAST, _COARSE_MM = 40, 2.0


def grey_over_white(planes: Float32[np.ndarray, "k n n"], pixel_mm: float) -> float | None:
    """Logarithm of the signal of tissue near fluid over that of tissue away from it.

    Planes are as `prepare` scales them. The median over the slices; None where pixels are larger
    than 2 mm or no slice shows enough of both.
    """
    if pixel_mm > _COARSE_MM:
        return None
    area = np.count_nonzero(planes > HEAD, axis=(1, 2))
    broad = np.flatnonzero(area >= max(_BROAD * area.max(), 1))
    places = np.linspace(0, len(broad) - 1, min(len(broad), _MOST)).round().astype(int)
    found = (_of_slice(planes[k], pixel_mm) for k in broad[places])
    told = [one for one in found if one is not None]
    return float(np.median(told)) if told else None


def _of_slice(plane: Float32[np.ndarray, "n n"], pixel_mm: float) -> float | None:
    from scipy.ndimage import binary_fill_holes, distance_transform_edt, gaussian_filter

    plane = plane[around(plane > HEAD)]
    head = np.pad(binary_fill_holes(plane > HEAD), 1)
    depth = distance_transform_edt(head)[1:-1, 1:-1] * pixel_mm
    deep = depth > _DEEP
    if np.count_nonzero(deep) < 2 * _LEAST:
        return None
    usual = float(np.median(plane[deep]))
    tissue = deep & (plane > _TISSUE[0] * usual) & (plane < _TISSUE[1] * usual)
    usual = float(np.median(plane[tissue]))
    fluid = (plane < _FLUID * usual) & (depth > _RIM)
    far = distance_transform_edt(~fluid) * pixel_mm
    near, away = tissue & (far > _NEAR[0]) & (far < _NEAR[1]), tissue & (far > _AWAY)
    if min(np.count_nonzero(near), np.count_nonzero(away)) < _LEAST:
        return None
    wide = _SHADE / pixel_mm
    signal = gaussian_filter(np.where(tissue, plane, np.float32(0)), wide, truncate=2)
    share = gaussian_filter(tissue.astype(np.float32), wide, truncate=2)
    even = plane / np.maximum(signal / np.maximum(share, 1e-3), 1e-3)
    return float(np.log(np.median(even[near]) / np.median(even[away])))
