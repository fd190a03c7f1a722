"""DICOM with SEG or RTSTRUCT: the outline comes back voxel for voxel."""

from pathlib import Path

import highdicom as hd
import numpy as np
import pydicom
import pytest
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.sr.codedict import codes
from pydicom.uid import ExplicitVRLittleEndian, generate_uid

from glioscope.errors import GridMismatch, InputError
from glioscope.own_data.layouts.dicom import dicom_cases
from glioscope.pseudonyms import Pseudonyms
from glioscope.reading.containers.folder import open_container
from glioscope.reading.read import read
from glioscope.writing.mr.study import write_dicom_study
from own_data_sets import case

RTSTRUCT = "1.2.840.10008.5.1.4.1.1.481.3"


@pytest.fixture(scope="module")
def scanned(tmp_path_factory) -> tuple[Path, np.ndarray]:
    """A study as DICOM, and its tumour on the grid as DICOM is read: (slice, row, column)."""
    folder = tmp_path_factory.mktemp("dicom")
    study, truth = case(0)
    write_dicom_study(study, folder / "study")
    read_back = read(folder / "study")
    # The phantom's axes are column, row, slice, and DICOM lists slices from below.
    values = truth.array.transpose(2, 1, 0)
    assert read_back.grid.shape == values.shape
    return folder / "study", values


def sources(folder: Path) -> list[Dataset]:
    found = [pydicom.dcmread(path) for path in sorted(folder.rglob("*.dcm"))]
    flair = [ds for ds in found if "FLAIR" in ds.SeriesDescription.upper()]
    for ds in flair:
        ds.PatientName = "head^"  # highdicom wants a caret
    return sorted(flair, key=lambda ds: float(ds.ImagePositionPatient[2]))


def seg_of(folder: Path, values: np.ndarray) -> Dataset:
    """A SEG of two segments: rows of the tumour up to its middle, and those below."""
    middle = int(np.flatnonzero(values.any(axis=(0, 2))).mean())
    parts = np.zeros((*values.shape, 2), np.uint8)
    parts[:, :middle, :, 0] = values[:, :middle]
    parts[:, middle:, :, 1] = values[:, middle:]
    segments = [
        hd.seg.SegmentDescription(
            number, label, codes.SCT.MorphologicallyAbnormalStructure, codes.SCT.Neoplasm,
            hd.seg.SegmentAlgorithmTypeValues.MANUAL,
        )
        for number, label in ((1, "edema"), (2, "core"))
    ]  # fmt: skip
    return hd.seg.Segmentation(
        sources(folder), parts, hd.seg.SegmentationTypeValues.BINARY, segments, generate_uid(),
        9, generate_uid(), 1, "maker", "model", "1", "1",
    )  # fmt: skip


def rtstruct_of(folder: Path, values: np.ndarray, off_mm: float = 0.0) -> Dataset:
    """Lines around the pixels of each slice, corner by corner along rows."""
    contours = []
    for ds, plane in zip(sources(folder), values, strict=True):
        x0, y0, z = map(float, ds.ImagePositionPatient)
        between = float(ds.PixelSpacing[0])
        for row in np.flatnonzero(plane.any(axis=1)):
            columns = np.flatnonzero(plane[row])
            runs = np.split(columns, np.flatnonzero(np.diff(columns) > 1) + 1)
            for run in runs:
                left, right = run[0] - 0.5, run[-1] + 0.5
                box = [(left, row - 0.5), (right, row - 0.5), (right, row + 0.5), (left, row + 0.5)]
                contour = Dataset()
                contour.ContourGeometricType = "CLOSED_PLANAR"
                contour.ContourData = [
                    round(v, 6)
                    for c, r in box
                    for v in (x0 + c * between, y0 + r * between, z + off_mm)
                ]
                contours.append(contour)
    roi, named, first = Dataset(), Dataset(), sources(folder)[0]
    roi.ReferencedROINumber, roi.ContourSequence = 4, contours
    named.ROINumber, named.ROIName = 4, "GTV"
    made = Dataset()
    made.SOPClassUID, made.SOPInstanceUID, made.Modality = RTSTRUCT, generate_uid(), "RTSTRUCT"
    made.StudyInstanceUID, made.SeriesInstanceUID = first.StudyInstanceUID, generate_uid()
    made.ROIContourSequence, made.StructureSetROISequence = [roi], [named]
    made.file_meta = FileMetaDataset()
    made.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    made.file_meta.MediaStorageSOPClassUID = RTSTRUCT
    made.file_meta.MediaStorageSOPInstanceUID = made.SOPInstanceUID
    return made


def beside(scanned: Path, outlines: list[Dataset], root: Path):
    (root / "outlines").mkdir()
    (root / "study").symlink_to(scanned, target_is_directory=True)
    for number, outline in enumerate(outlines):
        outline.save_as(root / "outlines" / f"{number}.dcm", enforce_file_format=True)
    files = sorted(scanned.rglob("*.dcm"))
    for number, file in enumerate(files):
        (root / "outlines" / f"mr{number}.dcm").write_bytes(file.read_bytes())
    return open_container(root / "outlines")


def test_segments_are_values_with_names(scanned, tmp_path) -> None:
    folder, values = scanned
    container = beside(folder, [seg_of(folder, values)], tmp_path)
    [one] = dicom_cases(container, Pseudonyms(tmp_path))
    study = one.study()
    outline = one.outline(study)
    assert np.array_equal(outline.values > 0, values)
    assert outline.names == {1: "edema", 2: "core"}
    assert set(np.unique(outline.values)) == {0, 1, 2}
    assert one.name.startswith("s") and one.patient.startswith("p")


def test_lines_are_filled(scanned, tmp_path) -> None:
    folder, values = scanned
    container = beside(folder, [rtstruct_of(folder, values)], tmp_path)
    [one] = dicom_cases(container, Pseudonyms(tmp_path))
    outline = one.outline(one.study())
    assert np.array_equal(outline.values == 4, values)
    assert outline.names == {4: "GTV"}


def test_lines_between_slices_are_refused(scanned, tmp_path) -> None:
    folder, values = scanned
    apart = float(np.diff([float(ds.ImagePositionPatient[2]) for ds in sources(folder)])[0])
    container = beside(folder, [rtstruct_of(folder, values, apart / 2)], tmp_path)
    [one] = dicom_cases(container, Pseudonyms(tmp_path))
    with pytest.raises(GridMismatch, match="between the slices"):
        one.outline(one.study())


def test_two_outlines_of_one_study_are_asked_about(scanned, tmp_path) -> None:
    folder, values = scanned
    both = [seg_of(folder, values), rtstruct_of(folder, values)]
    with pytest.raises(InputError, match="found SEG; RTSTRUCT"):
        dicom_cases(beside(folder, both, tmp_path), Pseudonyms(tmp_path))


def test_pictures_alone_are_no_case(scanned, tmp_path) -> None:
    folder, _ = scanned
    with pytest.raises(InputError, match="no case with an outline"):
        dicom_cases(beside(folder, [], tmp_path), Pseudonyms(tmp_path))
