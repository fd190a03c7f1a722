"""One Basic Text SR for each study, normal ones too: a container of texts in the fixed order."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from glioscope.analysis import Analysis
from glioscope.writing.dicom.elements import MANUFACTURER, code, item, save, uid_of
from glioscope.writing.dicom.header import SR_NUMBER, finish
from glioscope.writing.dicom.mosmed.registration import Service
from glioscope.writing.dicom.mosmed.service import Times, is_pathology, model_of, version_of
from glioscope.writing.dicom.target import DicomTarget
from glioscope.writing.report.conclusion import conclusion
from glioscope.writing.wording import wording

if TYPE_CHECKING:
    from pydicom import Dataset

BASIC_TEXT = "1.2.840.10008.5.1.4.1.1.88.11"
# п. 3.3: none may be left out, and this is their order.
FIELDS = (
    "modality",
    "region",
    "study",
    "made",
    "origin",
    "use",
    "service",
    "version",
    "purpose",
    "technical",
    "defects",
    "description",
    "conclusion",
    "guide",
)
_SCHEME = "99GLIOSCOPE"
_TEXTS = wording("ru")


def write_report(target: DicomTarget, service: Service, times: Times, path: Path) -> None:
    """Write the SR."""
    save(report_dataset(target, service, times), path)


def report_dataset(target: DicomTarget, service: Service, times: Times) -> "Dataset":
    """What `write_report` writes."""
    dataset = item(
        SOPClassUID=BASIC_TEXT,
        SOPInstanceUID=uid_of(target.key, "mosmed", "report"),
        SeriesInstanceUID=uid_of(target.key, "mosmed", "report", "series"),
        SeriesNumber=SR_NUMBER,
        InstanceNumber=1,
        Modality="SR",
        ReferencedPerformedProcedureStepSequence=[],
        Manufacturer=MANUFACTURER,
        ManufacturerModelName=model_of(target.analysis).name,
        SoftwareVersions=version_of(target.analysis),
        ContentDate="",
        ContentTime="",
        CompletionFlag="COMPLETE",
        VerificationFlag="UNVERIFIED",
        PerformedProcedureCodeSequence=[],
        ValueType="CONTAINER",
        ConceptNameCodeSequence=[code("18748-4", "LN", "Diagnostic imaging report")],
        ContinuityOfContent="SEPARATE",
        ContentSequence=list(_items(target, service, times)),
    )
    finish(dataset, target, "report")
    mark(dataset, target.analysis, service, times)
    dataset.ContentDate, dataset.ContentTime = _date(times), _time(times)
    return dataset


def mark(dataset: "Dataset", analysis: Analysis, service: Service, times: Times) -> None:
    """What every object says of who made it and when (прил. 7), in place."""
    dataset.InstitutionName = service.name
    dataset.InstitutionalDepartmentName = version_of(analysis)[:64]
    dataset.OperatorsName = "AI"
    dataset.AcquisitionDate, dataset.AcquisitionTime = _date(times), _time(times)
    dataset.SeriesDescription = f"{service.name}_{service.direction}"


def described(analysis: Analysis) -> str:
    """«Описание»: what was found, where and how large."""
    return conclusion(analysis, _TEXTS)


def concluded(analysis: Analysis) -> str:
    """«Заключение»: one sentence."""
    if is_pathology(analysis):
        return _TEXTS("mosmed.found")
    return _TEXTS("mosmed.nothing")


def _items(target: DicomTarget, service: Service, times: Times) -> "Iterator[Dataset]":
    texts = _texts(target, service, times)
    for number, field in enumerate(FIELDS, start=1):
        yield item(
            RelationshipType="CONTAINS",
            ValueType="TEXT",
            ConceptNameCodeSequence=[
                code(f"MM{number:02}", _SCHEME, _TEXTS(f"mosmed.field_{field}"))
            ],
            TextValue=texts[field],
        )


def _texts(target: DicomTarget, service: Service, times: Times) -> dict[str, str]:
    analysis = target.analysis
    return {
        "modality": _TEXTS("mosmed.modality"),
        "region": _TEXTS("mosmed.region"),
        "study": str(target.header.StudyInstanceUID),
        "made": f"{times.ended:%d.%m.%Y %H:%M:%S}",
        "origin": _TEXTS("mosmed.origin"),
        "use": _TEXTS("mosmed.use"),
        "service": service.name,
        "version": version_of(analysis),
        "purpose": _TEXTS("mosmed.purpose"),
        "technical": _technical(analysis),
        "defects": _defects(analysis),
        "description": described(analysis),
        "conclusion": concluded(analysis),
        "guide": service.guide,
    }


def _technical(analysis: Analysis) -> str:
    images = ", ".join(channel.value for channel in analysis.study.images)
    between, row, column = analysis.study.grid.spacing
    size = f"{_TEXTS.number(column, 2)} × {_TEXTS.number(row, 2)} × {_TEXTS.number(between, 2)}"
    return _TEXTS("mosmed.technical", images=images, slices=len(analysis.slices), size=size)


def _defects(analysis: Analysis) -> str:
    faults = analysis.quality.faults if analysis.quality else ()
    said = [_TEXTS.say(fault.message) for fault in faults]
    return "; ".join(said) if said else _TEXTS("mosmed.no_defects")


def _date(times: Times) -> str:
    return f"{times.ended:%Y%m%d}"


def _time(times: Times) -> str:
    return f"{times.ended:%H%M%S}"
