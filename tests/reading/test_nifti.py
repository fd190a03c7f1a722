"""NIfTI in every orientation: a bright box stays at its place in the patient."""

from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np
import pytest

from glioscope.errors import (
    GridMismatch,
    InputError,
    InvalidImage,
    MissingSequence,
    UnreadableFile,
)
from glioscope.reading.nifti import read_flair, read_nifti, study_id_of
from glioscope.study import Channel
from glioscope.volume import Image

BOX_CENTRE = np.array([22.0, -14.0, 9.0])  # RAS mm
BOX_HALF = np.array([12.0, 9.0, 8.0])
SPACING = np.array([1.5, 2.0, 2.5])


def _rotation(x: float, y: float, z: float) -> np.ndarray:
    (cx, cy, cz), (sx, sy, sz) = np.cos([x, y, z]), np.sin([x, y, z])
    about_x = np.array([[1, 0, 0], [0, cx, -sx], [0, sx, cx]])
    about_y = np.array([[cy, 0, sy], [0, 1, 0], [-sy, 0, cy]])
    about_z = np.array([[cz, -sz, 0], [sz, cz, 0], [0, 0, 1]])
    return about_z @ about_y @ about_x


def _axes(codes: str) -> np.ndarray:
    columns = {"R": (1, 0, 0), "L": (-1, 0, 0), "A": (0, 1, 0)}
    columns |= {"P": (0, -1, 0), "S": (0, 0, 1), "I": (0, 0, -1)}
    return np.array([columns[c] for c in codes], float).T


DIRECTIONS = {
    "axial": _axes("RAS"),
    "axial as DICOM": _axes("LPS"),
    "sagittal": _axes("PSR"),
    "coronal": _axes("RSA"),
    "reversed": _axes("LPI"),
    "reversed sagittal": _axes("AIL"),
    "oblique": _rotation(0.3, -0.2, 0.15) @ _axes("RAS"),
    "oblique sagittal": _rotation(-0.25, 0.1, 0.35) @ _axes("PIL"),
}
orientations = pytest.mark.parametrize("direction", DIRECTIONS.values(), ids=DIRECTIONS.keys())


def grid_affine(direction: np.ndarray, spacing: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """Affine of a grid whose middle lies at the origin."""
    affine = np.eye(4)
    affine[:3, :3] = direction * spacing
    affine[:3, 3] = -affine[:3, :3] @ ((np.array(shape) - 1) / 2)
    return affine


def box(affine: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """100 in the box and 10 outside, by the voxel's place in the patient."""
    voxels = np.stack(np.meshgrid(*map(np.arange, shape), indexing="ij"), axis=-1)
    points = voxels @ affine[:3, :3].T + affine[:3, 3]
    inside = (np.abs(points - BOX_CENTRE) <= BOX_HALF).all(axis=-1)
    return np.where(inside, 100.0, 10.0).astype(np.float32)


def centroid(image: Image) -> np.ndarray:
    voxels = np.argwhere(image.array > 55)
    return (voxels @ image.grid.affine[:3, :3].T + image.grid.affine[:3, 3]).mean(axis=0)


def write(path: Path, array: np.ndarray, affine: np.ndarray | None, **header: Any) -> Path:
    image = nib.Nifti1Image(array, affine)
    for name, value in header.items():
        image.header[name] = value
    nib.save(image, path)
    return path


def box_file(path: Path, direction: np.ndarray, scale: float = 1.0, n: int = 64) -> Path:
    shape = (n, n - 4, n - 8)
    affine = grid_affine(direction, SPACING * scale, shape)
    return write(path, box(affine, shape), affine)


@orientations
def test_box_keeps_its_place(tmp_path: Path, direction: np.ndarray) -> None:
    study = read_nifti(box_file(tmp_path / "a.nii.gz", direction))
    flair = study.images[Channel.FLAIR]
    assert not study.grid.nominal
    assert study.source.kind == "nifti"
    np.testing.assert_allclose(study.grid.spacing_mm, SPACING, rtol=1e-5)
    assert np.abs(centroid(flair) - BOX_CENTRE).max() < 1.0
    # The control: the same voxels without the affine are somewhere else.
    bare = Image(flair.array, type(flair.grid)(flair.grid.shape, np.eye(4)))
    assert np.abs(centroid(bare) - BOX_CENTRE).max() > 10.0


@orientations
def test_t1_comes_onto_flairs_grid(tmp_path: Path, direction: np.ndarray) -> None:
    flair = box_file(tmp_path / "f.nii.gz", DIRECTIONS["axial as DICOM"])
    t1 = box_file(tmp_path / "t.nii.gz", direction, scale=0.8, n=90)
    t1gd = box_file(tmp_path / "g.nii.gz", direction, scale=0.9, n=80)
    study = read_nifti(flair, t1, t1gd=t1gd)
    for sequence in (Channel.T1, Channel.T1GD):
        moved = study.images[sequence]
        assert moved.grid.matches(study.grid)
        assert np.abs(centroid(moved) - BOX_CENTRE).max() < 0.6 * SPACING.max()
    agree = (study.images[Channel.T1].array > 55) == (study.images[Channel.FLAIR].array > 55)
    assert agree.mean() > 0.99
    # The control: T1's voxels taken for FLAIR's disagree.
    wrong = write(
        tmp_path / "w.nii", nib.load(t1).get_fdata(dtype=np.float32), nib.load(flair).affine
    )
    moved = read_nifti(flair, wrong).images[Channel.T1]
    assert np.abs(centroid(moved) - BOX_CENTRE).max() > 3.0


def test_study_of_three_equal_grids(tmp_path: Path) -> None:
    affine = grid_affine(DIRECTIONS["coronal"], SPACING, (40, 40, 40))
    array = box(affine, (40, 40, 40))
    names = ("case1_FLAIR.nii.gz", "t1.nii", "t1gd.nii.gz")
    flair, t1, t1gd = (write(tmp_path / n, array * k, affine) for k, n in enumerate(names, start=1))
    study = read_nifti(flair, t1, t1gd)
    assert study.study_id == "case1"
    assert study.warnings == ()
    for factor, sequence in enumerate((Channel.FLAIR, Channel.T1, Channel.T1GD), start=1):
        np.testing.assert_array_equal(study.images[sequence].array, array * factor)
    assert read_nifti(flair, study_id="p7").study_id == "p7"


def test_file_given_twice_is_missing(tmp_path: Path) -> None:
    path = box_file(tmp_path / "a.nii", DIRECTIONS["axial"])
    study = read_nifti(path, t1gd=path)
    assert set(study.images) == {Channel.FLAIR}
    assert tuple(map(str, study.warnings)) == (
        "T1 with contrast repeats FLAIR: treated as missing, FLAIR stands in for it",
    )


def test_t1_given_as_t1_with_contrast_too_is_no_second_sequence(tmp_path: Path) -> None:
    flair = box_file(tmp_path / "a.nii", DIRECTIONS["axial"])
    t1 = box_file(tmp_path / "b.nii", DIRECTIONS["axial"], scale=0.9)
    study = read_nifti(flair, t1, t1gd=t1)
    assert set(study.images) == {Channel.FLAIR, Channel.T1}
    said = study.warnings[-1]
    assert str(said).startswith("T1 with contrast repeats T1: treated as missing")
    assert said.in_language("ru").endswith("не указана ли одна серия дважды?")


@pytest.mark.parametrize(("unit", "per_mm"), [(0, 1.0), (1, 0.001), (2, 1.0), (3, 1000.0)])
def test_units(tmp_path: Path, unit: int, per_mm: float) -> None:
    shape = (40, 40, 40)
    affine = grid_affine(DIRECTIONS["axial"], SPACING, shape)
    scaled = np.diag([per_mm, per_mm, per_mm, 1.0]) @ affine
    path = write(tmp_path / "a.nii", box(affine, shape), scaled, xyzt_units=unit)
    image = read_nifti(path).images[Channel.FLAIR]
    np.testing.assert_allclose(image.grid.affine, affine, rtol=1e-4, atol=1e-3)


def test_slope_and_intercept_are_applied(tmp_path: Path) -> None:
    affine = grid_affine(DIRECTIONS["axial"], SPACING, (40, 40, 40))
    image = nib.Nifti1Image(box(affine, (40, 40, 40)), affine)
    image.header.set_data_dtype(np.int16)
    image.header.set_slope_inter(0.5, -3.0)
    nib.save(image, tmp_path / "a.nii.gz")
    array = read_nifti(tmp_path / "a.nii.gz").images[Channel.FLAIR].array
    assert array.dtype == np.float32
    assert set(np.unique(array)) == {0.5 * 10 - 3, 0.5 * 100 - 3}


@pytest.mark.parametrize("extra", [(1,), (1, 1)])
def test_one_volume_of_a_series_is_squeezed(tmp_path: Path, extra: tuple[int, ...]) -> None:
    affine = grid_affine(DIRECTIONS["axial"], SPACING, (40, 40, 40))
    path = write(tmp_path / "a.nii", box(affine, (40, 40, 40)).reshape(40, 40, 40, *extra), affine)
    assert read_nifti(path).grid.shape == (40, 40, 40)


def test_several_volumes_are_refused(tmp_path: Path) -> None:
    array = np.random.default_rng(0).random((8, 8, 8, 3)).astype(np.float32)
    with pytest.raises(InvalidImage, match=r"expected one volume, got shape \(8, 8, 8, 3\)"):
        read_nifti(write(tmp_path / "a.nii", array, np.eye(4)))


def test_nan_constant_colour_and_complex(tmp_path: Path) -> None:
    array = np.random.default_rng(0).random((8, 8, 8)).astype(np.float32)
    array[1, 2, 3] = np.nan
    with pytest.raises(InvalidImage, match=r"a\.nii holds NaN or infinity in 1 of 512"):
        read_nifti(write(tmp_path / "a.nii", array, np.eye(4)))
    with pytest.raises(InvalidImage, match="every pixel is 0"):
        read_nifti(write(tmp_path / "b.nii", np.zeros_like(array), np.eye(4)))
    colour = np.zeros((8, 8, 8), [("R", "u1"), ("G", "u1"), ("B", "u1")])
    with pytest.raises(InvalidImage, match="one real number per voxel"):
        read_nifti(write(tmp_path / "c.nii", colour, np.eye(4)))
    with pytest.raises(InvalidImage, match="one real number per voxel"):
        read_nifti(write(tmp_path / "d.nii", np.zeros((8, 8, 8), np.complex64), np.eye(4)))


@pytest.mark.parametrize(
    ("affine", "text"),
    [
        (np.diag([1.0, 1.0, 0.0, 1.0]), "expected a spacing"),
        (np.diag([1000.0, 1000.0, 1000.0, 1.0]), "expected a spacing"),
        (np.array([[1.0, 1, 0, 0], [0, 0, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]]), "same way|singular"),
        (np.diag([1.0, np.nan, 1.0, 1.0]), "NaN"),
    ],
)
def test_affines_that_cannot_be(tmp_path: Path, affine: np.ndarray, text: str) -> None:
    array = np.random.default_rng(0).random((8, 8, 8)).astype(np.float32)
    path = write(tmp_path / "a.nii", array, np.eye(4), sform_code=1)
    raw = bytearray(path.read_bytes())
    raw[280:328] = affine[:3].astype("<f4").tobytes()  # srow_x, srow_y, srow_z
    path.write_bytes(raw)
    with pytest.raises(InvalidImage, match=text):
        read_nifti(path)


def test_no_spacing_is_refused_and_no_orientation_is_told(tmp_path: Path) -> None:
    array = np.random.default_rng(0).random((8, 8, 8)).astype(np.float32)
    path = write(tmp_path / "a.nii", array, None, sform_code=0, qform_code=0)
    (warning,) = read_nifti(path).warnings
    assert "left and right are not certain" in str(warning)
    raw = bytearray(path.read_bytes())
    raw[80:92] = bytes(12)  # pixdim[1:4]
    path.write_bytes(raw)
    with pytest.raises(InvalidImage, match="no voxel spacing"):
        read_nifti(path)


def test_sides_on_which_sform_and_qform_contradict_each_other_are_told(tmp_path: Path) -> None:
    affine = grid_affine(DIRECTIONS["oblique"], SPACING, (16, 16, 16))
    image = nib.Nifti1Image(box(affine, (16, 16, 16)), affine)
    image.header["descrip"] = "flair"
    for name, other, told in (
        ("mirrored", np.diag([-1.0, 1.0, 1.0, 1.0]) @ affine, True),
        ("registered", affine + np.pad([[0.0, 0, 0, 9]], ((0, 3), (0, 0))), False),
        ("equal", affine, False),
    ):
        image.set_sform(affine, 1)
        image.set_qform(other, 1)
        nib.save(image, tmp_path / f"{name}.nii")
        study = read_nifti(tmp_path / f"{name}.nii")
        assert ["contradict each other" in str(w) for w in study.warnings] == [True] * told
        np.testing.assert_allclose(study.grid.affine, affine, atol=1e-5)


@pytest.mark.parametrize(
    ("wrong", "right", "said"),
    [("a.nii", "a.nii.gz", "ends in .nii.gz"), ("a.nii.gz", "a.nii", "ends in .nii")],
)
def test_a_name_that_is_wrong_on_compression(
    wrong: str, right: str, said: str, tmp_path: Path
) -> None:
    box_file(tmp_path / right, DIRECTIONS["axial"]).rename(tmp_path / wrong)
    with pytest.raises(UnreadableFile, match=said):
        read_nifti(tmp_path / wrong)


@pytest.mark.parametrize(
    ("at", "bytes_there", "said"),
    [
        (108, np.float32(0).tobytes(), "vox_offset"),
        (40, np.int16(0).tobytes(), "dim"),
        (42, np.int16(-5).tobytes(), "dim"),
        (123, b"\x4f", "unknown length unit 79"),
        (70, np.int16(9999).tobytes(), "9999"),
    ],
)
def test_headers_that_cannot_be(
    at: int, bytes_there: bytes, said: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    path = box_file(tmp_path / "a.nii", DIRECTIONS["axial"], n=16)
    raw = bytearray(path.read_bytes())
    raw[at : at + len(bytes_there)] = bytes_there
    path.write_bytes(raw)
    with pytest.raises(InputError, match=said):
        read_nifti(path)
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("name", ["a.nii", "a.nii.gz"])
@pytest.mark.parametrize("share", [0.0, 0.001, 0.3, 0.9])
def test_truncated_files(tmp_path: Path, name: str, share: float) -> None:
    path = box_file(tmp_path / name, DIRECTIONS["axial"])
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * share)])
    with pytest.raises(UnreadableFile, match=name) as caught:
        read_nifti(path)
    assert str(tmp_path) not in str(caught.value)


def test_no_file_and_no_nifti(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile, match=r"a\.nii .*No such file"):
        read_nifti(tmp_path / "a.nii")
    (tmp_path / "b.nii.gz").write_text("text")
    with pytest.raises(UnreadableFile, match=r"b\.nii\.gz cannot be read as NIfTI"):
        read_nifti(tmp_path / "b.nii.gz")


def test_flipped_bytes_never_escape_as_another_error(tmp_path: Path) -> None:
    affine = grid_affine(DIRECTIONS["oblique"], SPACING, (16, 16, 16))
    for name in ("a.nii", "b.nii.gz"):
        path = write(tmp_path / name, box(affine, (16, 16, 16)) + affine[0, 0], affine)
        data = path.read_bytes()
        for at in np.linspace(0, min(len(data), 352) - 1, 120).astype(int):
            broken = bytearray(data)
            broken[at] ^= 0xFF
            path.write_bytes(broken)
            try:
                read_nifti(path)
            except InputError as error:
                assert name in str(error)
                assert str(tmp_path) not in str(error)


def test_t1_elsewhere(tmp_path: Path) -> None:
    flair = box_file(tmp_path / "f.nii", DIRECTIONS["axial"])
    loaded = nib.load(flair)
    array = np.random.default_rng(0).random(loaded.shape).astype(np.float32)
    far, half = loaded.affine.copy(), loaded.affine.copy()
    far[0, 3] += 500
    half[2, 3] += 0.5 * 56 * SPACING[2]
    with pytest.raises(GridMismatch, match=r"t\.nii: T1 lies outside FLAIR"):
        read_nifti(flair, write(tmp_path / "t.nii", array, far))
    study = read_nifti(flair, write(tmp_path / "t.nii", array, half))
    assert tuple(map(str, study.warnings)) == (
        "T1 covers only 53\N{NO-BREAK SPACE}% of FLAIR; the rest is taken as air",
    )


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("sub-01_FLAIR.nii.gz", "sub-01"),
        ("p3-flair.nii", "p3"),
        ("p3.v2.NII.GZ", "p3.v2"),
        ("flair.nii.gz", "flair"),
        ("_flair.nii", "_flair"),
    ],
)
def test_study_id(name: str, expected: str) -> None:
    assert study_id_of(Path(name)) == expected


@pytest.mark.parametrize(
    ("name", "header", "said"),
    [
        ("p1_FLAIR.nii.gz", "", None),
        ("4_t2_tirm_tra_dark-fluid.nii", "", None),
        ("p1.nii.gz", "t2_flair_axial", None),
        ("flair.nii", "T1 MPRAGE", None),
        ("head.nii.gz", "", "neither the name nor the header"),
        ("head.nii.gz", "TE=9;Time=1", "neither the name nor the header"),
        ("sub-01_T1w.nii.gz", "", "says that it is T1"),
        ("sub-01_T1w.nii.gz", "flair", "says that it is T1"),
        ("ax_t1_flair.nii.gz", "", "says that it is T1"),
        ("p1.nii", "T2 tse", "says that it is T2"),
    ],
)
def test_a_file_alone_is_flair_when_it_says_so(tmp_path, name, header, said):
    image = nib.Nifti1Image(np.arange(32**2 * 3, dtype=np.float32).reshape(32, 32, 3), np.eye(4))
    image.header["descrip"] = header.encode()
    nib.save(image, tmp_path / name)
    if said is None:
        assert list(read_flair(tmp_path / name).images) == [Channel.FLAIR]
        return
    with pytest.raises(MissingSequence, match=rf"{said}.*--flair"):
        read_flair(tmp_path / name)


@pytest.mark.parametrize("content", [b"", b"\x5c\x01" + bytes(100), bytes(400)])
def test_a_damaged_file_alone_is_damaged_not_unnamed(tmp_path, content):
    (tmp_path / "head.nii").write_bytes(content)
    with pytest.raises(UnreadableFile):
        read_flair(tmp_path / "head.nii")


@pytest.mark.parametrize("name", ["axial", "sagittal"])
def test_more_slices_than_any_head_has_are_refused_by_the_header_alone(
    name: str, tmp_path: Path
) -> None:
    """The file ends after its header: whoever read voxels first would say that it is cut off."""
    shape = {"axial": (96, 96, 3000), "sagittal": (96, 3000, 96)}[name]
    affine = grid_affine(DIRECTIONS[name], (0.1, 0.1, 0.1), shape)
    header = nib.Nifti1Image(np.zeros((2, 2, 2), np.int16), affine).header
    header.set_data_shape(shape)
    header["vox_offset"] = 352
    path = tmp_path / "long.nii"
    path.write_bytes(header.binaryblock + bytes(4))
    with pytest.raises(InvalidImage, match="at most 1024 axial slices, got 3000"):
        read_nifti(path)


def test_a_file_that_ends_early_says_so_in_the_readers_language(tmp_path: Path) -> None:
    path = box_file(tmp_path / "a.nii.gz", DIRECTIONS["axial"])
    path.write_bytes(path.read_bytes()[:3000])
    with pytest.raises(UnreadableFile) as caught:
        read_nifti(path)
    assert "(it ends early)" in str(caught.value)
    assert "(файл обрывается)" in caught.value.message.in_language("ru")
