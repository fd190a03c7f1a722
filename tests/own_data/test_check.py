"""What a set has wrong, and what is worth a look."""

import shutil

import numpy as np
import pytest

from glioscope.own_data.check import SetReport, check_set
from glioscope.own_data.importing import import_cases
from glioscope.own_data.labels import Labels
from glioscope.own_data.layouts.nnunet import nnunet_cases
from own_data_sets import case, write, write_nnunet


@pytest.fixture(scope="module")
def imported(tmp_path_factory):
    folder = tmp_path_factory.mktemp("sets")
    import_cases(nnunet_cases(write_nnunet(folder / "nn", range(2))), folder / "set", Labels())
    return folder / "set"


@pytest.fixture
def made(imported, tmp_path):
    return shutil.copytree(imported, tmp_path / "set")


def codes(report: SetReport) -> list[str]:
    return [said.code for said in (*report.problems, *report.notes)]


def test_a_sound_set_is_measured(made) -> None:
    report = check_set(made)
    assert report.ok and codes(report) == []
    first = report.cases[0]
    study, truth = case(0)
    assert first.ml == pytest.approx(truth.array.sum() * truth.grid.voxel_ml)
    assert (first.shape, first.slices) == (study.grid.shape, study.grid.shape[2])
    assert first.positive == truth.array.any(axis=(0, 1)).sum()
    assert first.spacing == pytest.approx(study.grid.spacing_mm)
    assert report.to_dict()["patients"] == 2


def test_the_same_pictures_under_two_patients_are_a_leak(made) -> None:
    for part in ("imagesTr", "labelsTr"):
        for path in (made / part).glob("case0*"):
            (made / part / path.name.replace("case0", "case1")).write_bytes(path.read_bytes())
    report = check_set(made)
    assert codes(report) == ["own_data.check.two_patients"] and not report.ok
    listed = (made / "cases.csv").read_text().replace("case1,case1", "case1,case0")
    (made / "cases.csv").write_text(listed)
    assert codes(check_set(made)) == ["own_data.check.same_pictures"]


def test_damage_and_other_grids_are_told_and_the_rest_is_read(made) -> None:
    (made / "imagesTr" / "case0_0000.nii.gz").write_bytes(b"no nifti")
    report = check_set(made)
    assert [one.name for one in report.cases] == ["case1"]
    assert codes(report) == ["reading.nifti.damaged"]
    _, truth = case(1)
    write(truth.array[:-1].astype(np.uint8), truth.grid, made / "labelsTr" / "case1.nii.gz")
    assert "own_data.check.grid" in codes(check_set(made))


def test_an_outline_that_is_shifted_off_the_lesion_is_seen(made) -> None:
    study, truth = case(0)
    low = study.images["FLAIR"].array < np.percentile(study.images["FLAIR"].array, 30)
    write(low.astype(np.uint8), truth.grid, made / "labelsTr" / "case0.nii.gz")
    assert codes(check_set(made)) == ["own_data.check.dark"]


def test_empty_outlines_are_noted_and_a_set_of_them_is_wrong(made) -> None:
    _, truth = case(0)
    empty = np.zeros(truth.array.shape, np.uint8)
    write(empty, truth.grid, made / "labelsTr" / "case0.nii.gz")
    assert codes(check_set(made)) == ["own_data.check.empty"]
    write(empty, truth.grid, made / "labelsTr" / "case1.nii.gz")
    report = check_set(made)
    assert codes(report) == ["own_data.check.no_tumour", "own_data.check.empty"]
    assert not report.ok
