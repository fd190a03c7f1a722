"""The C library's heap: large arrays go back to the system when they are freed."""

import ctypes
import sys
from contextlib import suppress

# As malloc.h of glibc numbers it.
_M_MMAP_THRESHOLD = -3
# A volume of 40 slices has some ten megabytes, a slice a quarter of one.
_LARGE = 1 << 20


def give_back() -> None:
    """Keep no large block that is free, where the C library is glibc; elsewhere do nothing.

    glibc raises its bound with the largest block that it has seen freed, up to 32 MB, and puts what
    is smaller between other things, where it stays: a seventh of the peak of `glioscope analyze`.
    """
    if sys.platform == "linux":
        with suppress(OSError, AttributeError):  # musl has neither the file nor the function
            ctypes.CDLL("libc.so.6").mallopt(_M_MMAP_THRESHOLD, _LARGE)
