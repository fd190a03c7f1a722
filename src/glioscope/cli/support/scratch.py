"""Folders for what is under construction, gone with their process, however that ends."""

import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from glioscope.files import clear_leftovers, passing_folder


@contextmanager
def scratch_folder() -> Generator[Path, None, None]:
    """A folder among the system's temporary ones for as long as the block runs.

    What killed processes of the same user left there is cleared first.
    """
    clear_scratch()
    with passing_folder(_place()) as folder:
        yield folder


def clear_scratch() -> None:
    """Clear away what killed processes left."""
    clear_leftovers(_place())


def _place() -> Path:
    return Path(tempfile.gettempdir())
