"""Concepts, units and references as FHIR writes them; the codes are those of our SR."""

import uuid
from typing import Any

Json = dict[str, Any]

SCT, DCM = "http://snomed.info/sct", "http://dicom.nema.org/resources/ontology/DCM"
LOINC, UCUM = "http://loinc.org", "http://unitsofmeasure.org"
_HL7 = "http://terminology.hl7.org/CodeSystem"

VOLUME = (SCT, "118565006", "Volume")
LONG_AXIS = (SCT, "103339001", "Long axis")
SHORT_AXIS = (SCT, "103340004", "Short axis")
PROBABILITY = (DCM, "122157", "Probability")
MEAN = (SCT, "373098007", "Mean")
NEOPLASM = (SCT, "108369006", "Neoplasm")
PRESENT, ABSENT = (SCT, "52101004", "Present"), (SCT, "272519000", "Absent")
INDETERMINATE = (SCT, "82334004", "Indeterminate")
# What a study's decision says of a tumour.
DECISIONS = {"tumour": PRESENT, "not typical": INDETERMINATE, "no tumour": ABSENT}
ABOVE = (SCT, "371886008", "+, range of upper measurement uncertainty")
BELOW = (SCT, "371885007", "-, range of lower measurement uncertainty")
GROUP = (DCM, "125007", "Measurement Group")
BRAIN = (SCT, "12738006", "Brain")
SIDES = {
    "left": (SCT, "7771000", "Left"),
    "right": (SCT, "24028007", "Right"),
    "both": (SCT, "51440002", "Right and left"),
}
BRAIN_MRI = (LOINC, "24590-2", "Brain MRI")
MR = (DCM, "MR", "Magnetic Resonance")
RADIOLOGY = (f"{_HL7}/v2-0074", "RAD", "Radiology")
IMAGING = (f"{_HL7}/observation-category", "imaging", "Imaging")

Code = tuple[str, str, str]


def coding(code: Code) -> Json:
    """A coded value: system, code and meaning."""
    system, value, meaning = code
    return {"system": system, "code": value, "display": meaning}


def concept(*codes: Code, text: str | None = None) -> Json:
    """A concept of codes that mean the same or make it up together."""
    return {"coding": [coding(code) for code in codes], **({"text": text} if text else {})}


def quantity(value: float, unit: str, digits: int) -> Json:
    """A figure with its unit in UCUM."""
    return {"value": round(value, digits), "unit": unit, "system": UCUM, "code": unit}


def address(*parts: str) -> str:
    """The address of a resource: the same for the same parts, and another for any others."""
    name = "".join(f"{len(part)}:{part}" for part in ("glioscope", *parts))
    return f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_OID, name)}"


def refer(to: str) -> Json:
    """A reference to a resource of the bundle."""
    return {"reference": to}
