import json
from dataclasses import replace

import numpy as np
import pytest

from glioscope.errors import InputError, UnreadableFile, UsageError
from glioscope.evaluation.predictions.load import read_predictions
from glioscope.files import move
from glioscope.reading.results import read_result
from glioscope.writing import study_folder
from glioscope.writing.study_folder import write_study
from phantoms import analysis_for, ball_mask, grid_of, nominal_grid, with_classes


@pytest.fixture
def analysis():
    return analysis_for(ball_mask(grid_of("axial"), (0, 0, 0), 4), study_id="case-1")


def everything(folder):
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*.*")}


def test_files_have_the_names_of_the_design(analysis, tmp_path):
    files = write_study(analysis, tmp_path / "out", lang="ru", save_probability=True)
    names = {
        *("analysis.json", "mask.nii.gz", "overview.png", "probability.nii.gz"),
        *("report.html", "report.pdf"),
    }
    assert set(files) == names == {p.name for p in (tmp_path / "out" / "case-1").iterdir()}
    assert all(path == tmp_path / "out" / "case-1" / name for name, path in files.items())
    assert [p.name for p in (tmp_path / "out").iterdir()] == ["case-1"]


def test_classes_lie_beside_the_mask_and_are_read_back(analysis, tmp_path):
    said = with_classes(analysis)
    files = write_study(said, tmp_path, lang="en")
    result = read_result(files["analysis.json"].parent)
    assert result.classes.names == ("edema", "core")
    assert np.array_equal(result.classes.values, said.classes.values)
    [case] = read_predictions(tmp_path)
    assert case.class_names == ("edema", "core")
    assert [int((case.classes == n).sum()) for n in (1, 2)] == list(said.classes.voxels)
    files["classes.nii.gz"].unlink()
    with pytest.raises(UnreadableFile):
        read_result(files["analysis.json"].parent)


@pytest.mark.parametrize("kind", ["lgg", "pictures"])
def test_pictures_get_masks_under_their_names(kind, tmp_path):
    mask = ball_mask(nominal_grid(), (-10, -9, 6), 4)
    files = write_study(analysis_for(mask, kind=kind, study_id="case_1"), tmp_path, lang="en")
    assert len(list(files["masks"].glob("case_1_*_mask.tif"))) == 12
    assert "probability.nii.gz" not in files


def test_an_older_result_is_refused_and_left_alone(analysis, tmp_path):
    write_study(analysis, tmp_path, lang="en")
    before = everything(tmp_path)
    with pytest.raises(UsageError, match=r"case-1 is already in .*; add --overwrite"):
        write_study(replace(analysis, probability=0.5), tmp_path, lang="en")
    assert everything(tmp_path) == before


def test_overwrite_replaces_the_folder_as_a_whole(analysis, tmp_path):
    write_study(analysis, tmp_path, lang="en", save_probability=True)
    write_study(replace(analysis, probability=0.5), tmp_path, lang="en", overwrite=True)
    assert json.loads((tmp_path / "case-1" / "analysis.json").read_text())["probability"] == 0.5
    assert not (tmp_path / "case-1" / "probability.nii.gz").exists()
    assert [p.name for p in tmp_path.iterdir()] == ["case-1"]


@pytest.mark.parametrize("older", [False, True])
def test_a_failing_writer_leaves_nothing_of_its_own(analysis, tmp_path, monkeypatch, older):
    if older:
        write_study(analysis, tmp_path, lang="en")
    before = everything(tmp_path)

    def broken(*_):
        raise OSError("the disk is full")

    monkeypatch.setattr(study_folder, "write_report", broken)
    with pytest.raises(OSError, match="disk is full"):
        write_study(replace(analysis, probability=0.5), tmp_path, lang="en", overwrite=True)
    assert everything(tmp_path) == before
    assert [p.name for p in tmp_path.iterdir()] == (["case-1"] if older else [])


def test_a_failing_swap_puts_the_older_folder_back(analysis, tmp_path, monkeypatch):
    write_study(analysis, tmp_path, lang="en")
    before = everything(tmp_path)

    def broken(source, target):
        if ".new." in source.name:
            raise OSError("the disk went away")
        return move(source, target)

    monkeypatch.setattr("glioscope.files.move", broken)
    with pytest.raises(OSError, match="went away"):
        write_study(replace(analysis, probability=0.5), tmp_path, lang="en", overwrite=True)
    assert everything(tmp_path) == before


def test_nan_leaves_nothing(analysis, tmp_path):
    with pytest.raises(ValueError, match="JSON"):
        write_study(replace(analysis, volume_ml=float(np.nan)), tmp_path, lang="en")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("study_id", ["", "..", ".hidden", "a/b", "a\\b", "c:d", "con", "a."])
def test_an_id_that_names_no_folder_is_refused(analysis, study_id, tmp_path):
    odd = replace(analysis, study=replace(analysis.study, study_id=study_id))
    with pytest.raises(InputError, match="cannot name a folder"):
        write_study(odd, tmp_path / "out", lang="en")
    assert not list(tmp_path.iterdir())


def test_another_language_is_refused_before_anything_is_left(analysis, tmp_path):
    with pytest.raises(UsageError, match="ru or en"):
        write_study(analysis, tmp_path, lang="de")
    assert not list(tmp_path.iterdir())
