"""What the user named becomes studies; nothing is opened before it is read."""

import os
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest
from PIL import Image as Picture
from tests.lgg_folder import head_stack, write_case

from glioscope.errors import InputError, UnreadableFile, UsageError
from glioscope.reading.inputs import find_inputs
from glioscope.reading.pictures import decode as planes

CASES = ("TCGA_CS_0001_20000101", "TCGA_HT_0002_20000101")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for seed, case in enumerate(CASES):
        write_case(tmp_path / "kaggle_3m", case, *head_stack(seed=seed))
    (tmp_path / "kaggle_3m" / "data.csv").write_text("Patient\n")
    return tmp_path / "kaggle_3m"


def nifti(path: Path) -> Path:
    array = head_stack()[0][..., 1].transpose(2, 1, 0).astype(np.float32)
    nib.save(nib.Nifti1Image(array, np.diag([-1.0, -1.0, 5.0, 1.0])), path)
    return path


def test_case_and_whole_set(root: Path) -> None:
    (one,) = find_inputs([root / CASES[0]])
    assert (one.study_id, one.kind) == (CASES[0], "lgg")
    assert one.read().study_id == CASES[0]
    for folder in (root, root.parent):
        assert [found.study_id for found in find_inputs([folder])] == list(CASES)


def test_case_from_inside(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(root / CASES[0])
    assert find_inputs([Path()])[0].study_id == CASES[0]
    assert len(find_inputs([Path("..")])) == 2


def test_slice_folder_and_nifti(root: Path, tmp_path: Path) -> None:
    folder = tmp_path / "export"
    folder.mkdir()
    for index, picture in enumerate(head_stack()[0]):
        Picture.fromarray(picture).save(folder / f"{index}.png")
    paths = [root / CASES[0] / f"{CASES[0]}_2.tif", folder, nifti(tmp_path / "p1_flair.nii.gz")]
    found = find_inputs(paths)
    assert [f.kind for f in found] == ["pictures", "pictures", "nifti"]
    assert [f.study_id for f in found] == [f"{CASES[0]}_2", "export", "p1"]
    assert [f.read().study_id for f in found] == [f.study_id for f in found]
    assert [f.read().grid.shape[2] for f in found] == [1, 3, 3]


@pytest.mark.parametrize(
    ("named", "studies"),
    [
        ("set", ["sub-1_ses-1", "sub-1_ses-2", "sub-2", "sub-3"]),
        ("set/sub-1", ["sub-1_ses-1", "sub-1_ses-2"]),
        ("set/sub-2", ["sub-2"]),
        ("set/sub-1/ses-2", ["sub-1_ses-2"]),
    ],
)
def test_sessions_of_a_bids_set(named: str, studies: list[str], tmp_path: Path) -> None:
    """One that lacks FLAIR does not stop the others."""
    for place in ("sub-1/ses-1", "sub-1/ses-2", "sub-2", "sub-3"):
        anat = tmp_path / "set" / place / "anat"
        anat.mkdir(parents=True)
        weighting = "T2w" if place == "sub-3" else "FLAIR"
        nifti(anat / f"{place.replace('/', '_')}_{weighting}.nii.gz")
    found = find_inputs([tmp_path / named])
    assert [one.study_id for one in found] == studies
    for one in found:
        if one.study_id == "sub-3":
            with pytest.raises(InputError, match="which is FLAIR"):
                one.read()
        else:
            assert one.read().study_id == one.study_id


def test_each_path_once(root: Path) -> None:
    assert len(find_inputs([root / CASES[0], root / "." / CASES[0], root / CASES[1]])) == 2


def test_spacing_reaches_pictures_and_contradicts_nifti(root: Path, tmp_path: Path) -> None:
    (found,) = find_inputs([root / CASES[0]], spacing=(1.0, 1.0, 5.0))
    assert found.read().grid.spacing_mm == (1.0, 1.0, 5.0)
    with pytest.raises(UsageError, match="carries its own spacing"):
        find_inputs([nifti(tmp_path / "a.nii")], spacing=(1.0, 1.0, 5.0))


def test_nothing_is_opened_before_it_is_read(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (root / CASES[1] / f"{CASES[1]}_1.tif").write_text("damaged")
    with monkeypatch.context() as patch:
        patch.setattr(planes, "read_pages", lambda path: pytest.fail(f"{path.name} was opened"))
        found = find_inputs([root])
    assert found[0].read().study_id == CASES[0]
    with pytest.raises(UnreadableFile):
        found[1].read()


@pytest.mark.parametrize("name", ["nowhere", "text.txt", "empty", "only_nifti", "a_mask.png"])
def test_what_is_no_input(tmp_path: Path, name: str) -> None:
    (tmp_path / "text.txt").write_text("text")
    (tmp_path / "empty").mkdir()
    (tmp_path / "only_nifti").mkdir()
    nifti(tmp_path / "only_nifti" / "a.nii")
    Picture.new("L", (48, 48)).save(tmp_path / "a_mask.png")
    with pytest.raises(InputError, match=rf"^{name}.*(expected|--flair)") as caught:
        find_inputs([tmp_path / name])
    assert str(tmp_path) not in str(caught.value)


def test_no_path_at_all() -> None:
    with pytest.raises(InputError, match="no input"):
        find_inputs([])


def test_one_bad_path_does_not_stop_the_others(root: Path) -> None:
    found = find_inputs(sorted(root.iterdir()))
    assert [f.kind for f in found] == ["lgg", "lgg", "unknown"]
    with pytest.raises(InputError, match=r"data\.csv"):
        found[2].read()


@pytest.mark.skipif(os.name != "posix", reason="links need rights on Windows")
def test_links_in_circles_end(root: Path, tmp_path: Path) -> None:
    (root / "loop").symlink_to(root)
    (root / CASES[0] / "up").symlink_to(root)
    assert [found.study_id for found in find_inputs([root])] == list(CASES)
    circle = tmp_path / "circle"
    circle.mkdir()
    (circle / "again").symlink_to(circle)
    with pytest.raises(InputError, match="nothing to read"):
        find_inputs([circle])
