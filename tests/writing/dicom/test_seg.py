"""Segmentations read back by highdicom: the right voxels, codes and references."""

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import highdicom
import numpy as np
import pydicom
import pytest
from pydicom.sr.codedict import codes
from pydicom.uid import (
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGLosslessSV1,
    JPEGLSLossless,
    RLELossless,
)

from dicom_studies import (
    FLAIR,
    LEVEL,
    analysed,
    as_others_read,
    centre,
    lesion,
    mask_on_source,
    through_dicom,
    two_lesions,
    write_phantom,
)
from dicom_tools import check_with_dciodvfy, to_jpeg_lossless
from glioscope.analysis import Analysis
from glioscope.errors import GridMismatch, InputError
from glioscope.study import Channel
from glioscope.volume import Grid, Image, Mask
from glioscope.writing.dicom.elements import uid_of
from glioscope.writing.dicom.seg import (
    Segment,
    seg_dataset,
    segments_dataset,
    write_bounds_seg,
    write_classes_seg,
    write_probability_seg,
    write_seg,
)
from glioscope.writing.dicom.target import dicom_target
from glioscope.writing.mr.series import AS_READ
from mr_series import write_series
from phantoms import ORIENTATIONS, analysis_for, study_for, with_bounds, with_classes

SYNTAXES = [
    ImplicitVRLittleEndian,
    ExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    DeflatedExplicitVRLittleEndian,
    RLELossless,
    JPEGLosslessSV1,
    JPEGLSLossless,
    JPEG2000Lossless,
]
LAYOUTS = pytest.mark.parametrize("enhanced", [False, True], ids=["classic", "enhanced"])
EVERY_ORIENTATION = pytest.mark.parametrize("name", ORIENTATIONS)


@LAYOUTS
@EVERY_ORIENTATION
def test_on_the_source_grid_it_is_the_mask(name: str, enhanced: bool, tmp_path: Path) -> None:
    analysis = through_dicom(two_lesions(name), tmp_path / "in", enhanced=enhanced)
    write_seg(dicom_target(analysis), tmp_path / "seg.dcm")
    source = as_others_read(tmp_path / "in")
    found = mask_on_source(tmp_path / "seg.dcm", source)
    # The truth is in the pixels of the files themselves, read by no code of ours.
    np.testing.assert_array_equal(found > 0, source.array > LEVEL)
    assert set(np.unique(found)) == {0, 1, 2}
    assert np.count_nonzero(found == 1) > np.count_nonzero(found == 2)


@LAYOUTS
@pytest.mark.parametrize("axis", [0, 1, 2])
def test_the_control_a_flipped_mask_is_not_it(axis: int, enhanced: bool, tmp_path: Path) -> None:
    analysis = through_dicom(lesion("oblique"), tmp_path / "in", enhanced=enhanced)
    flipped = Mask(np.flip(analysis.mask.array, axis).copy(), analysis.mask.grid)
    write_seg(dicom_target(analysis_for(flipped, study=analysis.study)), tmp_path / "seg.dcm")
    source = as_others_read(tmp_path / "in")
    assert not np.array_equal(
        mask_on_source(tmp_path / "seg.dcm", source) > 0, source.array > LEVEL
    )


def _ways() -> Iterator[Any]:
    """Every syntax and every orientation in both layouts, but not all of their pairs."""
    names = list(ORIENTATIONS)
    for row, syntax in enumerate(SYNTAXES):
        for enhanced, shift in ((False, 0), (True, len(names) // 2)):
            name = names[(row + shift) % len(names)]
            layout = "enhanced" if enhanced else "classic"
            yield pytest.param(syntax, name, enhanced, id=f"{syntax.keyword}-{name}-{layout}")


@pytest.mark.parametrize(("syntax", "name", "enhanced"), list(_ways()))
def test_the_lesion_is_where_it_was_after_the_whole_way(
    syntax: str, name: str, enhanced: bool, tmp_path: Path
) -> None:
    truth = lesion(name)
    _write_in(syntax, truth, tmp_path / "in", enhanced)
    write_seg(dicom_target(analysed(tmp_path / "in")), tmp_path / "seg.dcm")
    found = _centroid(tmp_path / "seg.dcm")
    assert np.linalg.norm(found - centre(truth.grid)) < 0.5
    # The control: one voxel away is too far.
    assert np.linalg.norm(found - centre(truth.grid, (11.3, 17.8, 15.6))) > 0.5


def _write_in(syntax: str, mask: Mask, folder: Path, enhanced: bool) -> None:
    if syntax != JPEGLosslessSV1:
        write_phantom(mask, folder, enhanced=enhanced, syntax=syntax)
        return
    write_phantom(mask, folder, enhanced=enhanced)
    for path in folder.glob("*.dcm"):
        to_jpeg_lossless(path)


def _centroid(seg: Path) -> np.ndarray:
    """Of all segments, in RAS mm, by highdicom's own geometry."""
    volume = highdicom.seg.segread(seg).get_volume(combine_segments=True)
    voxel = np.argwhere(volume.array > 0).mean(axis=0)
    return ((np.diag([-1.0, -1.0, 1.0, 1.0]) @ volume.affine) @ [*voxel, 1.0])[:3]


@LAYOUTS
def test_every_frame_points_at_the_source_frame_it_lies_on(enhanced: bool, tmp_path: Path) -> None:
    analysis = through_dicom(lesion("coronal"), tmp_path / "in", enhanced=enhanced)
    dataset = seg_dataset(dicom_target(analysis))
    slices = np.flatnonzero(analysis.mask.array.any(axis=(1, 2)))
    frames = analysis.study.source.series[Channel.FLAIR].frames
    expected = [(frames[k].instance_uid, frames[k].frame) for k in slices]
    found = []
    for group in dataset.PerFrameFunctionalGroupsSequence:
        source = group.DerivationImageSequence[0].SourceImageSequence[0]
        found.append((source.ReferencedSOPInstanceUID, source.get("ReferencedFrameNumber")))
    assert sorted(found, key=str) == sorted(expected, key=str)
    assert dataset.ReferencedSeriesSequence[0].SeriesInstanceUID == FLAIR.series_uid


def test_what_it_says_of_itself(tmp_path: Path) -> None:
    analysis = through_dicom(two_lesions("axial"), tmp_path / "in")
    write_seg(dicom_target(analysis), tmp_path / "seg.dcm")
    dataset = pydicom.dcmread(tmp_path / "seg.dcm")
    assert dataset.SegmentationType == "BINARY"
    assert dataset.SpecificCharacterSet == "ISO_IR 192"
    assert dataset.PatientName == "Иванова^Мария"
    assert dataset.StudyInstanceUID == FLAIR.study_uid
    assert "research only" in dataset.SeriesDescription
    assert "исследование" in dataset.SeriesDescription
    first, second = dataset.SegmentSequence
    assert (first.SegmentLabel, second.SegmentLabel) == ("Lesion 1", "Lesion 2")
    assert first.SegmentedPropertyTypeCodeSequence[0].CodeValue == "52988006"
    assert first.AnatomicRegionSequence[0].CodeMeaning == "Brain"
    algorithm = first.SegmentationAlgorithmIdentificationSequence[0]
    assert (algorithm.AlgorithmName, algorithm.AlgorithmVersion) == (
        "glioscope phantom-model",
        "1.2.3",
    )
    assert algorithm.AlgorithmParameters == f"sha256={analysis.model.sha256}"


@LAYOUTS
def test_dciodvfy_finds_no_error(enhanced: bool, tmp_path: Path) -> None:
    analysis = through_dicom(two_lesions("sagittal"), tmp_path / "in", enhanced=enhanced)
    write_seg(dicom_target(analysis), tmp_path / "seg.dcm")
    check_with_dciodvfy(tmp_path / "seg.dcm")
    write_probability_seg(dicom_target(analysis), tmp_path / "probability.dcm")
    check_with_dciodvfy(tmp_path / "probability.dcm")


def test_twice_the_same_bytes_and_another_result_another_uid(tmp_path: Path) -> None:
    analysis = through_dicom(lesion("axial"), tmp_path / "in")
    for name in ("a", "b"):
        write_seg(dicom_target(analysis), tmp_path / f"{name}.dcm")
    assert (tmp_path / "a.dcm").read_bytes() == (tmp_path / "b.dcm").read_bytes()
    uid = seg_dataset(dicom_target(analysis)).SOPInstanceUID
    slower = replace(analysis, timings_s={"network": 9.0})
    assert seg_dataset(dicom_target(slower)).SOPInstanceUID == uid
    for other in _other_results(analysis):
        assert seg_dataset(dicom_target(other)).SOPInstanceUID != uid


def _other_results(analysis: Analysis) -> list[Analysis]:
    array = analysis.mask.array.copy()
    array[tuple(np.argwhere(array)[0])] = False
    return [
        analysis_for(Mask(array, analysis.mask.grid), study=analysis.study),
        replace(analysis, model=replace(analysis.model, sha256="f" * 64)),
        replace(analysis, threshold=0.25),
    ]


def test_the_probability_comes_back_within_half_a_step(tmp_path: Path) -> None:
    analysis = through_dicom(lesion("reversed"), tmp_path / "in")
    write_probability_seg(dicom_target(analysis), tmp_path / "probability.dcm")
    read = highdicom.seg.segread(tmp_path / "probability.dcm")
    assert read.SegmentationType == "FRACTIONAL"
    source = as_others_read(tmp_path / "in")
    values = read.get_volume().match_geometry(source).array[..., 0]
    expected = np.where(source.array > LEVEL, 0.95, 0.02)
    np.testing.assert_allclose(values, expected, atol=0.5 / 255 + 1e-6)


@pytest.mark.parametrize("name", ["axial", "reversed"])
def test_bounds_are_two_segments_that_lie_in_one_another(name: str, tmp_path: Path) -> None:
    analysis = through_dicom(lesion(name), tmp_path / "in")
    analysis = with_bounds(analysis, analysis.study.grid.spacing_mm)
    write_bounds_seg(dicom_target(analysis), tmp_path / "bounds.dcm")
    check_with_dciodvfy(tmp_path / "bounds.dcm")
    read = highdicom.seg.segread(tmp_path / "bounds.dcm")
    assert [s.SegmentLabel.split(":")[0] for s in read.SegmentSequence] == ["Sure", "Possible"]
    source = as_others_read(tmp_path / "in")
    sure, possible = np.moveaxis(read.get_volume().match_geometry(source).array, -1, 0) > 0
    outline = source.array > LEVEL
    assert sure.sum() == analysis.bounds.sure.sum() > 0
    assert possible.sum() == analysis.bounds.possible.sum()
    assert not (sure & ~outline).any() and not (outline & ~possible).any()


def test_without_bounds_there_is_no_segmentation_of_them(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="sure and possible"):
        write_bounds_seg(dicom_target(through_dicom(lesion("axial"), tmp_path / "in")), tmp_path)


@pytest.mark.parametrize("name", ["axial", "oblique"])
def test_each_class_is_a_segment_with_its_code(name: str, tmp_path: Path) -> None:
    analysis = with_classes(through_dicom(lesion(name), tmp_path / "in"), ("solid", "Edema"))
    target = dicom_target(analysis)
    write_classes_seg(target, tmp_path / "classes.dcm")
    check_with_dciodvfy(tmp_path / "classes.dcm")
    read = highdicom.seg.segread(tmp_path / "classes.dcm")
    solid, edema = (read.get_segment_description(n) for n in read.segment_numbers)
    assert edema.segmented_property_type == codes.SCT.Edema
    assert edema.segmented_property_category == codes.SCT.MorphologicallyAbnormalStructure
    assert solid.segmented_property_type.scheme_designator == "99GLIOSCOPE"
    assert (solid.segment_label, solid.tracking_id) == ("solid", "solid")
    assert solid.tracking_uid != edema.tracking_uid
    first, second = (list(s.RecommendedDisplayCIELabValue) for s in read.SegmentSequence)
    assert first != second
    source = as_others_read(tmp_path / "in")
    found = np.moveaxis(read.get_volume().match_geometry(source).array, -1, 0) > 0
    assert tuple(part.sum() for part in found) == analysis.classes.voxels
    np.testing.assert_array_equal(found[0] | found[1], source.array > LEVEL)
    assert not (found[0] & found[1]).any()


def test_a_class_that_is_nowhere_has_no_segment_and_lesions_stay_what_they_are(
    tmp_path: Path,
) -> None:
    plain = through_dicom(lesion("axial"), tmp_path / "in")
    analysis = with_classes(plain, ("cyst", "edema", "core"))
    moved = np.where(analysis.classes.values > 0, analysis.classes.values + 1, 0).astype(np.uint8)
    analysis = replace(analysis, classes=replace(analysis.classes, values=moved))
    write_classes_seg(dicom_target(analysis), tmp_path / "classes.dcm")
    read = highdicom.seg.segread(tmp_path / "classes.dcm")
    assert [s.SegmentLabel for s in read.SegmentSequence] == ["edema", "core"]
    one, other = (seg_dataset(dicom_target(a)) for a in (plain, analysis))
    assert len(one.SegmentSequence) == len(other.SegmentSequence) == 1
    assert one.SegmentSequence[0].TrackingUID == other.SegmentSequence[0].TrackingUID
    with pytest.raises(InputError, match="has no classes"):
        write_classes_seg(dicom_target(plain), tmp_path / "none.dcm")


def test_without_a_lesion_there_is_no_segmentation(tmp_path: Path) -> None:
    mask = lesion("axial")
    analysis = through_dicom(Mask(np.zeros_like(mask.array), mask.grid), tmp_path / "in")
    with pytest.raises(InputError, match=r"no lesion.*sr\.dcm"):
        write_seg(dicom_target(analysis), tmp_path / "seg.dcm")
    assert not (tmp_path / "seg.dcm").exists()


def test_only_a_study_from_dicom_has_one() -> None:
    with pytest.raises(InputError, match="read from nifti"):
        dicom_target(analysis_for(lesion("axial")))


def test_frames_in_another_order_than_the_mask_are_refused(tmp_path: Path) -> None:
    analysis = through_dicom(lesion("axial"), tmp_path / "in")
    reference = analysis.study.source.series[Channel.FLAIR]
    turned = replace(reference, frames=reference.frames[::-1])
    source = replace(analysis.study.source, series={Channel.FLAIR: turned})
    with pytest.raises(GridMismatch, match="in the order and directions"):
        dicom_target(replace(analysis, study=replace(analysis.study, source=source)))


def test_an_array_mirrored_in_plane_is_refused(tmp_path: Path) -> None:
    analysis = through_dicom(lesion("axial"), tmp_path / "in")
    affine = analysis.study.grid.affine.copy()
    affine[:3, 2] *= -1
    grid = Grid(analysis.study.grid.shape, affine)
    images = {s: replace(i, grid=grid) for s, i in analysis.study.images.items()}
    with pytest.raises(GridMismatch, match="in the order and directions"):
        dicom_target(replace(analysis, study=replace(analysis.study, images=images)))


def test_what_scanners_write_against_the_standard_stops_nothing_and_is_left_empty(
    tmp_path: Path, recwarn: pytest.WarningsRecorder
) -> None:
    tags = replace(FLAIR, patient_name="Иванова Мария", charset="ISO_IR 144")
    write_phantom(lesion("axial"), tmp_path / "in", tags)
    for path in (tmp_path / "in").glob("*.dcm"):
        with pydicom.config.disable_value_validation():
            dataset = pydicom.dcmread(path)
            dataset.PatientSex, dataset.StudyDate = "m", "02.01.2024"
            del dataset.SpacingBetweenSlices
            del dataset.StudyTime
            dataset.save_as(path)
    write_seg(dicom_target(analysed(tmp_path / "in")), tmp_path / "seg.dcm")
    assert not recwarn.list
    with pydicom.config.disable_value_validation():
        found = pydicom.dcmread(tmp_path / "seg.dcm")
        assert found.PatientName == "Иванова Мария"
        assert found.PatientSex == ""
        assert found.StudyDate == ""
        assert found.ContentDate == "19000101"
    measures = found.SharedFunctionalGroupsSequence[0].PixelMeasuresSequence[0]
    assert measures.SpacingBetweenSlices == pytest.approx(0.9)


def test_a_series_in_two_multi_frame_instances(tmp_path: Path) -> None:
    truth = lesion("sagittal")
    image = study_for(truth).images[Channel.FLAIR]
    for part, half in enumerate((slice(0, 9), slice(9, None))):
        affine = truth.grid.affine.copy()
        affine[:3, 3] += affine[:3, 0] * half.start
        array = image.array[half]
        grid = Grid((len(array), *truth.grid.shape[1:]), affine)
        folder = tmp_path / "in" / str(part)
        (path,) = write_series(Image(array, grid), folder, FLAIR, axes=AS_READ, enhanced=True)
        dataset = pydicom.dcmread(path)
        dataset.InstanceNumber = part + 1
        dataset.SOPInstanceUID = uid_of("instance", str(part))
        dataset.file_meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID
        dataset.save_as(path)
    analysis = analysed(tmp_path / "in")
    write_seg(dicom_target(analysis), tmp_path / "seg.dcm")
    assert np.linalg.norm(_centroid(tmp_path / "seg.dcm") - centre(truth.grid)) < 0.5
    listed = pydicom.dcmread(tmp_path / "seg.dcm").SourceImageSequence
    expected = {uid_of("instance", part) for part in "01"}
    assert {item.ReferencedSOPInstanceUID for item in listed} == expected


def test_lesions_are_numbered_as_the_findings_are(tmp_path: Path) -> None:
    analysis = through_dicom(two_lesions("sagittal"), tmp_path / "in")
    for finding in analysis.findings:
        inside = np.argwhere(analysis.labels == finding.label)
        assert len(inside) == finding.voxels
        assert inside.mean(axis=0) == pytest.approx(finding.centroid_voxel)
    missing = replace(analysis, findings=analysis.findings[:1])
    with pytest.raises(GridMismatch, match=re.escape("2 lesions in the mask, 1 among")):
        seg_dataset(dicom_target(missing))


def test_segments_may_lie_in_one_another_each_with_its_own_meaning(tmp_path: Path) -> None:
    """What is sure inside what is possible: bounds of an outline, each read back as it was."""
    analysis = through_dicom(lesion("oblique"), tmp_path / "in")
    possible = analysis.mask.array
    sure = possible & (np.indices(possible.shape)[1] < 18)
    assert 0 < sure.sum() < possible.sum()
    segments = [
        Segment("Sure", "1.2.3", kind=codes.SCT.Lesion),
        Segment("Possible", "1.2.4", kind=codes.SCT.Edema),
    ]
    masks = np.stack([sure, possible], axis=-1).astype(np.uint8)
    target = dicom_target(analysis)
    dataset = segments_dataset(target, masks, segments, what="bounds", number=9911)
    dataset.save_as(tmp_path / "bounds.dcm", enforce_file_format=True)
    check_with_dciodvfy(tmp_path / "bounds.dcm")
    read = highdicom.seg.segread(tmp_path / "bounds.dcm")
    told = [(one.segment_label, one.segmented_property_type) for one in read.SegmentSequence]
    assert told == [("Sure", codes.SCT.Lesion), ("Possible", codes.SCT.Edema)]
    source = as_others_read(tmp_path / "in")
    found = read.get_volume().match_geometry(source).array > 0
    np.testing.assert_array_equal(found[..., 1], source.array > LEVEL)
    rows = np.indices(source.array.shape)[1]
    np.testing.assert_array_equal(found[..., 0], found[..., 1] & (rows < 18))
    assert dataset.SOPInstanceUID != seg_dataset(target).SOPInstanceUID
