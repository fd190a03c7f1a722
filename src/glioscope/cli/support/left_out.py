"""Libraries that others import where they are installed, and on the way of a study never use.

pydicom imports Requests to fetch its own test data, fpdf2 Cryptography to sign; each takes as long
to import as pydicom's own code.
"""

import sys
from collections.abc import Generator
from contextlib import contextmanager


@contextmanager
def left_out(*names: str) -> Generator[None, None, None]:
    """Have libraries that are not imported yet look as if they were not installed.

    For imports of this thread: another one must not need these libraries meanwhile.
    """
    hidden = [name for name in names if name not in sys.modules]
    for name in hidden:
        sys.modules[name] = None  # pyright: ignore[reportArgumentType]  (as if it were not there)
    try:
        yield
    finally:
        for name in hidden:
            del sys.modules[name]
