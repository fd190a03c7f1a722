# pyright: basic
# It speaks with SciPy, which carries no types.
"""Where the brain lies on prepared planes, from the dark ring of the skull.

An estimate for training on heads without a skull and for testing that: good over the cerebrum,
generous below it, where face and neck partly stay. scipy.ndimage is imported inside, as elsewhere.
"""

import numpy as np
from jaxtyping import Bool, Float, Float32, Int

from glioscope.model.figures import HEAD

# Depths below the skin in mm where the skull's dark ring is looked for, and the step between them.
_DEPTHS_MM = np.arange(3.0, 26.0, 0.75)
_ANGLES = 128
# Prefers the outer of two equally dark rings, so that brain is kept rather than cut; per mm.
_OUTWARD = 0.012
# Cost of one step in depth from one angle to the next, which keeps the ring smooth.
_SMOOTH = 0.26
# Intensity (head's median 1) above which there is tissue inside the skull.
_TISSUE = 0.45


def brain_mask(
    flair: Float[np.ndarray, "k n n"], t1: Float[np.ndarray, "k n n"], pixel_mm: float
) -> Bool[np.ndarray, "k n n"]:
    """The brain on every plane; intensities as `prepare` scales them. Empty where there is none.

    Inside the ring that runs darkest under the skin, the largest part that survives an erosion of
    6 mm is grown back and closed.
    """
    from scipy import ndimage

    flair, t1 = flair.astype(np.float32), t1.astype(np.float32)
    inside = _inside_rings(flair, t1, pixel_mm)
    smooth = ndimage.gaussian_filter(flair, (0, 1, 1))
    core = _largest(_per_plane(_eroded, (smooth > _TISSUE) & inside, 6 / pixel_mm))
    grown = _per_plane(_dilated, core, 8 / pixel_mm)
    grown &= (smooth > _TISSUE - 0.05) & inside
    pad = int(np.ceil(16 / pixel_mm))
    padded = np.pad(grown, ((0, 0), (pad, pad), (pad, pad)))
    wide = _per_plane(_dilated, padded, 14 / pixel_mm)
    closed = _per_plane(_eroded, wide, 14 / pixel_mm)[:, pad:-pad, pad:-pad]
    return np.stack([ndimage.binary_fill_holes(p) for p in closed & inside])


def _per_plane(step, planes: Bool[np.ndarray, "k n m"], radius: float) -> Bool[np.ndarray, "k n m"]:
    """A binary operation with a disk of `radius` pixels on each plane that is not empty."""
    reach = max(1, round(radius))
    return np.stack([step(p, reach) if p.any() else p for p in planes])


def _dilated(plane: Bool[np.ndarray, "n m"], reach: int) -> Bool[np.ndarray, "n m"]:
    """As scipy's `binary_dilation` with a disk, by distances: the time is that of any radius."""
    from scipy import ndimage

    return ndimage.distance_transform_edt(~plane) <= reach


def _eroded(plane: Bool[np.ndarray, "n m"], reach: int) -> Bool[np.ndarray, "n m"]:
    """As scipy's `binary_erosion` with a disk; nothing lies outside the plane."""
    from scipy import ndimage

    return ndimage.distance_transform_edt(np.pad(plane, 1))[1:-1, 1:-1] > reach


def _largest(region: Bool[np.ndarray, "*shape"]) -> Bool[np.ndarray, "*shape"]:
    from glioscope.model.components import label

    labels, count = label(region)
    if not count:
        return region
    sizes = np.bincount(labels.ravel())
    sizes[0] = 0
    return labels == sizes.argmax()


def _inside_rings(
    flair: Float32[np.ndarray, "k n n"], t1: Float32[np.ndarray, "k n n"], pixel_mm: float
) -> Bool[np.ndarray, "k n n"]:
    """What lies within the skull's ring: the darkest closed path under the skin, in polar form."""
    inside = np.zeros(flair.shape, bool)
    heads = {k: head for k, f in enumerate(flair) if (head := _head(f, pixel_mm)).any()}
    if not heads:
        return inside
    around = [_under_skin(head, flair[k], t1[k], pixel_mm) for k, head in heads.items()]
    paths = _cheapest_rings(np.stack([cost for _, _, cost in around]))
    for k, (centre, radii, _), path in zip(heads, around, paths, strict=True):
        inside[k] = _fill(radii[np.arange(_ANGLES), path], centre, flair.shape[1])
    return inside


def _head(flair: Float32[np.ndarray, "n n"], pixel_mm: float) -> Bool[np.ndarray, "n n"]:
    from scipy import ndimage

    bright = (ndimage.gaussian_filter(flair, 1) > HEAD)[None]
    core = _per_plane(_eroded, bright, 4 / pixel_mm)
    [opened] = _per_plane(_dilated, core, 4 / pixel_mm)
    return _largest(ndimage.binary_fill_holes(opened))


def _under_skin(
    head: Bool[np.ndarray, "n n"],
    flair: Float32[np.ndarray, "n n"],
    t1: Float32[np.ndarray, "n n"],
    pixel_mm: float,
) -> tuple[np.ndarray, Float[np.ndarray, "a d"], Float[np.ndarray, "a d"]]:
    """Centre of a head, radii of the depths under its skin at every angle, and how bright it is."""
    from scipy import ndimage

    centre = np.array(ndimage.center_of_mass(head))
    angles = np.arange(_ANGLES) * 2 * np.pi / _ANGLES
    skin = _skin(head, centre, angles)
    radii = np.maximum(skin[:, None] - _DEPTHS_MM / pixel_mm, 0)
    dark = ndimage.gaussian_filter(np.minimum(flair, 2) + 0.7 * np.minimum(t1, 2), 0.6)
    cost = ndimage.map_coordinates(dark, _polar(centre, angles, radii), order=1)
    return centre, radii, cost + _OUTWARD * _DEPTHS_MM


def _polar(centre: np.ndarray, angles: np.ndarray, radii: np.ndarray) -> list[np.ndarray]:
    """Row and column of every radius at every angle."""
    return [
        centre[0] + np.sin(angles)[:, None] * radii,
        centre[1] + np.cos(angles)[:, None] * radii,
    ]


def _skin(head: np.ndarray, centre: np.ndarray, angles: np.ndarray) -> Float[np.ndarray, " a"]:
    """Distance of the head's rim from its centre at every angle, in pixels."""
    from scipy import ndimage

    radii = np.arange(0, 0.75 * len(head), 0.5)
    grid = _polar(centre, angles, np.broadcast_to(radii, (len(angles), len(radii))))
    within = ndimage.map_coordinates(head.astype(np.float32), grid, order=1) > 0.5
    return np.where(within, radii, 0).max(axis=1)


def _cheapest_rings(cost: Float[np.ndarray, "k a d"]) -> Int[np.ndarray, "k a"]:
    """Depth index per angle of the cheapest smooth path, run twice around so that it closes."""
    planes, angles, depths = cost.shape
    steps = np.arange(depths)
    penalty = _SMOOTH * np.abs(steps[:, None] - steps)
    best, back = np.zeros((planes, depths)), []
    for angle in [*range(angles)] * 2:
        total = best[:, None] + penalty
        back.append(total.argmin(axis=2))
        best = total.min(axis=2) + cost[:, angle]
    path = [best.argmin(axis=1)]
    for choice in back[:0:-1]:
        path.append(choice[np.arange(planes), path[-1]])
    around = np.stack(path[::-1], axis=1)
    half = angles // 2
    return np.concatenate([around[:, angles : angles + half], around[:, half:angles]], axis=1)


def _fill(radii: np.ndarray, centre: np.ndarray, size: int) -> Bool[np.ndarray, "n n"]:
    """Pixels nearer to the centre than the ring at their angle."""
    rows, columns = np.indices((size, size)) - centre[:, None, None]
    turn = np.arctan2(rows, columns) % (2 * np.pi) * _ANGLES / (2 * np.pi)
    reach = np.interp(turn.ravel(), np.arange(_ANGLES + 1), np.append(radii, radii[0]))
    return np.hypot(rows, columns) < reach.reshape(size, size)
