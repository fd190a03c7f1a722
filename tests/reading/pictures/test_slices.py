"""Pictures as studies: order, geometry, missing channels, and what is refused."""

from pathlib import Path

import nibabel as nib
import numpy as np
import pytest
import tifffile
from PIL import Image as Picture
from tests.lgg_folder import head_stack

from glioscope.errors import InputError, InvalidImage, UnreadableFile, UsageError
from glioscope.model.preprocess import to_pictures
from glioscope.reading.pictures.slices import list_pictures, read_pictures
from glioscope.study import Channel, Study


def flair_of(study: Study) -> np.ndarray:
    image = study.images[Channel.FLAIR]
    return to_pictures(image.array, image.grid)


def save(folder: Path, stack: np.ndarray, pattern: str = "s{}.png") -> Path:
    folder.mkdir(exist_ok=True)
    for index, picture in enumerate(stack, start=1):
        Picture.fromarray(picture).save(folder / pattern.format(index))
    return folder


@pytest.mark.parametrize("pattern", ["s{}.png", "{}.tif", "series 4 image {}.TIFF"])
def test_folder_in_natural_order(tmp_path: Path, pattern: str) -> None:
    stack, masks = head_stack(11)
    folder = save(tmp_path / "study", stack, pattern)
    stem = pattern.rsplit(".", 1)[0]
    Picture.fromarray(np.uint8(255) * masks[1]).save(folder / f"{stem.format(2)}_mask.png")
    (folder / "notes.txt").write_text("no picture")
    (folder / "._s1.png").write_text("what a Mac leaves behind")
    study = read_pictures(folder)
    assert study.study_id == "study"
    assert study.source.kind == "pictures"
    assert study.source.slice_names == tuple(stem.format(n) for n in range(1, 12))
    assert set(study.images) == set(Channel)
    assert study.grid.nominal
    assert study.warnings == ()
    np.testing.assert_array_equal(flair_of(study), stack[..., 1])


def test_grey_is_flair_alone(tmp_path: Path) -> None:
    deep = head_stack()[0][..., 1].astype(np.uint16) * 16
    study = read_pictures(save(tmp_path / "a", deep))
    assert set(study.images) == {Channel.FLAIR}
    np.testing.assert_array_equal(flair_of(study), deep)


def test_grey_saved_as_rgb_is_flair_alone(tmp_path: Path) -> None:
    grey = head_stack()[0][..., 1]
    study = read_pictures(save(tmp_path / "a", np.repeat(grey[..., None], 3, axis=-1)))
    assert set(study.images) == {Channel.FLAIR}
    assert tuple(map(str, study.warnings)) == (
        "T1 repeats FLAIR: treated as missing, FLAIR stands in for it",
        "T1 with contrast repeats FLAIR: treated as missing, FLAIR stands in for it",
    )


def test_single_picture(tmp_path: Path) -> None:
    stack, _ = head_stack()
    save(tmp_path, stack)
    study = read_pictures(tmp_path / "s2.png")
    assert study.study_id == "s2"
    assert study.source.slice_names == ("s2",)
    np.testing.assert_array_equal(flair_of(study), stack[1:2, ..., 1])


@pytest.mark.parametrize("inside_folder", [False, True])
def test_pages_are_slices(tmp_path: Path, inside_folder: bool) -> None:
    stack, _ = head_stack(4)
    tifffile.imwrite(tmp_path / "scan.tif", stack, photometric="rgb")
    study = read_pictures(tmp_path if inside_folder else tmp_path / "scan.tif")
    assert study.source.slice_names == ("scan_1", "scan_2", "scan_3", "scan_4")
    np.testing.assert_array_equal(flair_of(study), stack[..., 1])


def test_pages_among_other_files(tmp_path: Path) -> None:
    stack, _ = head_stack(4)
    tifffile.imwrite(tmp_path / "a.tif", stack, photometric="rgb")
    tifffile.imwrite(tmp_path / "b.tif", stack[0], photometric="rgb")
    with pytest.raises(InvalidImage, match="expected one picture, got 4 pages"):
        read_pictures(tmp_path)


def test_spacing_is_row_column_slice(tmp_path: Path) -> None:
    stack, _ = head_stack(5)
    study = read_pictures(save(tmp_path / "a", stack[:, :40]), spacing=(0.5, 0.7, 6.0))
    assert study.grid.shape == (48, 40, 5)
    assert study.grid.spacing_mm == (0.7, 0.5, 6.0)
    assert nib.aff2axcodes(study.grid.affine) == ("L", "P", "S")


@pytest.mark.parametrize(
    "spacing", [(0.0, 1.0, 1.0), (1.0, -1.0, 1.0), (1.0, 1.0, float("nan")), (1.0, 1.0, 51.0)]
)
def test_spacing_out_of_range(tmp_path: Path, spacing: tuple[float, float, float]) -> None:
    with pytest.raises(UsageError, match="spacing"):
        read_pictures(save(tmp_path / "a", head_stack()[0]), spacing=spacing)


def test_missing_number_is_told(tmp_path: Path) -> None:
    folder = save(tmp_path / "a", head_stack(6)[0])
    (folder / "s4.png").unlink()
    (warning,) = read_pictures(folder).warnings
    assert "from 3 to 5" in str(warning)
    (folder / "s2.png").unlink()
    (folder / "s6.png").unlink()
    assert read_pictures(folder).warnings == ()  # 1, 3, 5: every second slice is even


def test_nothing_to_read(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="found none"):
        read_pictures(tmp_path)
    assert list_pictures(tmp_path) == []


def test_two_slices_of_one_name(tmp_path: Path) -> None:
    folder = save(tmp_path / "a", head_stack()[0])
    Picture.fromarray(head_stack()[0][0]).save(folder / "s1.tif")
    with pytest.raises(InputError, match="two slices are named s1"):
        read_pictures(folder)


def test_mixed_sizes_and_kinds(tmp_path: Path) -> None:
    folder = save(tmp_path / "a", head_stack()[0])
    Picture.fromarray(head_stack(size=50)[0][0]).save(folder / "s2.png")
    with pytest.raises(InvalidImage, match=r"s2\.png: expected 48×48 px .* got 50×50"):
        read_pictures(folder)
    Picture.fromarray(head_stack()[0][0, ..., 0]).save(folder / "s2.png")
    with pytest.raises(InvalidImage, match="got 48×48 px grey 8 bit"):
        read_pictures(folder)


def test_nan_and_constant(tmp_path: Path) -> None:
    stack = head_stack()[0][..., 1].astype(np.float32)
    stack[1, 20, 20] = np.nan
    tifffile.imwrite(tmp_path / "a.tif", stack, photometric="minisblack")
    with pytest.raises(InvalidImage, match="study a: FLAIR holds NaN or infinity in 1 of"):
        read_pictures(tmp_path / "a.tif")
    tifffile.imwrite(tmp_path / "b.tif", np.full_like(stack, 3), photometric="minisblack")
    with pytest.raises(InvalidImage, match="constant: every pixel is 3"):
        read_pictures(tmp_path / "b.tif")


@pytest.mark.parametrize("kind", ["photograph", "inverted", "page"])
def test_what_is_no_head(tmp_path: Path, kind: str) -> None:
    stack, _ = head_stack()
    sky = np.linspace(250, 20, 64).astype(np.uint8)
    scene = np.broadcast_to(sky[:, None, None], (64, 64, 3)).copy()
    scene[40:, :20] = 200
    page = np.full((64, 64, 3), 255, np.uint8)
    page[10:50:4, 8:56] = 0
    picture = {"photograph": scene, "inverted": 255 - stack[1], "page": page}[kind]
    Picture.fromarray(picture).save(tmp_path / "a.png")
    with pytest.raises(InvalidImage, match="air around the head is not dark"):
        read_pictures(tmp_path / "a.png")


def test_damaged_slice_is_named(tmp_path: Path) -> None:
    folder = save(tmp_path / "a", head_stack()[0])
    data = (folder / "s2.png").read_bytes()
    (folder / "s2.png").write_bytes(data[: len(data) // 2])
    with pytest.raises(UnreadableFile, match=r"s2\.png is damaged or truncated"):
        read_pictures(folder)
