"""Pictures as DICOM: the same grey levels, an assumed spacing, and the same answer."""

from pathlib import Path

import numpy as np
import pydicom
import pytest
from tests.lgg_folder import head_stack, write_case
from tests.toy_model import toy_bundle

from dicom_tools import check_with_dciodvfy
from glioscope.analysis import Analysis
from glioscope.cli.main import exit_code
from glioscope.errors import UnknownSpacing, UsageError
from glioscope.model.bundle import Model, load_model
from glioscope.model.preprocess import to_pictures
from glioscope.pipeline import analyze
from glioscope.reading.dicom.study import read_dicom
from glioscope.reading.lgg import list_cases, read_case
from glioscope.study import Channel, Study
from glioscope.writing.mr.study import write_dicom_study

CASE = "TCGA_CS_0001_20000102"
SPACING = (0.9, 1.1, 5.0)


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("set")
    write_case(root, CASE, *head_stack(8, seed=1))
    return root / CASE


@pytest.fixture(scope="module")
def pictures(case: Path) -> Study:
    return read_case(case, SPACING)


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Model:
    return load_model(toy_bundle(tmp_path_factory.mktemp("toy") / "bundle"))


def test_the_values_and_the_grid_come_back(pictures: Study, tmp_path: Path) -> None:
    write_dicom_study(pictures, tmp_path / CASE)
    study = read_dicom(tmp_path / CASE)
    assert set(study.images) == set(pictures.images)
    for sequence, image in study.images.items():
        same = to_pictures(pictures.images[sequence].array, pictures.grid)
        np.testing.assert_array_equal(to_pictures(image.array, image.grid), same)
    assert sorted(study.grid.spacing) == pytest.approx(sorted(SPACING))


def test_the_spacing_is_called_an_assumption(pictures: Study, tmp_path: Path) -> None:
    folders = write_dicom_study(pictures, tmp_path / CASE)
    assert [f.name for f in folders] == ["T1", "FLAIR", "T1GD"]
    for folder in folders:
        dataset = pydicom.dcmread(folder / "0001.dcm")
        assert "assumed 0.9 x 1.1 x 5 mm" in dataset.SeriesDescription
        assert "assumption" in dataset.DerivationDescription
        assert "Research use only" in dataset.DerivationDescription
        assert (dataset.PatientID, dataset.StudyDate) == (CASE, "20000102")
        check_with_dciodvfy(folder / "0001.dcm")


def _same_answer(pictures: Study, folder: Path, model: Model) -> tuple[Analysis, Analysis]:
    """Both ways analysed, after their masks were found equal slice by slice."""
    study = read_dicom(folder)
    first, second = analyze(pictures, model), analyze(study, model)
    masks = [to_pictures(a.mask.array, a.mask.grid) for a in (first, second)]
    np.testing.assert_array_equal(*masks)
    return first, second


def test_the_masks_are_those_of_the_pictures(pictures: Study, model: Model, tmp_path: Path) -> None:
    write_dicom_study(pictures, tmp_path / CASE)
    first, second = _same_answer(pictures, tmp_path / CASE, model)
    assert first.mask.array.any()
    assert first.volume_ml == pytest.approx(second.volume_ml)


def test_a_real_case_has_the_same_masks(lgg_root: Path, tmp_path: Path) -> None:
    pictures = read_case(list_cases(lgg_root)[0], (0.94, 0.94, 5.0))
    write_dicom_study(pictures, tmp_path / "case")
    first, _ = _same_answer(pictures, tmp_path / "case", load_model(None))
    assert first.mask.array.any()


def test_the_command(
    case: Path, model: Model, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["data", "to-dicom", str(case), "-o", str(tmp_path), "--spacing", "0.9,1.1,5"]
    assert exit_code(words) == 0
    written = capsys.readouterr().out.split()
    assert written == [str(tmp_path / CASE / s.value) for s in Channel]
    assert exit_code(words) == 2
    assert "add --overwrite" in capsys.readouterr().err
    before = (tmp_path / CASE / "FLAIR" / "0003.dcm").read_bytes()
    assert exit_code([*words, "--overwrite"]) == 0
    assert (tmp_path / CASE / "FLAIR" / "0003.dcm").read_bytes() == before


def test_a_spacing_must_be_given(case: Path, tmp_path: Path) -> None:
    with pytest.raises(UnknownSpacing):
        write_dicom_study(read_case(case), tmp_path / CASE)
    assert exit_code(["data", "to-dicom", str(case), "-o", str(tmp_path), "--spacing", "1,1"]) == 2
    assert not list(tmp_path.iterdir())


def test_an_older_folder_is_not_replaced_unasked(pictures: Study, tmp_path: Path) -> None:
    (tmp_path / CASE).mkdir()
    with pytest.raises(UsageError, match="already there"):
        write_dicom_study(pictures, tmp_path / CASE)
