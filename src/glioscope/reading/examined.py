"""Whose study it is and of which day, to hold two studies against each other.

`analysis.json` says neither. What is known is taken from where it stands by itself: the headers of
the study, the structured report in a result folder, or the name of a TCGA case.
"""

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from glioscope.study import Channel, Study

if TYPE_CHECKING:
    from pydicom import Dataset

_REPORT_FILE = "sr.dcm"
_TCGA_CASE = re.compile(r"(TCGA_[A-Z0-9]{2}_[A-Z0-9]{4})(?:_([0-9]{8}))?")
# The date that our results of a study without one bear; no study is this old.
_NO_DATE = "19000101"


@dataclass(frozen=True)
class Examined:
    """The patient's number and the study's day, `20240131`; None where it is not known."""

    patient: str | None = field(default=None, repr=False)
    day: str | None = field(default=None, repr=False)


UNKNOWN = Examined()


def examined_in_study(study: Study) -> Examined:
    """What a study tells of itself: its DICOM headers, or its name in the LGG set."""
    reference = study.source.series.get(Channel.FLAIR)
    return _of_header(reference.headers[0]) if reference else _of_name(study.study_id)


def examined_in_folder(folder: Path, study_id: str) -> Examined:
    """The same of a result folder: its structured report, or the name of the study."""
    path = folder / _REPORT_FILE
    if not path.is_file():
        return _of_name(study_id)
    from glioscope.reading.dicom.files import DICOM_DAMAGE, read_header
    from glioscope.reading.quiet import quietly

    try:
        with quietly():
            return _of_header(read_header(path))
    except DICOM_DAMAGE:
        return UNKNOWN


def _of_name(study_id: str) -> Examined:
    case = _TCGA_CASE.fullmatch(study_id)
    return Examined(case[1], case[2]) if case else UNKNOWN


def _of_header(header: "Dataset") -> Examined:
    from glioscope.reading.dicom.files import value
    from glioscope.reading.dicom.headers import words
    from glioscope.reading.dicom.standard import broken, is_date

    against = broken(header)
    # Case and padding of a number differ between the consoles of one hospital.
    patient = "" if "PatientID" in against else words(value(header, "PatientID")).strip().casefold()
    day = words(value(header, "StudyDate"))
    return Examined(patient or None, day if is_date(day) and day != _NO_DATE else None)
