# pyright: basic
# It speaks with pydicom, whose types have gaps.
"""What of a folder of results departs from the requirements, one message each."""

from collections.abc import Iterator
from pathlib import Path

import pydicom

from glioscope.reading.dicom.files import DICOM_DAMAGE, quietly
from glioscope.texts.message import Message, message
from glioscope.writing.dicom.mosmed.report import FIELDS
from glioscope.writing.wording import wording

_TEXTS = wording("ru")
_ROOT = "18748-4"
_TAGS = ("InstitutionName", "InstitutionalDepartmentName", "OperatorsName")
_WHEN = ("AcquisitionDate", "AcquisitionTime")


def departures(folder: Path) -> Iterator[Message]:
    """Each departure of the DICOM files in a folder, at any depth; none where all is right."""
    found = list(_datasets(folder))
    reports = [one for one in found if one.get("Modality") == "SR"]
    if len(reports) != 1:
        yield message("mosmed.check.reports", count=len(reports))
    pictures = [one for one in found if "PixelData" in one and one.get("Modality") != "SEG"]
    series = {str(one.get("SeriesInstanceUID")) for one in pictures}
    if len(series) != 1:
        yield message("mosmed.check.series", count=len(series))
    for report in reports:
        yield from _of_report(report)
    for dataset in (*reports, *pictures[:1]):
        yield from _of_tags(dataset)
    for dataset in pictures:
        if not dataset.get("ImagePositionPatient") or not dataset.get("PixelSpacing"):
            yield message("mosmed.check.geometry", number=str(dataset.get("InstanceNumber")))
            break


def _of_report(report: pydicom.Dataset) -> Iterator[Message]:
    names = report.get("ConceptNameCodeSequence") or []
    if [str(one.get("CodeValue")) for one in names] != [_ROOT]:
        yield message("mosmed.check.root", code=_ROOT)
    items = report.get("ContentSequence") or []
    told = [str(one.ConceptNameCodeSequence[0].CodeMeaning) for one in items]
    wanted = [_TEXTS(f"mosmed.field_{field}") for field in FIELDS]
    for name in wanted:
        if name not in told:
            yield message("mosmed.check.missing", field=name)
    if set(wanted) <= set(told) and told != wanted:
        yield message("mosmed.check.order")
    for one in items:
        if not str(one.get("TextValue", "")).strip():
            name = str(one.ConceptNameCodeSequence[0].CodeMeaning)
            yield message("mosmed.check.empty", field=name)


def _of_tags(dataset: pydicom.Dataset) -> Iterator[Message]:
    kind = str(dataset.get("Modality"))
    for keyword in (*_TAGS, *_WHEN):
        if not str(dataset.get(keyword, "")):
            yield message("mosmed.check.tag", kind=kind, tag=keyword)
    if dataset.get("OperatorsName") and str(dataset.OperatorsName) != "AI":
        yield message("mosmed.check.operator", kind=kind)
    if dataset.get("SpecificCharacterSet") != "ISO_IR 192":
        yield message("mosmed.check.charset", kind=kind)
    if "_" not in str(dataset.get("SeriesDescription", "")):
        yield message("mosmed.check.description", kind=kind)


def _datasets(folder: Path) -> Iterator[pydicom.Dataset]:
    for path in sorted(folder.rglob("*.dcm")):
        try:
            with quietly():
                yield pydicom.dcmread(path)
        except DICOM_DAMAGE:
            continue
