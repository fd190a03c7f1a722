"""Limits against SciPy, tables of the literature, and hand calculation."""

import pytest
from scipy.stats import binom, binomtest

from glioscope.reviews.monitoring.limits import ALPHA, of_individuals, of_share, wilson


@pytest.mark.parametrize("count", [10, 37, 400])
@pytest.mark.parametrize("rate", [0.0, 0.003, 0.05, 0.5, 0.93, 1.0])
def test_limits_of_a_share_are_quantiles_of_the_binomial(count: int, rate: float) -> None:
    low, high = of_share(rate, count)
    assert low * count == pytest.approx(binom.ppf(ALPHA / 2, count, rate) if rate else 0)
    assert high * count == pytest.approx(binom.ppf(1 - ALPHA / 2, count, rate))


def test_beyond_a_limit_chance_comes_less_often_than_promised() -> None:
    low, high = of_share(0.2, 60)
    outside = binom.cdf(round(low * 60) - 1, 60, 0.2) + binom.sf(round(high * 60), 60, 0.2)
    assert 0 < outside <= ALPHA


def test_limits_of_individuals_are_those_of_the_handbook() -> None:
    """NIST/SEMATECH e-Handbook of Statistical Methods, 6.3.2.2: flow rates of ten batches."""
    flow = [49.6, 47.6, 49.9, 51.3, 47.8, 51.2, 52.6, 52.4, 53.6, 52.1]
    low, high = of_individuals(flow)
    assert (low, high) == pytest.approx((45.8159, 55.8041), abs=1e-3)


@pytest.mark.parametrize(("found", "count"), [(0, 10), (3, 17), (50, 50)])
def test_wilson(found: int, count: int) -> None:
    interval = binomtest(found, count).proportion_ci(method="wilson")
    assert wilson(found, count) == pytest.approx((interval.low, interval.high), abs=1e-6)
