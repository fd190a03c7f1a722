"""DICOM studies: every voxel keeps its place and value from the file to the Study."""

import warnings
from dataclasses import replace
from datetime import date
from io import BytesIO
from pathlib import Path

import highdicom
import numpy as np
import pydicom
import pytest
from PIL import Image as Picture
from pydicom.dataset import FileMetaDataset
from pydicom.encaps import encapsulate
from pydicom.uid import (
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGBaseline8Bit,
    JPEGExtended12Bit,
    JPEGLossless,
    JPEGLosslessSV1,
    JPEGLSLossless,
    RLELossless,
)

from dicom_datasets import (
    CENTRE,
    FLAIR,
    T1,
    T1GD,
    TAGS,
    centroid,
    datasets,
    head,
    write,
    write_heads,
)
from dicom_studies import lesion, write_phantom
from dicom_tools import to_jpeg_lossless
from glioscope.errors import GridMismatch, InputError, InvalidImage, MissingSequence, UnreadableFile
from glioscope.orientation import from_pictures, to_pictures
from glioscope.reading.containers.folder import open_container
from glioscope.reading.dicom.study import find_studies, pseudonym, read_dicom, read_study
from glioscope.study import Channel, Study
from glioscope.volume import Grid, Image
from glioscope.writing.dicom.elements import uid_of
from glioscope.writing.mr.series import AS_READ
from mr_series import series_datasets
from phantoms import ORIENTATIONS, grid_of

LPS = np.diag([-1.0, -1.0, 1.0, 1.0])
SHAPE = (34, 40, 36)  # JPEG 2000 as pydicom writes it wants sides of 32 px


def grid(name: str) -> Grid:
    return grid_of(name, SHAPE)


def at(array: np.ndarray, index: int) -> np.ndarray:
    return array[index]


@pytest.mark.parametrize("enhanced", [False, True], ids=["classic", "enhanced"])
@pytest.mark.parametrize("name", ORIENTATIONS)
def test_a_lesion_keeps_its_place(name: str, enhanced: bool, tmp_path: Path) -> None:
    """And so does the mask that is made of pictures as the network sees them."""
    study = read_dicom(write_heads(tmp_path, grid(name), enhanced=enhanced))
    truth = centroid(head(grid(name)), 150)
    flair = study.images[Channel.FLAIR]
    np.testing.assert_allclose(centroid(flair, 150), truth, atol=1e-3)
    np.testing.assert_allclose(truth, CENTRE, atol=0.5)
    for sequence in (Channel.T1, Channel.T1GD):
        np.testing.assert_allclose(centroid(study.images[sequence], 55, 65), truth, atol=1e-3)
    pictures = to_pictures(flair.array, flair.grid) > 150
    mask = Image(from_pictures(pictures, flair.grid).astype(np.float32), flair.grid)
    np.testing.assert_allclose(centroid(mask, 0.5), truth, atol=1e-3)
    # The controls: an affine left in LPS, and an array turned about its slices, must not pass.
    left = Image(flair.array, Grid(flair.grid.shape, LPS @ flair.grid.affine))
    turned = Image(flair.array[::-1].copy(), flair.grid)
    for wrong in (left, turned):
        assert np.abs(centroid(wrong, 150) - truth).max() > 1


@pytest.mark.parametrize("name", ORIENTATIONS)
def test_pictures_are_axial_whatever_was_scanned(name: str, tmp_path: Path) -> None:
    """The ball lies right, behind and above: in the left half of a picture, low in it, high up."""
    study = read_dicom(write_heads(tmp_path, grid(name), [Channel.FLAIR]))
    lesion = to_pictures(study.images[Channel.FLAIR].array, study.grid) > 150
    corner = to_pictures(np.indices(study.grid.shape).sum(0), study.grid)
    assert lesion.shape == corner.shape
    place = np.argwhere(lesion).mean(axis=0)
    voxels = np.argwhere(to_pictures(np.ones(study.grid.shape), study.grid) > 0)
    assert len(voxels) == lesion.size
    origin = np.linalg.solve(study.grid.affine, [0, 0, 0, 1])[:3]
    probe = np.zeros(study.grid.shape, bool)
    probe[tuple(np.rint(origin).astype(int))] = True
    middle = np.argwhere(to_pictures(probe, study.grid))[0]
    away = place - middle
    assert away[0] > 0 and away[1] > 0 and away[2] < 0


@pytest.mark.parametrize("enhanced", [False, True], ids=["classic", "enhanced"])
@pytest.mark.parametrize("name", ORIENTATIONS)
def test_highdicom_reads_the_same_volume(name: str, enhanced: bool, tmp_path: Path) -> None:
    folder = write(datasets(head(grid(name)), enhanced=enhanced), tmp_path)
    study = read_dicom(folder)
    files = [pydicom.dcmread(path) for path in sorted(folder.iterdir())]
    if enhanced:
        theirs = highdicom.imread(next(folder.iterdir())).get_volume()
    else:
        theirs = highdicom.get_volume_from_series(files)
    mine = study.images[Channel.FLAIR]
    ahead = np.allclose(LPS @ theirs.affine, mine.grid.affine, atol=1e-5)
    if not ahead:  # the same voxels with slices counted from the other end
        theirs = theirs.flip_spatial(0)
    np.testing.assert_allclose(LPS @ theirs.affine, mine.grid.affine, atol=1e-5)
    np.testing.assert_array_equal(theirs.array, mine.array)


@pytest.mark.parametrize("enhanced", [False, True], ids=["classic", "enhanced"])
@pytest.mark.parametrize("name", ORIENTATIONS)
def test_each_slice_knows_where_it_is_stored(name: str, enhanced: bool, tmp_path: Path) -> None:
    folder = write_heads(tmp_path, grid(name), [Channel.FLAIR], enhanced=enhanced)
    files = [pydicom.dcmread(path) for path in folder.iterdir()]
    pixels = {
        (ds.SOPInstanceUID, frame + 1 if enhanced else None): picture
        for ds in files
        for frame, picture in enumerate(np.atleast_3d(ds.pixel_array.T).T)
    }
    study = read_dicom(folder)
    reference = study.source.series[Channel.FLAIR]
    array = study.images[Channel.FLAIR].array
    assert len(reference.frames) == len(array) == len(pixels)
    for index, frame in enumerate(reference.frames):
        np.testing.assert_array_equal(pixels[frame.instance_uid, frame.frame], at(array, index))
    assert {h.SOPInstanceUID for h in reference.headers} == {ds.SOPInstanceUID for ds in files}
    assert not any("PixelData" in header for header in reference.headers)
    assert study.source.kind == "dicom"
    assert reference.series_uid == FLAIR.series_uid


@pytest.mark.parametrize("enhanced", [False, True], ids=["classic", "enhanced"])
@pytest.mark.parametrize(
    "syntax",
    [
        ImplicitVRLittleEndian,
        ExplicitVRBigEndian,
        DeflatedExplicitVRLittleEndian,
        RLELossless,
        JPEGLSLossless,
        JPEG2000Lossless,
    ],
    ids=lambda s: s.keyword,
)
def test_every_transfer_syntax_gives_the_same_values(
    syntax: str, enhanced: bool, tmp_path: Path
) -> None:
    image = head(grid("oblique"))
    found = read_dicom(write(series(image, syntax, enhanced), tmp_path, syntax))
    np.testing.assert_array_equal(values(found), values_of(image))


def test_baseline_jpeg_is_read_and_its_loss_is_told(tmp_path: Path) -> None:
    """As pictures of a workstation: 8 bit, and written by Pillow, not by what reads them."""
    image = head(grid("axial"))
    found = datasets(image)
    stored = [np.frombuffer(ds.PixelData, np.uint16).reshape(ds.Rows, ds.Columns) for ds in found]
    most = max(int(pixels.max()) for pixels in stored)
    for ds, pixels in zip(found, stored, strict=True):
        jpeg = BytesIO()
        grey = np.round(pixels * (255 / most)).astype(np.uint8)
        Picture.fromarray(grey).save(jpeg, "JPEG", quality=95)
        ds.PixelData = encapsulate([jpeg.getvalue()])
        ds.BitsAllocated, ds.BitsStored, ds.HighBit, ds.PixelRepresentation = 8, 8, 7, 0
        ds.RescaleSlope, ds.RescaleIntercept = f"{most / 255:.10g}", "0"
        ds.LossyImageCompression = "01"
        ds.file_meta = FileMetaDataset()
        ds.file_meta.TransferSyntaxUID = JPEGBaseline8Bit
        ds.save_as(tmp_path / f"{ds.InstanceNumber}.dcm", enforce_file_format=True)
    study = read_dicom(tmp_path)
    truth = values_of(image)
    assert np.abs(values(study) - truth).max() < 0.05 * truth.max()
    assert any("compressed with loss" in str(warning) for warning in study.warnings)


def series(image: Image, syntax: str, enhanced: bool) -> list[pydicom.Dataset]:
    return series_datasets(image, FLAIR, axes=AS_READ, enhanced=enhanced, syntax=syntax)


def values(study: Study) -> np.ndarray:
    return values_of(study.images[Channel.FLAIR])


def values_of(image: Image) -> np.ndarray:
    """Voxels as pictures, so that the end from which slices are counted does not matter."""
    return to_pictures(image.array, image.grid)


@pytest.mark.parametrize("first_order", [True, False], ids=["SV1", "any predictor"])
@pytest.mark.parametrize("signed", [False, True], ids=["unsigned", "signed"])
def test_lossless_jpeg(signed: bool, first_order: bool, tmp_path: Path) -> None:
    """Exact, whatever else is installed: GDCM decodes it."""
    image = head(grid("coronal"))
    found = datasets(image)
    for ds in found if signed else ():
        ds.PixelData = (np.frombuffer(ds.PixelData, "<u2").astype("<i2") - 90).tobytes()
        ds.PixelRepresentation = 1
        ds.RescaleSlope, ds.RescaleIntercept = "1", "90"
    for path in write(found, tmp_path).iterdir():
        to_jpeg_lossless(path, first_order)
        syntax = pydicom.dcmread(path).file_meta.TransferSyntaxUID
        assert syntax == (JPEGLosslessSV1 if first_order else JPEGLossless)
    np.testing.assert_array_equal(values(read_dicom(tmp_path)), values_of(image))


def test_lossy_jpeg_of_12_bits_is_refused_with_the_remedy(tmp_path: Path) -> None:
    found = datasets(head(grid("axial")))
    for ds in found:
        ds.PixelData = encapsulate([b"\xff\xd8\xff\xd9"])
        ds.BitsStored, ds.HighBit = 12, 11
        ds.file_meta = FileMetaDataset()
        ds.file_meta.TransferSyntaxUID = JPEGExtended12Bit
        ds.save_as(tmp_path / f"{ds.InstanceNumber}.dcm", enforce_file_format=True)
    with pytest.raises(UnreadableFile, match="export the series uncompressed"):
        read_dicom(tmp_path)


def test_signed_pixels_and_a_rescale_of_each_frame(tmp_path: Path) -> None:
    image = head(grid("axial"))
    found = datasets(image)
    for index, ds in enumerate(found):
        pixels = np.frombuffer(ds.PixelData, "<u2").astype(np.int32) * 2 - 100 + index
        ds.PixelData = pixels.astype("<i2").tobytes()
        ds.PixelRepresentation = 1
        ds.RescaleSlope, ds.RescaleIntercept = "0.5", str(50 - index / 2)
    np.testing.assert_array_equal(values(read_dicom(write(found, tmp_path))), values_of(image))


def test_overlay_bits_above_the_picture_are_cleared(tmp_path: Path) -> None:
    image = head(grid("axial"))
    found = datasets(image)
    for ds in found:
        ds.PixelData = (np.frombuffer(ds.PixelData, "<u2") | 0x8000).tobytes()
        ds.BitsStored, ds.HighBit = 12, 11
    np.testing.assert_array_equal(values(read_dicom(write(found, tmp_path))), values_of(image))


def test_values_that_stand_high_in_their_bytes_are_brought_down(tmp_path: Path) -> None:
    """The standard wants HighBit to be BitsStored - 1; old exports align to the left."""
    image = head(grid("axial"))
    found = datasets(image)
    for ds in found:
        high = np.frombuffer(ds.PixelData, "<u2") * 20 << 4 | 5
        ds.PixelData = high.astype("<u2").tobytes()
        ds.BitsStored, ds.HighBit = 12, 15
        ds.RescaleSlope, ds.RescaleIntercept = "0.05", "0"
    read = values(read_dicom(write(found, tmp_path)))
    np.testing.assert_allclose(read, values_of(image), atol=1e-4)


@pytest.mark.parametrize(
    ("padding", "signed", "written"),
    [(-32768, True, -32768), (-2000, True, 63536), (65535, False, 65535)],
    ids=["signed", "signed and called unsigned", "unsigned"],
)
@pytest.mark.parametrize("inverted", [False, True], ids=["MONOCHROME2", "MONOCHROME1"])
def test_padding_is_air(
    padding: int, signed: bool, written: int, inverted: bool, tmp_path: Path
) -> None:
    """Scanners fill what they did not see, as the corners of a round field of view."""
    image = head(grid("axial"))
    found = datasets(image)
    low, high = image.array.min(), image.array.max()
    for ds in found:
        pixels = np.frombuffer(ds.PixelData, "<u2").astype(np.int32).reshape(ds.Rows, ds.Columns)
        pixels = high - pixels if inverted else pixels
        pixels[:2, :2] = padding
        ds.PixelData = pixels.astype("<i2" if signed else "<u2").tobytes()
        ds.PixelRepresentation = int(signed)
        ds.PhotometricInterpretation = "MONOCHROME1" if inverted else "MONOCHROME2"
        ds.add_new("PixelPaddingValue", "SS" if written < 0 else "US", written)
    truth = image.array.copy()
    truth[:, :2, :2] = low
    read = values(read_dicom(write(found, tmp_path)))
    np.testing.assert_array_equal(read, values_of(Image(truth, image.grid)))


def test_padding_that_is_air_already_stays_as_it_is(tmp_path: Path) -> None:
    image = head(grid("axial"))
    found = datasets(image)
    for ds in found:
        ds.add_new("PixelPaddingValue", "US", int(image.array.min()))
    np.testing.assert_array_equal(values(read_dicom(write(found, tmp_path))), values_of(image))


@pytest.mark.parametrize(
    ("spoil", "match"),
    [
        (lambda ds: ds.pop("PixelRepresentation"), "no PixelRepresentation, without which"),
        (lambda ds: ds.pop("BitsStored"), "no BitsStored, without which"),
        (lambda ds: ds.pop("PhotometricInterpretation"), "no PhotometricInterpretation, without"),
        (lambda ds: setattr(ds, "BitsStored", 20), "20 bits up to bit 15 do not fit into 16"),
        (lambda ds: setattr(ds, "BitsStored", 0), "0 bits up to bit 15 do not fit into 16"),
    ],
)
def test_a_header_that_does_not_say_how_pixels_are_stored(spoil, match, tmp_path: Path) -> None:
    found = datasets(head(grid("axial")))
    spoil(found[4])
    with pytest.raises(InvalidImage, match=match):
        read_dicom(write(found, tmp_path))


def test_frames_of_which_nothing_says_where_they_lie(tmp_path: Path) -> None:
    one, *others = datasets(head(grid("axial")))
    one.NumberOfFrames = 1 + len(others)
    one.PixelData += b"".join(other.PixelData for other in others)
    with pytest.raises(InvalidImage, match="34 frames in one file, and nothing says where"):
        read_dicom(write([one], tmp_path))


def test_inverted_pictures_are_turned_round(tmp_path: Path) -> None:
    image = head(grid("axial"))
    found = datasets(image)
    for ds in found:
        ds.PixelData = (180 - np.frombuffer(ds.PixelData, "<u2")).astype("<u2").tobytes()
        ds.PhotometricInterpretation = "MONOCHROME1"
    np.testing.assert_array_equal(values(read_dicom(write(found, tmp_path))), values_of(image))
    found[3].PhotometricInterpretation = "MONOCHROME2"
    with pytest.raises(InvalidImage, match="some pictures are inverted"):
        read_dicom(write(found, tmp_path))


def test_t1_on_another_grid_comes_onto_flairs(tmp_path: Path) -> None:
    """Sagittal T1 under axial FLAIR, as a 3D T1 is scanned."""
    write(datasets(head(grid("axial"))), tmp_path)
    affine = ORIENTATIONS["sagittal"] * [0.5, 0.5, 0.5, 1]
    affine[:3, 3] = CENTRE - affine[:3, :3] @ (40, 42, 39)
    fine = Grid((80, 84, 78), affine)
    write(datasets(head(fine), T1), tmp_path)  # bright in T1 too, so that edges do not count
    study = read_dicom(tmp_path)
    t1 = study.images[Channel.T1]
    assert t1.grid.matches(study.grid)
    reference = study.source.series[Channel.T1]
    assert len(reference.frames) == 80
    np.testing.assert_allclose(centroid(t1, 150), centroid(head(grid("axial")), 150), atol=0.5)


@pytest.mark.parametrize(
    ("spoil", "match"),
    [
        (lambda found: found.pop(9), "missing slices: 1; instances 9 and 11 are 1.80 mm apart"),
        (lambda found: found[5].__delattr__("PixelSpacing"), "1 of 34 frames have no PixelSpacing"),
        (lambda found: setattr(found[7], "RescaleSlope", "0"), "RescaleSlope is 0"),
        (
            lambda found: setattr(found[7], "FrameOfReferenceUID", uid_of("moved")),
            "expected one FrameOfReferenceUID, got 2",
        ),
    ],
    ids=["missing slice", "no spacing", "slope", "frame of reference"],
)
def test_a_fault_is_named(spoil, match: str, tmp_path: Path) -> None:
    found = datasets(head(grid("axial")))
    for ds in found:
        ds.RescaleSlope, ds.RescaleIntercept = "1", "0"
    spoil(found)
    with pytest.raises(InvalidImage, match=match):
        read_dicom(write(found, tmp_path))


def test_equal_copies_are_dropped_and_others_refused(tmp_path: Path) -> None:
    image = head(grid("axial"))
    write(datasets(image), tmp_path)
    write(datasets(image)[:3], tmp_path / "again")
    study = read_dicom(tmp_path)
    np.testing.assert_array_equal(values(study), values_of(image))
    assert any("3 slices stand twice" in str(warning) for warning in study.warnings)
    other = datasets(Image(image.array + 1, image.grid))[:1]
    write(other, tmp_path / "other")
    with pytest.raises(InvalidImage, match="two different pictures stand at one place"):
        read_dicom(tmp_path)


@pytest.mark.parametrize(
    "syntax", [ImplicitVRLittleEndian, RLELossless, JPEGLSLossless, JPEG2000Lossless]
)
@pytest.mark.parametrize("keep", [0.5, 0.98])
def test_truncated_pixels_are_refused(syntax: str, keep: float, tmp_path: Path) -> None:
    folder = write(series(head(grid("axial")), syntax, False), tmp_path, syntax)
    path = sorted(folder.iterdir())[0]
    data = path.read_bytes()
    whole = pydicom.dcmread(path)
    start = len(data) - len(whole.PixelData)
    path.write_bytes(data[: start + int(len(whole.PixelData) * keep)])
    with pytest.raises(UnreadableFile, match=r"series 4, instance \d+.*copy it again"):
        read_dicom(folder)


def test_colour_and_an_unknown_syntax(tmp_path: Path) -> None:
    found = datasets(head(grid("axial")))
    found[0].PhotometricInterpretation = "PALETTE COLOR"
    with pytest.raises(InvalidImage, match="expected a grey picture, got PALETTE COLOR"):
        read_dicom(write(found, tmp_path / "colour"))
    folder = write(datasets(head(grid("axial"))), tmp_path / "video")
    path = next(folder.iterdir())
    path.write_bytes(path.read_bytes().replace(b"1.2.840.10008.1.2.1\0", b"1.2.840.10008.9.9.9\0"))
    with pytest.raises(UnreadableFile, match=r"transfer syntax .* not a picture that can be"):
        read_dicom(folder)


def test_a_number_that_is_too_long_is_read_without_a_word(tmp_path: Path) -> None:
    """It is pydicom that complains, with the value, when it is asked: here that is an error."""
    found = datasets(head(grid("axial")))
    with warnings.catch_warnings(action="ignore"):
        for ds in found:
            ds.InstanceNumber = "9" * 15
        folder = write(found, tmp_path)
    assert Channel.FLAIR in read_dicom(folder).images


def test_a_uid_with_a_zero_byte_inside_is_read_without_a_word(tmp_path: Path) -> None:
    folder = write(datasets(head(grid("axial"))), tmp_path)
    uid = FLAIR.study_uid.encode()
    for path in folder.iterdir():
        path.write_bytes(path.read_bytes().replace(uid, uid[:20] + b"\0" + uid[21:]))
    assert Channel.FLAIR in read_dicom(folder).images


def test_a_rescale_beyond_any_number_is_refused(tmp_path: Path) -> None:
    found = datasets(head(grid("axial")))
    for ds in found:
        ds.RescaleSlope, ds.RescaleIntercept = "1e38", "0"
    with pytest.raises(InvalidImage, match=r"instance \d+: pixels .* RescaleSlope 1e\+38"):
        read_dicom(write(found, tmp_path))


def test_several_studies_under_pseudonyms(tmp_path: Path) -> None:
    for patient in ("a", "b"):
        tags = replace(FLAIR, study_uid=uid_of(patient), patient_name="Иванов^Иван")
        write(datasets(head(grid("axial")), tags), tmp_path)
    studies = find_studies(open_container(tmp_path))
    assert {s.study_id for s in studies} == {pseudonym(uid_of(p)) for p in "ab"}
    assert all(len(s.study_id) == 18 for s in studies)
    with pytest.raises(InputError, match="expected one study, found 2"):
        read_dicom(tmp_path)


@pytest.mark.parametrize("uid", ["1.2.3", ""], ids=["one UID", "no UID"])
def test_patients_under_one_study_are_read_apart(uid: str, tmp_path: Path) -> None:
    """Nobody's T1 is put beside the FLAIR of somebody else."""
    axial = grid("axial")
    for patient, channels in (("A", (Channel.FLAIR,)), ("B", (Channel.FLAIR, Channel.T1))):
        for channel in channels:
            found = datasets(head(axial, channel), TAGS[channel])
            for ds in found:
                ds.PatientID, ds.StudyInstanceUID = patient, uid
                ds.SeriesInstanceUID = uid_of(patient, ds.SeriesInstanceUID)
                ds.SOPInstanceUID = uid_of(patient, ds.SOPInstanceUID)
            write(found, tmp_path)
    one, other = find_studies(open_container(tmp_path))
    assert one.study_id != other.study_id
    studies = sorted((read_study(s) for s in (one, other)), key=lambda s: len(s.images))
    assert [set(s.images) for s in studies] == [{Channel.FLAIR}, {Channel.FLAIR, Channel.T1}]
    told = [str(w) for s in studies for w in s.warnings if "2 patients" in str(w)]
    assert len(told) == (2 if uid else 0)


def test_numbers_that_differ_in_case_and_padding_are_one_patient(tmp_path: Path) -> None:
    for channel, patient in ((Channel.FLAIR, "ab1"), (Channel.T1, "AB1 "), (Channel.T1GD, "")):
        found = datasets(head(grid("axial"), channel), TAGS[channel])
        for ds in found:
            ds.PatientID = patient
        write(found, tmp_path)
    assert set(read_dicom(tmp_path).images) == set(Channel)


def test_without_flair_the_series_are_listed(tmp_path: Path) -> None:
    write(datasets(head(grid("axial")), T1), tmp_path)
    with pytest.raises(
        MissingSequence, match=r"no series is FLAIR; found series 3: T1; .*--flair NUMBER"
    ):
        read_dicom(tmp_path)


def test_without_flair_damage_and_other_modalities_are_told(tmp_path: Path) -> None:
    folder = write_heads(tmp_path / "mr", grid("axial"), [Channel.T1])
    (folder / "cut").write_bytes(bytes(128) + b"DICM")
    with pytest.raises(
        MissingSequence, match=r"damaged files were left out: 1; found series 3: T1"
    ):
        read_dicom(folder)
    found = spoilt(datasets(head(grid("axial"))), Modality="CT")
    folder = write(found, tmp_path / "ct")
    with pytest.raises(MissingSequence, match="no series holds MR pictures; found"):
        read_dicom(folder)
    with pytest.raises(InvalidImage, match="holds no MR picture: Modality CT"):
        read_dicom(folder, flair="4")


def spoilt(found: list[pydicom.Dataset], **values: str) -> list[pydicom.Dataset]:
    for ds in found:
        for keyword, value in values.items():
            setattr(ds, keyword, value)
    return found


def test_series_named_by_hand(tmp_path: Path) -> None:
    write(datasets(head(grid("axial")), T1), tmp_path)
    study = read_dicom(tmp_path, flair="3")
    assert any("was named as FLAIR but looks like T1" in str(warning) for warning in study.warnings)
    assert read_dicom(tmp_path, flair=T1.series_uid).source.series[Channel.FLAIR].series_uid == (
        T1.series_uid
    )
    with pytest.raises(InputError, match="--flair: series 9 is not in this study; there are 3"):
        read_dicom(tmp_path, flair="9")


def test_another_frame_of_reference(tmp_path: Path) -> None:
    """Left out with a warning when glioscope chose it, refused when the user did."""
    write(datasets(head(grid("axial"))), tmp_path)
    moved = replace(T1GD, frame_of_reference_uid=uid_of("moved"))
    write(datasets(head(grid("axial"), Channel.T1GD), moved), tmp_path)
    study = read_dicom(tmp_path)
    assert list(study.images) == [Channel.FLAIR]
    assert any(
        "T1 with contrast left out" in str(w) and "FrameOfReferenceUID" in str(w)
        for w in study.warnings
    )
    with pytest.raises(GridMismatch, match="another FrameOfReferenceUID than FLAIR"):
        read_dicom(tmp_path, t1gd="6")


def test_a_t1_that_repeats_flair_counts_as_missing(tmp_path: Path) -> None:
    image = head(grid("axial"))
    write(datasets(image), tmp_path)
    write(datasets(image, T1), tmp_path)
    study = read_dicom(tmp_path)
    assert set(study.images) == set(study.source.series) == {Channel.FLAIR}
    assert "T1 repeats FLAIR: treated as missing, FLAIR stands in for it" in map(
        str, study.warnings
    )


@pytest.mark.parametrize("enhanced", [False, True])
def test_when_and_how_it_was_scanned_comes_with_the_study(enhanced: bool, tmp_path: Path) -> None:
    write_phantom(lesion("axial"), tmp_path, enhanced=enhanced)
    source = read_dicom(tmp_path).source
    assert source.scanned == date(2024, 1, 2)
    scan = source.acquired[Channel.FLAIR]
    assert (scan.repetition_ms, scan.echo_ms, scan.inversion_ms) == (9000, 120, 2500)
    assert set(source.acquired) == {Channel.FLAIR}
