"""What the engine of a network keeps between studies."""

import ctypes
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from tests.conftest import M_MMAP_THRESHOLD

from glioscope.cli.support.libraries.heap import give_back
from glioscope.model.bundle import load_model
from glioscope.model.engine import OnnxEngine


def own_bytes() -> int:
    """Memory of this process that is no file, without what earlier tests have freed."""
    ctypes.CDLL(None).malloc_trim(0)
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("RssAnon"):
            return 1024 * int(line.split()[1])
    raise AssertionError("the system does not tell")


@pytest.fixture
def free_blocks_go_back() -> Iterator[None]:
    """As in the command; pytest keeps them (tests/conftest.py)."""
    give_back()
    yield
    ctypes.CDLL(None).mallopt(M_MMAP_THRESHOLD, 32 << 20)


@pytest.mark.usefixtures("free_blocks_go_back")
@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has /proc")
def test_what_slices_were_computed_in_is_given_back_and_they_are_answered_alike() -> None:
    model = load_model()
    engine, plan = model.engine, model.plan
    assert isinstance(engine, OnnxEngine)
    shape = (4, plan.size, plan.size, plan.input_channels)
    slices = np.random.default_rng(0).random(shape, np.float32)
    before = engine(slices)
    full = own_bytes()
    engine.give_back()
    assert own_bytes() < full - 10_000_000
    after = engine(slices)
    assert all(np.array_equal(a, b) for a, b in zip(before, after, strict=True))
