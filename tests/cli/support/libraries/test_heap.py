"""In a process of its own each: the setting is the whole process's."""

import subprocess
import sys

import pytest

# How many bytes of the system's own pages hold an array of 8 MB, once one of 16 MB was freed.
SCRIPT = """
import ctypes
import numpy as np
from glioscope.cli.support.libraries.heap import give_back

class Heap(ctypes.Structure):
    names = "arena ordblks smblks hblks hblkhd usmblks fsmblks uordblks fordblks keepcost"
    _fields_ = [(name, ctypes.c_size_t) for name in names.split()]

{call}
state = ctypes.CDLL("libc.so.6").mallinfo2
state.restype = Heap
del_me = np.ones(2 << 20)
del del_me
before = state().hblkhd
kept = np.ones(1 << 20)
print(state().hblkhd - before)
"""


def mapped(call: str) -> int:
    command = [sys.executable, "-c", SCRIPT.format(call=call)]
    return int(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have another heap")
def test_a_large_array_has_pages_of_its_own_also_after_a_larger_one() -> None:
    assert mapped("give_back()") >= 8 << 20
    assert mapped("") < 8 << 20
