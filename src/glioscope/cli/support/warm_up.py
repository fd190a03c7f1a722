"""The writers' libraries, imported while the network runs.

PDF, DICOM and table libraries take about as long to import as a study to analyse, and the network
leaves the interpreter to others while it computes. What fails to import here is imported again, and
reported, where it is used.
"""

import threading
from contextlib import suppress
from importlib import import_module

# What `analyze` needs from its first lesion on.
_LATER = (
    "scipy.optimize",
    "glioscope.writing.study_folder",
    "glioscope.cli.support.results_table",
    "rich.table",
)
# What only DICOM results need.
_DICOM = ("highdicom.seg", "highdicom.sr")


def warm_up(*, dicom: bool) -> threading.Thread:
    """Begin to import in a thread; the process ends after it."""
    names = (*_LATER, *(_DICOM if dicom else ()))
    thread = threading.Thread(target=_import, args=(names,), name="warm-up")
    thread.start()
    return thread


def _import(names: tuple[str, ...]) -> None:
    for name in names:
        with suppress(ImportError):
            import_module(name)
