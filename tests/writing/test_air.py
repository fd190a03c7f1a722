"""Results as IHE's profile AI Results (AIR) wants them: docs/reference/air.md, row by row."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pydicom
import pytest
from highdicom.sr import srread

from dicom_studies import through_dicom, two_lesions
from glioscope.analysis import Analysis
from glioscope.followup.earlier import lesions_in
from glioscope.followup.tracking import Earlier
from glioscope.study import Channel
from glioscope.volume import Mask
from glioscope.writing.dicom.seg import seg_dataset
from glioscope.writing.dicom.sr.report import sr_dataset, write_sr
from glioscope.writing.dicom.target import dicom_target
from phantoms import analysis_for

COMPREHENSIVE_3D_SR = "1.2.840.10008.5.1.4.1.1.88.34"


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Analysis:
    return through_dicom(two_lesions("oblique"), tmp_path_factory.mktemp("in"))


@pytest.fixture(scope="module")
def report(found: Analysis) -> pydicom.Dataset:
    return sr_dataset(dicom_target(found))


@pytest.fixture(scope="module")
def segmentation(found: Analysis) -> pydicom.Dataset:
    return seg_dataset(dicom_target(found))


def items(dataset: pydicom.Dataset, code: str) -> Iterator[pydicom.Dataset]:
    """Content items of this name, at any depth."""
    for one in dataset.get("ContentSequence", []):
        name = one.get("ConceptNameCodeSequence")
        if name and name[0].CodeValue == code:
            yield one
        yield from items(one, code)


def texts(dataset: pydicom.Dataset, code: str) -> set[str]:
    return {one.get("TextValue") or one.get("UID") for one in items(dataset, code)}


def test_the_report_is_a_comprehensive_3d_sr_by_tid_1500_of_a_brain_mri(
    report: pydicom.Dataset,
) -> None:
    assert report.SOPClassUID == COMPREHENSIVE_3D_SR
    assert report.ContentTemplateSequence[0].TemplateIdentifier == "1500"
    (procedure,) = items(report, "121058")
    assert procedure.ConceptCodeSequence[0].CodeMeaning == "Brain MRI"


def test_the_algorithm_is_contributing_equipment_by_the_values_it_has_elsewhere(
    report: pydicom.Dataset, segmentation: pydicom.Dataset
) -> None:
    for dataset in (report, segmentation):
        first = dataset.ContributingEquipmentSequence[0]
        assert first.PurposeOfReferenceCodeSequence[0].CodeValue == "109102"
        assert {one.CodeMeaning for one in first.PurposeOfReferenceCodeSequence} == {
            "Processing Equipment"
        }
        assert texts(report, "121014") == {first.Manufacturer}
        assert texts(report, "121015") == texts(report, "111001") == {first.ManufacturerModelName}
        assert texts(report, "111003") == {first.SoftwareVersions}
        assert texts(report, "121012") == {first.DeviceUID}
        for segment in segmentation.SegmentSequence:
            (algorithm,) = segment.SegmentationAlgorithmIdentificationSequence
            assert algorithm.AlgorithmSource == first.Manufacturer
            assert algorithm.AlgorithmName == first.ManufacturerModelName
            assert algorithm.AlgorithmVersion == first.SoftwareVersions


def test_another_model_is_another_device(found: Analysis, report: pydicom.Dataset) -> None:
    other = replace(found, model=replace(found.model, sha256="f" * 64))
    (changed,) = texts(sr_dataset(dicom_target(other)), "121012")
    assert texts(report, "121012") != {changed}


def test_a_reader_who_began_with_a_model_names_both(found: Analysis) -> None:
    by_reader = replace(found, author="reader and model", probability=None)
    dataset = sr_dataset(dicom_target(by_reader))
    program, model = (
        one.ManufacturerModelName for one in dataset.ContributingEquipmentSequence[:2]
    )
    assert (program, model) == ("glioscope", "glioscope phantom-model")
    assert texts(dataset, "121015") == {program}
    assert texts(dataset, "111001") == set()


def test_every_source_image_is_in_the_image_library_with_what_its_series_shares(
    found: Analysis, report: pydicom.Dataset
) -> None:
    (library,) = items(report, "111028")
    (group,) = items(library, "126200")
    listed = [
        one.ReferencedSOPSequence[0].ReferencedSOPInstanceUID
        for one in group.ContentSequence
        if one.ValueType == "IMAGE"
    ]
    headers = found.study.source.series[Channel.FLAIR].headers
    assert sorted(listed) == sorted(header.SOPInstanceUID for header in headers)
    (modality,) = items(group, "121139")
    assert modality.ConceptCodeSequence[0].CodeValue == "MR"
    numbers = {
        one.ConceptNameCodeSequence[0].CodeMeaning: one.MeasuredValueSequence[0].NumericValue
        for one in group.ContentSequence
        if one.ValueType == "NUM"
    }
    header = headers[0]
    assert numbers["Pixel Data Rows"] == header.Rows
    assert numbers["Vertical Pixel Spacing"] == pytest.approx(float(header.PixelSpacing[0]))
    assert numbers["Spacing between slices"] == pytest.approx(found.study.grid.spacing[0])
    cosines = [v for name, v in numbers.items() if name.startswith("Image Orientation")]
    assert cosines == pytest.approx([float(v) for v in header.ImageOrientationPatient])


def test_the_library_stands_before_the_measurements_and_highdicom_reads_all_of_it(
    found: Analysis, report: pydicom.Dataset, tmp_path_factory: pytest.TempPathFactory
) -> None:
    containers = [one for one in report.ContentSequence if one.ValueType == "CONTAINER"]
    names = [one.ConceptNameCodeSequence[0].CodeMeaning for one in containers]
    assert names == ["Image Library", "Imaging Measurements"]
    path = tmp_path_factory.mktemp("sr") / "sr.dcm"
    write_sr(dicom_target(found), path)
    content = srread(path).content
    assert len(content.get_volumetric_roi_measurement_groups()) == len(found.findings)


def test_a_lesion_of_an_earlier_result_keeps_uid_and_identifier_in_report_and_segmentation(
    found: Analysis, segmentation: pydicom.Dataset
) -> None:
    """The earlier result had the lesions the other way round, and one more."""
    first, second = lesions_in(segmentation)
    renamed = replace(first, uid="1.2.9", name="Lesion 2")
    gone = replace(second, uid="1.2.8", name="Lesion 3", points=second.points + 200)
    earlier = Earlier(segmentation.FrameOfReferenceUID, None, (gone, renamed))
    target = dicom_target(found, earlier=earlier)
    one, other = seg_dataset(target).SegmentSequence
    assert (one.TrackingUID, one.TrackingID, one.SegmentLabel) == ("1.2.9", "Lesion 2", "Lesion 1")
    # What is new takes a name that is free, and the UID that it would have had anyway.
    assert (other.TrackingID, other.SegmentLabel) == ("Lesion 3", "Lesion 2")
    assert other.TrackingUID == segmentation.SegmentSequence[1].TrackingUID
    report = sr_dataset(target)
    groups = [group for group in items(report, "125007") if [*items(group, "121191")]]
    for group, segment in zip(groups, (one, other), strict=True):
        assert texts(group, "112039") == {segment.TrackingID}
        assert texts(group, "112040") == {segment.TrackingUID}
    # Another content is another instance.
    assert report.SOPInstanceUID != sr_dataset(dicom_target(found)).SOPInstanceUID


def test_what_split_off_or_grew_together_is_said_in_the_report(
    found: Analysis, segmentation: pydicom.Dataset
) -> None:
    first, second = lesions_in(segmentation)
    both = replace(first, uid="1.2.9", points=np.concatenate([first.points, second.points]))
    inside = replace(first, uid="1.2.7", points=first.points[:5])
    earlier = Earlier(segmentation.FrameOfReferenceUID, None, (both, inside))
    said = " ".join(texts(sr_dataset(dicom_target(found, earlier=earlier)), "121106"))
    assert "Lesion 2 was part of the lesion tracked as 1.2.9" in said
    assert "Lesion 1 includes what an earlier result tracked as 1.2.7" in said


def test_a_readers_correction_keeps_what_the_models_lesions_are_followed_by(
    found: Analysis, segmentation: pydicom.Dataset
) -> None:
    inside = found.mask.array & (np.indices(found.mask.array.shape)[2] > 10)
    smaller = Mask(inside, found.mask.grid)
    drawn = replace(analysis_for(smaller, study=found.study), author="reader and model")
    earlier = Earlier(segmentation.FrameOfReferenceUID, None, tuple(lesions_in(segmentation)))
    corrected = seg_dataset(dicom_target(drawn, earlier=earlier))
    uids = {one.TrackingUID for one in segmentation.SegmentSequence}
    assert uids <= {one.TrackingUID for one in corrected.SegmentSequence}
    assert corrected.SOPInstanceUID != segmentation.SOPInstanceUID
    # The control: without the model's result they are others.
    alone = seg_dataset(dicom_target(drawn))
    assert not uids & {one.TrackingUID for one in alone.SegmentSequence}
