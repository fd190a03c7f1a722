"""Silence for libraries that warn of values which the standard forbids and scanners write.

Filters of warnings belong to the process, and several threads read and write at once: were each to
set back what it found, one that leaves would end the silence of another, or leave its own behind.
"""

import threading
import warnings
from collections.abc import Generator
from contextlib import contextmanager


class _Silence:
    """Begins with the first thread that asks for it, and ends with the last."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._inside = 0
        self._filters = warnings.catch_warnings()

    def begin(self) -> None:
        with self._lock:
            if not self._inside:
                self._filters = warnings.catch_warnings()
                self._filters.__enter__()
                warnings.simplefilter("ignore")
            self._inside += 1

    def end(self) -> None:
        with self._lock:
            self._inside -= 1
            if not self._inside:
                self._filters.__exit__(None, None, None)


_SILENCE = _Silence()


@contextmanager
def quietly() -> Generator[None, None, None]:
    """Without warnings of libraries, in every thread of the process while one is in here."""
    _SILENCE.begin()
    try:
        yield
    finally:
        _SILENCE.end()
