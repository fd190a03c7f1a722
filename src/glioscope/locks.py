"""Locks between processes that end with their process, however it ends.

The system keeps them (flock, msvcrt), so nothing needs to be judged stale: after a kill or a power
cut the next process simply takes the lock.
"""

import os
import sys
import time
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path

# Between two looks at a lock that is waited for, in seconds.
_PAUSE_S = 0.05


@contextmanager
def held(path: Path, *, wait: bool = False) -> Generator[bool, None, None]:
    """Hold the lock of the file `path` while the block runs; yields whether it is held.

    False means that somebody else holds it, another process or another block of this one; with
    `wait` the block begins once it is free. The file is empty, and gone when the block ends. Its
    folder must be there. Where the file system knows no locks, as some network drives, nobody is
    kept out.

    Raises:
        OSError: the file cannot be made.
    """
    handle = _open(path)
    while handle is None and wait:
        time.sleep(_PAUSE_S)
        handle = _open(path)
    try:
        yield handle is not None
    finally:
        if handle is not None:
            _release(path, handle)


def _open(path: Path) -> int | None:
    """The file, locked; None where it is locked already."""
    while True:
        handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
        if not _lock(handle):
            os.close(handle)
            return None
        # Windows removes nothing that is open.
        if sys.platform == "win32" or _is_at(path, handle):
            return handle
        os.close(handle)  # its last holder has removed it meanwhile, and another may have made one


def _is_at(path: Path, handle: int) -> bool:
    try:
        return os.path.samestat(os.fstat(handle), path.stat())
    except FileNotFoundError:
        return False


def _release(path: Path, handle: int) -> None:
    """Remove the file while it is held; Windows removes only what nobody has open."""
    if sys.platform != "win32":
        path.unlink(missing_ok=True)
    os.close(handle)
    if sys.platform == "win32":
        with suppress(OSError):
            path.unlink(missing_ok=True)


if sys.platform == "win32":
    import msvcrt

    def _lock(handle: int) -> bool:
        try:
            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

else:
    import fcntl

    def _lock(handle: int) -> bool:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        except OSError:  # a file system without locks
            return True
        return True
