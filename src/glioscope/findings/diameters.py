"""Two diameters of a flat region, as a radiologist draws them.

Lengths run between the outer corners of pixels, not between their centres: one pixel is a square
with a diagonal of √2 px, and a lesion of n pixels in a row is n px long, not n - 1. Holes and bays
do not shorten a diameter (it is that of the convex hull), as calipers on the outline would measure.

Source: RANO 2.0 (Wen et al., J Clin Oncol 2023): the longest diameter in the axial plane and the
longest diameter perpendicular to it.
"""

import numpy as np
from jaxtyping import Bool, Float64

# Lengths that differ by less are equal; far below a pixel and far above rounding.
_SAME = 1e-9


def diameters(
    region: Bool[np.ndarray, "h w"], pixel: tuple[float, float] = (1.0, 1.0)
) -> tuple[float, float]:
    """Longest diameter and the longest one perpendicular to it; (0.0, 0.0) for an empty region.

    `pixel` is the height and width of a pixel; the result is in its unit. Among several longest
    diameters the one with the longest perpendicular counts, so that mirroring changes nothing.
    """
    if not region.any():
        return 0.0, 0.0
    hull = _convex_hull(_corners(region) * np.asarray(pixel, dtype=np.float64))
    lengths = np.linalg.norm(hull[:, None] - hull[None, :], axis=-1)
    longest = float(lengths.max())
    ends = np.argwhere(np.triu(lengths >= longest - _SAME))
    return longest, max(_perpendicular(hull, hull[a], hull[b]) for a, b in ends)


def _corners(region: Bool[np.ndarray, "h w"]) -> Float64[np.ndarray, "p 2"]:
    """Outer corners (row, column) of the first and last pixel of every row, sorted."""
    rows = np.flatnonzero(region.any(axis=1))
    first = region[rows].argmax(axis=1)
    last = region.shape[1] - region[rows, ::-1].argmax(axis=1)
    corners = [np.stack([rows + d, side], axis=1) for d in (0, 1) for side in (first, last)]
    return np.unique(np.concatenate(corners), axis=0).astype(np.float64)


def _convex_hull(points: Float64[np.ndarray, "p 2"]) -> Float64[np.ndarray, "m 2"]:
    """Corners of the convex hull, in turn; `points` are sorted. Andrew's monotone chain.

    Not Qhull (scipy): it drops corners by a tolerance of its own, which changes last digits.
    """
    chains: list[np.ndarray] = []
    for run in (points, points[::-1]):
        chain: list[np.ndarray] = []
        for point in run:
            while len(chain) > 1 and _turn(chain[-2], chain[-1], point) <= 0:
                chain.pop()
            chain.append(point)
        chains += chain[:-1]
    return np.array(chains)


def _turn(a: np.ndarray, b: np.ndarray, c: np.ndarray) -> float:
    return float((b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0]))


def _perpendicular(
    hull: Float64[np.ndarray, "m 2"], a: Float64[np.ndarray, "2"], b: Float64[np.ndarray, "2"]
) -> float:
    """Longest chord of the hull at a right angle to the diameter from `a` to `b`.

    Chord length along the diameter is piecewise linear with its corners at those of the hull, so
    the longest chord passes through one of them.
    """
    along = (b - a) / np.linalg.norm(b - a)
    offset = hull - a
    u, v = offset @ along, offset @ np.array([-along[1], along[0]])
    order = np.argsort(u)
    u, v = u[order], v[order]
    above, below = v > -_SAME, v < _SAME  # both hold the ends, where v is 0
    chord = np.interp(u, u[above], v[above]) - np.interp(u, u[below], v[below])
    return float(chord.max())
