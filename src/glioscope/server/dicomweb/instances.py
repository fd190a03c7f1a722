# pyright: basic
# It speaks with pydicom, whose types have gaps.
"""Whose instance each file of a STOW request is, and what its sender is told of it."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path
from typing import Any

from glioscope.errors import InputError
from glioscope.reading.containers.folder import open_container
from glioscope.reading.dicom.files import scan


class Reason(IntEnum):
    """Why an instance was not taken (PS3.18, table 10.5.3-2; the second lies in its A9xx)."""

    CANNOT_UNDERSTAND = 0xC000
    OTHER_STUDY = 0xA901


@dataclass(frozen=True)
class Instance:
    """One file of a request; UIDs are empty where it has none, `reason` None where it is taken."""

    path: Path
    sop_class: str = ""
    uid: str = ""
    reason: Reason | None = None


def instances_in(folder: Path, study_uid: str | None) -> list[Instance]:
    """The files of a request in their order; those that are no DICOM or of another study fail."""
    try:
        headers = {file.name: file.header for file in scan(open_container(folder)).files}
    except InputError:
        headers = {}
    return [_instance(path, headers.get(path.name), study_uid) for path in sorted(folder.iterdir())]


def _instance(path: Path, header: Any, study_uid: str | None) -> Instance:
    if header is None:
        return Instance(path, reason=Reason.CANNOT_UNDERSTAND)
    keywords = ("SOPClassUID", "SOPInstanceUID", "StudyInstanceUID", "SeriesInstanceUID")
    sop_class, uid, study, series = (str(header.get(keyword) or "") for keyword in keywords)
    if not (sop_class and uid and study and series):
        return Instance(path, sop_class, uid, Reason.CANNOT_UNDERSTAND)
    other = study_uid is not None and study != study_uid
    return Instance(path, sop_class, uid, Reason.OTHER_STUDY if other else None)


def told(instances: Iterable[Instance]) -> dict[str, Any]:
    """The answer's data set in DICOM's JSON; it names no place to fetch from, as there is none."""
    from pydicom import Dataset

    taken, failed = [], []
    for one in instances:
        item = Dataset()
        item.ReferencedSOPClassUID = one.sop_class
        item.ReferencedSOPInstanceUID = one.uid
        if one.reason is None:
            item.RetrieveURL = ""
            taken.append(item)
        else:
            item.FailureReason = int(one.reason)
            failed.append(item)
    answer = Dataset()
    answer.RetrieveURL = ""
    if taken:
        answer.ReferencedSOPSequence = taken
    if failed:
        answer.FailedSOPSequence = failed
    return answer.to_json_dict()
