"""A reader's outline from the grid of the view onto the source: voxel for voxel."""

from pathlib import Path

import nibabel as nib
import numpy as np
import pydicom
import pytest
from PIL import Image as Picture

from dicom_studies import as_others_read, mask_on_source, two_lesions, write_phantom
from dicom_tools import check_with_dciodvfy
from glioscope.jobs import child
from glioscope.jobs.orders import Order, Redraw
from glioscope.jobs.results import FILES, VIEW
from glioscope.writing.slice_pictures import OUTLINE, READERS
from phantoms import ORIENTATIONS

MODEL = ("phantom-model", "1.2.3", "0123456789abcdef" * 4)


def made_ready(upload: Path, out: Path) -> nib.Nifti1Image:
    """The empty mask of a study that the network was not asked about: the grid to draw on."""
    order = Order(input=str(upload), place=0, out=str(out), name="s", lang="en", with_model=False)
    with (out.parent / "answers").open("w") as answers:
        done = child._made_ready(order, None, answers)
    assert (done.decision, done.probability, done.slices) == ("not analysed", None, [])
    assert not (out / VIEW / "probability.nii.gz").exists()
    assert not list((out / FILES).iterdir())
    empty = nib.load(out / VIEW / "mask.nii.gz")
    assert not np.asanyarray(empty.dataobj).any()
    return empty


def redrawn(inside: np.ndarray, upload: Path, out: Path, model=None):
    np.save(out.with_suffix(".npy"), inside)
    order = Redraw(
        input=str(upload),
        place=0,
        out=str(out),
        name="s",
        lang="en",
        outline=str(out.with_suffix(".npy")),
        model=model,
    )
    return child._redrawn(order)


def drawing(shape: tuple[int, ...]) -> np.ndarray:
    """Two blobs that no mirror and no turn takes to themselves."""
    inside = np.zeros(shape, bool)
    i, j, k = (n // 5 for n in shape)
    inside[i : 3 * i, j : 2 * j, k : k + 4] = True
    inside[i, j : 4 * j, k] = True
    inside[-3:, -5:-2, -4:] = True
    return inside


@pytest.mark.parametrize("name", ORIENTATIONS)
def test_the_outline_comes_back_voxel_for_voxel(name: str, tmp_path: Path) -> None:
    write_phantom(two_lesions(name), tmp_path / "upload" / "disc")
    grid = made_ready(tmp_path / "upload", tmp_path / "ready")
    inside = drawing(grid.shape)
    found = redrawn(inside, tmp_path / "upload", tmp_path / "out")
    assert found.voxels == inside.sum()
    # Where each voxel that was drawn lies, by the affine of the view; the rest is others' code.
    points = np.argwhere(inside) @ grid.affine[:3, :3].T + grid.affine[:3, 3]
    mask = nib.load(tmp_path / "out" / FILES / "mask.nii.gz")
    assert_covers(np.asanyarray(mask.dataobj) > 0, mask.affine, points)
    source = as_others_read(tmp_path / "upload" / "disc")
    on_source = mask_on_source(tmp_path / "out" / FILES / "seg.dcm", source)
    assert_covers(on_source > 0, np.diag([-1, -1, 1, 1]) @ source.affine, points)
    back = nib.load(tmp_path / "out" / VIEW / "mask.nii.gz")
    np.testing.assert_array_equal(np.asanyarray(back.dataobj) > 0, inside)
    np.testing.assert_allclose(back.affine, grid.affine)


def assert_covers(mask: np.ndarray, affine: np.ndarray, points: np.ndarray) -> None:
    """The mask holds exactly the voxels in which the points lie."""
    there = (points - affine[:3, 3]) @ np.linalg.inv(affine[:3, :3]).T
    assert np.abs(there - np.rint(there)).max() < 0.01
    expected = np.zeros(mask.shape, bool)
    expected[tuple(np.rint(there).astype(int).T)] = True
    np.testing.assert_array_equal(mask, expected)


@pytest.mark.parametrize(
    ("model", "kind", "said"),
    [
        (None, "MANUAL", "Outlined by a reader by hand; no model took part."),
        (MODEL, "SEMIAUTOMATIC", "who began with the outline of the model phantom-model 1.2.3"),
    ],
)
def test_documents_say_whose_outline_it_is(model, kind: str, said: str, tmp_path: Path) -> None:
    write_phantom(two_lesions("axial"), tmp_path / "upload" / "disc")
    inside = drawing(made_ready(tmp_path / "upload", tmp_path / "ready").shape)
    redrawn(inside, tmp_path / "upload", tmp_path / "out", model)
    files = tmp_path / "out" / FILES
    for name in ("seg.dcm", "sr.dcm"):
        check_with_dciodvfy(files / name)
        assert "by reader" in pydicom.dcmread(files / name).SeriesDescription
        assert len(pydicom.dcmread(files / name).SeriesDescription.encode()) <= 64
    segments = pydicom.dcmread(files / "seg.dcm").SegmentSequence
    assert {one.SegmentAlgorithmType for one in segments} == {kind}
    report = (files / "sr.dcm").read_bytes().decode("utf-8", "ignore")
    assert said in report and "Person Observer Name" in report and "Probability" not in report
    page = (files / "report.en.html").read_text(encoding="utf-8")
    assert said in page and "Outlined by a reader" in page
    assert "врач" in (files / "report.ru.html").read_text(encoding="utf-8").lower()
    shown = np.asarray(Picture.open(files / "overview.en.png").convert("RGB"))
    assert (shown == READERS).all(axis=2).any() and not (shown == OUTLINE).all(axis=2).any()
    for word in ("Probability", "Possible misses", "Confidence", "Expected agreement"):
        assert word not in page, word


def test_the_same_outline_has_the_same_uids_and_the_models_have_others(tmp_path: Path) -> None:
    write_phantom(two_lesions("axial"), tmp_path / "upload" / "disc")
    inside = drawing(made_ready(tmp_path / "upload", tmp_path / "ready").shape)
    for name, model in (("one", None), ("two", None), ("semi", MODEL)):
        redrawn(inside, tmp_path / "upload", tmp_path / name, model)
    found = {
        name: [
            (header.SOPInstanceUID, header.SeriesInstanceUID)
            for file in ("seg.dcm", "sr.dcm")
            for header in [pydicom.dcmread(tmp_path / name / FILES / file)]
        ]
        for name in ("one", "two", "semi")
    }
    assert found["one"] == found["two"]
    assert not {u for pair in found["one"] for u in pair} & {u for p in found["semi"] for u in p}


def test_an_outline_of_nothing_has_a_report_and_no_segmentation(tmp_path: Path) -> None:
    write_phantom(two_lesions("axial"), tmp_path / "upload" / "disc")
    shape = made_ready(tmp_path / "upload", tmp_path / "ready").shape
    found = redrawn(np.zeros(shape, bool), tmp_path / "upload", tmp_path / "out")
    files = tmp_path / "out" / FILES
    assert (found.voxels, found.volume_ml) == (0, 0.0)
    assert not (files / "seg.dcm").exists()
    check_with_dciodvfy(files / "sr.dcm")
    assert "outlined nothing" in (files / "report.en.html").read_text(encoding="utf-8")
