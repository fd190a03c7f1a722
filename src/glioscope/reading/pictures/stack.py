"""A stack of pictures to a Study: geometry, signal checks and missing sequences."""

from collections.abc import Iterator

import numpy as np
from jaxtyping import Float32, Shaped

from glioscope.errors import InvalidImage, UsageError
from glioscope.reading.checks import (
    Where,
    channel_of,
    missing_channels,
    require_signal,
    require_size,
    require_slices,
)
from glioscope.reading.pictures.decode import kind_of
from glioscope.study import CHANNELS, Channel, Source, Study
from glioscope.texts.message import Message, message
from glioscope.volume import Grid, Image

_MAX_SPACING_MM = 50.0

Spacing = tuple[float, float, float]


def picture_grid(shape: tuple[int, int, int], spacing: Spacing | None) -> Grid:
    """Grid of axial pictures of `shape` (slices, rows, columns), seen as a radiologist sees them.

    Rows go to posterior, columns to the patient's left, slices to superior. `spacing` is the
    distance between rows, columns and slices in mm; without it the grid is nominal.

    Raises:
        UsageError: a spacing that is not positive or above 50 mm.
    """
    slices, rows, columns = shape
    if spacing is None:
        return Grid((columns, rows, slices), np.diag([-1.0, -1.0, 1.0, 1.0]), nominal=True)
    if not all(0 < s <= _MAX_SPACING_MM for s in spacing):
        raise UsageError("reading.spacing_range", most=_MAX_SPACING_MM, spacing=spacing)
    row, column, between = spacing
    return Grid((columns, rows, slices), np.diag([-column, -row, between, 1.0]))


def to_volume(stack: Shaped[np.ndarray, "s h w"]) -> Float32[np.ndarray, "w h s"]:
    """Pictures (slice, row, column) to the array that lies on `picture_grid`."""
    return np.ascontiguousarray(stack, dtype=np.float32).transpose(2, 1, 0)


def stack_pictures(
    pictures: Iterator[tuple[str, np.ndarray]], count: int, where: Where
) -> Shaped[np.ndarray, "s h w *c"]:
    """Stack `count` >= 1 named pictures in their order, holding one at a time beside the stack.

    Raises:
        InvalidImage: a picture differs from the first in size or kind, or all are too much.
    """
    origin, first = next(pictures)
    require_size(count * first.size, where)
    require_slices(count, where)
    stack = np.empty((count, *first.shape), first.dtype)
    stack[0] = first
    for index, (name, picture) in enumerate(pictures, start=1):
        if (picture.shape, picture.dtype) != (first.shape, first.dtype):
            expected, found = _describe(first), _describe(picture)
            raise InvalidImage(
                "reading.unlike_first", name=name, expected=expected, first=origin, found=found
            )
        stack[index] = picture
    return stack


def _describe(picture: np.ndarray) -> Message:
    height, width = picture.shape[:2]
    return message("reading.kind.sized", width=width, height=height, kind=kind_of(picture))


def study_from_stack(
    stack: Shaped[np.ndarray, "s h w *c"],
    *,
    study_id: str,
    source: Source,
    spacing: Spacing | None = None,
    warnings: tuple[Message, ...] = (),
) -> Study:
    """Grey pictures are FLAIR; RGB pictures are T1, FLAIR, T1GD.

    A T1 or T1GD that repeats FLAIR or is constant over the volume counts as missing: it is left out
    and a warning says so.

    Raises:
        InvalidImage: FLAIR is constant, or a channel holds NaN or infinity.
        UsageError: as in `picture_grid`.
    """
    grid = picture_grid((stack.shape[0], stack.shape[1], stack.shape[2]), spacing)
    if stack.ndim == 3:
        channels = {Channel.FLAIR: stack}
    else:
        channels = {s: stack[..., c] for c, s in enumerate(CHANNELS)}
    require_signal(channels[Channel.FLAIR], channel_of(study_id, Channel.FLAIR))
    notes = missing_channels(channels, study_id)
    images = {s: Image(to_volume(a), grid) for s, a in channels.items() if s not in notes}
    return Study(study_id, images, source, (*warnings, *notes.values()))
