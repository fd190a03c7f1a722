"""Where a head lies, so that two scans of it can be laid on each other without their pictures."""

import numpy as np

from glioscope.model.figures import HEAD
from glioscope.study import Channel, Study
from glioscope.volume import Scale

# About so many voxels along each axis tell the place; more change it by less than a millimetre.
_ALONG = 48
# The crown is above all but this share of the head; single bright voxels lie beyond it.
_CROWN = 0.995
# The middle is that of the head so far below the crown, in mm: face and neck, which one scan shows
# and another cuts, lie lower.
_BELOW_CROWN = 80.0

Place = tuple[float, float, float]


def head_place(study: Study, flair: Scale) -> Place | None:
    """The point at the height of the crown above the middle of the head, in RAS mm.

    `flair` is the scale of FLAIR's intensities. None without spacing or without a head.
    """
    image = study.images[Channel.FLAIR]
    if image.grid.nominal:
        return None
    steps = [max(1, size // _ALONG) for size in image.array.shape]
    i, j, k = steps
    head = np.argwhere(image.array[::i, ::j, ::k] > flair.low + HEAD * flair.unit)
    if not len(head):
        return None
    affine = image.grid.affine
    points = (head * steps) @ affine[:3, :3].T + affine[:3, 3]
    crown = float(np.quantile(points[:, 2], _CROWN))
    upper = points[points[:, 2] > crown - _BELOW_CROWN]
    right, front = upper[:, :2].mean(axis=0)
    return round(float(right), 1), round(float(front), 1), round(crown, 1)
