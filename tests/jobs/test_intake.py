"""Studies handed in: found, named without the patient, known again, whole or not at all."""

import shutil
from pathlib import Path

import nibabel as nib
import pytest
from sqlalchemy import select

from dicom_datasets import TAGS, write
from glioscope.database.tables import Job, Study
from glioscope.errors import InputError
from glioscope.jobs.intake import URGENT, take_in
from glioscope.jobs.wake import Wake
from glioscope.phantom.study import phantom_study
from glioscope.study import Channel
from mr_series import series_datasets


@pytest.fixture(scope="module")
def disc(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("disc")
    head, _ = phantom_study(size=32, slices=4)
    for channel in (Channel.FLAIR, Channel.T1):
        datasets = series_datasets(head.images[channel], TAGS[channel])
        for one in datasets:
            one.PatientName, one.PatientID = "Ivanova^Anna", "77"
            one.AccessionNumber = "A1"
        write(datasets, folder)
    return folder


@pytest.fixture
def hand_in(engine, store, tmp_path):
    def take(source: Path, **options):
        received = store.scratch / "received"
        shutil.rmtree(received, ignore_errors=True)
        received.mkdir()
        if source.is_dir():
            shutil.copytree(source, received / source.name)
        else:
            shutil.copy(source, received)
        return take_in(engine, store, received, wake=Wake(), **options)

    return take


def rows(engine):
    with engine.connect() as connection:
        query = select(*Study.__table__.columns, Job.priority).join(Job, Job.study_id == Study.id)
        return connection.execute(query).mappings().all()


def test_a_dicom_study_is_entered_with_its_job(engine, store, disc, hand_in) -> None:
    [taken] = hand_in(disc, urgent=True)
    [study] = rows(engine)
    assert study["id"] == taken.study_id and not taken.known
    assert (study["patient_name"], study["patient_id"]) == ("Ivanova^Anna", "77")
    assert (study["accession"], study["kind"]) == ("A1", "dicom")
    assert "van" not in study["name"].lower() and study["patient_key"]
    assert study["priority"] == URGENT
    with store.folder(study["folder"]) as folder:
        assert len([p for p in folder.rglob("*") if p.is_file()]) == 8


def test_the_same_study_again_is_known(engine, store, disc, hand_in) -> None:
    [first] = hand_in(disc)
    [again] = hand_in(disc)
    assert (again.study_id, again.known) == (first.study_id, True)
    assert len(rows(engine)) == 1
    assert len(list(store.names("uploads"))) == 1


def test_a_study_that_has_grown_is_another_version(engine, disc, hand_in, tmp_path) -> None:
    part = tmp_path / "part"
    shutil.copytree(disc, part)
    min(part.iterdir()).unlink()
    [first] = hand_in(part)
    [whole] = hand_in(disc)
    assert first.study_id != whole.study_id and not whole.known


def test_a_file_is_named_by_its_bytes_and_not_by_its_name(engine, hand_in, tmp_path) -> None:
    head, _ = phantom_study(size=32, slices=4)
    image = head.images[Channel.FLAIR]
    path = tmp_path / "Ivanova_flair.nii.gz"
    nib.save(nib.Nifti1Image(image.array, image.grid.affine), path)
    hand_in(path)
    [study] = rows(engine)
    assert study["kind"] == "nifti" and "Ivanova" not in study["name"]
    assert study["patient_key"] is None


def test_what_holds_no_study_is_refused_and_leaves_nothing(
    engine, store, hand_in, tmp_path
) -> None:
    path = tmp_path / "letter.txt"
    path.write_text("Dear colleague")
    with pytest.raises(InputError):
        hand_in(path)
    assert list(store.names("uploads")) == [] and rows(engine) == []
