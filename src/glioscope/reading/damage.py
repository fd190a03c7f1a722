"""What decoders raise on a file that is damaged, truncated or made to hurt.

Found by cutting and flipping files. pydicom and nibabel, which are slow to import, have errors of
their own; their readers add them.
"""

import struct
import zlib
from zipfile import BadZipFile

# RuntimeError holds NotImplementedError, and RecursionError: sequences nested without end.
DAMAGE: tuple[type[Exception], ...] = (
    ArithmeticError,
    AttributeError,
    BadZipFile,
    EOFError,
    LookupError,
    OSError,
    RuntimeError,
    SyntaxError,
    TypeError,
    ValueError,
    struct.error,
    zlib.error,
)
# What they raise, in words of their own, where the file stops before its content does.
CUT_OFF: tuple[type[Exception], ...] = (EOFError, struct.error)
