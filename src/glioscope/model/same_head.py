# pyright: basic
# It speaks with SciPy, which carries no types.
"""Whether two sequences show one head: its borders stand where they stand, bright or dark.

scipy.ndimage is imported inside, as in `glioscope.model.components`.
"""

import numpy as np
from jaxtyping import Float32

from glioscope.model.figures import HEAD, pearson

# Side of a pixel that borders are compared at, in mm: coarser than a patient moves between two
# sequences, finer than a ventricle.
_PIXEL_MM = 3.75
# Pixels of the rim that do not count: scalp and skull are alike in all heads.
_RIM = 3
# Fewer pixels than this tell nothing.
_LEAST = 200


def agreement(
    one: Float32[np.ndarray, "k n n"], other: Float32[np.ndarray, "k n n"], pixel_mm: float
) -> float | None:
    """How far the borders in two sequences agree, about 0 to 1; None where too little is shown.

    Planes are as `prepare` scales them. The mean of two figures of the in-plane gradients inside
    both heads: the correlation of their lengths, and the squared cosine between them weighted by
    both lengths (normalised gradient fields, Haber and Modersitzki, MICCAI 2006).
    """
    from scipy import ndimage

    factor = max(1, round(_PIXEL_MM / pixel_mm))
    a, b = _shrink(one, factor), _shrink(other, factor)
    both = (a > HEAD) & (b > HEAD)
    inside = ndimage.binary_erosion(both, np.ones((1, 3, 3)), iterations=_RIM)
    if np.count_nonzero(inside) < _LEAST:
        return None
    (down, right), (down_other, right_other) = (
        (part[inside] for part in np.gradient(planes, axis=(1, 2))) for planes in (a, b)
    )
    length, length_other = np.hypot(down, right), np.hypot(down_other, right_other)
    most = float((length**2 * length_other**2).sum())
    along = float(((down * down_other + right * right_other) ** 2).sum())
    return (pearson(length, length_other) + along / max(most, 1e-12)) / 2


def _shrink(planes: Float32[np.ndarray, "k n n"], factor: int) -> Float32[np.ndarray, "k m m"]:
    side = planes.shape[1] // factor
    cut = planes[:, : side * factor, : side * factor]
    return cut.reshape(len(planes), side, factor, side, factor).mean(axis=(2, 4))
