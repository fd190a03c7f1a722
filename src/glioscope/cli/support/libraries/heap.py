"""The C library's heap: large arrays go back to the system when they are freed."""

import ctypes
import sys
from contextlib import suppress

# As malloc.h of glibc numbers them.
_M_MMAP_THRESHOLD, _M_ARENA_MAX = -3, -8
# A volume of 40 slices has some ten megabytes, a slice a quarter of one.
_LARGE = 1 << 20
# Each thread would begin a heap of its own, up to eight for a core, and leave it half empty.
_HEAPS = 2


def give_back() -> None:
    """Keep no large block that is free, where the C library is glibc; elsewhere do nothing.

    glibc raises its bound with the largest block that it has seen freed, up to 32 MB, and puts what
    is smaller between other things, where it stays: a seventh of the peak of `glioscope analyze`.
    """
    if sys.platform == "linux":
        with suppress(OSError, AttributeError):  # musl has neither the file nor the function
            libc = ctypes.CDLL("libc.so.6")
            libc.mallopt(_M_MMAP_THRESHOLD, _LARGE)
            libc.mallopt(_M_ARENA_MAX, _HEAPS)
