# pyright: basic
# It speaks with pydicom, whose types have gaps.
"""What of a folder of results departs from the requirements, one message each."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pydicom

from glioscope.reading.dicom.files import DICOM_DAMAGE
from glioscope.reading.quiet import quietly
from glioscope.texts.message import Message, message
from glioscope.writing.dicom.mosmed.report import FIELDS
from glioscope.writing.dicom.mosmed.service import FOLDER, NOTICE
from glioscope.writing.wording import wording

_TEXTS = wording("ru")
_ROOT = "18748-4"
_TAGS = ("InstitutionName", "InstitutionalDepartmentName", "OperatorsName")
_WHEN = ("AcquisitionDate", "AcquisitionTime")
_WHOSE = ("StudyInstanceUID", "PatientID", "IssuerOfPatientID", "AccessionNumber")
_LONGEST = 64
# What the fields of the SR repeat from the tags.
_SAME = (("service", "InstitutionName"), ("version", "InstitutionalDepartmentName"))
# What a message tells of the fields of the SR.
_TOLD = (("report", "description"), ("conclusion", "conclusion"))


def departures(folder: Path) -> Iterator[Message]:
    """Each departure of the results in a folder, at any depth; none where all is right.

    Where the folder has one for the profile, as the results of `glioscope analyze` have, only that
    is looked at. That the burnt-in lines can be read is for eyes: nothing here reads pictures.
    """
    inside = folder / FOLDER
    files = inside if inside.is_dir() else folder
    found: list[pydicom.Dataset] = []
    for path in sorted(files.rglob("*.dcm")):
        try:
            with quietly():
                found.append(pydicom.dcmread(path))
        except DICOM_DAMAGE:
            yield message("mosmed.check.damaged", name=path.relative_to(files).as_posix())
    reports = [one for one in found if one.get("Modality") == "SR"]
    if len(reports) != 1:
        yield message("mosmed.check.reports", count=len(reports))
    pictures = [one for one in found if "PixelData" in one and one.get("Modality") != "SEG"]
    series = {str(one.get("SeriesInstanceUID")) for one in pictures}
    if len(series) != 1:
        yield message("mosmed.check.series", count=len(series))
    for other in sorted({str(one.get("Modality")) for one in found if one not in reports}):
        if other == "SEG":
            yield message("mosmed.check.other", kind=other)
    for report in reports:
        yield from _of_report(report)
    for dataset in (*reports, *pictures[:1]):
        yield from _of_tags(dataset)
    yield from _of_pictures(pictures)
    yield from _alike([*reports, *pictures])
    if len(reports) == 1 and len(series) == 1:
        yield from _of_notice(files / NOTICE, reports[0], *series)


def _of_report(report: pydicom.Dataset) -> Iterator[Message]:
    names = report.get("ConceptNameCodeSequence") or []
    if [str(one.get("CodeValue")) for one in names] != [_ROOT]:
        yield message("mosmed.check.root", code=_ROOT)
    texts = _fields(report)
    told = [name for name, _ in texts]
    wanted = [_TEXTS(f"mosmed.field_{field}") for field in FIELDS]
    for name in wanted:
        if name not in told:
            yield message("mosmed.check.missing", field=name)
        elif told.count(name) > 1:
            yield message("mosmed.check.twice", field=name)
    for name in told:
        if name not in wanted:
            yield message("mosmed.check.unknown", field=name)
    if set(wanted) == set(told) and len(told) == len(wanted) and told != wanted:
        yield message("mosmed.check.order")
    for name, text in texts:
        if not text.strip():
            yield message("mosmed.check.empty", field=name)
    said = dict(texts)
    for field, tag in _SAME:
        name = _TEXTS(f"mosmed.field_{field}")
        if said.get(name) and said[name][:_LONGEST] != str(report.get(tag, "")):
            yield message("mosmed.check.same", field=name, tag=tag)
    study = said.get(_TEXTS("mosmed.field_study"))
    if study and study != str(report.get("StudyInstanceUID")):
        name = _TEXTS("mosmed.field_study")
        yield message("mosmed.check.same", field=name, tag="StudyInstanceUID")
    for field in ("origin", "use"):
        name, text = _TEXTS(f"mosmed.field_{field}"), _TEXTS(f"mosmed.{field}")
        if said.get(name) and said[name] != text:
            yield message("mosmed.check.warning", field=name, text=text)


def _fields(report: pydicom.Dataset) -> list[tuple[str, str]]:
    """Names and texts of the SR's items."""
    items = report.get("ContentSequence") or []
    return [
        (str(one.ConceptNameCodeSequence[0].CodeMeaning), str(one.get("TextValue", "")))
        for one in items
        if one.get("ConceptNameCodeSequence")
    ]


def _of_tags(dataset: pydicom.Dataset) -> Iterator[Message]:
    kind = str(dataset.get("Modality"))
    for keyword in (*_TAGS, *_WHEN):
        if not str(dataset.get(keyword, "")):
            yield message("mosmed.check.tag", kind=kind, tag=keyword)
    if dataset.get("OperatorsName") and str(dataset.OperatorsName) != "AI":
        yield message("mosmed.check.operator", kind=kind)
    if dataset.get("SpecificCharacterSet") != "ISO_IR 192":
        yield message("mosmed.check.charset", kind=kind)
    name, _, direction = str(dataset.get("SeriesDescription", "")).partition("_")
    if not direction or name != str(dataset.get("InstitutionName", name)):
        yield message("mosmed.check.description", kind=kind)


def _of_pictures(pictures: list[pydicom.Dataset]) -> Iterator[Message]:
    for dataset in pictures:
        if not dataset.get("ImagePositionPatient") or not dataset.get("PixelSpacing"):
            yield message("mosmed.check.geometry", number=str(dataset.get("InstanceNumber")))
            break
    for modality in sorted({str(one.get("Modality")) for one in pictures} - {"ASMT", "MR"}):
        yield message("mosmed.check.modality", kind=modality)
    uids = [str(one.get("SOPInstanceUID")) for one in pictures]
    if len(set(uids)) != len(uids):
        yield message("mosmed.check.instance_twice")
    if len({(one.get("Rows"), one.get("Columns")) for one in pictures}) > 1:
        yield message("mosmed.check.sizes")
    for uid in sorted({str(one.get("SeriesInstanceUID")) for one in pictures}):
        if len(uid) > _LONGEST:
            yield message("mosmed.check.long_uid", count=len(uid))


def _alike(found: list[pydicom.Dataset]) -> Iterator[Message]:
    """What all objects of a study have to say alike."""
    for keyword in (*_WHOSE, *_TAGS, *_WHEN, "SeriesDescription"):
        if len({str(one.get(keyword, "")) for one in found}) > 1:
            yield message("mosmed.check.unlike", tag=keyword)


def _of_notice(path: Path, report: pydicom.Dataset, series: str) -> Iterator[Message]:
    try:
        told: Any = json.loads(path.read_text(encoding="utf-8"))
        result = told["aiResult"]
        facts = (
            ("type", told["type"] == "DICOMREPORTNOTIFY"),
            ("studyIUID", told["studyIUID"] == str(report.get("StudyInstanceUID"))),
            ("seriesIUID", result["seriesIUID"] == series),
            ("norma", result["pathologyFlag"] is (result["norma"] == 0)),
            ("confidenceLevel", result["confidenceLevel"] in range(101)),
            ("modelId", isinstance(result["modelId"], int)),
            ("modelVersion", bool(result["modelVersion"])),
            ("dateTimeParams", _in_order(result["dateTimeParams"])),
            ("probParams", all(0 <= one <= 1 for one in result["probParams"].values())),
        )
        said = dict(_fields(report))
        texts = ((key, result[key] == said.get(_TEXTS(f"mosmed.field_{of}"))) for key, of in _TOLD)
        for key, right in (*facts, *texts):
            if not right:
                yield message("mosmed.check.notice", name=path.name, key=key)
    except FileNotFoundError:
        # The archive holds no messages: what was fetched back from there has none.
        return
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        yield message("mosmed.check.no_notice", name=path.name, said=str(error))


def _in_order(moments: dict[str, str]) -> bool:
    names = ("downloadStartDT", "downloadEndDT", "processStartDT", "processEndDT")
    began, fetched, started, ended = (moments[name] for name in names)
    return began <= fetched and started <= ended
