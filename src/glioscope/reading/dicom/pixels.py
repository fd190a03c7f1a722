"""Pixels of a stack: decoded frame by frame, rescaled each by its own header, in the stack's order.

Every transfer syntax that pydicom decodes with GDCM, Pillow, pylibjpeg (openjpeg, rle), pyjpegls.
"""

from collections.abc import Mapping, Sequence
from itertools import groupby

import numpy as np
from jaxtyping import Bool, Float32, Integer
from pydicom.dataset import Dataset, FileDataset
from pydicom.pixels.decoders.base import get_decoder
from pydicom.pixels.utils import iter_pixels
from pydicom.uid import (
    UID,
    JPEGBaseline8Bit,
    JPEGExtended12Bit,
    JPEGLossless,
    JPEGLosslessSV1,
    JPEGLSTransferSyntaxes,
)

from glioscope.errors import InvalidImage, UnreadableFile
from glioscope.reading.checks import Where
from glioscope.reading.dicom.files import DICOM_DAMAGE, DicomFile, label, read_whole, value
from glioscope.reading.dicom.geometry import Stack
from glioscope.reading.dicom.headers import Frame, integer, number, words
from glioscope.reading.dicom.text import declare
from glioscope.reading.quiet import quietly
from glioscope.study import FrameRef, SeriesRef

_PIXELS = ("PixelData", "FloatPixelData", "DoubleFloatPixelData")
_GREY = ("MONOCHROME1", "MONOCHROME2")
# Without these nobody can tell what the bytes of PixelData mean (PS3.3 C.7.6.3, all of type 1).
_LAYOUT = ("PhotometricInterpretation", "BitsAllocated", "BitsStored", "PixelRepresentation")
# What the header calls padding is told from air by more than this share of the other values' range.
_NEAR_PADDING = 0.1
# Who decodes what, so that the values do not depend on what else is installed: pydicom would take
# the first of several. All others have one decoder, or pylibjpeg comes first.
_JPEG = {JPEGBaseline8Bit: "pillow", JPEGExtended12Bit: "pillow"}
_LOSSLESS_JPEG = {JPEGLossless: "gdcm", JPEGLosslessSV1: "gdcm"}
_PLUGINS = _JPEG | _LOSSLESS_JPEG | dict.fromkeys(JPEGLSTransferSyntaxes, "pyjpegls")


def read_stack(
    stack: Stack, series_uid: str, where: Where, charset: str | None = None
) -> tuple[Float32[np.ndarray, "s h w"], SeriesRef]:
    """Intensities on the stack's grid, and the instances they came from.

    MONOCHROME1, where low is white, is turned round. What the header calls padding becomes air
    where its value is far from all others. Frames at one place must be equal; the first is kept.

    Raises:
        UnreadableFile: damaged or truncated, or a transfer syntax that cannot be decoded here.
        InvalidImage: colour, a header that does not say how pixels are stored, a rescale slope of
            0, or different pictures at one place.
    """
    array = np.empty(stack.grid.shape, np.float32)
    padded: dict[int, Bool[np.ndarray, "h w"]] = {}
    filled: set[int] = set()
    inverted: set[bool] = set()
    headers: dict[str, Dataset] = {}
    slices = {_key(f): index for index, place in enumerate(stack.places) for f in place}
    for file, frames in _by_file(stack):
        whole = read_whole(file)
        inverted.add(_require_grey(whole, file))
        for frame, pixels in zip(frames, _decoded(whole, file, frames), strict=True):
            _put(array, slices[_key(frame)], filled, pixels, frame, where)
            if (padding := _padding(pixels, whole)).any():
                padded[slices[_key(frame)]] = padding
        headers.setdefault(frames[0].instance_uid, _header(whole, charset))
    if len(inverted) > 1:
        raise InvalidImage("reading.pixels.mixed_inversion", where=where)
    kept = [place[0] for place in stack.places]
    ordered = dict.fromkeys(frame.instance_uid for frame in kept)
    refs = tuple(FrameRef(frame.instance_uid, frame.number) for frame in kept)
    reference = SeriesRef(series_uid, tuple(headers[uid] for uid in ordered), refs)
    _air_for_padding(array, padded, inverted=True in inverted)
    return (array.max() - array if True in inverted else array), reference


def _key(frame: Frame) -> tuple[str, int | None]:
    return frame.file.name, frame.number


def _by_file(stack: Stack) -> list[tuple[DicomFile, list[Frame]]]:
    """Frames of each file together; at each place the frame that is kept comes first."""
    frames = [(rank, f) for place in stack.places for rank, f in enumerate(place)]
    frames.sort(key=lambda pair: (pair[0], pair[1].file.name, pair[1].number or 0))
    groups = groupby((f for _, f in frames), key=lambda f: f.file.name)
    return [(found[0].file, found) for _, group in groups if (found := list(group))]


def _put(
    array: Float32[np.ndarray, "s h w"],
    index: int,
    filled: set[int],
    pixels: np.ndarray,
    frame: Frame,
    where: Where,
) -> None:
    """Write a frame to its slice, or compare it with what stands there."""
    if pixels.shape != frame.shape:
        height, width = frame.shape
        raise UnreadableFile(
            "reading.pixels.size",
            where=label(frame.file),
            width=width,
            height=height,
            shape=str(pixels.shape),
        )
    if frame.slope == 0:
        raise InvalidImage("reading.pixels.no_slope", where=label(frame.file))
    with np.errstate(over="ignore", invalid="ignore"):
        values = pixels.astype(np.float32) * np.float32(frame.slope) + np.float32(frame.intercept)
    if not np.isfinite(values).all():
        raise InvalidImage(
            "reading.pixels.beyond",
            where=label(frame.file),
            slope=frame.slope,
            intercept=frame.intercept,
        )
    if index not in filled:
        filled.add(index)
        array[index] = values
    elif not np.array_equal(array[index], values):
        raise InvalidImage("reading.pixels.two_pictures", where=where, instance=frame.order[0])


def _padding(pixels: np.ndarray, whole: Dataset) -> Bool[np.ndarray, "h w"]:
    """Which stored values the header calls padding (PS3.3 C.7.5.1.1.2), one or a range."""
    ends = [
        _as_stored(number(value(whole, keyword)), whole)
        for keyword in ("PixelPaddingValue", "PixelPaddingRangeLimit")
    ]
    there = [end for end in ends if end is not None]
    if ends[0] is None:
        return np.zeros(pixels.shape, bool)
    return (pixels >= min(there)) & (pixels <= max(there))


def _as_stored(padding: float | None, whole: Dataset) -> float | None:
    """The value as pixels have it: signed ones are at times written as unsigned."""
    bits = integer(value(whole, "BitsAllocated"))
    signed = integer(value(whole, "PixelRepresentation")) == 1
    return padding - 2**bits if padding and signed and padding >= 2 ** (bits - 1) else padding


def _air_for_padding(
    array: Float32[np.ndarray, "s h w"],
    padded: Mapping[int, Bool[np.ndarray, "h w"]],
    *,
    inverted: bool,
) -> None:
    """Give padding that lies far from 0 and from all other values, in place, that of air.

    Near them, and at 0, it is what scanners write for air themselves.
    """
    rest = np.ones(array.shape if padded else 0, bool)
    for index, padding in padded.items():
        rest[index] = ~padding
    if not rest.any():
        return
    low, high = min(array[rest].min(), 0), array[rest].max()
    near = _NEAR_PADDING * (high - low)
    for index, padding in padded.items():
        far = padding & ((array[index] < low - near) | (array[index] > high + near))
        array[index][far] = high if inverted else low


def _require_grey(whole: Dataset, file: DicomFile) -> bool:
    """Whether the picture is inverted.

    Raises:
        InvalidImage: it is in colour, or the header does not say how pixels are stored.
        UnreadableFile: there are no pixels.
    """
    if not any(keyword in whole for keyword in _PIXELS):
        raise UnreadableFile("reading.pixels.none", where=label(file))
    if "PixelData" in whole:
        _require_layout(whole, file)
    kind = words(value(whole, "PhotometricInterpretation")) or "MONOCHROME2"
    if kind not in _GREY or (integer(value(whole, "SamplesPerPixel")) or 1) != 1:
        raise InvalidImage("reading.pixels.colour", where=label(file), kind=kind)
    return kind == "MONOCHROME1"


def _require_layout(whole: Dataset, file: DicomFile) -> None:
    for keyword in _LAYOUT:
        if value(whole, keyword) in (None, ""):
            raise InvalidImage("reading.pixels.no_tag", where=label(file), keyword=keyword)
    allocated, stored = (integer(value(whole, f"Bits{what}")) for what in ("Allocated", "Stored"))
    high = _high_bit(whole)
    if not 1 <= stored <= high + 1 <= allocated:
        raise InvalidImage(
            "reading.pixels.bits", where=label(file), allocated=allocated, stored=stored, high=high
        )


def _high_bit(whole: Dataset) -> int:
    """The highest bit of a stored value; the standard leaves no choice, old scanners took one."""
    found = value(whole, "HighBit")
    return integer(value(whole, "BitsStored")) - 1 if found is None else integer(found)


def _decoded(whole: FileDataset, file: DicomFile, frames: Sequence[Frame]) -> list[np.ndarray]:
    syntax = UID(str(whole.file_meta.get("TransferSyntaxUID", "")))
    indices = [frame.number - 1 for frame in frames if frame.number]
    count = integer(value(whole, "NumberOfFrames"))
    if count > 1 and not indices:
        raise InvalidImage("reading.pixels.no_groups", where=label(file), count=count)
    try:
        plugin = _decoder(syntax, whole, file)
        with quietly():
            # pydicom takes the highest bits for unused ones; `_stored` knows where they are.
            found = list(
                iter_pixels(
                    whole,
                    indices=indices or None,
                    decoding_plugin=plugin,
                    correct_unused_bits=bool(plugin),
                )
            )
        if len(found) != len(frames):
            raise ValueError(f"{len(found)} frames where the header describes {len(frames)}")
        return [_stored(pixels, whole) for pixels in found]
    except DICOM_DAMAGE as error:
        raise UnreadableFile(
            "reading.pixels.damaged", where=label(file), syntax=syntax.name
        ) from error


def _decoder(syntax: UID, whole: Dataset, file: DicomFile) -> str:
    """The name of pydicom's plugin that decodes the file; "" where nothing is compressed."""
    try:
        decoder = get_decoder(syntax)
    except NotImplementedError as error:
        if not syntax:
            raise UnreadableFile("reading.pixels.syntax_missing", where=label(file)) from error
        raise UnreadableFile(
            "reading.pixels.syntax", where=label(file), syntax=syntax.name
        ) from error
    if syntax == JPEGExtended12Bit and integer(value(whole, "BitsStored")) != 8:
        # Pillow reads lossy JPEG of 8 bits only, and nothing free that pydicom knows reads 12.
        raise UnreadableFile("reading.pixels.syntax", where=label(file), syntax=syntax.name)
    plugin = _PLUGINS.get(syntax, "pylibjpeg" if syntax.is_compressed else "")
    if plugin and plugin not in decoder.available_plugins:
        needed = "; ".join(decoder.missing_dependencies)
        raise UnreadableFile(
            "reading.pixels.decoder", where=label(file), syntax=syntax.name, needed=needed
        )
    return plugin


def _stored(pixels: np.ndarray, whole: Dataset) -> np.ndarray:
    """Pixels without what stands above and below, where old scanners keep overlays (PS3.5 8.1).

    What was compressed has nothing below.
    """
    if pixels.dtype.kind not in "iu" or "PixelData" not in whole:
        return pixels
    bits, stored = pixels.dtype.itemsize * 8, integer(value(whole, "BitsStored"))
    high = stored - 1 if whole.file_meta.TransferSyntaxUID.is_compressed else _high_bit(whole)
    return _cut_out(pixels, bits - 1 - high, bits - stored) if stored < bits else pixels


def _cut_out(
    pixels: Integer[np.ndarray, "h w"], above: int, spare: int
) -> Integer[np.ndarray, "h w"]:
    return (pixels << above) >> spare


def _header(whole: FileDataset, charset: str | None) -> Dataset:
    """The header alone: a new data set, because the one that was read holds the file's bytes."""
    header = Dataset(whole)
    for keyword in _PIXELS:
        if keyword in header:
            del header[keyword]
    header.file_meta = whole.file_meta
    header.set_original_encoding(*whole.original_encoding, whole.original_character_set)
    declare(header, charset)
    return header
