"""Results of a source whose header breaks the standard in everything that results take over."""

from dataclasses import replace
from pathlib import Path

import pydicom
import pytest
from pydicom.datadict import dictionary_VR, tag_for_keyword
from pydicom.dataelem import DataElement

from dicom_studies import FLAIR, analysed, two_lesions, write_phantom
from dicom_tools import check_with_dciodvfy
from glioscope.reading.dicom.standard import PASSED_ON, broken
from glioscope.reading.quiet import quietly
from glioscope.writing.dicom.elements import uid_of
from glioscope.writing.dicom.results import DicomExtras
from glioscope.writing.dicom.seg import write_seg
from glioscope.writing.dicom.sr.report import write_sr
from glioscope.writing.dicom.target import dicom_target
from glioscope.writing.study_folder import write_study

BROKEN = {
    "PatientName": "A^B^C^D^E^F",
    "PatientID": "p" * 65,
    "IssuerOfPatientID": "i" * 65,
    "PatientBirthDate": "1997.13.45",
    "PatientSex": "0000",
    "PatientAge": "45",
    "PatientIdentityRemoved": "MAYBE",
    "DeidentificationMethod": "m" * 65,
    "StudyDate": "20241399",
    "StudyTime": "996161",
    "StudyID": "s" * 17,
    "StudyDescription": "d" * 65,
    "AccessionNumber": "a" * 17,
    "ReferringPhysicianName": "r" * 65,
    "StudyInstanceUID": "1.2.03.x",
}
# The references to the source, beside what is copied.
BROKEN_UIDS = {
    "SeriesInstanceUID": "1.2.04.1",
    "FrameOfReferenceUID": "1.2.05.",
}
EVERYTHING = DicomExtras(fractional_seg=True, secondary_capture=True, encapsulated_pdf=True)


def _break(folder: Path, values: dict[str, str], *, kept: bool = True) -> None:
    for number, path in enumerate(sorted(folder.glob("*.dcm"))):
        with quietly():
            dataset = pydicom.dcmread(path)
            own = {"SOPInstanceUID": f"1.2.0{number}.9"} if "FrameOfReferenceUID" in values else {}
            for keyword, value in {**values, **own}.items():
                tag, vr = tag_for_keyword(keyword), dictionary_VR(keyword)
                dataset[tag] = DataElement(tag, vr, value, validation_mode=0)
                if not kept:
                    del dataset[tag]
            dataset.save_as(path)


def test_every_attribute_that_is_copied_is_broken_here() -> None:
    assert set(BROKEN) == set(PASSED_ON)


@pytest.mark.parametrize("uids", [{}, BROKEN_UIDS], ids=["copied", "references too"])
def test_dciodvfy_finds_no_error_whatever_the_source_breaks(
    uids: dict[str, str], tmp_path: Path
) -> None:
    write_phantom(two_lesions("oblique"), tmp_path / "in")
    _break(tmp_path / "in", {**BROKEN, **uids})
    files = write_study(analysed(tmp_path / "in"), tmp_path / "out", lang="en", dicom=EVERYTHING)
    results = [path for name, path in files.items() if name.endswith(".dcm")]
    assert len(results) == 4
    for path in (*results, sorted(files["overlays"].iterdir())[0]):
        dataset = pydicom.dcmread(path)
        assert broken(dataset) == ()
        assert not any(dataset.get(keyword) for keyword in BROKEN if keyword[-3:] != "UID")
    for path in (*results, sorted(files["overlays"].iterdir())[0]):
        check_with_dciodvfy(path)


@pytest.mark.parametrize("keyword", BROKEN)
def test_one_broken_attribute_is_left_empty_and_named(keyword: str, tmp_path: Path) -> None:
    write_phantom(two_lesions("axial"), tmp_path / "in")
    _break(tmp_path / "in", {keyword: BROKEN[keyword]})
    analysis = analysed(tmp_path / "in")
    said = [str(w) for w in analysis.study.warnings if "DICOM standard" in str(w)]
    assert len(said) == 1
    assert keyword in said[0]
    assert BROKEN[keyword] not in said[0]
    target = dicom_target(analysis)
    write_seg(target, tmp_path / "seg.dcm")
    write_sr(target, tmp_path / "sr.dcm")
    for name in ("seg.dcm", "sr.dcm"):
        dataset = pydicom.dcmread(tmp_path / name)
        assert str(dataset.get(keyword, "")) != BROKEN[keyword]
        # What is sound is the source's own.
        expected = "" if keyword == "PatientID" else FLAIR.patient_id
        assert dataset.PatientID == expected
    for name in ("seg.dcm", "sr.dcm"):
        check_with_dciodvfy(tmp_path / name)


def test_results_of_one_broken_study_stay_one_study(tmp_path: Path) -> None:
    write_phantom(two_lesions("axial"), tmp_path / "in")
    _break(tmp_path / "in", {"StudyInstanceUID": BROKEN["StudyInstanceUID"]})
    target = dicom_target(analysed(tmp_path / "in"))
    write_seg(target, tmp_path / "seg.dcm")
    write_sr(target, tmp_path / "sr.dcm")
    found = [pydicom.dcmread(tmp_path / name) for name in ("seg.dcm", "sr.dcm")]
    assert len({d.StudyInstanceUID for d in found}) == 1


@pytest.mark.parametrize("is_there", [True, False], ids=["empty", "absent"])
def test_studies_without_a_uid_are_not_one_study(is_there: bool, tmp_path: Path) -> None:
    """Neither by their pseudonym nor in an archive; the results of each are."""
    found = []
    for name in "ab":
        tags = replace(FLAIR, study_uid=uid_of("study", name))
        write_phantom(two_lesions("axial"), tmp_path / name, tags)
        _break(tmp_path / name, {"StudyInstanceUID": ""}, kept=is_there)
        analysis = analysed(tmp_path / name)
        assert any("(StudyInstanceUID)" in str(w) for w in analysis.study.warnings)
        target = dicom_target(analysis)
        write_seg(target, tmp_path / "seg.dcm")
        write_sr(target, tmp_path / "sr.dcm")
        check_with_dciodvfy(tmp_path / "sr.dcm")
        read = [pydicom.dcmread(tmp_path / file) for file in ("seg.dcm", "sr.dcm")]
        (uid,) = {d.StudyInstanceUID for d in read}
        found.append((analysis.study.study_id, uid))
    (one, its), (other, others) = found
    assert one != other and its != others


def test_who_removed_an_identity_and_does_not_say_how_is_not_believed(tmp_path: Path) -> None:
    write_phantom(two_lesions("axial"), tmp_path / "in")
    _break(tmp_path / "in", {"PatientIdentityRemoved": "YES"})
    write_seg(dicom_target(analysed(tmp_path / "in")), tmp_path / "seg.dcm")
    assert "PatientIdentityRemoved" not in pydicom.dcmread(tmp_path / "seg.dcm")
    check_with_dciodvfy(tmp_path / "seg.dcm")
