"""Folders that are costly to make: made by the first of pytest's workers that asks, for all."""

from collections.abc import Callable
from pathlib import Path

import pytest

from glioscope.locks import held


def once(factory: pytest.TempPathFactory, name: str, make: Callable[[Path], None]) -> Path:
    """The folder `name` of this run of pytest; `make` fills it. To be read, or copied and changed.

    Other workers wait until it is filled. A folder whose making failed is made anew.
    """
    base = factory.getbasetemp()
    # With pytest-xdist each worker has a folder of its own beside those of the others.
    if base.name.startswith("popen-"):
        base = base.parent
    folder, filled = base / name, base / f"{name}.filled"
    with held(base / f"{name}.lock", wait=True):
        if not filled.exists():
            make(folder)
            filled.touch()
    return folder
