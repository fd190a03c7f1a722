"""Shared by all tests: array shapes are checked as types, and the real data is found or skipped."""

import sqlite3
from pathlib import Path
from typing import Any

import pytest
from jaxtyping import install_import_hook

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
install_import_hook([f"glioscope.{name}" for name in CHECKED], "checked.check")


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

from glioscope.settings import Settings  # noqa: E402  (the hook must stand before it)


@pytest.fixture(scope="session")
def lgg_root() -> Path:
    """Folder that holds the LGG case folders; tests that need it are skipped without one."""
    root = Settings.from_environment().lgg
    if root is None:
        pytest.skip("GLIOSCOPE_LGG is not set: it names the folder that holds the LGG case folders")
    if not any(root.glob("TCGA_*")):
        pytest.fail("GLIOSCOPE_LGG is set but its folder holds no TCGA_* case")
    return root
