"""Libraries of the later steps, imported while NumPy or the network computes, or left out.

They take about as long to import as a study to analyse, and leave the interpreter to others no more
than others do to them: so each set is begun where much is computed outside of it. What fails to
import here is imported again, and reported, where it is used.
"""

import sys
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from functools import cache
from importlib import import_module

# What judges the input and draws outlines needs it; it is read while intensities are scaled.
_GATE = ("scipy.ndimage",)
# What `analyze` needs from its first lesion on; it is read while the network runs.
_LATER = (
    "glioscope.writing.study_folder",
    "glioscope.cli.support.results_table",
    "rich.table",
)
# What only DICOM results need.
_DICOM = ("highdicom.seg", "highdicom.sr", "glioscope.writing.dicom.encapsulated_pdf")


def warm_up(*, dicom: bool) -> Callable[[int, int], None]:
    """Begin to import what comes first; the answer is to be told of the network's progress."""
    _begin(_GATE)

    def told(_done: int, _count: int) -> None:
        _begin(_later(dicom))

    return told


def warmed_up(*, dicom: bool) -> None:
    """Wait until what writers need is imported.

    Two threads that enter a library's circle of imports from two sides find it half made.
    """
    _begin(_later(dicom)).join()


def _later(dicom: bool) -> tuple[str, ...]:
    return (*_LATER, *(_DICOM if dicom else ()))


@cache
def _begin(names: tuple[str, ...]) -> threading.Thread:
    """Import in a thread, once in a process, which ends after it."""
    thread = threading.Thread(target=_import, args=(names,), name="warm-up")
    thread.start()
    return thread


def _import(names: tuple[str, ...]) -> None:
    for name in names:
        with suppress(ImportError), left_out("cryptography"):
            import_module(name)


@contextmanager
def left_out(*names: str) -> Generator[None, None, None]:
    """Have libraries that are not imported yet look as if they were not installed.

    pydicom imports Requests to fetch its own test data, fpdf2 Cryptography to sign: each takes as
    long as their own code, and no study needs it. For imports of this thread: another one must not
    need these libraries meanwhile.
    """
    hidden = [name for name in names if name not in sys.modules]
    for name in hidden:
        sys.modules[name] = None  # pyright: ignore[reportArgumentType]  (as if it were not there)
    try:
        yield
    finally:
        for name in hidden:
            del sys.modules[name]
