"""`glioscope.read`: one path, one study; and nothing on the way is opened or listed twice."""

import doctest
import zipfile
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest

import glioscope
from dicom_datasets import FLAIR, T1, TAGS, datasets, head, write
from glioscope.errors import InputError, UsageError
from glioscope.reading import read
from glioscope.reading.containers import folder as folders
from glioscope.study import Channel
from phantoms import grid_of


@pytest.fixture
def disc(tmp_path: Path) -> Path:
    image = head(grid_of("axial", (20, 18, 6)))
    for tags in TAGS.values():
        write(datasets(image, tags), tmp_path / "disc" / "DICOM")
    return tmp_path / "disc"


def packed(folder: Path) -> Path:
    path = folder.with_suffix(".zip")
    with zipfile.ZipFile(path, "w") as archive:
        for file in sorted(p for p in folder.rglob("*") if p.is_file()):
            archive.write(file, file.relative_to(folder))
    return path


def nifti(path: Path, seed: int = 0) -> Path:
    array = np.random.default_rng(seed).random((12, 10, 4)).astype(np.float32)
    nib.save(nib.Nifti1Image(array, np.diag([-1.0, -1.0, 5.0, 1.0])), path)
    return path


def test_its_example_runs() -> None:
    found = doctest.testmod(read)
    assert found.attempted > 5 and found.failed == 0


def test_dicom_in_a_folder_and_in_a_zip(disc: Path) -> None:
    one, other = glioscope.read(disc), glioscope.read(str(packed(disc)))
    assert one.study_id == other.study_id and one.source.kind == "dicom"
    flair = one.images[Channel.FLAIR].array
    np.testing.assert_array_equal(flair, other.images[Channel.FLAIR].array)
    by_hand = glioscope.read(disc, flair=T1.series_uid)
    assert by_hand.source.series[Channel.FLAIR].series_uid == T1.series_uid


def test_several_studies_are_named(disc: Path) -> None:
    image = head(grid_of("axial", (20, 18, 6)))
    again = datasets(image, FLAIR)
    for number, ds in enumerate(again):
        ds.StudyInstanceUID, ds.SeriesInstanceUID = "2.25.1", "2.25.2"
        ds.SOPInstanceUID = f"2.25.3.{number}"
    write(again, disc / "SECOND")
    with pytest.raises(InputError, match=r"found 2: dicom-\w+, dicom-\w+; give") as caught:
        glioscope.read(disc)
    assert caught.value.message.code == "reading.several_studies"


def test_nifti_with_its_others(tmp_path: Path) -> None:
    flair, t1 = nifti(tmp_path / "a_flair.nii.gz"), nifti(tmp_path / "a_t1.nii.gz", 1)
    assert set(glioscope.read(flair, t1=t1).images) == {Channel.FLAIR, Channel.T1}
    assert set(glioscope.read(flair).images) == {Channel.FLAIR}
    study = glioscope.read(tmp_path, flair="a_flair.nii.gz", t1="a_t1.nii.gz")
    assert (study.study_id, set(study.images)) == ("a", {Channel.FLAIR, Channel.T1})


def test_what_does_not_fit_is_refused(tmp_path: Path, disc: Path) -> None:
    flair, t1 = nifti(tmp_path / "a_flair.nii.gz"), nifti(tmp_path / "a_t1.nii.gz", 1)
    with pytest.raises(UsageError, match="carries its own spacing"):
        glioscope.read(flair, spacing=(1.0, 1.0, 1.0))
    with pytest.raises(UsageError, match="is FLAIR itself"):
        glioscope.read(flair, flair=t1)
    with pytest.raises(UsageError, match=r"a_t1\.txt is no NIfTI file"):
        glioscope.read(t1.rename(tmp_path / "a_t1.txt"), t1=flair)
    with pytest.raises(InputError, match="which is FLAIR must be said"):
        glioscope.read(tmp_path, t1="a_flair.nii.gz")
    with pytest.raises(InputError, match="no such file"):
        glioscope.read(tmp_path / "nowhere")


def test_a_folder_is_listed_once(disc: Path, monkeypatch) -> None:
    seen: list[Path] = []
    listed = folders._listed
    monkeypatch.setattr(folders, "_listed", lambda f, where: seen.append(f) or listed(f, where))
    glioscope.read(disc)
    assert seen == [disc, disc / "DICOM"]


def test_a_zip_has_its_table_of_contents_read_once(disc: Path, monkeypatch) -> None:
    path, opened = packed(disc), []
    read_table = zipfile.ZipFile._RealGetContents
    monkeypatch.setattr(
        zipfile.ZipFile, "_RealGetContents", lambda z: opened.append(z) or read_table(z)
    )
    monkeypatch.setattr(zipfile, "is_zipfile", lambda _: opened.append("sniffed") or True)
    glioscope.read(path)
    assert len(opened) == 1
