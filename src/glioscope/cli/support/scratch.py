"""Folders for what is under construction, gone with their process, however that ends."""

import secrets
import shutil
import tempfile
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path

from glioscope.locks import held

_NAME, _LOCK = "glioscope-scratch-", ".lock"


@contextmanager
def scratch_folder() -> Generator[Path, None, None]:
    """A folder among the system's temporary ones for as long as the block runs.

    What killed processes of the same user left there is cleared first.
    """
    parent = Path(tempfile.gettempdir())
    _clear(parent)
    folder = parent / f"{_NAME}{secrets.token_hex(8)}"
    with held(folder.with_suffix(_LOCK), wait=True):
        folder.mkdir(mode=0o700)
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def _clear(parent: Path) -> None:
    for folder in parent.glob(f"{_NAME}*"):
        # What belongs to another user stays.
        with suppress(OSError), held(folder.with_suffix(_LOCK)) as mine:
            if mine and folder.suffix != _LOCK:
                shutil.rmtree(folder, ignore_errors=True)
