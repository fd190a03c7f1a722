# pyright: basic
# It speaks with SciPy, which carries no types.
"""Tissues, shapes and paint for the synthetic head of `phantom`.

Coordinates are millimetres as a radiologist sees them: x to the patient's left, y to posterior, z
to superior. A shape is a signed distance in mm, negative inside; `cover` turns it into how much of
a voxel it fills.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from jaxtyping import Float32
from scipy.ndimage import gaussian_filter, map_coordinates

# Any size, since coordinates broadcast: along z, y, x.
Field = Float32[np.ndarray, "_ _ _"]
# Distances up to this matter to some paint or seam; shapes farther from a slab than that are not
# computed, which is half of the time.
_REACH = 15.0
_FAR = 99.0

Points = Float32[np.ndarray, "n"]
Point = tuple[float, float, float]


class Tissue(NamedTuple):
    """Signal in T1, FLAIR and T1 with contrast; 1 is white matter in T1."""

    t1: float
    flair: float
    t1gd: float


# Ratios read off region means in LGG volumes and rounded; fat varies most between scanners.
AIR = Tissue(0.02, 0.02, 0.02)
BONE = Tissue(0.16, 0.14, 0.18)
MARROW = Tissue(0.55, 0.42, 0.60)
FAT = Tissue(1.85, 1.65, 1.85)
MUSCLE = Tissue(0.62, 0.50, 0.75)
FLUID = Tissue(0.36, 0.22, 0.36)
GREY = Tissue(0.84, 1.06, 0.86)
WHITE = Tissue(1.00, 0.92, 1.00)
VESSEL = Tissue(0.30, 0.20, 1.75)
LESION = Tissue(0.70, 1.72, 0.70)
ENHANCING = Tissue(0.74, 1.60, 1.45)


@dataclass(frozen=True)
class Space:
    """Coordinates in mm of every sample of a slab, as arrays that broadcast against each other."""

    x: Field
    y: Field
    z: Field

    @property
    def shape(self) -> tuple[int, ...]:
        """Samples along z, y and x."""
        return np.broadcast_shapes(self.x.shape, self.y.shape, self.z.shape)


class Noise:
    """A smooth random field of unit variance that repeats itself outside the head."""

    _CELLS = 48

    # Lattice cells a wave of the band-pass below takes, crest to crest.
    _WAVE = 8.0

    def __init__(self, rng: np.random.Generator) -> None:
        white = rng.standard_normal((self._CELLS,) * 3).astype(np.float32)
        band = gaussian_filter(white, 1.0, mode="wrap") - gaussian_filter(white, 2.2, mode="wrap")
        self._lattice = band / band.std()

    def over(self, space: Space, wavelength: float) -> Field:
        """Values over an unbent slab; `wavelength` in mm is about the distance between crests."""
        step = np.float32(wavelength / self._WAVE)
        field = self._lattice
        for axis, line in enumerate((space.z, space.y, space.x)):
            field = self._along(field, axis, line.ravel() / step)
        return field

    def at(self, x: Points, y: Points, z: Points, wavelength: float) -> Points:
        """Values at any points in mm; slower than `over`."""
        cells = np.stack([z, y, x]) * np.float32(self._WAVE / wavelength)
        return map_coordinates(self._lattice, cells, order=1, mode="grid-wrap")

    def _along(self, field: Field, axis: int, cells: Float32[np.ndarray, "n"]) -> Field:
        """Linear interpolation along one axis of the repeating lattice."""
        low = np.floor(cells).astype(int)
        shape = [-1 if a == axis else 1 for a in range(3)]
        upper = (cells - low).astype(np.float32).reshape(shape)
        before = field.take(low % self._CELLS, axis)
        return before + upper * (field.take((low + 1) % self._CELLS, axis) - before)


def cover(distance: Field, softness: float) -> Field:
    """Share of a voxel inside a shape: 1 inside, 0 outside, a ramp of `softness` mm between."""
    return np.clip(0.5 - distance / np.float32(softness), 0, 1)


def ellipsoid(space: Space, centre: Point, axes: Point) -> Field:
    """Distance to an ellipsoid, exact on its surface and first-order around it."""
    if _beyond(space, centre[2] - axes[2], centre[2] + axes[2]):
        return np.full(space.shape, _FAR, np.float32)
    offsets = (space.x - centre[0], space.y - centre[1], space.z - centre[2])
    u, v, w = (o / np.float32(a) for o, a in zip(offsets, axes, strict=True))
    radius = np.sqrt(u * u + v * v + w * w)
    slope = np.sqrt((u / axes[0]) ** 2 + (v / axes[1]) ** 2 + (w / axes[2]) ** 2)
    return radius * (radius - 1) / np.maximum(slope, np.float32(1e-4))


def _beyond(space: Space, lowest: float, highest: float) -> bool:
    """Whether a slab lies so far above or below a shape that its distance does not matter."""
    return bool(space.z.min() > highest + _REACH or space.z.max() < lowest - _REACH)


def pair(space: Space, centre: Point, axes: Point) -> Field:
    """Distance to an ellipsoid and its mirror image across the midline."""
    return ellipsoid(Space(np.abs(space.x), space.y, space.z), centre, axes)


def tube(space: Space, start: Point, end: Point, radii: tuple[float, float]) -> Field:
    """Distance to a tube with round ends and its mirror image; the radius runs from end to end."""
    if _beyond(space, min(start[2], end[2]) - max(radii), max(start[2], end[2]) + max(radii)):
        return np.full(space.shape, _FAR, np.float32)
    axis = [float(e - s) for s, e in zip(start, end, strict=True)]
    length = sum(a * a for a in axis)
    x, y, z = np.abs(space.x) - start[0], space.y - start[1], space.z - start[2]
    along = np.clip((x * axis[0] + y * axis[1] + z * axis[2]) / length, 0, 1)
    away = (x - along * axis[0]) ** 2 + (y - along * axis[1]) ** 2 + (z - along * axis[2]) ** 2
    return np.sqrt(away) - (radii[0] + along * (radii[1] - radii[0]))


def union(*distances: Field, blend: float = 0.0) -> Field:
    """Distance to the union; a positive `blend` in mm rounds the seams."""
    result = distances[0]
    for other in distances[1:]:
        bridge = np.clip(blend - np.abs(result - other), 0, None) ** 2 / (4 * blend) if blend else 0
        result = np.minimum(result, other) - bridge
    return result


class Canvas:
    """Signal of three sequences on one slab, painted tissue over tissue."""

    def __init__(self, shape: tuple[int, ...], softness: float) -> None:
        self.signal = np.zeros((3, *shape), np.float32)
        self.softness = softness

    def paint(self, distance: Field, tissue: Tissue, softness: float | None = None) -> None:
        """Lay a tissue over what is there, inside a shape."""
        self.blend(cover(distance, softness or self.softness), tissue)

    def blend(self, share: Field, tissue: Tissue) -> None:
        """Lay a tissue over what is there, by its share of each voxel."""
        if not share.any():
            return
        for number, value in enumerate(tissue):
            self.signal[number] += share * (np.float32(value) - self.signal[number])
