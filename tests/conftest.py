"""Shared by all tests: array shapes are checked as types, and the real data is found or skipped."""

from pathlib import Path

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
