"""Nothing of the patient survives in the bytes, and everything that the analysis needs does."""

from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pydicom
import pytest
from pydicom import Dataset
from pydicom.uid import JPEG2000Lossless, SecondaryCaptureImageStorage

from dicom_datasets import FLAIR, T1, datasets, head, write
from dicom_studies import analysed, two_lesions, write_phantom
from dicom_tools import check_with_dciodvfy
from glioscope.cli.main import exit_code
from glioscope.errors import InputError
from glioscope.study import Channel
from glioscope.writing.dicom.deidentify import Disguise, anonymize
from glioscope.writing.dicom.results import NO_EXTRAS, DicomExtras, write_dicom_results
from phantoms import grid_of

SHAPE = (5, 40, 36)
TEXTS = {
    "PatientName": "Константинопольская^Александра",
    "PatientID": "4417-MRN-82",
    "OtherPatientIDs": "SNILS11223344595",
    "PatientComments": "соседка Сидорова",
    "PatientTelephoneNumbers": "+79161234567",
    "ReferringPhysicianName": "Пирогов^Николай",
    "OperatorsName": "Laborantka^Olga",
    "InstitutionName": "Городская больница 40",
    "InstitutionAddress": "Сестрорецк",
    "StationName": "MR-KORPUS-7",
    "StudyDescription": "Konstantinopolskaya brain",
    "SeriesDescription": "flair for Konstantinopolskaya",
    "ProtocolName": "dr Pirogov protocol",
    "ImageComments": "see Laborantka",
    "AccessionNumber": "ACC7788991",
    "StudyID": "STUDY5512",
    "DeviceSerialNumber": "SN0099887",
    "RequestedProcedureDescription": "after operation by Burdenko",
    "AdmittingDiagnosesDescription": "glioma of Konstantinopolskaya",
    "ContrastBolusAgent": "Gadovist 7 ml for Ivanova",
    "AdditionalPatientHistory": "epilepsy since school",
}
DATES = {"PatientBirthDate": "19610412", "StudyDate": "20260217", "SeriesDate": "20260218"}


def spoil(ds: Dataset) -> Dataset:
    """Everything about a patient that a scanner, a clerk and a private vendor write."""
    ds.SpecificCharacterSet = "ISO_IR 192"
    for name, value in {**TEXTS, **DATES}.items():
        setattr(ds, name, value)
    ds.StudyTime = "134501"
    ds.PatientWeight, ds.PatientAge = "87.5", "064Y"
    private = ds.private_block(0x0019, "ACME MR", create=True)
    private.add_new(1, "LO", "private Konstantinopolskaya")
    item = Dataset()
    item.RequestedProcedureDescription = "nested Burdenko"
    item.ReferencedSOPInstanceUID = ds.SOPInstanceUID
    item.ReferencedSOPClassUID = ds.SOPClassUID
    ds.RequestAttributesSequence = [item]
    ds.ReferencedImageSequence = [item]
    ds.add_new(0x60003000, "OW", b"overlay Burdenko")
    return ds


def study(folder: Path, **options) -> tuple[Path, list[Dataset]]:
    grid = grid_of("axial", SHAPE)
    flair = [spoil(d) for d in datasets(head(grid), FLAIR)]
    t1 = [spoil(d) for d in datasets(head(grid, Channel.T1), T1)]
    write([*flair, *t1], folder, **options)
    return folder, [*flair, *t1]


def secrets_of(found: list[Dataset]) -> set[bytes]:
    texts = {*TEXTS.values(), *DATES.values(), "Burdenko", "Konstantinopolskaya", "ACME", "87.5"}
    texts |= {
        part for text in TEXTS.values() for part in text.replace("^", " ").split() if len(part) > 6
    }
    for ds in found:
        texts |= {
            str(ds.StudyInstanceUID),
            str(ds.SeriesInstanceUID),
            str(ds.SOPInstanceUID),
            str(ds.FrameOfReferenceUID),
        }
    return {
        form
        for text in texts
        for form in (text.encode(), text.encode("cp1251", "ignore"))
        if len(form) > 3
    }


def leaks(folder: Path, secrets: set[bytes]) -> set[bytes]:
    files = [p for p in folder.rglob("*") if p.is_file()]
    assert files
    names = " ".join(p.relative_to(folder).as_posix() for p in files).encode()
    content = names + b" ".join(p.read_bytes() for p in files)
    return {secret for secret in secrets if secret in content}


@pytest.mark.parametrize("syntax", ["1.2.840.10008.1.2", "1.2.840.10008.1.2.1", JPEG2000Lossless])
def test_no_byte_of_the_patient_survives(tmp_path: Path, syntax: str) -> None:
    source, found = study(tmp_path / "Ivanova", syntax=syntax)
    secrets = secrets_of(found)
    # The control: all of it is there before.
    assert len(leaks(source, secrets)) > 25
    done = anonymize(source, tmp_path / "out", "key")
    assert (done.studies, done.instances, done.left_out) == (1, len(found), {})
    assert leaks(tmp_path / "out", secrets) == set()


def test_uids_stay_consistent_and_pixels_whole(tmp_path: Path) -> None:
    source, found = study(tmp_path / "in")
    anonymize(source, tmp_path / "out", "key")
    written = [pydicom.dcmread(p) for p in sorted((tmp_path / "out").rglob("*.dcm"))]
    assert len({d.StudyInstanceUID for d in written}) == 1
    assert len({d.SeriesInstanceUID for d in written}) == 2
    assert len({d.FrameOfReferenceUID for d in written}) == 1
    for ds in written:
        assert ds.ReferencedImageSequence[0].ReferencedSOPInstanceUID == ds.SOPInstanceUID
        assert ds.file_meta.MediaStorageSOPInstanceUID == ds.SOPInstanceUID
        assert ds.PatientIdentityRemoved == "YES"
        assert "PS3.15" in ds.DeidentificationMethod
        assert ds.PatientBirthDate == ds.PatientSex == ""
        assert ds.ContrastBolusAgent == "CONTRAST"
    # Dates move together: the series was a day after the study.
    first = written[0]
    assert first.StudyDate != DATES["StudyDate"]
    assert int(first.SeriesDate[-2:]) - int(first.StudyDate[-2:]) in (1, -27, -28, -29, -30)
    originals = sorted(d.pixel_array.tobytes() for d in found)
    assert sorted(d.pixel_array.tobytes() for d in written) == originals


def test_the_key_decides(tmp_path: Path) -> None:
    source, _ = study(tmp_path / "in")

    def content(name: str, key: str) -> dict[str, bytes]:
        anonymize(source, tmp_path / name, key)
        root = tmp_path / name
        return {p.relative_to(root).as_posix(): p.read_bytes() for p in root.rglob("*.dcm")}

    first = content("a", "key")
    assert content("b", "key") == first
    assert not set(content("c", "other").values()) & set(first.values())


def test_it_reads_as_the_same_study(tmp_path: Path) -> None:
    from glioscope.reading.dicom.study import read_dicom

    source, _ = study(tmp_path / "in")
    anonymize(source, tmp_path / "out", "key")
    before, after = read_dicom(source), read_dicom(tmp_path / "out")
    # Every series names an agent, so T1 is T1 with contrast before and after.
    assert before.study_id != after.study_id
    assert set(before.images) == set(after.images) == {Channel.FLAIR, Channel.T1GD}
    for sequence, image in before.images.items():
        np.testing.assert_array_equal(image.array, after.images[sequence].array)
        assert image.grid.matches(after.images[sequence].grid)


def test_standard_objects(tmp_path: Path) -> None:
    source, _ = study(tmp_path / "in")
    anonymize(source, tmp_path / "out", "key")
    check_with_dciodvfy(next((tmp_path / "out").rglob("*.dcm")))


def test_text_in_the_picture(tmp_path: Path) -> None:
    found = [spoil(d) for d in datasets(head(grid_of("axial", SHAPE)))]
    for ds in found:
        ds.BurnedInAnnotation = "NO"
    found[0].BurnedInAnnotation = "YES"
    found[1].SOPClassUID = SecondaryCaptureImageStorage
    done = anonymize(write(found, tmp_path / "in"), tmp_path / "out", "key")
    assert done.left_out == {"not MR": 1, "text burnt in": 1}
    assert (done.instances, done.unsure) == (len(found) - 2, 0)
    for ds in found[2:]:
        ds.BurnedInAnnotation = "YES"
    with pytest.raises(InputError, match="none is written"):
        anonymize(write(found, tmp_path / "in"), tmp_path / "none", "key")
    assert not (tmp_path / "none").exists()


def test_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source, found = study(tmp_path / "in")
    words = ["anonymize", str(source), "-o", str(tmp_path / "out"), "--key", "k"]
    assert exit_code(words) == 0
    said = capsys.readouterr()
    assert f"{len(found)} instances of 1 studies" in said.out
    assert "burnt in" in said.err
    assert exit_code(words) == 3
    assert exit_code(["anonymize", str(tmp_path / "nowhere"), "-o", str(tmp_path / "o2")]) == 3


@pytest.fixture(scope="module")
def sent(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A study (`in`), its results with and without the patient, and both disguised by a key."""
    root = tmp_path_factory.mktemp("sent")
    write_phantom(two_lesions("sagittal"), root / "in")
    for path in (root / "in").iterdir():
        one = pydicom.dcmread(path)
        one.StudyTime, one.SeriesDate, one.SeriesTime = "013000", "20240102", "014500"
        one.AccessionNumber, one.StudyID = "ACC7788991", "STUDY5512"
        one.save_as(path)
    found = analysed(root / "in")
    for name, extras in (("named", NO_EXTRAS), ("nameless", DicomExtras(pseudonymous=True))):
        (root / name).mkdir()
        write_dicom_results(found, root / name, extras)
    disguise = Disguise("key")
    for path in (root / "nameless").iterdir():
        disguise.write(path, root / "named" / "sr.dcm", root / "out" / path.name)
    anonymize(root / "in", root / "pictures", "key")
    return root


def _read(folder: Path) -> dict[str, Dataset]:
    return {path.name: pydicom.dcmread(path) for path in folder.rglob("*.dcm")}


def test_a_disguised_result_stands_in_the_study_that_was_anonymised_by_the_same_key(
    sent: Path,
) -> None:
    pictures, results = _read(sent / "pictures"), _read(sent / "out")
    picture = next(iter(pictures.values()))
    assert set(results) == {"seg.dcm", "sr.dcm"}
    same = ("PatientID", "StudyInstanceUID", "StudyDate", "StudyTime", "StudyID", "AccessionNumber")
    for name, result in results.items():
        for keyword in same:
            assert result[keyword].value == picture[keyword].value, (name, keyword)
        assert (result.SeriesDate, result.SeriesTime) == (picture.SeriesDate, picture.SeriesTime)
        assert result.PatientName == result.PatientID
        assert (result.PatientIdentityRemoved, result.PatientBirthDate) == ("YES", "")
        assert result.file_meta.MediaStorageSOPInstanceUID == result.SOPInstanceUID
        check_with_dciodvfy(sent / "out" / name)
    assert results["seg.dcm"].FrameOfReferenceUID == picture.FrameOfReferenceUID
    [series] = results["seg.dcm"].ReferencedSeriesSequence
    assert series.SeriesInstanceUID == picture.SeriesInstanceUID
    pointed = {one.ReferencedSOPInstanceUID for one in series.ReferencedInstanceSequence}
    assert pointed <= {one.SOPInstanceUID for one in pictures.values()}
    assert pointed


def test_nothing_of_the_patient_and_no_uid_of_the_study_is_left_in_a_disguised_result(
    sent: Path,
) -> None:
    gone = {"Иванова^Мария", "ACC7788991", "STUDY5512", "20240102"}
    for one in _read(sent / "in").values():
        gone |= {one.StudyInstanceUID, one.SeriesInstanceUID, one.SOPInstanceUID}
    [called] = {str(one.PatientID) for one in _read(sent / "nameless").values()}
    gone |= {called}
    for name, result in _read(sent / "out").items():
        content = (sent / "out" / name).read_bytes()
        assert not [one for one in gone if one.encode() in content], name
        assert not [one for one in result.iterall() if one.tag.is_private]
    # The control: they were there.
    content = (sent / "named" / "sr.dcm").read_bytes()
    assert [one for one in gone if one.encode() in content]
    assert called.encode() in (sent / "nameless" / "sr.dcm").read_bytes()


def test_the_same_key_disguises_alike_and_another_does_not(sent: Path, tmp_path: Path) -> None:
    for key in ("key", "other"):
        disguise = Disguise(key)
        disguise.write(sent / "nameless/seg.dcm", sent / "named/sr.dcm", tmp_path / key)
    assert (tmp_path / "key").read_bytes() == (sent / "out" / "seg.dcm").read_bytes()
    one, other = (pydicom.dcmread(tmp_path / key) for key in ("key", "other"))
    for keyword in ("PatientID", "StudyInstanceUID", "SOPInstanceUID", "StudyDate"):
        assert one[keyword].value != other[keyword].value, keyword


def test_a_moment_is_put_back_by_as_much_as_the_dates(sent: Path) -> None:
    picture = next(iter(_read(sent / "pictures").values()))
    moved = Disguise("key").moment(datetime(2024, 1, 2, 1, 30, tzinfo=UTC))
    assert f"{moved:%Y%m%d%H%M%S}" == picture.StudyDate + picture.StudyTime
