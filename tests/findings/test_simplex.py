import numpy as np
import pytest
from scipy import optimize

from glioscope.findings.simplex import lowest


def valley(point):
    x, y, z = point
    return float(100 * (y - x**2) ** 2 + (1 - x) ** 2 + abs(z - 0.3))


def steps(point):
    """Flat in pieces, so that corners tie and the simplex is drawn together."""
    return float(np.round(np.abs(point - 0.07).sum(), 2))


@pytest.mark.parametrize("function", [valley, steps], ids=["valley", "steps"])
@pytest.mark.parametrize("most", [7, 40, 200])
def test_it_walks_as_scipy_does_to_the_last_digit(function, most):
    rng = np.random.default_rng(5)
    for _ in range(10):
        simplex = rng.normal(scale=0.3, size=(4, 3))
        options = {"initial_simplex": simplex, "xatol": 1e-3, "fatol": 1e-3, "maxiter": most}
        known = optimize.minimize(function, simplex[0], method="Nelder-Mead", options=options)
        assert lowest(function, simplex, 1e-3, most).tolist() == known.x.tolist()


def test_the_simplex_it_is_given_stays_as_it_is():
    simplex = np.vstack([np.zeros(3), np.eye(3)])
    lowest(valley, simplex, 1e-3, 50)
    assert np.array_equal(simplex, np.vstack([np.zeros(3), np.eye(3)]))
