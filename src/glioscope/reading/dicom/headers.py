"""DICOM headers as plain numbers and words, one record per frame, classic or multi-frame alike."""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, TypeGuard

from pydicom.dataset import Dataset
from pydicom.multival import MultiValue

from glioscope.reading.dicom.files import DICOM_DAMAGE, DicomFile, value
from glioscope.reading.quiet import quietly
from glioscope.study import Acquisition

Numbers = tuple[float, ...]

# Classic terms for what Enhanced MR says in words (PS3.3 C.8.13.3 to C.8.13.5).
_PULSE = {"SPIN": ("SE",), "GRADIENT": ("GR",), "BOTH": ("SE", "GR")}

# Gauss in a tesla; no scanner of people reaches this many tesla.
_GAUSS, _MOST_TESLA = 10_000, 100
# Study Date, and Study Time as far as minutes.
_DAY, _HOUR = re.compile(r"[0-9]{8}"), re.compile(r"[0-9]{4}")

# What stands in ContrastBolusAgent where none was given.
_NO_AGENT = frozenset(
    {"", "NONE", "NO", "N", "0", "NO CONTRAST", "WITHOUT", "N/A", "UNKNOWN", "НЕТ", "БЕЗ", "-"}
)


@dataclass(frozen=True)
class Physics:
    """How a frame was measured: times in ms, the flip angle in degrees, terms of PS3.3 C.8.3.1.

    A field is None or empty where the header does not say. `inversion_ms` is 0.0 where the header
    says that there is none.
    """

    repetition_ms: float | None = None
    echo_ms: float | None = None
    inversion_ms: float | None = None
    flip_deg: float | None = None
    scanning: frozenset[str] = frozenset()
    variant: frozenset[str] = frozenset()
    b_value: float | None = None
    acquisition_contrast: str = ""
    angio: bool = False
    field_tesla: float | None = None


@dataclass(frozen=True)
class Frame:
    """One picture of a series; lengths in mm, directions and positions in LPS.

    `number` counts frames of a multi-frame instance from 1 and is None for a classic one. A field
    is None or empty where the header does not say. `spacing` is between rows, then columns;
    `order` is the instance number and the frame's.
    """

    file: DicomFile = field(repr=False)
    instance_uid: str
    number: int | None
    order: tuple[int, int]
    shape: tuple[int, int]
    position: Numbers | None
    orientation: Numbers | None
    spacing: Numbers | None
    thickness: float | None
    between: float | None
    slope: float
    intercept: float
    frame_of_reference: str
    image_type: tuple[str, ...]
    temporal: int
    physics: Physics


def frames_of(file: DicomFile) -> tuple[Frame, ...]:
    """Frames of one file in their order; () for what holds no picture."""
    header = file.header
    with quietly():
        said = _fields(header)
        if integer(said.get("Rows")) < 1 or integer(said.get("Columns")) < 1:
            return ()
        items = value(header, "PerFrameFunctionalGroupsSequence")
        if items is None:
            return (_frame(file, None, said),)
        shared = value(header, "SharedFunctionalGroupsSequence")
        common = said | _groups(shared[0] if shared else Dataset())
        return tuple(
            _frame(file, index, common | _groups(item)) for index, item in enumerate(items, start=1)
        )


def contrast_agent(file: DicomFile) -> str | None:
    """What the header says of contrast: an agent or its dose; None where it says nothing."""
    header = file.header
    with quietly():
        agent = words(value(header, "ContrastBolusAgent")).strip()
        if agent.upper() not in _NO_AGENT:
            return "ContrastBolusAgent"
        for keyword in ("ContrastBolusAgentSequence", "ContrastBolusStartTime"):
            if value(header, keyword):
                return keyword
        for keyword in ("ContrastBolusVolume", "ContrastBolusTotalDose"):
            if (number(value(header, keyword)) or 0) > 0:
                return keyword
    return None


def acquisition_of(frame: Frame) -> Acquisition:
    """What a report tells of how a frame was scanned."""
    physics = frame.physics
    return Acquisition(
        repetition_ms=physics.repetition_ms,
        echo_ms=physics.echo_ms,
        inversion_ms=physics.inversion_ms,
        thickness_mm=frame.thickness,
        field_tesla=physics.field_tesla,
    )


def scanned_at(file: DicomFile) -> datetime | date | None:
    """When the study began: its day where the hour is missing or none, None without a day."""
    with quietly():
        day, hour = (words(value(file.header, f"Study{what}")).strip() for what in ("Date", "Time"))
    if not _DAY.fullmatch(day):
        return None
    try:
        if _HOUR.match(hour):
            return datetime.strptime(day + hour[:4], "%Y%m%d%H%M")
        return datetime.strptime(day, "%Y%m%d").date()
    except ValueError:
        return None


def _tesla(field: float | None) -> float | None:
    """Field strength; some consoles write gauss, and 0 where they do not know."""
    if not field or field < 0:
        return None
    return field / _GAUSS if field > _MOST_TESLA else field


def _several(value: Any) -> TypeGuard[Sequence[Any]]:
    return isinstance(value, (MultiValue, list, tuple))


def number(value: Any) -> float | None:
    """The first finite number of a value, None where there is none."""
    if _several(value):
        value = value[0] if len(value) else None
    try:
        result = float(value)
    except (TypeError, ValueError, OverflowError):
        return None
    return result if math.isfinite(result) else None


def integer(value: Any) -> int:
    """The first number of a value as a whole one; 0 where there is none."""
    return int(number(value) or 0)


def numbers(value: Any, count: int) -> Numbers | None:
    """Exactly `count` finite numbers, None where there are not."""
    if not _several(value) or len(value) != count:
        return None
    found = [number(one) for one in value]
    return tuple(f for f in found if f is not None) if None not in found else None


def words(value: Any) -> str:
    r"""A value as text; several are joined by `\`."""
    if value is None:
        return ""
    if _several(value):
        return "\\".join(str(one) for one in value)
    return str(value)


def terms(value: Any) -> tuple[str, ...]:
    """Upper-case terms of a multi-valued code string; () for none."""
    return tuple(t.strip().upper() for t in words(value).split("\\") if t.strip())


def _fields(item: Dataset) -> dict[str, Any]:
    """Values of the elements of one item by keyword; sequences and what cannot be read left out."""
    found: dict[str, Any] = {}
    for tag in item.keys():  # noqa: SIM118 (a Dataset iterates over elements, not tags)
        try:
            element = item[tag]
        except DICOM_DAMAGE:
            continue
        if element.keyword and element.VR != "SQ" and not element.is_empty:
            found[element.keyword] = element.value
    return found


def _groups(item: Dataset) -> dict[str, Any]:
    """The same of every functional group macro in an item, the macros of converted files too."""
    found: dict[str, Any] = {}
    for tag in item.keys():  # noqa: SIM118
        element = item[tag]
        if element.VR == "SQ" and element.value:
            found.update(_fields(element.value[0]))
    return found


def _frame(file: DicomFile, index: int | None, said: Mapping[str, Any]) -> Frame:
    slope, intercept = (number(said.get(k)) for k in ("RescaleSlope", "RescaleIntercept"))
    return Frame(
        file=file,
        instance_uid=words(said.get("SOPInstanceUID")),
        number=index,
        order=(integer(said.get("InstanceNumber")), index or 0),
        shape=(integer(said.get("Rows")), integer(said.get("Columns"))),
        position=numbers(said.get("ImagePositionPatient"), 3),
        orientation=numbers(said.get("ImageOrientationPatient"), 6),
        spacing=numbers(said.get("PixelSpacing"), 2),
        thickness=number(said.get("SliceThickness")),
        between=number(said.get("SpacingBetweenSlices")),
        slope=1.0 if slope is None else slope,
        intercept=0.0 if intercept is None else intercept,
        frame_of_reference=words(said.get("FrameOfReferenceUID")),
        image_type=terms(said.get("FrameType") or said.get("ImageType")),
        temporal=integer(said.get("TemporalPositionIndex", said.get("TemporalPositionIdentifier"))),
        physics=_physics(said),
    )


def _physics(said: Mapping[str, Any]) -> Physics:
    scanning = set(terms(said.get("ScanningSequence")))
    scanning |= set(_PULSE.get(words(said.get("EchoPulseSequence")).upper(), ()))
    if words(said.get("EchoPlanarPulseSequence")).upper() == "YES":
        scanning.add("EP")
    inversion = number(said.get("InversionTimes", said.get("InversionTime")))
    recovery = words(said.get("InversionRecovery")).upper()
    if recovery == "YES" or (inversion or 0) > 0:
        scanning.add("IR")
    return Physics(
        repetition_ms=number(said.get("RepetitionTime")),
        echo_ms=number(said.get("EffectiveEchoTime", said.get("EchoTime"))),
        inversion_ms=0.0 if inversion is None and recovery == "NO" else inversion,
        flip_deg=number(said.get("FlipAngle")),
        scanning=frozenset(scanning),
        variant=frozenset(terms(said.get("SequenceVariant"))),
        b_value=number(said.get("DiffusionBValue")),
        acquisition_contrast=words(said.get("AcquisitionContrast")).upper(),
        angio=words(said.get("AngioFlag")).upper() == "Y",
        field_tesla=_tesla(number(said.get("MagneticFieldStrength"))),
    )
