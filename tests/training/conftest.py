"""Shared by the tests of training."""

from collections.abc import Iterator

import jaxtyping
import pytest

from toy_training import step_by_step


@pytest.fixture(scope="module")
def eager() -> Iterator[None]:
    """Short runs without a graph; tests of one run's mathematics keep theirs."""
    with step_by_step():
        yield


@pytest.fixture(scope="module", autouse=True)
def _unchecked() -> Iterator[None]:
    """Array shapes are not checked: whole runs call what other tests check a million times."""
    jaxtyping.config.update("jaxtyping_disable", True)
    yield
    jaxtyping.config.update("jaxtyping_disable", False)
