"""What `glioscope analyze` left of a study: `analysis.json` and the mask, read back and checked."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeGuard, get_args

import msgspec
import numpy as np
from jaxtyping import Bool

from glioscope.analysis import SCHEMA, Analysis
from glioscope.analysis_parts import (
    Author,
    Interval,
    Intervals,
    ModelInfo,
    SliceFinding,
    StudyDecision,
)
from glioscope.errors import GridMismatch, InputError, UnreadableFile
from glioscope.orientation import to_pictures
from glioscope.reading.examined import (
    UNKNOWN,
    Examined,
    examined_in_folder,
    examined_in_study,
)
from glioscope.reading.labelled import read_classes
from glioscope.reading.nifti_mask import place_of, read_mask_nifti
from glioscope.texts.message import Message, message
from glioscope.volume import ClassMap, Grid, Mask

# In schema 1, of version 0.2, a study was a tumour whenever anything was outlined.
_SCHEMAS = ("glioscope.analysis/1", SCHEMA)
ANALYSIS_FILE, MASK_FILE, CLASSES_FILE = "analysis.json", "mask.nii.gz", "classes.nii.gz"

# msgspec tells a fault and its place in English only; both are taken into sentences of our own.
_AT = re.compile(r" - at `\$\.?(.*)`$")
_MISSING = re.compile(r"Object missing required field `(.+?)`")
_OBJECT = re.compile(r"Expected `object`, got `(.+?)`")
_KIND = re.compile(r"Expected `.+`, got `(.+?)`")
_CHOICE = re.compile(r"Invalid enum value (.+?)(?: - at|$)")


@dataclass(frozen=True)
class StoredLesion:
    """A lesion as far as later readers need it; fields as in `glioscope.analysis_parts.Finding`."""

    voxels: int
    volume_ml: float | None
    first_slice: int
    last_slice: int
    diameter_px: float
    perpendicular_px: float
    diameter_mm: float | None
    perpendicular_mm: float | None
    intervals: Intervals | None
    speck: bool = False


@dataclass(frozen=True)
class StoredMiss:
    """As `glioscope.analysis_parts.PossibleMiss`, the reason in English."""

    index: int
    name: str
    probability: float
    reason: str
    risk: float
    box_px: tuple[int, int, int, int] | None


@dataclass(frozen=True)
class StoredClass:
    """How much of a mask is of a class."""

    name: str
    voxels: int
    volume_ml: float | None


@dataclass(frozen=True)
class StoredAnalysis:
    """`analysis.json`: what every reader may rely on; fields as in `glioscope.analysis.Analysis`.

    What has a default here is missing from documents of older versions. A model's answer has a
    probability everywhere, and says which model's it is; a reader's outline may have neither.
    """

    study_id: str
    slices: tuple[SliceFinding, ...]
    decision: StudyDecision
    probability: float | None
    volume_ml: float | None
    product_px2: float
    product_mm2: float | None
    model: ModelInfo | None
    findings: tuple[StoredLesion, ...]
    possible_misses: tuple[StoredMiss, ...]
    warnings: tuple[str, ...]
    timings_s: dict[str, float]
    threshold: float | None = None
    expected_dice: float | None = None
    review: bool | None = None
    volume_interval: Interval | None = None
    product_interval: Interval | None = None
    interval_coverage: float | None = None
    input_sha256: str | None = None
    plan_sha256: str | None = None
    classes: tuple[StoredClass, ...] = ()
    author: Author = "model"

    @property
    def voxels(self) -> int:
        """Size of all lesions."""
        return sum(lesion.voxels for lesion in self.findings)


@dataclass(frozen=True)
class StoredResult:
    """One analysed study: its document, the mask with its grid, and whose and when where known.

    `classes` are those of the mask; None where the model tells none apart.
    """

    analysis: StoredAnalysis
    mask: Mask
    examined: Examined = UNKNOWN
    classes: ClassMap | None = None

    @property
    def study_id(self) -> str:
        """The study's pseudonym."""
        return self.analysis.study_id

    @property
    def grid(self) -> Grid:
        """The grid of the mask."""
        return self.mask.grid

    @property
    def pictures(self) -> Bool[np.ndarray, "k h w"]:
        """The mask as pictures, inferior to superior."""
        return np.ascontiguousarray(to_pictures(self.mask.array, self.mask.grid))


def is_result(folder: Path) -> bool:
    """Whether `folder` holds a result, or half of one: a missing half is then an error."""
    return (folder / ANALYSIS_FILE).is_file() or (folder / MASK_FILE).is_file()


def list_results(folder: Path) -> list[Path]:
    """Folders of results in `folder`, by name; hidden ones are under construction or abandoned."""
    return sorted(p for p in folder.iterdir() if not p.name.startswith(".") and is_result(p))


def read_result(folder: Path) -> StoredResult:
    """Read a folder that `glioscope analyze` wrote of one study.

    Raises:
        UnreadableFile: `analysis.json` or `mask.nii.gz` is missing or damaged, or `classes.nii.gz`
            where the document has classes.
        InputError: `analysis.json` is no sound document of this schema; says where.
        GridMismatch: both are not of one run, or the mask is turned over.
    """
    analysis = read_analysis(folder / ANALYSIS_FILE)
    mask = read_mask_nifti(folder / MASK_FILE)
    names = tuple(one.name for one in analysis.classes)
    classes = read_classes(folder / CLASSES_FILE, names) if names else None
    examined = examined_in_folder(folder, analysis.study_id)
    result = StoredResult(analysis, mask, examined, classes)
    told = [s.area_px for s in analysis.slices]
    found = np.count_nonzero(result.pictures, axis=(1, 2)).tolist()
    if found != told:
        raise GridMismatch(
            "reading.not_one_run",
            study=folder.name,
            slices=len(found),
            pixels=sum(found),
            told_slices=len(told),
            told_pixels=sum(told),
        )
    return result


def stored(analysis: Analysis) -> StoredResult:
    """An analysis as it would be read back."""
    document = analysis_of(analysis.to_dict(), ANALYSIS_FILE)
    examined = examined_in_study(analysis.study)
    return StoredResult(document, analysis.mask, examined, analysis.classes)


def read_analysis(path: Path) -> StoredAnalysis:
    """Read `analysis.json`.

    Raises:
        UnreadableFile: not there, or not JSON.
        InputError: JSON, but not a sound document of this schema; says where.
    """
    where = place_of(path)
    try:
        document = msgspec.json.decode(path.read_bytes())
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise UnreadableFile("reading.cannot_read", where=where, reason=reason) from error
    # RecursionError: brackets nested without end.
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise UnreadableFile("reading.not_json", where=where, reason=str(error)) from error
    return analysis_of(document, where)


def _is_object(document: Any) -> TypeGuard[dict[str, Any]]:
    return isinstance(document, dict)


def analysis_of(document: Any, where: str) -> StoredAnalysis:
    """The checked document of plain values; `where` names it in errors.

    Raises:
        InputError: it is no sound document of this schema; says where.
    """
    schema = document.get("schema") if _is_object(document) else None
    if schema not in _SCHEMAS:
        raise InputError("reading.other_schema", where=where, expected=SCHEMA, got=repr(schema))
    try:
        analysis = msgspec.convert(document, StoredAnalysis)
    except msgspec.ValidationError as error:
        raise InputError.of(_fault(str(error), where)) from error
    _check_order(analysis, where)
    _check_probabilities(analysis, where)
    return analysis


def _fault(text: str, where: str) -> Message:
    """What msgspec says is wrong, in our words."""
    at = _AT.search(text)
    place = at[1] if at else ""
    above, _, name = place.rpartition(".")
    holder = f"{where}: {above}" if above else where
    if missing := _MISSING.match(text):
        return message(
            "reading.missing", where=f"{where}: {place}" if place else where, name=missing[1]
        )
    if wrong := _OBJECT.match(text):
        return message("reading.no_object", where=f"{where}: {place}", got=wrong[1])
    if wrong := _KIND.match(text):
        return message("reading.wrong_type", where=holder, name=name, got=wrong[1])
    if wrong := _CHOICE.match(text):
        allowed = str(get_args(StudyDecision))
        return message(
            "reading.not_allowed", where=holder, name=name, allowed=allowed, got=wrong[1]
        )
    return message("reading.garbled", where=holder, name=name)


def _check_order(analysis: StoredAnalysis, where: str) -> None:
    for number, entry in enumerate(analysis.slices):
        if entry.index != number:
            raise InputError("reading.out_of_order", where=where, number=number, index=entry.index)


def _check_probabilities(analysis: StoredAnalysis, where: str) -> None:
    told = {where: analysis.probability}
    told |= {f"{where}: slices[{n}]": s.probability for n, s in enumerate(analysis.slices)}
    misses = enumerate(analysis.possible_misses)
    told |= {f"{where}: possible_misses[{n}]": m.probability for n, m in misses}
    the_models = analysis.author == "model"
    if the_models and analysis.model is None:
        raise InputError("reading.wrong_type", where=where, name="model", got="null")
    for place, value in told.items():
        if value is None and the_models:
            raise InputError("reading.wrong_type", where=place, name="probability", got="null")
        if value is not None and not 0 <= value <= 1:
            raise InputError("reading.probability", where=place, value=value)
