"""Pixels of a stack: decoded frame by frame, rescaled each by its own header, in the stack's order.

Every transfer syntax that pydicom decodes with pylibjpeg (libjpeg, openjpeg, rle) and pyjpegls.
"""

from collections.abc import Sequence
from itertools import groupby

import numpy as np
from jaxtyping import Float32, Integer
from pydicom.dataset import Dataset, FileDataset
from pydicom.pixels.decoders.base import get_decoder
from pydicom.pixels.utils import iter_pixels
from pydicom.uid import UID

from glioscope.errors import InvalidImage, UnreadableFile
from glioscope.reading.dicom.files import DAMAGE, DicomFile, label, quietly, read_whole, value
from glioscope.reading.dicom.geometry import Stack
from glioscope.reading.dicom.headers import Frame, integer, words
from glioscope.reading.dicom.text import declare
from glioscope.study import FrameRef, SeriesRef

_PIXELS = ("PixelData", "FloatPixelData", "DoubleFloatPixelData")
_GREY = ("MONOCHROME1", "MONOCHROME2")


def read_stack(
    stack: Stack, series_uid: str, where: str, charset: str | None = None
) -> tuple[Float32[np.ndarray, "s h w"], SeriesRef]:
    """Intensities on the stack's grid, and the instances they came from.

    MONOCHROME1, where low is white, is turned round. Frames at one place must be equal; the first
    is kept.

    Raises:
        UnreadableFile: damaged or truncated, or a transfer syntax that cannot be decoded here.
        InvalidImage: colour, a rescale slope of 0, or different pictures at one place.
    """
    array = np.empty(stack.grid.shape, np.float32)
    filled: set[int] = set()
    inverted: set[bool] = set()
    headers: dict[str, Dataset] = {}
    slices = {_key(f): index for index, place in enumerate(stack.places) for f in place}
    for file, frames in _by_file(stack):
        whole = read_whole(file)
        inverted.add(_require_grey(whole, file))
        for frame, pixels in zip(frames, _decoded(whole, file, frames), strict=True):
            _put(array, slices[_key(frame)], filled, pixels, frame, where)
        headers.setdefault(frames[0].instance_uid, _header(whole, charset))
    if len(inverted) > 1:
        raise InvalidImage(f"{where}: some pictures are inverted (MONOCHROME1) and some are not")
    kept = [place[0] for place in stack.places]
    ordered = dict.fromkeys(frame.instance_uid for frame in kept)
    refs = tuple(FrameRef(frame.instance_uid, frame.number) for frame in kept)
    reference = SeriesRef(series_uid, tuple(headers[uid] for uid in ordered), refs)
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
    where: str,
) -> None:
    """Write a frame to its slice, or compare it with what stands there."""
    if pixels.shape != frame.shape:
        raise UnreadableFile(
            f"{label(frame.file)}: expected {frame.shape[1]}×{frame.shape[0]} px, "
            f"got shape {pixels.shape}"
        )
    if frame.slope == 0:
        raise InvalidImage(f"{label(frame.file)}: RescaleSlope is 0, so every pixel would be equal")
    with np.errstate(over="ignore", invalid="ignore"):
        values = pixels.astype(np.float32) * np.float32(frame.slope) + np.float32(frame.intercept)
    if not np.isfinite(values).all():
        raise InvalidImage(
            f"{label(frame.file)}: pixels are beyond any number after RescaleSlope {frame.slope:g} "
            f"and RescaleIntercept {frame.intercept:g}; export the series again"
        )
    if index not in filled:
        filled.add(index)
        array[index] = values
    elif not np.array_equal(array[index], values):
        raise InvalidImage(
            f"{where}: two different pictures stand at one place (instance {frame.order[0]}); "
            "expected one; are these two scans in one series? Export them apart"
        )


def _require_grey(whole: Dataset, file: DicomFile) -> bool:
    """Whether the picture is inverted.

    Raises:
        InvalidImage: it is in colour.
        UnreadableFile: there are no pixels.
    """
    if not any(keyword in whole for keyword in _PIXELS):
        raise UnreadableFile(f"{label(file)} ends before its pixels; copy it again")
    kind = words(value(whole, "PhotometricInterpretation")) or "MONOCHROME2"
    if kind not in _GREY or (integer(value(whole, "SamplesPerPixel")) or 1) != 1:
        raise InvalidImage(f"{label(file)}: expected a grey picture, got {kind}")
    return kind == "MONOCHROME1"


def _decoded(whole: FileDataset, file: DicomFile, frames: Sequence[Frame]) -> list[np.ndarray]:
    syntax = UID(str(whole.file_meta.get("TransferSyntaxUID", "")))
    indices = [frame.number - 1 for frame in frames if frame.number]
    try:
        _require_decoder(syntax, file)
        with quietly():
            found = list(iter_pixels(whole, indices=indices or None))
        if len(found) != len(frames):
            raise ValueError(f"{len(found)} frames where the header describes {len(frames)}")
        return [_stored(pixels, whole) for pixels in found]
    except (*DAMAGE, RuntimeError) as error:
        raise UnreadableFile(
            f"{label(file)}: pixels ({syntax.name}) are truncated or damaged; copy it again"
        ) from error


def _require_decoder(syntax: UID, file: DicomFile) -> None:
    try:
        decoder = get_decoder(syntax)
    except NotImplementedError as error:
        raise UnreadableFile(
            f"{label(file)}: transfer syntax {syntax.name or 'missing'} is not a picture that can "
            "be decoded; export the series uncompressed"
        ) from error
    if not decoder.is_available:
        needed = "; ".join(decoder.missing_dependencies)
        raise UnreadableFile(
            f"{label(file)}: no decoder for {syntax.name}; pip install one of: {needed}"
        )


def _stored(pixels: np.ndarray, whole: Dataset) -> np.ndarray:
    """Pixels without what stands above BitsStored, where old scanners keep overlays (PS3.5 8.1)."""
    if pixels.dtype.kind not in "iu":
        return pixels
    spare = pixels.dtype.itemsize * 8 - int(whole.get("BitsStored") or pixels.dtype.itemsize * 8)
    return _clear_above(pixels, spare) if spare > 0 else pixels


def _clear_above(pixels: Integer[np.ndarray, "h w"], spare: int) -> Integer[np.ndarray, "h w"]:
    return (pixels << spare) >> spare


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
