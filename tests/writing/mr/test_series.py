"""MR series with known voxels: values, places and headers as other readers see them."""

from dataclasses import replace
from pathlib import Path

import highdicom
import numpy as np
import pydicom
import pytest
from pydicom.uid import (
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGLSLossless,
    RLELossless,
)

from dicom_tools import check_with_dciodvfy, to_jpeg_lossless
from glioscope.errors import GridMismatch, UnknownSpacing
from glioscope.study import Channel
from glioscope.volume import Grid, Image
from glioscope.writing.dicom.elements import uid_of
from glioscope.writing.mr.series import AS_PICTURES, AS_READ, write_series
from mr_series import write_series as write_scanned
from phantoms import ORIENTATIONS, ball_mask, grid_of, nominal_grid, study_for
from scanner_tags import ScannerTags

SYNTAXES = [
    ImplicitVRLittleEndian,
    ExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    DeflatedExplicitVRLittleEndian,
    RLELossless,
    JPEGLSLossless,
    JPEG2000Lossless,
]
TAGS = ScannerTags("FLAIR", uid_of("study"), uid_of("frame"), patient_id="P1")
KNOWN = replace(
    TAGS,
    repetition_ms=9000.0,
    echo_ms=120.0,
    inversion_ms=2500.0,
    contrast_agent="Gadovist",
    patient_name="Константинопольская^Александра",
    date="20240102",
)
TO_RAS = np.diag([-1.0, -1.0, 1.0, 1.0])


def image_of(name: str, shape: tuple[int, int, int] = (34, 36, 33)) -> Image:
    return study_for(ball_mask(grid_of(name, shape), (3, -4, 5), 6)).images[Channel.FLAIR]


def numbered(image: Image) -> Image:
    """Every voxel another whole number, so that none can be mistaken for its neighbour."""
    array = np.arange(image.array.size, dtype=np.float32).reshape(image.grid.shape)
    return Image(array, image.grid)


def as_others_read(paths: tuple[Path, ...]) -> highdicom.Volume:
    if len(paths) == 1:
        return highdicom.imread(paths[0]).get_volume(apply_real_world_transform=False)
    datasets = [pydicom.dcmread(path) for path in paths]
    return highdicom.get_volume_from_series(datasets)


def places_of(volume: highdicom.Volume) -> dict[float, np.ndarray]:
    """Where each stored value lies in RAS mm."""
    voxels = np.stack(np.meshgrid(*map(np.arange, volume.shape), indexing="ij"), axis=-1)
    homogeneous = np.concatenate([voxels, np.ones((*volume.shape, 1))], axis=-1)
    places = homogeneous @ (TO_RAS @ volume.affine).T
    return dict(zip(volume.array.ravel().tolist(), places.reshape(-1, 4)[:, :3], strict=True))


def misplaced_mm(image: Image, paths: tuple[Path, ...]) -> float:
    """How far the worst of some voxels of a numbered image lies from where it should."""
    places = places_of(as_others_read(paths))
    rng = np.random.default_rng(0)
    worst = 0.0
    for voxel in rng.integers(0, image.grid.shape, (50, 3)):
        expected = image.grid.affine @ [*voxel, 1]
        found = places[float(image.array[tuple(voxel)])]
        worst = max(worst, float(np.linalg.norm(found - expected[:3])))
    return worst


def test_what_the_program_writes_is_a_series_of_no_scanner(tmp_path: Path) -> None:
    """So all that is asked of `write_scanned` without a scanner is asked of `write_series`."""
    paths = write_series(image_of("oblique"), tmp_path / "a", TAGS)
    others = write_scanned(image_of("oblique"), tmp_path / "b", TAGS)
    assert [p.read_bytes() for p in paths] == [p.read_bytes() for p in others]
    assert [p.name for p in paths] == [p.name for p in others]
    assert len(paths) == 33


@pytest.mark.parametrize("enhanced", [False, True], ids=["classic", "enhanced"])
@pytest.mark.parametrize("axes", [AS_PICTURES, AS_READ], ids=["pictures", "as-read"])
@pytest.mark.parametrize("name", ORIENTATIONS)
def test_every_voxel_lies_where_it_was(
    name: str, axes: tuple[int, int, int], enhanced: bool, tmp_path: Path
) -> None:
    image = numbered(image_of(name))
    paths = write_scanned(image, tmp_path, TAGS, axes=axes, enhanced=enhanced)
    assert misplaced_mm(image, paths) < 1e-4
    # The control: turned about one axis it must not pass.
    turned = Image(image.array[:, ::-1].copy(), image.grid)
    assert misplaced_mm(turned, paths) > 1


@pytest.mark.parametrize("enhanced", [False, True], ids=["classic", "enhanced"])
@pytest.mark.parametrize("syntax", SYNTAXES, ids=lambda s: s.keyword)
def test_values_are_lossless_in_every_syntax(syntax: str, enhanced: bool, tmp_path: Path) -> None:
    image = image_of("oblique")
    paths = write_scanned(image, tmp_path, TAGS, enhanced=enhanced, syntax=syntax)
    datasets = [pydicom.dcmread(path) for path in paths]
    stored = np.concatenate([np.atleast_3d(d.pixel_array.T).T for d in datasets])
    assert {d.file_meta.TransferSyntaxUID for d in datasets} == {syntax}
    np.testing.assert_array_equal(stored, image.array.T)


def test_jpeg_lossless_of_dcmtk_keeps_the_values(tmp_path: Path) -> None:
    image = image_of("axial")
    path = write_scanned(image, tmp_path, TAGS, enhanced=True)[0]
    to_jpeg_lossless(path)
    np.testing.assert_array_equal(pydicom.dcmread(path).pixel_array, image.array.T)


@pytest.mark.parametrize("low", [-300.0, 0.0, 0.125])
def test_values_that_need_a_rescale(low: float, tmp_path: Path) -> None:
    image = image_of("axial")
    scaled = Image(image.array / np.float32(1 if low < 0 else 7) + np.float32(low), image.grid)
    dataset = pydicom.dcmread(write_series(scaled, tmp_path, TAGS)[3])
    found = dataset.pixel_array * float(dataset.RescaleSlope) + float(dataset.RescaleIntercept)
    half_step = float(dataset.RescaleSlope) / 2
    np.testing.assert_allclose(found, scaled.array[:, :, 3].T, atol=half_step * 1.01)
    assert half_step < 0.001 or low < 0


@pytest.mark.parametrize("tags", [TAGS, KNOWN], ids=["bare", "full"])
@pytest.mark.parametrize("enhanced", [False, True], ids=["classic", "enhanced"])
def test_dciodvfy_finds_no_error(tags: ScannerTags, enhanced: bool, tmp_path: Path) -> None:
    paths = write_scanned(image_of("coronal"), tmp_path, tags, enhanced=enhanced)
    check_with_dciodvfy(paths[-1])


def test_headers_say_what_is_known(tmp_path: Path) -> None:
    classic = pydicom.dcmread(write_scanned(image_of("axial"), tmp_path, KNOWN)[0])
    assert (classic.RepetitionTime, classic.EchoTime, classic.InversionTime) == (9000, 120, 2500)
    assert classic.ContrastBolusAgent == "Gadovist"
    assert classic.PatientName.family_name == "Константинопольская"
    bare = pydicom.dcmread(write_scanned(image_of("axial"), tmp_path / "bare", TAGS)[0])
    assert bare.RepetitionTime is None
    assert "InversionTime" not in bare
    assert "ContrastBolusAgent" not in bare


def test_cyrillic_in_another_character_set(tmp_path: Path) -> None:
    tags = replace(KNOWN, charset="ISO_IR 144", description="Аксиальный FLAIR")
    dataset = pydicom.dcmread(write_scanned(image_of("axial"), tmp_path, tags)[0])
    assert dataset.SeriesDescription == "Аксиальный FLAIR"
    assert "Аксиальный".encode("iso8859_5") in (tmp_path / "0001.dcm").read_bytes()


def test_enhanced_headers_say_what_is_known(tmp_path: Path) -> None:
    dataset = pydicom.dcmread(write_scanned(image_of("axial"), tmp_path, KNOWN, enhanced=True)[0])
    shared = dataset.SharedFunctionalGroupsSequence[0]
    assert shared.MRTimingAndRelatedParametersSequence[0].RepetitionTime == 9000
    assert shared.MREchoSequence[0].EffectiveEchoTime == 120
    assert shared.MRModifierSequence[0].InversionTimes == 2500
    assert dataset.ContrastBolusAgentSequence[0].ContrastBolusAgent == "Gadovist"


@pytest.mark.parametrize("enhanced", [False, True], ids=["classic", "enhanced"])
def test_twice_the_same_bytes(enhanced: bool, tmp_path: Path) -> None:
    first = write_scanned(image_of("axial"), tmp_path / "a", TAGS, enhanced=enhanced)
    second = write_scanned(image_of("axial"), tmp_path / "b", TAGS, enhanced=enhanced)
    assert [p.read_bytes() for p in first] == [p.read_bytes() for p in second]


def test_uids_differ_where_their_parts_do() -> None:
    assert uid_of("a", "bc") == uid_of("a", "bc")
    assert len({uid_of("a", "bc"), uid_of("ab", "c"), uid_of("abc"), uid_of("1:a", "bc")}) == 4


def test_a_nominal_grid_is_refused(tmp_path: Path) -> None:
    image = study_for(ball_mask(nominal_grid(), (3, 3, 3), 2)).images[Channel.FLAIR]
    with pytest.raises(UnknownSpacing, match="spacing"):
        write_series(image, tmp_path, TAGS)
    assert not list(tmp_path.iterdir())


def test_a_sheared_grid_is_refused(tmp_path: Path) -> None:
    affine = ORIENTATIONS["axial"].copy()
    affine[1, 2] += 0.3
    grid = Grid((4, 5, 6), affine)
    with pytest.raises(GridMismatch, match="right angles"):
        write_series(Image(np.zeros(grid.shape, np.float32), grid), tmp_path, TAGS)
