"""Slices as TIFF or PNG pictures: one file, a multi-page TIFF, or a folder of them."""

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from jaxtyping import Shaped

from glioscope.errors import InputError, InvalidImage
from glioscope.reading.pictures.decode import natural_key, read_page, read_pages
from glioscope.reading.pictures.stack import Spacing, stack_pictures, study_from_stack
from glioscope.study import Source, Study
from glioscope.texts.message import Message, message

SUFFIXES = frozenset({".tif", ".tiff", ".png"})
_MASK_END = "_mask"

# Air around a head is dark: on 30 LGG volumes no corner came above 0.06 of the way from the 2nd to
# the 98th percentile. Photographs, inverted pictures and white pages lie far above 0.4.
_CORNER_SHARE = 0.4
_CORNER = 16  # a corner is this part of the picture's side


def list_pictures(folder: Path) -> list[Path]:
    """Pictures of a folder in natural order (2 before 10); masks and hidden files are left out."""
    return sorted((p for p in folder.iterdir() if is_picture(p)), key=lambda p: natural_key(p.name))


def is_picture(path: Path) -> bool:
    """Whether the name says it is a slice: TIFF or PNG, not hidden and not `*_mask.*`."""
    plain = not path.name.startswith(".") and not path.stem.lower().endswith(_MASK_END)
    return plain and path.suffix.lower() in SUFFIXES and path.is_file()


def read_pictures(path: Path, spacing: Spacing | None = None, study_id: str | None = None) -> Study:
    """A picture file or a folder of them, lowest slice first.

    Grey is FLAIR; RGB is T1, FLAIR, T1GD. The study is named after the file or folder. `spacing`
    (row, column, slice in mm) gives a real grid; without it the grid is nominal.

    Raises:
        InputError: nothing to read, or two slices of one name.
        UnreadableFile: a file is empty, damaged, truncated, or neither TIFF nor PNG.
        InvalidImage: alpha, palette, sides outside 32 to 4096 px, different sizes or kinds, NaN,
            constant, or without the dark air around a head.
        UsageError: a spacing out of range.
    """
    folder = path.is_dir()
    files = list_pictures(path) if folder else [path]
    name = study_id or (path.name if folder else path.stem)
    if not files:
        raise InputError("reading.no_slices", name=path.name)
    names, stack = _read_stack(files, name)
    _require_dark_corners(stack, name)
    return study_from_stack(
        stack,
        study_id=name,
        source=Source("pictures", names),
        spacing=spacing,
        warnings=_uneven_numbers(names),
    )


def _read_stack(files: list[Path], where: str) -> tuple[tuple[str, ...], np.ndarray]:
    if len(files) == 1:
        pages = read_pages(files[0])
        names = page_names(files[0].stem, len(pages))
        return names, stack_pictures(zip(names, pages, strict=True), len(pages), where)
    names = tuple(path.stem for path in files)
    repeated = [name for name, count in Counter(names).items() if count > 1]
    if repeated:
        raise InputError("reading.same_names", name=where, slice=repeated[0])
    return names, stack_pictures(_read_each(files), len(files), where)


def _read_each(files: list[Path]) -> Iterator[tuple[str, Shaped[np.ndarray, "h w *c"]]]:
    for path in files:
        yield path.name, read_page(path)


def page_names(stem: str, pages: int) -> tuple[str, ...]:
    """Slice names of a file: its stem, or stem_1, stem_2, … for a multi-page file."""
    return (stem,) if pages == 1 else tuple(f"{stem}_{k}" for k in range(1, pages + 1))


def _require_dark_corners(stack: Shaped[np.ndarray, "s h w *c"], where: str) -> None:
    """Refuse what is surely no MRI head: three or more of the four corners are bright."""
    flair = stack if stack.ndim == 3 else stack[..., 1]
    low, high = np.nanpercentile(flair, (2, 98))
    limit = low + _CORNER_SHARE * (high - low)
    rows, columns = (max(1, n // _CORNER) for n in flair.shape[1:])
    corners = [
        flair[:, y, x]
        for y in (slice(rows), slice(-rows, None))
        for x in (slice(columns), slice(-columns, None))
    ]
    if high > low and sum(float(np.nanmedian(corner)) > limit for corner in corners) >= 3:
        raise InvalidImage("reading.no_head", study=where)


def _uneven_numbers(names: tuple[str, ...]) -> tuple[Message, ...]:
    """A warning when numbered slices do not follow in equal steps, since one may be missing."""
    parts = [re.fullmatch(r"(.*?)([0-9]{1,9})", name) for name in names]
    if len(names) < 3 or None in parts or len({p[1] for p in parts if p}) > 1:
        return ()
    numbers = [int(p[2]) for p in parts if p]
    steps = np.diff(numbers)
    usual = Counter(steps.tolist()).most_common(1)[0][0]
    odd = np.flatnonzero(steps != usual)
    if not odd.size:
        return ()
    at = int(odd[0])
    before, after = numbers[at : at + 2]
    return (message("reading.slice_numbers", before=before, after=after, step=usual),)
