"""`glioscope inspect`, and `glioscope analyze` on DICOM: what they say and return."""

import json
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest
from PIL import Image as Picture
from tests.model.grids import head_grid, head_study
from tests.toy_model import toy_bundle

from dicom_datasets import FLAIR, T1, T1GD, T2, TAGS, datasets, write
from glioscope.cli.main import exit_code
from glioscope.phantom.study import phantom_study
from glioscope.reading.dicom.study import pseudonym
from glioscope.study import Channel
from glioscope.volume import Image

STUDY = pseudonym(FLAIR.study_uid)
# 32 slices 5 mm apart, of rows 4 mm apart and columns 2 mm apart.
SAGITTAL = head_grid("sagittal", (96, 32, 24), (2.0, 5.0, 4.0))


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("GLIOSCOPE_LANG", "GLIOSCOPE_CHARSET"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(scope="module")
def disc(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A sagittal study with T2 and a report beside it, and a file that is none."""
    folder = tmp_path_factory.mktemp("disc")
    study = head_study(SAGITTAL)
    for sequence, tags in TAGS.items():
        image = study.images[sequence]
        write(datasets(image, tags), folder / "DICOM")
    found = datasets(study.images[Channel.T1], T2)
    for ds in found:
        ds.PatientName = "Secret^Name"
    write(found, folder / "DICOM")
    (folder / "README.TXT").write_text("text")
    return folder


def call(capsys, *words) -> tuple[int, str, str]:
    code = exit_code([str(w) for w in words])
    return code, *capsys.readouterr()


def test_inspect_shows_series_reasons_and_use(disc: Path, capsys) -> None:
    code, out, err = call(capsys, "inspect", disc)
    assert code == 0, err
    for part in (STUDY, "fluid is nulled", "T2 is not analysed", "files left out: 1 (other)"):
        assert part in " ".join(out.split())
    assert "Not a medical device" in out
    assert "Secret" not in out + err


def test_inspect_in_russian(disc: Path, capsys) -> None:
    """By option and by setting; the control is that English is what comes without either."""
    code, out, _ = call(capsys, "inspect", disc, "--lang", "ru")
    assert code == 0
    plain = " ".join(out.split())
    for said in (
        "взята как",
        "ликвор подавлен",
        "Т2-ВИ: не анализируется",
        "Т1-ВИ с контрастным усилением",
        "пропущено файлов: 1 (не DICOM)",
        "Не является медицинским изделием",
    ):
        assert said in plain, said
    assert "nulled" not in out and "T1GD" not in out
    assert "nulled" in call(capsys, "inspect", disc)[1]
    code, _, err = call(capsys, "inspect", disc, "--lang", "de")
    assert code == 2 and "expected ru or en" in err


def test_inspect_as_json(disc: Path, capsys) -> None:
    code, out, _ = call(capsys, "inspect", disc, "--json")
    (document,) = (json.loads(line) for line in out.splitlines())
    assert code == 0 and document["research_use_only"]
    assert document["used"] == {"FLAIR": "4", "T1": "3", "T1GD": "6"}
    assert [s["class"] for s in document["series"] if s["label"] == "6"] == ["T1GD"]
    flair = next(s for s in document["series"] if s["label"] == "4")
    assert flair["uid"] == FLAIR.series_uid and flair["used_as"] == "FLAIR"
    assert flair["physics"]["inversion_ms"] == 2500
    assert flair["geometry"]["spacing_mm"] == pytest.approx([5, 4, 2])
    assert flair["geometry"]["plane"] in ("axial", "coronal", "sagittal")
    assert "Secret" not in out


def test_inspect_names_series_by_hand_and_refuses_others(disc: Path, capsys) -> None:
    _, out, _ = call(capsys, "inspect", disc, "--json", "--t1", "2")
    assert json.loads(out)["used"]["T1"] == "2"
    code, out, _ = call(capsys, "inspect", disc, "--flair", "99")
    assert code == 3 and "series 99 is not in this study" in out
    code, _, err = call(capsys, "inspect", disc, "--flair", "flair.nii")
    assert code == 2 and "expected the number or UID of a DICOM series" in err


def test_inspect_without_flair_is_4(tmp_path: Path, capsys) -> None:
    image = head_study(head_grid("axial LPS", (20, 18, 5))).images[Channel.T1]
    write(datasets(image, T1), tmp_path)
    code, out, _ = call(capsys, "inspect", tmp_path)
    assert code == 4 and "no series is FLAIR" in out


def test_inspect_shows_the_fault_of_flair(tmp_path: Path, capsys) -> None:
    image = head_study(head_grid("axial LPS", (20, 18, 8))).images[Channel.FLAIR]
    found = datasets(image)
    write(found[:4] + found[5:], tmp_path)
    code, out, _ = call(capsys, "inspect", tmp_path)
    assert code == 3 and "missing slices: 1" in out


def test_inspect_of_pictures(tmp_path: Path, capsys) -> None:
    y, x = np.mgrid[:48, :48] - 23.5
    pixels = np.where(np.hypot(y, x) < 20, 90, 0).astype(np.uint8)
    Picture.fromarray(pixels).save(tmp_path / "1.png")
    code, out, _ = call(capsys, "inspect", tmp_path)
    assert code == 0 and "sequences: FLAIR" in out and "spacing: unknown" in out
    code, _, err = call(capsys, "inspect", tmp_path, "--flair", "4")
    assert code == 2 and "is not DICOM" in err


def test_in_plane_numbers_stand_before_that_of_slices(disc: Path, tmp_path: Path, capsys) -> None:
    """Of DICOM, whose arrays begin with slices, and of a NIfTI that was stored sagittally."""
    _, out, _ = call(capsys, "inspect", disc)
    assert "4 × 2 × 5" in out and "5 × 4 × 2" not in out
    spacing = np.diag([5.5, 0.9, 0.75])
    affine = np.eye(4)
    affine[:3, :3] = np.array([[0, 0, 1], [0, 1, 0], [1, 0, 0]]) @ spacing
    rng = np.random.default_rng(0)
    voxels = rng.uniform(50, 100, (12, 40, 36)).astype(np.float32)
    nib.save(nib.Nifti1Image(voxels, affine), tmp_path / "flair.nii")
    _, out, _ = call(capsys, "inspect", tmp_path / "flair.nii", "--lang", "ru")
    assert "40 × 36 × 12" in out and "0,9 × 0,75 × 5,5" in out


def test_inspect_checks_the_pixels_when_asked(tmp_path: Path, capsys) -> None:
    """The shipped model's gate: fit as it lies, refused with the fault when turned upside down."""
    head = phantom_study(0, size=128, slices=24)[0].images[Channel.FLAIR]
    turned = Image(np.ascontiguousarray(head.array[:, :, ::-1]), head.grid)
    for name, image in (("head", head), ("turned", turned)):
        nifti = nib.Nifti1Image(image.array, image.grid.affine)
        nib.save(nifti, tmp_path / f"{name}_flair.nii.gz")
    code, out, _ = call(capsys, "inspect", tmp_path / "head_flair.nii.gz", "--check")
    assert code == 0 and "quality: fit" in out
    assert "quality" not in call(capsys, "inspect", tmp_path / "turned_flair.nii.gz")[1]
    code, out, _ = call(capsys, "inspect", tmp_path / "turned_flair.nii.gz", "--check", "--json")
    quality = json.loads(out)["quality"]
    assert code == 3 and quality["verdict"] == "refused"
    assert "turned" in {fault["code"] for fault in quality["faults"]}


def test_cyrillic_by_option_and_by_setting(tmp_path: Path, capsys, monkeypatch) -> None:
    image = head_study(head_grid("axial LPS", (20, 18, 5))).images[Channel.FLAIR]
    found = datasets(image)
    for ds in found:
        del ds.SpecificCharacterSet
        ds.SeriesDescription = "#" * 8
    for path in write(found, tmp_path).iterdir():
        path.write_bytes(path.read_bytes().replace(b"#" * 8, "ФЛАИР ax".encode("cp1251")))
    assert "ФЛАИР" not in call(capsys, "inspect", tmp_path)[1]
    assert "ФЛАИР ax" in call(capsys, "inspect", tmp_path, "--charset", "cp1251")[1]
    monkeypatch.setenv("GLIOSCOPE_CHARSET", "CP1251")
    assert "ФЛАИР ax" in call(capsys, "inspect", tmp_path)[1]
    code, _, err = call(capsys, "inspect", tmp_path, "--charset", "cp1252")
    assert code == 2 and "--charset: expected cp1251, cp866" in err


def test_a_sagittal_study_is_analysed_where_it_lies(
    disc: Path, tmp_path: Path, capsys, monkeypatch
) -> None:
    """And its mask has FLAIR's own slices, rows and columns."""
    import nibabel as nib

    model = toy_bundle(tmp_path / "toy", size=64)
    monkeypatch.setenv("GLIOSCOPE_MODEL", str(model))
    words = ("analyze", disc, "-o", tmp_path / "out", "--json", "--quiet")
    code, out, err = call(capsys, *words)
    document = json.loads(out)
    (lesion,) = document["findings"]
    assert code == 0, err
    assert document["study_id"] == STUDY
    assert lesion["centroid_ras_mm"] == pytest.approx((25.0, 15.0, 8.0), abs=1.5)
    mask = nib.load(tmp_path / "out" / STUDY / "mask.nii.gz")
    assert mask.shape == SAGITTAL.shape
    code, _, err = call(capsys, *words, "--overwrite", "--spacing", "1,1,1")
    assert code == 2 and "carries its own spacing" in err
    code, _, err = call(capsys, *words, "--overwrite", "--t1gd", T1GD.series_uid + "9")
    assert code == 3 and "is not in this study" in err


def test_a_name_that_cannot_be_a_folders_is_a_fault_here_too(tmp_path: Path, capsys) -> None:
    """As in `analyze`, which could not write it; what is there is shown all the same."""
    study = head_study(SAGITTAL)
    image = study.images[Channel.FLAIR]
    path = tmp_path / "a\nb_flair.nii"
    nib.save(nib.Nifti1Image(image.array, image.grid.affine), path)
    code, out, _ = call(capsys, "inspect", path)
    assert code == 3
    assert "cannot name a folder" in out and "FLAIR" in out
