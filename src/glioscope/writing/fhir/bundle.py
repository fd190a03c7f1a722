"""A collection of resources: ImagingStudy, DiagnosticReport, Observations, Device, and Patient.

Whoever may not know who the patient is gets a Patient without a name or number, a study without a
UID and a report without the day of the examination.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from glioscope.texts.message import message
from glioscope.writing.dicom.elements import MANUFACTURER, in_languages
from glioscope.writing.fhir import codes
from glioscope.writing.fhir.codes import Json, concept, refer
from glioscope.writing.fhir.observations import Frame, Observed, observed

_USE = "urn:glioscope:fhir:research-use-only"
_V2 = "http://terminology.hl7.org/CodeSystem/v2-0203"
_PATIENT, _ACCESSION = (_V2, "MR", "Medical record number"), (_V2, "ACSN", "Accession ID")


@dataclass(frozen=True, kw_only=True)
class Whose:
    """Who was examined, and which examination it was, as DICOM says; None is not known.

    Attributes:
        study_date: `20261129`.
    """

    patient_id: str | None = None
    patient_name: str | None = None
    study_uid: str | None = None
    accession: str | None = None
    study_date: str | None = None


def fhir_bundle(
    document: Mapping[str, Any],
    *,
    name: str,
    issued_ms: int,
    whose: Whose | None = None,
    status: Literal["preliminary", "final"] = "preliminary",
) -> Json:
    """The bundle of an `analysis.json` document.

    `name` is of the result: the same result gives the same addresses of resources. `issued_ms` is
    when it was made, in milliseconds since 1970, UTC. `whose` is None for a reader who may not know
    it. `status` is `final` only where a doctor stands for the model's figures.
    """
    known = whose or Whose()
    patient, study, report, device = (
        codes.address(name, what) for what in ("patient", "study", "report", "device")
    )
    shared: Json = {
        "subject": refer(patient),
        "partOf": [refer(study)],
        "device": refer(device),
        "issued": _instant(issued_ms),
    }
    found = observed(document, Frame(name=(name,), status=status, shared=shared))
    resources = {
        patient: _patient(known),
        study: _study(known, patient),
        device: _device(document),
        report: {
            **_report(document, found, status),
            "subject": refer(patient),
            "imagingStudy": [refer(study)],
            "issued": _instant(issued_ms),
            **_dated("effectiveDateTime", known),
        },
        **found.resources,
    }
    return {
        "resourceType": "Bundle",
        "type": "collection",
        "timestamp": _instant(issued_ms),
        "entry": [{"fullUrl": at, "resource": one} for at, one in resources.items()],
    }


def _patient(whose: Whose) -> Json:
    found: Json = {"resourceType": "Patient"}
    if whose.patient_id:
        found["identifier"] = [{"type": concept(_PATIENT), "value": whose.patient_id}]
    if whose.patient_name:
        found["name"] = [_human(whose.patient_name)]
    return found


def _human(name: str) -> Json:
    """DICOM's family^given^middle^prefix^suffix, the first of its ways of writing."""
    parts = [part.strip() for part in name.split("=", maxsplit=1)[0].split("^")]
    family, given, middle = (*parts, "", "", "")[:3]
    found: Json = {"text": " ".join(part for part in parts if part) or name}
    if family:
        found["family"] = family
    if names := [one for one in (given, middle) if one]:
        found["given"] = names
    return found


def _study(whose: Whose, patient: str) -> Json:
    identifiers: list[Json] = []
    if whose.study_uid:
        identifiers.append({"system": "urn:dicom:uid", "value": f"urn:oid:{whose.study_uid}"})
    if whose.accession:
        identifiers.append({"type": concept(_ACCESSION), "value": whose.accession})
    return {
        "resourceType": "ImagingStudy",
        **({"identifier": identifiers} if identifiers else {}),
        "status": "available",
        "modality": [codes.coding(codes.MR)],
        "subject": refer(patient),
        **_dated("started", whose),
    }


def _device(document: Mapping[str, Any]) -> Json:
    model = document["model"]
    versions = {"glioscope": document["versions"].get("glioscope"), model["name"]: model["version"]}
    return {
        "resourceType": "Device",
        "status": "active",
        "manufacturer": MANUFACTURER,
        "deviceName": [{"name": MANUFACTURER, "type": "manufacturer-name"}],
        "modelNumber": model["name"],
        "serialNumber": model["sha256"],
        "version": [
            {"type": {"text": what}, "value": value} for what, value in versions.items() if value
        ],
        "note": [{"text": " ".join(in_languages("writing.no_diagnosis"))}],
    }


def _report(document: Mapping[str, Any], found: Observed, status: str) -> Json:
    said = [document["conclusion"]["text"], *in_languages("writing.no_diagnosis")]
    if document["findings"] and document["interval_coverage"] is not None:
        said.append(str(message("writing.intervals", coverage=document["interval_coverage"])))
    return {
        "resourceType": "DiagnosticReport",
        "extension": [{"url": _USE, "valueBoolean": True}],
        "status": status,
        "category": [concept(codes.RADIOLOGY)],
        "code": concept(codes.BRAIN_MRI),
        "result": [refer(at) for at in found.groups],
        "conclusion": "\n".join(said),
    }


def _dated(field: str, whose: Whose) -> Json:
    """The day of the examination, where it is known and one of the calendar."""
    try:
        day = datetime.strptime(whose.study_date or "", "%Y%m%d").date()
    except ValueError:
        return {}
    return {field: day.isoformat()}


def _instant(milliseconds: int) -> str:
    return datetime.fromtimestamp(milliseconds / 1000, UTC).isoformat(timespec="milliseconds")
