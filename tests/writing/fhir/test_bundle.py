"""The bundle: what HL7's schema wants, every figure in its unit, and nobody's name unasked."""

import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from pydicom.sr.codedict import codes as dicom

from dicom_studies import two_lesions
from glioscope.analysis import Analysis
from glioscope.analysis_parts import Intervals
from glioscope.volume import Mask
from glioscope.writing.analysis_json import document_of
from glioscope.writing.fhir import codes
from glioscope.writing.fhir.bundle import Whose, fhir_bundle
from phantoms import analysis_for, box_mask, nominal_grid

ANNA = Whose(
    patient_id="77",
    patient_name="Ivanova^Anna^Petrovna",
    study_uid="1.2.840.7",
    accession="A-1",
    study_date="20261129",
)
WITHIN = Intervals((0.8, 1.3), (0.9, 1.2), (1.05, 1.2), (0.7, 1.4))


@pytest.fixture(scope="module")
def found() -> Analysis:
    return analysis_for(two_lesions("oblique"))


def bundle(analysis: Analysis, **wishes: Any) -> dict[str, Any]:
    document = json.loads(json.dumps(document_of(analysis, "en")))
    return fhir_bundle(document, name="r1", issued_ms=1_780_000_000_123, **wishes)


def of_kind(made: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    resources = [entry["resource"] for entry in made["entry"]]
    return [one for one in resources if one["resourceType"] == kind]


def measured(made: dict[str, Any], code: codes.Code) -> list[dict[str, Any]]:
    found = of_kind(made, "Observation")
    return [one for one in found if one["code"]["coding"] == [codes.coding(code)]]


def nothing() -> Analysis:
    mask = two_lesions("oblique")
    return analysis_for(Mask(np.zeros_like(mask.array), mask.grid))


def pictures() -> Analysis:
    return analysis_for(box_mask(nominal_grid(), (3, 3, 3), (9, 9, 9)), kind="pictures")


@pytest.mark.parametrize("whose", [None, ANNA, replace(ANNA, study_date="unknown")])
@pytest.mark.parametrize("make", [nothing, pictures, None])
def test_it_keeps_the_schema(found, whose, make) -> None:
    # R4B; R4 (4.0.1) and it have the same elements in the resources used here.
    resources = pytest.importorskip("fhir.resources.R4B.bundle", reason="fhir.resources is missing")
    made = bundle(make() if make else found, whose=whose)
    checked = resources.Bundle.model_validate_json(json.dumps(made))
    assert len(checked.entry) == len(made["entry"])


def test_what_breaks_the_schema_is_seen(found) -> None:
    resources = pytest.importorskip("fhir.resources.R4B.bundle", reason="fhir.resources is missing")
    made = bundle(found)
    del of_kind(made, "ImagingStudy")[0]["subject"]
    with pytest.raises(ValueError, match="subject"):
        resources.Bundle.model_validate_json(json.dumps(made))


def test_every_figure_stands_with_its_unit(found) -> None:
    made = bundle(found)
    volumes = [one["valueQuantity"] for one in measured(made, codes.VOLUME)]
    expected = [found.volume_ml, *(finding.volume_ml for finding in found.findings)]
    assert [one["value"] for one in volumes] == [round(value or 0, 3) for value in expected]
    assert {(one["code"], one["system"]) for one in volumes} == {("mL", codes.UCUM)}
    for code, name in ((codes.LONG_AXIS, "diameter_mm"), (codes.SHORT_AXIS, "perpendicular_mm")):
        values = [one["valueQuantity"]["value"] for one in measured(made, code)]
        assert values == [round(getattr(finding, name), 2) for finding in found.findings]
    percents = [one["valueQuantity"] for one in measured(made, codes.PROBABILITY)]
    assert percents[0] == {"value": 97.0, "unit": "%", "system": codes.UCUM, "code": "%"}
    [answer] = measured(made, codes.NEOPLASM)
    assert answer["valueCodeableConcept"]["coding"] == [codes.coding(codes.PRESENT)]


def test_an_interval_is_a_distance_to_both_sides(found) -> None:
    first = replace(found.findings[0], intervals=WITHIN)
    made = bundle(replace(found, findings=(first,)))
    [_, volume] = measured(made, codes.VOLUME)
    value = first.volume_ml or 0
    above, below = (part["valueQuantity"]["value"] for part in volume["component"])
    assert (above, below) == pytest.approx((0.3 * value, 0.2 * value), abs=1e-3)
    [short] = measured(made, codes.SHORT_AXIS)
    assert short["component"][1]["valueQuantity"]["value"] == 0, "it does not reach the value"


def test_groups_hold_all_that_was_measured_and_the_report_all_groups(found) -> None:
    made = bundle(found)
    places = {entry["fullUrl"]: entry["resource"] for entry in made["entry"]}
    [report] = of_kind(made, "DiagnosticReport")
    groups = [places[one["reference"]] for one in report["result"]]
    assert len(groups) == 1 + len(found.findings)
    members = [one["reference"] for group in groups for one in group["hasMember"]]
    others = [
        at for at, one in places.items() if one["resourceType"] == "Observation" and one in groups
    ]
    assert len(members) == len(set(members))
    assert len(members) + len(others) == len(of_kind(made, "Observation"))


def test_pictures_without_spacing_have_no_millimetres() -> None:
    made = bundle(pictures())
    assert not measured(made, codes.VOLUME) and not measured(made, codes.LONG_AXIS)
    assert len(measured(made, codes.PROBABILITY)) == 2


def test_the_same_result_has_the_same_addresses(found) -> None:
    assert bundle(found) == bundle(found)
    places = [entry["fullUrl"] for entry in bundle(found)["entry"]]
    assert len(set(places)) == len(places)


def test_a_reader_who_may_not_know_the_patient_finds_nothing_of_him(found) -> None:
    said = json.dumps(bundle(found))
    assert not any(part in said for part in ("Ivanova", '"77"', "1.2.840.7", "A-1", "2026-11-29"))
    made = bundle(found, whose=ANNA)
    [patient] = of_kind(made, "Patient")
    assert patient["identifier"][0]["value"] == "77"
    assert patient["name"] == [
        {"text": "Ivanova Anna Petrovna", "family": "Ivanova", "given": ["Anna", "Petrovna"]}
    ]
    [study] = of_kind(made, "ImagingStudy")
    assert study["identifier"][0] == {"system": "urn:dicom:uid", "value": "urn:oid:1.2.840.7"}
    assert study["started"] == "2026-11-29"


def test_it_says_what_it_may_be_used_for_and_that_nobody_has_signed(found) -> None:
    [report] = of_kind(bundle(found), "DiagnosticReport")
    assert report["status"] == "preliminary"
    assert "not a medical device" in report["conclusion"]
    assert "не медицинское изделие" in report["conclusion"]
    assert report["extension"] == [
        {"url": "urn:glioscope:fhir:research-use-only", "valueBoolean": True}
    ]
    final = bundle(found, status="final")
    kinds = ("DiagnosticReport", "Observation")
    assert {one["status"] for kind in kinds for one in of_kind(final, kind)} == {"final"}


def test_the_software_is_named_with_its_versions(found) -> None:
    [device] = of_kind(bundle(found), "Device")
    assert device["version"] == [
        {"type": {"text": "glioscope"}, "value": "0.1.0"},
        {"type": {"text": "phantom-model"}, "value": "1.2.3"},
    ]


def test_codes_are_those_of_the_structured_report() -> None:
    pairs = {
        codes.VOLUME: dicom.SCT.Volume,
        codes.LONG_AXIS: dicom.SCT.LongAxis,
        codes.SHORT_AXIS: dicom.SCT.ShortAxis,
        codes.PROBABILITY: dicom.DCM.Probability,
        codes.MEAN: dicom.SCT.Mean,
        codes.NEOPLASM: dicom.SCT.Neoplasm,
        codes.PRESENT: dicom.SCT.Present,
        codes.ABSENT: dicom.SCT.Absent,
        codes.GROUP: dicom.DCM.MeasurementGroup,
        codes.BRAIN: dicom.SCT.Brain,
        codes.BRAIN_MRI: dicom.LN.BrainMRI,
        codes.SIDES["left"]: dicom.SCT.Left,
        codes.SIDES["right"]: dicom.SCT.Right,
    }
    for ours, theirs in pairs.items():
        assert ours[1] == theirs.value, theirs
