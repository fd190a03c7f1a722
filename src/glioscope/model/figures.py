"""Figures that several rooms take of pictures scaled as `prepare` does: air 0, head's median 1."""

import numpy as np
from jaxtyping import Bool, Float, Float32

# What is brighter is head: noise of air stays below, and the dark of fluid inside the head is not
# asked for. A share of the head's median.
HEAD = 0.25


def pearson(one: Float[np.ndarray, "*p"], other: Float[np.ndarray, "*p"]) -> float:
    """Pearson's correlation over all values, in [-1, 1]; 0.0 where one is constant."""
    one, other = one - one.mean(), other - other.mean()
    size = float(np.sqrt((one * one).sum() * (other * other).sum()))
    return float((one * other).sum()) / size if size > 0 else 0.0


def row_noise(plane: Float32[np.ndarray, "n m"], inside: Bool[np.ndarray, "n l"]) -> np.floating:
    """Median absolute second difference along rows, in the plane's unit.

    `inside` is for the columns from the second to the last but one, and not empty.
    """
    second = np.abs(plane[:, 2:] - 2 * plane[:, 1:-1] + plane[:, :-2])
    return np.median(second[inside])
