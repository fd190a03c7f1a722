"""How far two outlines of one study agree (docs/reference/reviews.md)."""

from dataclasses import dataclass
from typing import Self

import numpy as np
from jaxtyping import Bool, Int64


@dataclass(frozen=True)
class Overlap:
    """Voxels of two outlines on one grid, per axial slice: of each, and of both."""

    one: Int64[np.ndarray, " k"]
    other: Int64[np.ndarray, " k"]
    both: Int64[np.ndarray, " k"]
    voxels: int

    @classmethod
    def of(cls, one: Bool[np.ndarray, "i j k"], other: Bool[np.ndarray, "i j k"]) -> Self:
        """Of two masks whose slices run along the last axis."""
        return cls(_counts(one), _counts(other), _counts(one & other), one.size)

    @property
    def dice(self) -> float | None:
        """Twice what both have, over the sum of both; None where both are empty."""
        total = int(self.one.sum() + self.other.sum())
        return 2 * int(self.both.sum()) / total if total else None

    @property
    def slices(self) -> list[float | None]:
        """Dice of every slice, lowest first."""
        sums = zip(self.both.tolist(), (self.one + self.other).tolist(), strict=True)
        return [2 * both / total if total else None for both, total in sums]

    @property
    def kappa(self) -> float | None:
        """Cohen's kappa of all voxels of the grid: agreement beyond that of chance.

        None where chance alone agrees on everything: both outlines empty, or both all there is.
        """
        one, other, both = (int(n.sum()) for n in (self.one, self.other, self.both))
        neither = self.voxels - one - other + both
        # The usual quotient multiplied out, so that whole numbers make it exact.
        excess = 2 * (both * neither - (one - both) * (other - both))
        most = one * (self.voxels - other) + other * (self.voxels - one)
        return excess / most if most else None

    def difference_ml(self, voxel_ml: float) -> float:
        """Volume of the first less that of the second."""
        return int(self.one.sum() - self.other.sum()) * voxel_ml


def _counts(mask: Bool[np.ndarray, "i j k"]) -> Int64[np.ndarray, " k"]:
    return np.count_nonzero(mask, axis=(0, 1)).astype(np.int64)
