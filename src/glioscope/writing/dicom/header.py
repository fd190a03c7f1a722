"""What all DICOM results share: whose they are, what they are called, and when they were made.

No clock goes into a file: an analysis written twice gives the same bytes.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, cast

from glioscope.reading.dicom.standard import PASSED_ON, broken, is_date, is_time
from glioscope.reading.quiet import quietly
from glioscope.writing.dicom.algorithm import contributing_equipment
from glioscope.writing.dicom.elements import (
    NO_DATE,
    NO_TIME,
    UTF8,
    in_languages,
    item,
    study_uid,
)
from glioscope.writing.dicom.target import DicomTarget

if TYPE_CHECKING:
    from pydicom import Dataset

# Series numbers far above those of a scanner, so that results stand at the end of a study.
SEG_NUMBER, SR_NUMBER, SC_NUMBER, PDF_NUMBER, PROBABILITY_NUMBER = 9901, 9902, 9903, 9904, 9905
KEY_IMAGES_NUMBER, BOUNDS_NUMBER, CLASSES_NUMBER = 9906, 9907, 9908
# What a reader outlined stands after what the model did.
_OF_READER = 10

# Where objects say when they were made, with `Date` or `Time` for {}.
_MADE = ("Content{}", "InstanceCreation{}", "{}OfSecondaryCapture")
_REQUIRED_EMPTY = frozenset(
    {
        "PatientName",
        "PatientID",
        "PatientBirthDate",
        "PatientSex",
        "StudyDate",
        "StudyTime",
        "StudyID",
        "AccessionNumber",
        "ReferringPhysicianName",
    }
)


def finish(dataset: "Dataset", target: DicomTarget, what: str) -> None:
    """Give a result its patient, study, description and dates, in place.

    Dates are those of the FLAIR series, the moment that the content is about. Texts are UTF-8,
    whatever the source's character set.
    """
    dataset.SpecificCharacterSet = UTF8
    # LO holds 64 characters, which dciodvfy and some viewers count as bytes.
    purpose = " / ".join(in_languages("writing.purpose"))
    by_reader = target.analysis.author != "model"
    dataset.SeriesDescription = f"glioscope {'by reader' if by_reader else what}: {purpose}"
    if by_reader:
        dataset.SeriesNumber += _OF_READER
    # pydicom warns of values against the standard and shows them.
    with quietly():
        header = _nobody(target) if target.pseudonymous else target.header
        against = frozenset(broken(header))
        for keyword in PASSED_ON:
            _copy(header, dataset, keyword, empty=keyword in against)
        # What cannot be empty, and who says that an identity was removed has to say how.
        dataset.StudyInstanceUID = study_uid(header)
        if (
            "DeidentificationMethod" not in dataset
            and dataset.get("PatientIdentityRemoved") == "YES"
        ):
            del dataset.PatientIdentityRemoved
        _set_dates(header, dataset)
    others = list(dataset.get("ContributingEquipmentSequence", []))
    for equipment in others:
        # highdicom's own clock.
        equipment.pop("ContributionDateTime", None)
    dataset.ContributingEquipmentSequence = [*contributing_equipment(target.analysis), *others]


def _nobody(target: DicomTarget) -> "Dataset":
    """A header in the source's place with its pseudonym: no identifier, no date, no free text.

    UIDs stay the source's: without them a result would point at no frame.
    """
    pseudonym = target.analysis.study.study_id
    return item(
        StudyInstanceUID=study_uid(target.header),
        PatientName=pseudonym,
        PatientID=pseudonym,
        PatientIdentityRemoved="YES",
        DeidentificationMethod="glioscope --pseudonymous",
    )


def _set_dates(header: "Dataset", dataset: "Dataset") -> None:
    date = _valid(is_date, NO_DATE, header.get("SeriesDate"), header.get("StudyDate"))
    time = _valid(is_time, NO_TIME, header.get("SeriesTime"), header.get("StudyTime"))
    dataset.SeriesDate, dataset.SeriesTime = date, time
    for name in _MADE:
        for kind, value in (("Date", date), ("Time", time)):
            keyword = name.format(kind)
            if keyword in dataset:
                setattr(dataset, keyword, value)


def _valid(is_sound: Callable[[str], bool], otherwise: str, *values: object) -> str:
    """The first value that is what the standard wants."""
    return next((str(v) for v in values if is_sound(str(v))), otherwise)


def _copy(header: "Dataset", dataset: "Dataset", keyword: str, *, empty: bool) -> None:
    from pydicom.multival import MultiValue
    from pydicom.valuerep import PersonName

    value = None if empty else header.get(keyword)
    if value is None or value == "":
        if keyword in _REQUIRED_EMPTY:
            setattr(dataset, keyword, "")
        return
    # A person's name keeps the bytes it was read from; as text it is written in our character set.
    if isinstance(value, PersonName):
        value = str(value)
    elif isinstance(value, MultiValue):
        value = [str(v) for v in cast("MultiValue[Any]", value)]
    setattr(dataset, keyword, value)
