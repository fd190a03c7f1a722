"""Shared by all tests: array shapes are checked as types, and the real data is found or skipped."""

import ctypes
import gc
import json
import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jaxtyping
import pytest

import checked

# As the command itself does (`glioscope.__main__`): looking for cycles often takes a twentieth of
# the suite's time.
gc.set_threshold(50_000, *gc.get_threshold()[1:])

# One thread of a library for each of pytest's workers, which share the cores, and no costly
# optimisation of what is compiled to run once. Libraries read these when they are imported.
for _variable, _value in {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "TF_NUM_INTRAOP_THREADS": "1",
    "TF_NUM_INTEROP_THREADS": "1",
    "XLA_FLAGS": "--xla_backend_optimization_level=0 --xla_llvm_disable_expensive_passes=true",
}.items():
    os.environ.setdefault(_variable, _value)

# Before glioscope is imported anywhere: every annotated call then checks shape and dtype.
# `training` is left out: keras tensors are not what its annotations of numpy arrays promise.
CHECKED = (
    "analysis",
    "datasets",
    "errors",
    "evaluation",
    "files",
    "findings",
    "followup",
    "locks",
    "model",
    "orientation",
    "phantom",
    "pipeline",
    "quality_gate",
    "reading",
    "settings",
    "study",
    "texts",
    "volume",
    "writing",
)
# As malloc.h of glibc numbers them.
M_TRIM_THRESHOLD, M_MMAP_THRESHOLD = -1, -3

checked.install([f"glioscope.{name}" for name in CHECKED])


class _ClosedWhenDropped(sqlite3.Connection):
    def __del__(self) -> None:
        self.close()


_connect = sqlite3.connect


def _connect_closing(database: Any, *args: Any, **kwargs: Any) -> sqlite3.Connection:
    """`sqlite3.connect`; a database in memory is closed with the object that holds it.

    highdicom (0.28) keeps the frame index of each image in one and has no way to close it, and
    Python 3.13 warns of that. Databases on disk still warn when nobody closes them.
    """
    if database == ":memory:":
        kwargs.setdefault("factory", _ClosedWhenDropped)
        # The collector may run in any thread.
        kwargs.setdefault("check_same_thread", False)
    return _connect(database, *args, **kwargs)


sqlite3.connect = _connect_closing

# The hook must stand before these.
from glioscope.analysis import Analysis  # noqa: E402
from glioscope.settings import Settings  # noqa: E402
from glioscope.texts.message import message  # noqa: E402
from phantoms import analysis_for, ball_mask, grid_of, whole_head  # noqa: E402

# Files and folders that take longest, begun first: no worker ends on one while the other has
# nothing left.
LONGEST = (
    "test_on_jax.py",
    "browser",
    "test_seg.py",
    "test_runs.py",
    "test_readme.py",
    "test_fit.py",
    "test_shipped.py",
    "test_resume.py",
    "test_sites.py",
    "test_soft_targets.py",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    def place(item: pytest.Item) -> int:
        path = item.path
        found = (n for n, name in enumerate(LONGEST) if name in (path.name, path.parent.name))
        return next(found, len(LONGEST))

    items.sort(key=place)


def pytest_collection_finish() -> None:
    """What is imported by now stays: to look for cycles in it costs seconds at the end alone."""
    gc.freeze()
    # Once TensorFlow has trained, glibc hands every freed array back to the system, and asking for
    # the next one costs as much as filling it.
    libc = ctypes.CDLL(None) if os.name == "posix" else None
    if hasattr(libc, "mallopt"):
        libc.mallopt(M_MMAP_THRESHOLD, 32 << 20)
        libc.mallopt(M_TRIM_THRESHOLD, 256 << 20)


@pytest.fixture(scope="session")
def lgg_root() -> Path:
    """Folder that holds the LGG case folders; tests that need it are skipped without one."""
    root = Settings.from_environment().lgg
    if root is None:
        pytest.skip("GLIOSCOPE_LGG is not set: it names the folder that holds the LGG case folders")
    if not any(root.glob("TCGA_*")):
        pytest.fail("GLIOSCOPE_LGG is set but its folder holds no TCGA_* case")
    return root


@pytest.fixture
def analysis() -> Analysis:
    """A ball of 4 mm on axial slices, with one warning in Russian letters."""
    warned = (message("text", text="предупреждение"),)
    return analysis_for(ball_mask(grid_of("axial"), (0, 0, 0), 4), warnings=warned)


@pytest.fixture
def document(analysis: Analysis) -> dict[str, Any]:
    """Its `analysis.json`, as it is read back."""
    return json.loads(json.dumps(analysis.to_dict()))


@pytest.fixture
def _head_made_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """`demo` and `selftest` look at the head that was made for an earlier test."""
    monkeypatch.setattr("glioscope.phantom.study.phantom_study", whole_head)


@pytest.fixture(scope="module")
def unchecked() -> Iterator[None]:
    """Array shapes are not checked: whole runs call what other tests check a million times."""
    jaxtyping.config.update("jaxtyping_disable", True)
    yield
    jaxtyping.config.update("jaxtyping_disable", False)
