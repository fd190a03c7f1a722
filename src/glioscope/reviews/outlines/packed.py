"""An outline as a page sends it: gzip of one byte per voxel, on the grid of the study's view."""

import zlib

import numpy as np
from jaxtyping import Bool

from glioscope.errors import InputError

# Tells zlib to expect gzip, with its checksum.
_GZIP = 31

Shape = tuple[int, int, int]


def unpacked(content: bytes, shape: Shape) -> Bool[np.ndarray, "i j k"]:
    """Voxels that are not 0; the first axis runs fastest, as `encodeMask` of the page writes it.

    No more is ever unpacked than the grid has voxels.

    Raises:
        InputError: no whole gzip, or of another number of voxels.
    """
    count = int(np.prod(shape))
    unpacker = zlib.decompressobj(_GZIP)
    try:
        values = unpacker.decompress(content, count + 1)
    except zlib.error as error:
        raise InputError("server.outline_damaged") from error
    if len(values) > count:
        raise InputError("server.outline_size", expected=count)
    if not unpacker.eof or unpacker.unused_data:
        raise InputError("server.outline_damaged")
    if len(values) != count:
        raise InputError("server.outline_size", expected=count)
    return np.frombuffer(values, np.uint8).reshape(shape, order="F") > 0
