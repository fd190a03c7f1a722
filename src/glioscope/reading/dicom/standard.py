"""Which attributes of patient and study results take over, and whether a value keeps the standard.

Forms are those of PS3.5, 6.2 (value representations); the values of a sex and of a removed identity
those of PS3.3, C.7.1.1. Results leave an attribute empty where the source breaks the form: a file
with it would be refused by an archive that checks. A UID cannot be empty; results make one of it.
"""

import re
from collections.abc import Callable
from datetime import date
from typing import TYPE_CHECKING, cast

from pydicom.multival import MultiValue

from glioscope.reading.dicom.files import DICOM_DAMAGE, value
from glioscope.reading.quiet import quietly
from glioscope.study import SeriesRef
from glioscope.texts.message import Message, message

if TYPE_CHECKING:
    from pydicom import Dataset

# By value representation, as the standard's modules of patient and study have them.
_FORMS = {
    "PN": ("PatientName", "ReferringPhysicianName"),
    "LO": ("PatientID", "IssuerOfPatientID", "DeidentificationMethod", "StudyDescription"),
    "SH": ("StudyID", "AccessionNumber"),
    "DA": ("PatientBirthDate", "StudyDate"),
    "TM": ("StudyTime",),
    "AS": ("PatientAge",),
}
_CHOICES = {"PatientSex": ("M", "F", "O"), "PatientIdentityRemoved": ("YES", "NO")}
PASSED_ON = (
    *(keyword for keywords in _FORMS.values() for keyword in keywords),
    *_CHOICES,
    "StudyInstanceUID",
)
# The UIDs by which results point at their source.
_UIDS = ("StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID", "FrameOfReferenceUID")
# Those that nothing can stand in for unsaid; of a missing frame of reference reading warns itself.
_NEVER_EMPTY = ("StudyInstanceUID", "SeriesInstanceUID")
_SEVERAL = frozenset({"DeidentificationMethod"})

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\\]")
_NAME_GROUPS, _NAME_PARTS, _LONG, _SHORT, _UID_LENGTH = 3, 5, 64, 16, 64
_DATE = re.compile(r"[0-9]{8}")
_TIME = re.compile(r"([01][0-9]|2[0-3])([0-5][0-9](([0-5][0-9]|60)(\.[0-9]{1,6})?)?)?")
_AGE = re.compile(r"[0-9]{3}[DWMY]")
_UID = re.compile(r"(0|[1-9][0-9]*)(\.(0|[1-9][0-9]*))+")


def broken(header: "Dataset") -> tuple[str, ...]:
    """The attributes of `PASSED_ON` that are there and break the standard, in its order."""
    return tuple(keyword for keyword in PASSED_ON if _is_broken(header, keyword))


def notices(reference: SeriesRef) -> tuple[Message, ...]:
    """What the results of a FLAIR series will not take over from it: names, never values."""
    first = reference.frames[0].instance_uid
    header = next(h for h in reference.headers if str(h.SOPInstanceUID) == first)
    empty = [keyword for keyword in broken(header) if keyword not in _UIDS]
    uids = [k for k in _UIDS if any(_is_no_uid(h, k) for h in reference.headers)]
    found: list[Message] = []
    if empty:
        found.append(message("reading.dicom.left_empty", attributes=", ".join(empty)))
    if uids:
        found.append(message("reading.dicom.broken_uids", attributes=", ".join(uids)))
    return tuple(found)


def is_date(text: str) -> bool:
    """Whether it is a day as DICOM writes it, `20240131`, and one of the calendar."""
    if not _DATE.fullmatch(text):
        return False
    try:
        date(int(text[:4]), int(text[4:6]), int(text[6:]))
    except ValueError:
        return False
    return True


def is_time(text: str) -> bool:
    """Whether it is a time of day as DICOM writes it, `142359.5`, or its beginning."""
    return _TIME.fullmatch(text) is not None


def is_uid(text: str) -> bool:
    """Whether it is a UID: at most 64 digits and dots, no component with a zero in front."""
    return len(text) <= _UID_LENGTH and _UID.fullmatch(text) is not None


def _is_no_uid(header: "Dataset", keyword: str) -> bool:
    return _is_broken(header, keyword) or (keyword in _NEVER_EMPTY and not value(header, keyword))


def _is_broken(header: "Dataset", keyword: str) -> bool:
    with quietly():
        try:
            there = keyword in header and not header[keyword].is_empty
        except DICOM_DAMAGE:
            return True
        found = value(header, keyword)
        if not there or found == "":
            return False
        if found is None:
            return True
        values = cast("list[object]", [*found] if isinstance(found, MultiValue) else [found])
        if len(values) > 1 and keyword not in _SEVERAL:
            return True
        # Spaces around a value are padding.
        texts = [str(one).strip(" ") for one in values]
    return not all(_keeps(keyword, text) for text in texts)


def _keeps(keyword: str, text: str) -> bool:
    if keyword in _CHOICES:
        return text in _CHOICES[keyword]
    if keyword in _UIDS:
        return is_uid(text)
    form = next(form for form, keywords in _FORMS.items() if keyword in keywords)
    return _RULES[form](text)


def _is_text(text: str, most: int) -> bool:
    return len(text) <= most and not _CONTROL.search(text)


def _is_name(text: str) -> bool:
    groups = text.split("=")
    return len(groups) <= _NAME_GROUPS and all(
        _is_text(group, _LONG) and group.count("^") < _NAME_PARTS for group in groups
    )


_RULES: dict[str, Callable[[str], bool]] = {
    "PN": _is_name,
    "LO": lambda text: _is_text(text, _LONG),
    "SH": lambda text: _is_text(text, _SHORT),
    "DA": is_date,
    "TM": is_time,
    "AS": lambda text: _AGE.fullmatch(text) is not None,
}
