"""The public LGG layout: order, orientation, missing sequences, and exact errors."""

from pathlib import Path

import nibabel as nib
import numpy as np
import pytest
import tifffile
from PIL import Image as Picture
from tests.lgg_folder import head_stack, write_case

from glioscope.datasets.lgg_check import check_lgg
from glioscope.errors import InputError, InvalidImage, UnknownSpacing, UnreadableFile
from glioscope.model.preprocess import to_pictures
from glioscope.reading import lgg
from glioscope.study import Channel

CASE = "TCGA_CS_0001_20000101"


@pytest.fixture
def case(tmp_path: Path) -> Path:
    stack, masks = head_stack(12)
    return write_case(tmp_path / "kaggle_3m", CASE, stack, masks)


def test_slices_are_in_numeric_order(case: Path) -> None:
    stack, masks = head_stack(12)
    study = lgg.read_case(case)
    assert study.source.slice_names == tuple(f"{CASE}_{n}" for n in range(1, 13))
    flair = study.images[Channel.FLAIR]
    np.testing.assert_array_equal(to_pictures(flair.array, flair.grid), stack[..., 1])
    reference = lgg.read_reference(case)
    np.testing.assert_array_equal(to_pictures(reference.array, reference.grid), masks)
    # The control: text order (1, 10, 11, 12, 2, …) gives another volume.
    text = sorted(range(12), key=lambda n: str(n + 1))
    assert not np.array_equal(to_pictures(flair.array, flair.grid), stack[text][..., 1])


def test_study_of_a_case(case: Path) -> None:
    study = lgg.read_case(case)
    stack, _ = head_stack(12)
    assert study.study_id == CASE
    assert study.source.kind == "lgg"
    assert study.grid.shape == (48, 48, 12)
    assert study.grid.nominal
    assert nib.aff2axcodes(study.grid.affine) == ("L", "P", "S")
    assert study.warnings == ()
    for channel, sequence in enumerate((Channel.T1, Channel.FLAIR, Channel.T1GD)):
        expected = stack[..., channel].transpose(2, 1, 0)
        np.testing.assert_array_equal(study.images[sequence].array, expected)
        assert study.images[sequence].array.dtype == np.float32
    with pytest.raises(UnknownSpacing):
        _ = study.grid.spacing_mm


def test_spacing_makes_the_grid_real(case: Path) -> None:
    study = lgg.read_case(case, (0.8, 0.9, 5.0))
    assert study.grid.spacing_mm == (0.9, 0.8, 5.0)
    assert lgg.read_reference(case, (0.8, 0.9, 5.0)).grid.matches(study.grid)


def test_channel_that_repeats_flair_is_missing(tmp_path: Path) -> None:
    stack, _ = head_stack()
    stack[..., 2] = stack[..., 1]
    study = lgg.read_case(write_case(tmp_path, CASE, stack, None))
    assert set(study.images) == {Channel.T1, Channel.FLAIR}
    assert tuple(map(str, study.warnings)) == (
        "T1 with contrast repeats FLAIR: treated as missing, FLAIR stands in for it",
    )


def test_channel_that_repeats_flair_on_some_slices_is_kept(tmp_path: Path) -> None:
    stack, _ = head_stack()
    stack[:2, ..., 0] = stack[:2, ..., 1]
    study = lgg.read_case(write_case(tmp_path, CASE, stack, None))
    assert set(study.images) == set(Channel)


def test_empty_channel_is_missing_and_empty_flair_is_an_error(tmp_path: Path) -> None:
    stack, _ = head_stack()
    stack[..., 0] = 0
    study = lgg.read_case(write_case(tmp_path, CASE, stack, None))
    assert tuple(map(str, study.warnings)) == (
        "T1 is constant: treated as missing, FLAIR stands in for it",
    )
    stack[..., 1] = 0
    with pytest.raises(InvalidImage, match="FLAIR is empty: every pixel is 0"):
        lgg.read_case(write_case(tmp_path / "b", CASE, stack, None))
    stack[..., 1] = 9
    with pytest.raises(InvalidImage, match="FLAIR is constant: every pixel is 9"):
        lgg.read_case(write_case(tmp_path / "c", CASE, stack, None))


def test_case_without_masks_is_still_a_study(case: Path) -> None:
    for path in case.glob("*_mask.tif"):
        path.unlink()
    assert lgg.read_case(case).grid.shape == (48, 48, 12)
    with pytest.raises(InputError, match=rf"{CASE}_1_mask\.tif is missing"):
        lgg.read_reference(case)


def test_list_cases(case: Path) -> None:
    root = case.parent
    write_case(root, "TCGA_AA_0000_20000101", *head_stack())
    (root / "data.csv").write_text("Patient\n")
    (root / "notes").mkdir()
    expected = [root / "TCGA_AA_0000_20000101", case]
    assert lgg.list_cases(root) == expected
    assert lgg.list_cases(root.parent) == expected


def test_list_cases_without_cases(case: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="give the folder above"):
        lgg.list_cases(case)
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match="expected case folders"):
        lgg.list_cases(tmp_path / "empty")
    with pytest.raises(InputError, match="no such folder"):
        lgg.list_cases(tmp_path / "nowhere")


def test_no_slices(tmp_path: Path) -> None:
    (tmp_path / CASE).mkdir()
    with pytest.raises(InputError, match=f"{CASE}: no slices"):
        lgg.read_case(tmp_path / CASE)
    with pytest.raises(InputError, match="no such case folder"):
        lgg.read_case(tmp_path / "nowhere")


def test_gap_in_the_numbers(case: Path) -> None:
    (case / f"{CASE}_3.tif").unlink()
    (case / f"{CASE}_7.tif").unlink()
    with pytest.raises(InputError, match="slices 3, 7 are missing between 1 and 12"):
        lgg.read_case(case)
    with pytest.raises(InputError, match="are missing"):
        lgg.read_reference(case)


def test_one_number_twice(case: Path) -> None:
    (case / f"{CASE}_01.tif").write_bytes((case / f"{CASE}_1.tif").read_bytes())
    with pytest.raises(InputError, match="slice 1 twice"):
        lgg.read_case(case)


def test_damaged_slices(case: Path) -> None:
    path = case / f"{CASE}_2.tif"
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(UnreadableFile, match=rf"{CASE}_2\.tif is damaged or truncated") as caught:
        lgg.read_case(case)
    assert str(case.parent) not in str(caught.value)
    path.write_bytes(b"")
    with pytest.raises(UnreadableFile, match="is empty"):
        lgg.read_case(case)
    path.write_text("text")
    with pytest.raises(UnreadableFile, match="neither TIFF nor PNG"):
        lgg.read_case(case)


def test_other_sizes_and_modes(case: Path) -> None:
    path = case / f"{CASE}_2.tif"
    Picture.new("RGB", (64, 48)).save(path)
    with pytest.raises(InvalidImage, match=r"expected 48×48 px RGB 8 bit as in .*got 64×48"):
        lgg.read_case(case)
    Picture.new("L", (48, 48)).save(path)
    with pytest.raises(InvalidImage, match="expected RGB 8 bit, got grey 8 bit"):
        lgg.read_case(case)
    tifffile.imwrite(path, np.zeros((48, 48, 3), np.uint16), photometric="rgb")
    with pytest.raises(InvalidImage, match="got RGB 16 bit"):
        lgg.read_case(case)


def test_masks_other_than_0_and_255(case: Path) -> None:
    path = case / f"{CASE}_2_mask.tif"
    Picture.fromarray(np.eye(48, dtype=np.uint8)).save(path)
    with pytest.raises(InvalidImage, match="expected the values 0 and 255, got 0, 1"):
        lgg.read_reference(case)
    Picture.new("RGB", (48, 48)).save(path)
    with pytest.raises(InvalidImage, match="expected grey 8 bit, got RGB 8 bit"):
        lgg.read_reference(case)


@pytest.mark.parametrize(
    ("name", "site", "patient"),
    [
        ("TCGA_CS_4941_19960909", "CS", "TCGA_CS_4941"),
        ("TCGA_HT_A61B_19991127", "HT", "TCGA_HT_A61B"),
        ("TCGA_DU_5849", "DU", "TCGA_DU_5849"),
        ("somebody", "unknown", "somebody"),
    ],
)
def test_names(name: str, site: str, patient: str) -> None:
    assert lgg.site(name) == site
    assert lgg.patient(name) == patient


def test_real_set(lgg_root: Path) -> None:
    report = check_lgg(lgg_root)
    assert report.ok, report.problems
    assert {case.runs for case in report.cases} == {1}
    assert report.positive + report.negative == report.slices
    assert sum(report.lesion_sizes.values()) == report.positive
    assert set(report.sites) <= {"CS", "DU", "EZ", "FG", "HT"}
    if report.patients == 90:
        assert (report.slices, report.positive) == (3267, 1151)
    first = lgg.list_cases(lgg_root)[0]
    study, reference = lgg.read_case(first), lgg.read_reference(first)
    assert reference.grid.matches(study.grid)
    pictures = to_pictures(reference.array, reference.grid)
    assert tuple(pictures.sum(axis=(1, 2)).tolist()) == report.cases[0].areas_px
