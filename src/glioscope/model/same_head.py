# pyright: basic
# It speaks with SciPy, which carries no types.
"""Whether two sequences show one head: its borders stand where they stand, bright or dark.

scipy.ndimage is imported inside, as in `glioscope.model.components`.
"""

import numpy as np
from jaxtyping import Float, Float32

from glioscope.model.figures import HEAD, pearson

# Side of a pixel that borders are compared at, in mm: coarser than a patient moves between two
# sequences, finer than a ventricle.
_PIXEL_MM = 3.75
# Pixels of the rim that do not count: scalp and skull are alike in all heads.
_RIM = 3
# Fewer pixels than this tell nothing.
_LEAST = 200
# How a patient moves between two sequences: shifts along the body, down and right in mm, then turns
# in degrees in the plane of the slice, in that of the profile and in that of the face. The search
# halves its steps twice.
_STEPS = np.array([7.5, 3.75, 3.75, 6.0, 6.0, 6.0])
_FURTHEST = np.array([15.0, 11.0, 11.0, 15.0, 15.0, 15.0])
_ROUNDS = 4
# Thinner slices are looked at so far apart.
_SLICE_MM = 3.0


def agreement(
    one: Float32[np.ndarray, "k n n"], other: Float32[np.ndarray, "k n n"], pixel_mm: float
) -> float | None:
    """How far the borders in two sequences agree, about 0 to 1; None where too little is shown.

    Planes are as `prepare` scales them. The mean of two figures of the in-plane gradients inside
    both heads: the correlation of their lengths, and the squared cosine between them weighted by
    both lengths (normalised gradient fields, Haber and Modersitzki, MICCAI 2006).
    """
    factor = max(1, round(_PIXEL_MM / pixel_mm))
    return _agreement(_shrink(one, factor), _shrink(other, factor))


def agreement_when_moved(
    one: Float32[np.ndarray, "k n n"],
    other: Float32[np.ndarray, "k n n"],
    pixel_mm: float,
    between_mm: float,
) -> float:
    """The best `agreement` once the other head is shifted and turned as a patient moves.

    Up to 15 mm along the body, 11 mm across and 15 degrees. `between_mm` is the distance of slices.
    A search by coordinates, which may end at a lesser maximum: the answer is a lower bound.
    """
    factor = max(1, round(_PIXEL_MM / pixel_mm))
    step = max(1, round(_SLICE_MM / between_mm))
    a, b = (_shrink(planes[::step], factor) for planes in (one, other))
    spacing = np.array([between_mm * step, pixel_mm * factor, pixel_mm * factor])
    where, best = np.zeros(6), _agreement(a, b) or 0.0
    for steps in (_STEPS, _STEPS / 2, _STEPS / 4):
        for _ in range(_ROUNDS):
            before = best
            for change in (*np.diag(steps), *-np.diag(steps)):
                tried = where + change
                if (np.abs(tried) > _FURTHEST).any():
                    continue
                found = _agreement(a, _moved(b, tried, spacing)) or 0.0
                if found > best:
                    best, where = found, tried
            if best == before:
                break
    return best


def _moved(
    planes: Float32[np.ndarray, "k m m"],
    by: Float[np.ndarray, "6"],
    spacing: Float[np.ndarray, "3"],
) -> Float32[np.ndarray, "k m m"]:
    """Planes shifted by mm and turned by degrees about the middle."""
    from scipy import ndimage
    from scipy.spatial.transform import Rotation

    # About the axis along the body, then that from side to side, then that from front to back.
    turn = Rotation.from_euler("XZY", by[3:] * (1, 1, -1), degrees=True).as_matrix()
    middle = (np.array(planes.shape) - 1) / 2
    matrix = turn * spacing / spacing[:, None]
    offset = middle - matrix @ middle + by[:3] / spacing
    return ndimage.affine_transform(planes, matrix, offset, order=1)


def _agreement(a: Float32[np.ndarray, "k m m"], b: Float32[np.ndarray, "k m m"]) -> float | None:
    from scipy import ndimage

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
