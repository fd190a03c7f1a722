# pyright: basic
# It speaks with SciPy, which carries no types.
"""On which side of the head a lesion lies.

The mid-sagittal plane is the one about which the head's own mask is most symmetric: turned in the
axial plane, tilted sideways, and away from the middle of the picture as the head may be. A lesion
changes what is inside the head, not its outline. Source of the idea: Ardekani, Kershaw, Braun and
Kanno, Automatic detection of the mid-sagittal plane in 3-D brain images, IEEE Transactions on
Medical Imaging 1997, doi 10.1109/42.650892, there by intensities.

Side is all that is told of the place: a lobe would need an atlas registered to a brain that a
tumour pushes aside.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float32, Float64

from glioscope.analysis_parts import Side
from glioscope.findings.simplex import lowest
from glioscope.model.figures import HEAD
from glioscope.model.preprocess import picture_spacing, to_pictures
from glioscope.study import Channel, Study
from glioscope.volume import Scale

# The plane is sought on a head of about this many pixels across and slices; finer changes nothing.
_ACROSS, _SLICES = 64, 24
# First steps of the search: 4 % of the picture's width, 0.1 rad in the plane, and a tilt by 4 % of
# the width from the lowest slice to the highest.
_SHIFT, _TURN = 0.04, 0.1
# In pixel widths: what counts as the rim, and the distance beyond which nothing gets worse, so that
# ears and noise do not pull.
_RIM, _FAR = 1.0, 8.0
# A lesion lies on one side when at least this share of its voxels does; the rest may be the plane's
# own error.
_ONE_SIDE = 0.9

# Of slices, rows and columns.
Spacing = tuple[float, float, float]


@dataclass(frozen=True)
class Midline:
    """The mid-sagittal plane: the pixels where `normal` @ (slice, row, column) is `offset`.

    The normal points to the patient's left.
    """

    normal: Float64[np.ndarray, "3"]
    offset: float

    def side(self, region: Bool[np.ndarray, "s h w"], corner: tuple[int, int, int]) -> Side:
        """Side of a region that is not empty, cut out of the pictures from pixel `corner` on."""
        points = np.argwhere(region) + corner
        left = float(np.mean(points @ self.normal > self.offset))
        return "left" if left >= _ONE_SIDE else "right" if left <= 1 - _ONE_SIDE else "both"

    def distance(
        self, region: Bool[np.ndarray, "s h w"], corner: tuple[int, int, int], spacing: Spacing
    ) -> float:
        """How far the centroid of such a region lies from the plane, on either side.

        `spacing` is that of slices, rows and columns, and the result is in its unit.
        """
        centroid = (np.argwhere(region) + corner).mean(axis=0)
        # A normal of a plane in pixels grows by what pixels shrink.
        length = float(np.linalg.norm(self.normal / np.array(spacing)))
        return abs(float(centroid @ self.normal - self.offset)) / length


def midline(study: Study, flair: Scale) -> Midline:
    """The mid-sagittal plane of a head; the middle of the picture where there is no head.

    `flair` is the scale of FLAIR's intensities.
    """
    image = study.images[Channel.FLAIR]
    pictures = to_pictures(image.array, image.grid)
    most = (_SLICES, _ACROSS, _ACROSS)
    step = np.array([max(1, n // m) for n, m in zip(pictures.shape, most, strict=True)])
    head = pictures[:: step[0], :: step[1], :: step[2]] > flair.low + HEAD * flair.unit
    _, height, width = (1.0, 1.0, 1.0) if image.grid.nominal else picture_spacing(image.grid)
    found = _most_symmetric(head, float(height * step[1] / (width * step[2])))
    return Midline(found.normal / step, found.offset)


def _most_symmetric(head: Bool[np.ndarray, "k h w"], aspect: float) -> Midline:
    """The plane whose mirror puts the head's rim on the head's rim best.

    In the axial plane the mirror is exact, `aspect` being the height of a pixel over its width; the
    tilt moves slices against each other, since their distance may be unknown.
    """
    away = np.stack([_from_rim(plane, aspect) for plane in head])
    rim = np.argwhere(away < _RIM).astype(np.float64)
    middle = rim.mean(axis=0) if len(rim) else (np.array(head.shape) - 1) / 2
    width, slices = head.shape[2], max(1, head.shape[0] - 1)

    def plane(found: Float64[np.ndarray, "3"]) -> Midline:
        shift, turn, tilt = found
        normal = np.array([-tilt * width / slices, np.sin(turn) * aspect, np.cos(turn)])
        return Midline(normal, float(normal @ middle + shift * width))

    def mismatch(found: Float64[np.ndarray, "3"]) -> float:
        return _mismatch(away, rim, plane(found), aspect)

    if not len(rim):
        return plane(np.zeros(3))
    simplex = np.vstack([np.zeros(3), np.diag([_SHIFT, _TURN, _SHIFT])])
    return plane(lowest(mismatch, simplex, 1e-3, 200))


def _from_rim(plane: Bool[np.ndarray, "h w"], aspect: float) -> Float32[np.ndarray, "h w"]:
    """Distance of every pixel from the head's rim in pixel widths, at most `_FAR`.

    Where the picture ends is no rim: the head may go on.
    """
    from scipy import ndimage

    filled = ndimage.binary_fill_holes(plane)
    if filled.all() or not filled.any():
        return np.full(plane.shape, _FAR, np.float32)
    sampling = (aspect, 1.0)
    sides = (filled, ~filled)
    inside, outside = (ndimage.distance_transform_edt(side, sampling) for side in sides)
    return np.minimum(inside + outside - 0.5, _FAR).astype(np.float32)


def _mismatch(
    away: Float32[np.ndarray, "k h w"],
    rim: Float64[np.ndarray, "p 3"],
    plane: Midline,
    aspect: float,
) -> float:
    """Mean distance from the rim of the points where the mirror puts those of the rim."""
    from scipy import ndimage

    distance = rim @ plane.normal - plane.offset
    mirrored = rim.copy()
    mirrored[:, 1] -= 2 * distance * plane.normal[1] / aspect**2
    mirrored[:, 2] -= 2 * distance * plane.normal[2]
    return float(
        ndimage.map_coordinates(away, mirrored.T, order=1, mode="constant", cval=_FAR).mean()
    )
