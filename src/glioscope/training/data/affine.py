"""Affine resampling of a batch, in NumPy.

By hand: Keras's own is computed by TensorFlow's threads, which wait for their next work with the
processor at full speed, beside a network that needs it; and it takes as long.
"""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float32


def resampled(
    batches: Sequence[Float32[np.ndarray, "b n m _"]], matrices: Float32[np.ndarray, "b 8"]
) -> list[Float32[np.ndarray, "b n m _"]]:
    """Bilinear resampling, as by `keras.ops.image.affine_transform`; outside there are zeros.

    A row (a, b, tx, c, d, ty, 0, 0) of `matrices` takes a target's column x and row y to the
    source's column a·x + b·y + tx and row c·x + d·y + ty. All `batches` are moved alike.
    """
    _, rows, columns, _ = batches[0].shape
    ends = np.cumsum([batch.shape[-1] for batch in batches])
    parts = [slice(end - batch.shape[-1], end) for batch, end in zip(batches, ends, strict=True)]
    y, x = np.indices((rows, columns), dtype=np.float32).reshape(2, -1)
    # A rim of zeros: one before, two behind, as what lies beyond is moved onto its first.
    framed = np.zeros((rows + 3, columns + 3, ends[-1]), np.float32)
    pixels, wide = framed.reshape(-1, ends[-1]), columns + 3
    moved = [np.empty(batch.shape, np.float32) for batch in batches]
    for sample, (a, b, tx, c, d, ty) in enumerate(matrices[:, :6]):
        for part, batch in zip(parts, batches, strict=True):
            framed[1 : rows + 1, 1 : columns + 1, part] = batch[sample]
        across = np.clip(a * x + b * y + tx, -1, columns)
        down = np.clip(c * x + d * y + ty, -1, rows)
        left, top = np.floor(across), np.floor(down)
        at = ((top + 1) * wide + left + 1).astype(np.intp)
        right, below = (across - left)[:, None], (down - top)[:, None]
        upper = _between(np.take(pixels, at, 0), np.take(pixels, at + 1, 0), right)
        at += wide
        lower = _between(np.take(pixels, at, 0), np.take(pixels, at + 1, 0), right)
        between = _between(upper, lower, below).reshape(rows, columns, -1)
        for part, target in zip(parts, moved, strict=True):
            target[sample] = between[..., part]
    return moved


def _between(
    one: Float32[np.ndarray, "p d"],
    other: Float32[np.ndarray, "p d"],
    share: Float32[np.ndarray, "p 1"],
) -> Float32[np.ndarray, "p d"]:
    """One and the other weighted by 1 - share and share; `one` and `other` are used up."""
    other -= one
    other *= share
    other += one
    return other
