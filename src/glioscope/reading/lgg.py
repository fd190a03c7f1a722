"""The public LGG layout: CASE/CASE_<n>.tif (RGB: T1, FLAIR, T1GD) and CASE/CASE_<n>_mask.tif.

The set is `mateuszbuda/lgg-mri-segmentation` on Kaggle; its top folder is `kaggle_3m`.
"""

import re
from pathlib import Path

import numpy as np
from jaxtyping import Bool, UInt8

from glioscope.errors import InputError, InvalidImage
from glioscope.reading.pictures.decode import kind_of, read_page
from glioscope.reading.pictures.stack import Spacing, picture_grid, stack_pictures, study_from_stack
from glioscope.study import Source, Study
from glioscope.texts.message import Message, message
from glioscope.volume import Mask

SET_FOLDER = "kaggle_3m"
UNKNOWN_SITE = "unknown"
_CASE_NAME = re.compile(r"(TCGA_([A-Z]{2})_[A-Z0-9]{4})(?:_[0-9]{8})?")


def site(case_name: str) -> str:
    """Hospital code of a case: CS, DU, EZ, FG or HT; `unknown` for a name of another form."""
    match = _CASE_NAME.fullmatch(case_name)
    return match[2] if match else UNKNOWN_SITE


def patient(case_name: str) -> str:
    """Patient of a case, as data.csv names it (TCGA_CS_4941); other names stand for themselves."""
    match = _CASE_NAME.fullmatch(case_name)
    return match[1] if match else case_name


def set_root(root: Path) -> Path:
    """The folder that holds the case folders: `root`, or `kaggle_3m` inside it."""
    return root / SET_FOLDER if (root / SET_FOLDER).is_dir() else root


def is_case(folder: Path) -> bool:
    """Whether the folder holds at least one CASE_<n>.tif named after itself; opens no file.

    A folder that may not be listed (`lost+found` of a disk) holds none.
    """
    pattern = _slice_pattern(folder)
    try:
        return any(pattern.fullmatch(path.name) for path in folder.iterdir())
    except PermissionError:
        return False


def list_cases(root: Path) -> list[Path]:
    """Case folders of the set, sorted by name; `root` may be the folder above `kaggle_3m`.

    A folder named like a TCGA case is listed even when it holds no slice, so that the fault shows.

    Raises:
        InputError: no such folder, or no case in it.
    """
    if not root.is_dir():
        raise InputError("reading.lgg.no_folder", name=root.name)
    folders = [p for p in set_root(root).iterdir() if p.is_dir()]
    cases = [p for p in folders if _CASE_NAME.fullmatch(p.name) or is_case(p)]
    if not cases and is_case(root):
        raise InputError("reading.lgg.one_case", name=root.name)
    if not cases:
        raise InputError("reading.lgg.no_cases", name=root.name)
    return sorted(cases)


def numbered_slices(folder: Path) -> dict[int, Path]:
    """Slices of a case by number, in numeric order; {} when there are none.

    Raises:
        InputError: no such folder, or two files carry one number.
    """
    if not folder.is_dir():
        raise InputError("reading.lgg.no_case", name=folder.name)
    pattern = _slice_pattern(folder)
    found: dict[int, Path] = {}
    for path in folder.iterdir():
        if match := pattern.fullmatch(path.name):
            number = int(match[1])
            if number in found:
                raise _twice(folder.name, number, sorted((found[number].name, path.name)))
            found[number] = path
    return dict(sorted(found.items()))


def _twice(case: str, number: int, names: list[str]) -> InputError:
    first, second = names
    return InputError(
        "reading.lgg.slice_twice", case=case, number=number, first=first, second=second
    )


def mask_path(slice_path: Path) -> Path:
    """Where the mask of a slice lies."""
    return slice_path.with_name(f"{slice_path.stem}_mask{slice_path.suffix}")


def read_case(folder: Path, spacing: Spacing | None = None) -> Study:
    """One case; masks are not read and need not be there.

    The grid is nominal unless `spacing` (row, column, slice in mm) is given. A sequence that
    repeats FLAIR over the whole volume, as the set fills gaps, is left out with a warning.

    Raises:
        InputError: no slices, or a gap in their numbers.
        UnreadableFile: a file is empty, damaged or truncated.
        InvalidImage: not RGB of 8 bit, different sizes, or FLAIR is constant.
    """
    slices = _consecutive(folder)
    pictures = ((path.name, read_slice(path)) for path in slices)
    stack = stack_pictures(pictures, len(slices), _case(folder))
    source = Source("lgg", tuple(path.stem for path in slices))
    return study_from_stack(stack, study_id=folder.name, source=source, spacing=spacing)


def read_reference(folder: Path, spacing: Spacing | None = None) -> Mask:
    """Reference mask of a case, on the grid of `read_case`.

    Raises:
        InputError: no slices, a gap in their numbers, or a mask is missing.
        UnreadableFile: a file is empty, damaged or truncated.
        InvalidImage: a mask is not grey of 8 bit with 0 and 255 only, or sizes differ.
    """
    paths = [mask_path(path) for path in _consecutive(folder)]
    pictures = ((path.name, read_mask(path)) for path in paths)
    stack = stack_pictures(pictures, len(paths), _case(folder))
    slices, rows, columns = stack.shape
    return Mask(stack.transpose(2, 1, 0), picture_grid((slices, rows, columns), spacing))


def read_slice(path: Path) -> UInt8[np.ndarray, "h w 3"]:
    """Pixels of one slice: T1, FLAIR, T1GD in 0 to 255; errors as in `read_case`."""
    picture = read_page(path)
    if picture.dtype != np.uint8 or picture.ndim != 3:
        raise InvalidImage("reading.lgg.not_rgb", name=path.name, found=kind_of(picture))
    return picture


def read_mask(path: Path) -> Bool[np.ndarray, "h w"]:
    """Pixels of one mask file; errors as in `read_reference`."""
    if not path.is_file():
        raise InputError("reading.lgg.mask_missing", name=path.name)
    picture = read_page(path)
    if picture.dtype != np.uint8 or picture.ndim != 2:
        raise InvalidImage("reading.lgg.mask_kind", name=path.name, found=kind_of(picture))
    mask = picture == 255
    if np.count_nonzero(mask) + np.count_nonzero(picture == 0) != picture.size:
        values = [int(v) for v in np.unique(picture)]
        raise InvalidImage("reading.lgg.mask_values", name=path.name, values=_short(values))
    return mask


def numbering_gaps(numbers: list[int]) -> list[int]:
    """Numbers that are missing between the first and the last of sorted `numbers`."""
    if not numbers:
        return []
    present = set(numbers)
    return [n for n in range(numbers[0], numbers[-1]) if n not in present]


def _slice_pattern(folder: Path) -> re.Pattern[str]:
    return re.compile(re.escape(folder.name) + r"_([0-9]{1,6})\.tif")


def _consecutive(folder: Path) -> list[Path]:
    slices = numbered_slices(folder)
    if not slices:
        raise InputError("reading.lgg.no_slices", case=folder.name)
    if gaps := numbering_gaps(list(slices)):
        raise InputError(
            "reading.lgg.gaps",
            case=folder.name,
            missing=_short(gaps),
            first=min(slices),
            last=max(slices),
        )
    return list(slices.values())


def _case(folder: Path) -> Message:
    return message("reading.where.case", case=folder.name)


def _short(numbers: list[int]) -> Message | str:
    shown = ", ".join(str(n) for n in numbers[:5])
    if len(numbers) <= 5:
        return shown
    return message("reading.and_more", shown=shown, more=len(numbers) - 5)
