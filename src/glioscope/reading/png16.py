"""16-bit colour PNG, exactly: Pillow keeps only the high byte of each sample."""

import io
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from jaxtyping import UInt8, UInt16
from PIL import Image as Picture

SIGNATURE = b"\x89PNG\r\n\x1a\n"
_RGB = 2


def read_rgb16(path: Path) -> UInt16[np.ndarray, "h w 3"]:
    """Decode a PNG of colour type 2 and bit depth 16.

    PNG filters work byte by byte at the distance of one pixel, so the high bytes and the low bytes
    of a filtered 16-bit picture are each a filtered 8-bit picture, which Pillow decodes.

    Raises:
        ValueError: damaged, truncated, or interlaced.
    """
    chunks = list(_chunks(path.read_bytes()))
    header = next((body for kind, body in chunks if kind == b"IHDR"), b"")
    width, height, depth, colour, _, _, interlaced = struct.unpack(">IIBBBBB", header)
    if (depth, colour, interlaced) != (16, _RGB, 0):
        raise ValueError("an interlaced 16-bit colour PNG is not supported; save it without Adam7")
    rows = _filtered_rows(b"".join(body for kind, body in chunks if kind == b"IDAT"), height, width)
    high, low = (_decode(rows[:, 0], rows[:, 1 + byte :: 2]) for byte in (0, 1))
    return high.astype(np.uint16) << 8 | low


def _chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = len(SIGNATURE)
    while at < len(data):
        (length,) = struct.unpack_from(">I", data, at)
        kind, body = data[at + 4 : at + 8], data[at + 8 : at + 8 + length]
        (crc,) = struct.unpack_from(">I", data, at + 8 + length)
        if zlib.crc32(kind + body) != crc:
            raise ValueError(f"the checksum of its {kind.decode('latin-1')} chunk is wrong")
        yield kind, body
        at += length + 12


def _filtered_rows(packed: bytes, height: int, width: int) -> UInt8[np.ndarray, "h b"]:
    size = height * (1 + 6 * width)
    plain = zlib.decompressobj().decompress(packed, size)
    if len(plain) != size:
        raise ValueError(f"expected {size} bytes of pixels, got {len(plain)}")
    return np.frombuffer(plain, np.uint8).reshape(height, 1 + 6 * width)


def _decode(
    filters: UInt8[np.ndarray, " h"], samples: UInt8[np.ndarray, "h b"]
) -> UInt8[np.ndarray, "h w 3"]:
    height, width = samples.shape[0], samples.shape[1] // 3
    header = struct.pack(">IIBBBBB", width, height, 8, _RGB, 0, 0, 0)
    packed = zlib.compress(np.column_stack([filters, samples]).tobytes(), 0)
    parts = ((b"IHDR", header), (b"IDAT", packed), (b"IEND", b""))
    with Picture.open(io.BytesIO(SIGNATURE + b"".join(_chunk(*p) for p in parts))) as picture:
        return np.asarray(picture)


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
