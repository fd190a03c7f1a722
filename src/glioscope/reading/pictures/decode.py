"""Picture files to arrays, exactly and with exact errors; every reader of pictures comes here."""

import logging
import re
import struct
from pathlib import Path

import numpy as np
import tifffile
from jaxtyping import Shaped
from PIL import Image as Picture

from glioscope.errors import InvalidImage, UnreadableFile
from glioscope.reading.damage import CUT_OFF, DAMAGE
from glioscope.texts.message import Message, message

# A head cannot be judged below; the networks see 128 px or more.
MIN_SIDE = 32
# Far above any MRI matrix (1024); a larger picture is no slice and would only fill the memory.
MAX_SIDE = 4096

_PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_TIFF_SIGNATURES = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
_WHITE_IS_ZERO, _BLACK_IS_ZERO, _RGB = 0, 1, 2
_PNG_FORBIDDEN = {
    3: message("reading.kind.palette"),
    4: message("reading.kind.alpha"),
    6: message("reading.kind.alpha"),
}
# tifffile also logs the damage that we report as an error.
logging.getLogger("tifffile").addHandler(logging.NullHandler())


def natural_key(name: str) -> tuple[list[str | int], str]:
    """Sort key that puts slice_2 before slice_10."""
    parts = re.split(r"([0-9]+)", name.lower())
    return [int(part) if index % 2 else part for index, part in enumerate(parts)], name


def read_pages(path: Path) -> list[Shaped[np.ndarray, "h w *c"]]:
    """Every page of a TIFF, or the one picture of a PNG: (h, w) grey or (h, w, 3) RGB.

    Values keep the file's own type and scale. The format is told by the content, not by the name.

    Raises:
        UnreadableFile: empty, damaged, truncated, or neither TIFF nor PNG.
        InvalidImage: not grey or RGB, fewer than 8 bits, white as zero, or a side outside
            32 to 4096 px.
    """
    try:
        with path.open("rb") as file:
            head = file.read(32)
        if not head:
            raise UnreadableFile("reading.empty_file", name=path.name)
        if head.startswith(_PNG_SIGNATURE):
            return [_read_png(path, head)]
        if head.startswith(_TIFF_SIGNATURES):
            return _read_tiff(path)
    except DAMAGE as error:
        raise UnreadableFile(
            "reading.picture_damaged", name=path.name, reason=_reason(error)
        ) from error
    raise UnreadableFile("reading.not_tiff_or_png", name=path.name)


def read_page(path: Path) -> Shaped[np.ndarray, "h w *c"]:
    """The only page of a picture; errors as in `read_pages`, and InvalidImage for several pages."""
    pages = read_pages(path)
    if len(pages) != 1:
        raise InvalidImage("reading.several_pages", name=path.name, pages=len(pages))
    return pages[0]


def kind_of(page: np.ndarray) -> Message:
    """What a person calls it: `RGB 8 bit`, `grey 16 bit`."""
    bits = page.dtype.itemsize * 8
    if page.ndim == 2:
        whole, real = "reading.kind.grey", "reading.kind.grey_float"
    else:
        whole, real = "reading.kind.rgb", "reading.kind.rgb_float"
    code = real if page.dtype.kind == "f" else whole
    return message(code, bits=bits)


def _reason(error: BaseException) -> Message | str:
    if isinstance(error, OSError) and error.strerror:
        return error.strerror  # without the path that str(error) would show
    if isinstance(error, CUT_OFF):
        return message("reading.ends_early")
    if isinstance(error, Picture.UnidentifiedImageError):
        return message("reading.no_picture")
    return str(error).splitlines()[0][:120] if str(error) else type(error).__name__


def _check_size(name: str, height: int, width: int) -> None:
    if min(height, width) < MIN_SIDE or max(height, width) > MAX_SIDE:
        raise InvalidImage(
            "reading.picture_size",
            name=name,
            least=MIN_SIDE,
            most=MAX_SIDE,
            width=width,
            height=height,
        )


def _read_png(path: Path, head: bytes) -> Shaped[np.ndarray, "h w *c"]:
    width, height, depth, colour = struct.unpack_from(">IIBB", head, 16)
    if colour in _PNG_FORBIDDEN or depth < 8:
        found = _PNG_FORBIDDEN.get(colour) or message("reading.kind.bits", bits=depth)
        raise InvalidImage("reading.picture_kind", name=path.name, found=found)
    _check_size(path.name, height, width)
    if (depth, colour) == (16, _RGB):
        # Pillow would drop the lower byte without a word.
        raise InvalidImage("reading.png_16_bit", name=path.name)
    with Picture.open(path, formats=("PNG",)) as picture:
        return np.asarray(picture)


def _read_tiff(path: Path) -> list[Shaped[np.ndarray, "h w *c"]]:
    with tifffile.TiffFile(path) as tiff:
        pages = [_tiff_page(tiff.pages.get(k), path, k) for k in range(len(tiff.pages))]
        _check_chain(tiff)
        return pages


def _check_chain(tiff: tifffile.TiffFile) -> None:
    """Refuse a stack that was cut between pages, which tifffile reads as a shorter one."""
    tiff.filehandle.seek(tiff.pages.next_page_offset or 0)
    if any(tiff.filehandle.read(tiff.tiff.offsetsize)):
        raise EOFError("pages are missing at the end")


def _tiff_page(
    page: tifffile.TiffPage | tifffile.TiffFrame, path: Path, index: int
) -> Shaped[np.ndarray, "h w *c"]:
    page = page.aspage()
    _check_size(path.name, page.imagelength, page.imagewidth)
    _check_tiff_kind(page, path.name)
    try:
        array = page.asarray()
    except ValueError as error:
        if "imagecodecs" not in str(error):
            raise
        array = _decode_with_pillow(page, path, index)
    return np.moveaxis(array, 0, -1) if page.axes == "SYX" else array


def _check_tiff_kind(page: tifffile.TiffPage, name: str) -> None:
    grey = page.photometric == _BLACK_IS_ZERO and page.axes == "YX"
    colour = page.photometric == _RGB and page.samplesperpixel == 3 and len(page.axes) == 3
    plain = page.dtype is not None and page.dtype.kind in "uif" and page.bitspersample >= 8
    if page.photometric == _WHITE_IS_ZERO:
        raise InvalidImage("reading.inverted", name=name)
    if page.extrasamples:
        raise InvalidImage("reading.alpha", name=name)
    if not (grey or colour) or not plain:
        found = message(
            "reading.kind.channels",
            channels=page.samplesperpixel,
            bits=page.bitspersample,
            photometric=getattr(page.photometric, "name", "?"),
        )
        raise InvalidImage("reading.picture_kind", name=name, found=found)


def _decode_with_pillow(
    page: tifffile.TiffPage, path: Path, index: int
) -> Shaped[np.ndarray, "h w *c"]:
    """LZW and the like, for which tifffile asks for a package that the plain install lacks."""
    with Picture.open(path, formats=("TIFF",)) as picture:
        picture.seek(index)
        array = np.asarray(picture)
    if array.dtype != page.dtype or array.ndim not in (2, 3):
        raise UnreadableFile("reading.compression", name=path.name, bits=page.bitspersample)
    return array
