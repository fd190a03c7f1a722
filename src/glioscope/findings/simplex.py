"""The downhill simplex of Nelder and Mead: the lowest point of a function of a few figures.

SciPy's, step by step and to the last digit, which a test holds it to; `scipy.optimize` takes a
third of a second to import, which is ten searches. Source: Nelder and Mead, A simplex method for
function minimization, The Computer Journal 1965, doi 10.1093/comjnl/7.4.308.
"""

from collections.abc import Callable

import numpy as np
from jaxtyping import Float64

Point = Float64[np.ndarray, "n"]
Simplex = Float64[np.ndarray, "m n"]


def lowest(
    function: Callable[[Point], float], simplex: Simplex, tolerance: float, most_steps: int
) -> Point:
    """The best corner of a simplex that was moved downhill.

    `simplex` holds one corner more than a point has figures. The search ends once corners and
    their values differ by no more than `tolerance`, or after `most_steps` (SciPy's `maxiter`).
    """
    values = np.array([function(corner) for corner in simplex])
    order = np.argsort(values)
    corners, values = simplex[order], values[order]
    for _ in range(1, most_steps):
        near = np.abs(corners[1:] - corners[0]).max() <= tolerance
        if near and np.abs(values[0] - values[1:]).max() <= tolerance:
            break
        _step(function, corners, values)
        order = np.argsort(values)
        corners, values = corners[order], values[order]
    return corners[0]


def _step(
    function: Callable[[Point], float], corners: Simplex, values: Float64[np.ndarray, "m"]
) -> None:
    """Replace the worst of the sorted corners by a better one, or draw all towards the best."""
    middle = np.add.reduce(corners[:-1], 0) / (len(corners) - 1)
    reflected = 2 * middle - corners[-1]
    value = function(reflected)
    if value < values[0]:
        expanded = 3 * middle - 2 * corners[-1]
        further = function(expanded)
        better = (expanded, further) if further < value else (reflected, value)
    elif value < values[-2]:
        better = reflected, value
    else:
        outside = value < values[-1]
        contracted = 1.5 * middle - 0.5 * corners[-1] if outside else middle / 2 + corners[-1] / 2
        nearer = function(contracted)
        enough = nearer <= value if outside else nearer < values[-1]
        better = (contracted, nearer) if enough else None
    if better:
        corners[-1], values[-1] = better
        return
    for place in range(1, len(corners)):
        corners[place] = corners[0] + 0.5 * (corners[place] - corners[0])
        values[place] = function(corners[place])
