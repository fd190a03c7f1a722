"""Slices whose FLAIR does not fit the slices around it: drop-out, ghosts, noise, almost nothing.

A slice is compared with its own study only, so no scale of noise or signal is taken for granted.
"""

import numpy as np
from jaxtyping import Bool, Float, Float32, Float64

from glioscope.model.figures import HEAD, row_noise

# Slices on each side that a slice is compared with: the median of three passes over one bad slice.
_REACH = 3

# Signal, noise and ghosts of a slice with less head than this share of the study's largest are
# not judged: at the vertex a few pixels decide.
_LEAST_HEAD = 0.05

# How far a figure may leave the range of both sides, as a factor. Between them they mark 18 of the
# 3267 slices of the 90 LGG patients, at most two of one patient. Put into one slice of 30 of these
# patients they find noise of 0.15 of the head's median and an emptied slice in all, a signal loss
# of 50 % in 97 % and of 30 % in 73 %, a ghost of 20 % in 90 % and of 10 % in 83 %.
_LESS_HEAD, _SIGNAL, _NOISE, _GHOST = 1.5, 1.3, 1.5, 1.25


def odd_slices(flair: Float32[np.ndarray, "k n m"]) -> Bool[np.ndarray, " k"]:
    """Which slices do not fit both sides of them; none where there are fewer than three.

    `flair` are planes as `prepare` scales them. Four figures are taken of each: head area, median
    signal of the head, its noise (median absolute second difference along rows, relative to the
    signal) and the mean signal outside it. A slice is odd when one of them leaves the range between
    the medians of the three slices below and the three above by more than a factor: area downwards,
    noise and ghosts upwards, signal either way. Anatomy changes steadily and stays inside that
    range. The first and the last slice have one side and are not judged.
    """
    area, *shown = _figures(flair)
    judged = area >= _LEAST_HEAD * area.max(initial=0)
    signal, noise, ghost = (np.where(judged, figure, np.nan) for figure in shown)
    return (
        _below(area, _LESS_HEAD)
        | _below(signal, _SIGNAL)
        | _above(signal, _SIGNAL)
        | _above(noise, _NOISE)
        | _above(ghost, _GHOST)
    )


def _figures(flair: Float32[np.ndarray, "k n m"]) -> list[Float64[np.ndarray, " k"]]:
    """Head area in pixels, signal, noise and ghost of each slice; NaN where it has no head."""
    table = np.full((len(flair), 4), np.nan)
    for row, plane in zip(table, flair, strict=True):
        head = plane > HEAD
        row[0] = np.count_nonzero(head)
        inner = head[:, 2:] & head[:, 1:-1] & head[:, :-2]
        if inner.any():
            signal = np.median(plane[head])
            air = plane[~head]
            ghost = air.mean() if air.size else np.nan
            row[1:] = signal, row_noise(plane, inner) / signal, ghost
    return list(table.T)


def _below(values: Float[np.ndarray, " k"], factor: float) -> Bool[np.ndarray, " k"]:
    lower, upper = _sides(values)
    return values * factor < np.minimum(lower, upper)


def _above(values: Float[np.ndarray, " k"], factor: float) -> Bool[np.ndarray, " k"]:
    lower, upper = _sides(values)
    return values > factor * np.maximum(lower, upper)


def _sides(
    values: Float[np.ndarray, " k"],
) -> tuple[Float64[np.ndarray, " k"], Float64[np.ndarray, " k"]]:
    """Median of the slices below and above each; NaN, which no comparison meets, without any."""

    def median(part: Float[np.ndarray, " p"]) -> float:
        known = part[~np.isnan(part)]
        return float(np.median(known)) if known.size else np.nan

    count = range(len(values))
    lower = np.array([median(values[max(0, k - _REACH) : k]) for k in count], np.float64)
    upper = np.array([median(values[k + 1 : k + 1 + _REACH]) for k in count], np.float64)
    return lower, upper
