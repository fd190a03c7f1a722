"""Structured reports read back: figures, codes and references."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pydicom
import pytest
from highdicom.sr import MeasurementReport, srread
from pydicom.sr.codedict import codes

from dicom_studies import FLAIR, lesion, through_dicom, two_lesions
from dicom_tools import check_with_dciodvfy
from glioscope.analysis import Analysis
from glioscope.analysis_parts import Intervals
from glioscope.errors import InputError
from glioscope.study import Channel
from glioscope.volume import Mask
from glioscope.writing.dicom.seg import seg_dataset
from glioscope.writing.dicom.sr.report import sr_dataset, write_sr
from glioscope.writing.dicom.target import dicom_target
from phantoms import analysis_for


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Analysis:
    return through_dicom(two_lesions("oblique"), tmp_path_factory.mktemp("in"))


@pytest.fixture(scope="module")
def nothing(found: Analysis) -> Analysis:
    empty = Mask(np.zeros_like(found.mask.array), found.mask.grid)
    return analysis_for(empty, study=found.study)


def _written(analysis: Analysis, path: Path) -> tuple[pydicom.Dataset, MeasurementReport]:
    write_sr(dicom_target(analysis), path)
    report = srread(path)
    return report, report.content


def _texts(dataset: pydicom.Dataset) -> str:
    return "\n".join(str(e.value) for e in dataset.iterall() if e.keyword == "TextValue")


def _values(group: object) -> dict[str, float]:
    return {m.name.meaning: m.value for m in group.get_measurements()}


def test_each_lesion_is_measured_and_points_at_its_segment(found: Analysis, tmp_path: Path) -> None:
    _, content = _written(found, tmp_path / "sr.dcm")
    groups = content.get_volumetric_roi_measurement_groups()
    segmentation = seg_dataset(dicom_target(found))
    assert len(groups) == len(found.findings) == 2
    for group, finding in zip(groups, found.findings, strict=True):
        values = _values(group)
        assert values["Volume"] == pytest.approx(finding.volume_ml, abs=0.0005)
        assert values["Long axis"] == pytest.approx(finding.diameter_mm, abs=0.005)
        assert values["Short axis"] == pytest.approx(finding.perpendicular_mm, abs=0.005)
        assert values["Probability"] == pytest.approx(100 * finding.confidence, abs=0.005)
        reference = group.referenced_segment
        assert reference.referenced_sop_instance_uid == segmentation.SOPInstanceUID
        assert list(reference.referenced_segment_numbers) == [finding.label]
        described = segmentation.SegmentSequence[finding.label - 1]
        assert group.tracking_uid == described.TrackingUID


def test_side_and_intervals_stand_beside_what_they_are_of(found: Analysis, tmp_path: Path) -> None:
    """An interval that lies above its figure altogether reaches it from above: no distance down."""
    first = Intervals((0.8, 1.5), (0.9, 1.1), (1.02, 1.2), (0.8, 1.3))
    findings = (
        replace(found.findings[0], side="left", intervals=first),
        replace(found.findings[1], side="right", intervals=first),
    )
    analysis = replace(found, findings=findings, interval_coverage=0.9)
    dataset, content = _written(analysis, tmp_path / "sr.dcm")
    for group, finding in zip(
        content.get_volumetric_roi_measurement_groups(), findings, strict=True
    ):
        assert _side(group) == finding.side.capitalize()
        for name, value, (low, high) in (
            ("Volume", finding.volume_ml, first.volume),
            ("Long axis", finding.diameter_mm, first.diameter),
            ("Short axis", finding.perpendicular_mm, (1, first.perpendicular[1])),
        ):
            up, down = _distances(group, name)
            assert up == (pytest.approx(value * (high - 1), abs=0.01), _unit(group, name))
            assert down == (pytest.approx(value * (1 - low), abs=0.01), _unit(group, name))
    (whole,) = content.get_image_measurement_groups()
    assert _side(whole) == "Right and left"
    low, high = analysis.volume_interval
    up, down = _distances(whole, "Volume")
    assert up[0] == pytest.approx(analysis.volume_ml * (high - 1), abs=0.001)
    assert down[0] == pytest.approx(analysis.volume_ml * (1 - low), abs=0.001)
    assert "in 90\N{NO-BREAK SPACE}% of patients" in _texts(dataset)
    check_with_dciodvfy(tmp_path / "sr.dcm")


def _side(group: object) -> str:
    (site,) = group.finding_sites
    return site.laterality.meaning


def _measurement(group: object, name: str) -> pydicom.Dataset:
    (found,) = (m[0] for m in group.get_measurements() if m.name.meaning == name)
    return found


def _unit(group: object, name: str) -> str:
    return _measurement(group, name).unit.value


def _distances(group: object, name: str) -> list[tuple[float, str]]:
    """Upwards, then downwards, with their units."""
    items = [
        i for i in _measurement(group, name).ContentSequence if "uncertainty" in i.name.meaning
    ]
    assert [i.name.meaning[0] for i in items] == ["+", "-"]
    assert {i.RelationshipType for i in items} == {"HAS PROPERTIES"}
    return [(i.value, i.unit.value) for i in items]


def test_the_whole_study_has_its_group(found: Analysis, tmp_path: Path) -> None:
    _, content = _written(found, tmp_path / "sr.dcm")
    (whole,) = content.get_image_measurement_groups()
    assert _values(whole)["Volume"] == pytest.approx(found.volume_ml, abs=0.0005)
    assert _values(whole)["Probability"] == pytest.approx(97.0)
    assert whole.finding_type == codes.SCT.Lesion
    (answer,) = whole.get_qualitative_evaluations(name=codes.SCT.Lesion)
    assert answer.value == codes.SCT.Present


def test_a_neoplasm_is_suspected_and_not_stated(found: Analysis, tmp_path: Path) -> None:
    """Neither group calls what was found a neoplasm: its type is lesion."""
    _, content = _written(found, tmp_path / "sr.dcm")
    lesions = content.get_volumetric_roi_measurement_groups()
    for group in (*content.get_image_measurement_groups(), *lesions):
        assert group.finding_type == codes.SCT.Lesion
        (suspicion,) = group.get_qualitative_evaluations(name=codes.SCT.Neoplasm)
        assert suspicion.value == codes.SCT.Suspected
    assert len(lesions) == len(found.findings) > 0


def test_without_a_lesion_it_says_so(nothing: Analysis, tmp_path: Path) -> None:
    dataset, content = _written(nothing, tmp_path / "sr.dcm")
    assert content.get_volumetric_roi_measurement_groups() == []
    (whole,) = content.get_image_measurement_groups()
    (answer,) = whole.get_qualitative_evaluations()
    assert (answer.name, answer.value) == (codes.SCT.Lesion, codes.SCT.Absent)
    assert whole.finding_type is None
    assert codes.SCT.Neoplasm.value not in str(dataset)
    assert "does not mean that there is no tumour" in _texts(dataset)
    check_with_dciodvfy(tmp_path / "sr.dcm")


def test_what_it_says_of_itself(found: Analysis, tmp_path: Path) -> None:
    dataset, _ = _written(found, tmp_path / "sr.dcm")
    text = _texts(pydicom.dcmread(tmp_path / "sr.dcm"))
    for expected in (
        "not a medical device",
        "не медицинское изделие",
        "glioscope phantom-model",
        "1.2.3",
    ):
        assert expected in text
    assert found.model.sha256 in text
    assert (dataset.VerificationFlag, dataset.PreliminaryFlag) == ("UNVERIFIED", "PRELIMINARY")
    assert dataset.SpecificCharacterSet == "ISO_IR 192"
    assert dataset.StudyInstanceUID == FLAIR.study_uid
    assert dataset.PatientName == "Иванова^Мария"


def test_every_source_instance_and_the_segmentation_are_its_evidence(found: Analysis) -> None:
    dataset = sr_dataset(dicom_target(found))
    listed = {
        instance.ReferencedSOPInstanceUID
        for name in ("CurrentRequestedProcedureEvidenceSequence", "PertinentOtherEvidenceSequence")
        for study in dataset.get(name, [])
        for series in study.ReferencedSeriesSequence
        for instance in series.ReferencedSOPSequence
    }
    sources = {h.SOPInstanceUID for h in found.study.source.series[Channel.FLAIR].headers}
    assert listed == {*sources, seg_dataset(dicom_target(found)).SOPInstanceUID}


@pytest.mark.parametrize("enhanced", [False, True], ids=["classic", "enhanced"])
def test_dciodvfy_finds_no_error(enhanced: bool, tmp_path: Path) -> None:
    analysis = through_dicom(two_lesions("sagittal"), tmp_path / "in", enhanced=enhanced)
    write_sr(dicom_target(analysis), tmp_path / "sr.dcm")
    check_with_dciodvfy(tmp_path / "sr.dcm")


def test_twice_the_same_bytes(found: Analysis, tmp_path: Path) -> None:
    write_sr(dicom_target(found), tmp_path / "a.dcm")
    write_sr(dicom_target(replace(found, timings_s={"network": 9.0})), tmp_path / "b.dcm")
    assert (tmp_path / "a.dcm").read_bytes() == (tmp_path / "b.dcm").read_bytes()


def test_only_a_study_from_dicom_has_one() -> None:
    with pytest.raises(InputError, match="read from nifti"):
        dicom_target(analysis_for(lesion("axial")))
