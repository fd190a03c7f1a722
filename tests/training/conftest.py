"""Shared by the tests of training."""

from collections.abc import Iterator

import pytest

from toy_training import step_by_step


@pytest.fixture(scope="module")
def eager() -> Iterator[None]:
    """Short runs without a graph; tests of one run's mathematics keep theirs."""
    with step_by_step():
        yield


@pytest.fixture(scope="module", autouse=True)
def _unchecked(unchecked: None) -> None:
    pass
