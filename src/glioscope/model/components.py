# pyright: basic
# It speaks with SciPy, which carries no types.
"""Connected components; in three dimensions 26-connected, in two 8-connected.

scipy.ndimage is imported inside: it takes 0.3 s, and the network's first answer need not wait.
"""

import numpy as np
from jaxtyping import Bool, Int32


def label(region: Bool[np.ndarray, "*shape"]) -> tuple[Int32[np.ndarray, "*shape"], int]:
    """Number the components from 1; background is 0. Also their count, 0 for an empty region."""
    from scipy import ndimage

    labels = np.empty(region.shape, dtype=np.int32)
    count = ndimage.label(region, np.ones((3,) * region.ndim), output=labels)
    return labels, int(np.asarray(count))


def boxes(labels: Int32[np.ndarray, "*shape"]) -> list[tuple[slice, ...]]:
    """The slices that cut out each component, in the order of their numbers."""
    from scipy import ndimage

    return ndimage.find_objects(labels)


def around(region: Bool[np.ndarray, "*shape"]) -> tuple[slice, ...]:
    """The smallest box that holds the region; an empty one where it is empty.

    Numbering components inside it is ten times as fast.
    """
    from scipy import ndimage

    found = ndimage.find_objects(region.astype(np.uint8))
    return found[0] if found else (slice(0),) * region.ndim
