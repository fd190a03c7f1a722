"""Shared by the tests of training."""

from collections.abc import Iterator
from functools import partial

import pytest

from glioscope.evaluation.scores.score import score
from toy_training import step_by_step


@pytest.fixture(scope="module")
def eager() -> Iterator[None]:
    """Short runs without a graph; tests of one run's mathematics keep theirs."""
    with step_by_step():
        yield


@pytest.fixture(scope="module", autouse=True)
def _few_resamples() -> Iterator[None]:
    """Cards of toys have intervals from few draws; `bootstrap` itself is tested elsewhere."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("glioscope.training.export.bundle.score", partial(score, resamples=20))
        yield


@pytest.fixture(scope="module", autouse=True)
def _unchecked(unchecked: None) -> None:
    pass
