"""One sequence as an MR series: one instance per slice, explicit VR little endian.

For pictures that are to be seen in a PACS, and for phantoms with known answers. The image is called
DERIVED, since no scanner made it.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Float64, UInt16

from glioscope.errors import GridMismatch
from glioscope.orientation import LPS_RAS
from glioscope.volume import Grid, Image
from glioscope.writing.dicom.elements import (
    MANUFACTURER,
    UTF8,
    ds,
    save,
    software_version,
    uid_of,
)

if TYPE_CHECKING:
    from pydicom import Dataset

# Array axes that become slices, rows and columns: that of a sequence as glioscope reads DICOM.
AS_READ = (0, 1, 2)
# The same for pictures, whose array is (columns, rows, slices).
AS_PICTURES = (2, 1, 0)

_CLASSIC = "1.2.840.10008.5.1.4.1.1.4"
# Cosine between two axes below which they are at right angles; rounding of a header stays below.
_RIGHT_ANGLE = 1e-4
_LARGEST = 65535


@dataclass(frozen=True)
class SeriesTags:
    """What the headers say; None and "" stand for unknown and are left empty or out.

    `date` is YYYYMMDD. UIDs of series and instances follow from `study_uid`, `number` and
    `description`.
    """

    description: str
    study_uid: str
    frame_of_reference_uid: str
    number: int = 1
    contrast_agent: str | None = None
    patient_id: str = ""
    patient_name: str = ""
    date: str = ""
    study_description: str = ""
    derivation: str = ""

    @property
    def series_uid(self) -> str:
        """UID of the series."""
        return uid_of(self.study_uid, "series", str(self.number), self.description)


@dataclass(frozen=True)
class Planes:
    """An image as DICOM has it: stored values, and where they lie in LPS mm.

    A value is `stored * slope + intercept`; `spacing_mm` is between slices, rows and columns.
    `directions` are unit vectors along which columns and rows are counted; `origins` are the
    centres of each slice's first pixel.
    """

    stored: UInt16[np.ndarray, "s h w"]
    slope: float
    intercept: float
    spacing_mm: tuple[float, float, float]
    directions: Float64[np.ndarray, "2 3"]
    origins: Float64[np.ndarray, "s 3"]

    @property
    def orientation(self) -> list[float]:
        """Image Orientation (Patient)."""
        return [ds(v) for v in self.directions.ravel()]

    def position(self, index: int) -> list[float]:
        """Image Position (Patient) of a slice."""
        return [ds(v) for v in self.origins[index]]


def write_series(
    image: Image,
    folder: Path,
    tags: SeriesTags,
    *,
    axes: tuple[int, int, int] = AS_PICTURES,
) -> tuple[Path, ...]:
    """Write `folder/0001.dcm` and so on, one per slice.

    `axes` names the array's axes that become slices, rows and columns.

    Whole numbers that span at most 65535 are stored as they are; others in 65536 steps over their
    range, with the rescale slope and intercept that give them back within half a step.

    Raises:
        UnknownSpacing: the grid is nominal.
        GridMismatch: its axes are not at right angles, which one series cannot say.
    """
    datasets = series_datasets(image, tags, axes=axes)
    paths = tuple(folder / f"{n:04}.dcm" for n in range(1, len(datasets) + 1))
    for dataset, path in zip(datasets, paths, strict=True):
        save(dataset, path)
    return paths


def series_datasets(
    image: Image, tags: SeriesTags, *, axes: tuple[int, int, int] = AS_PICTURES
) -> "list[Dataset]":
    """The data sets that `write_series` writes."""
    planes = planes_of(image, axes)
    datasets = [_instance(planes, tags, index) for index in range(len(planes.stored))]
    for dataset, values in zip(datasets, planes.stored, strict=True):
        add_pixels(dataset, values)
    return datasets


def planes_of(image: Image, axes: tuple[int, int, int] = AS_PICTURES) -> Planes:
    """The image in DICOM's terms; errors as in `write_series`."""
    image.grid.require_spacing()
    steps = _steps(image.grid, axes)
    spacing = np.linalg.norm(steps, axis=1)
    first = (LPS_RAS @ image.grid.affine)[:3, 3]
    stored, slope, intercept = _stored(image.array.transpose(axes))
    return Planes(
        stored=stored,
        slope=slope,
        intercept=intercept,
        spacing_mm=(ds(spacing[0]), ds(spacing[1]), ds(spacing[2])),
        directions=np.stack([steps[2] / spacing[2], steps[1] / spacing[1]]),
        origins=first + np.arange(len(stored))[:, None] * steps[0],
    )


def _steps(grid: Grid, axes: tuple[int, int, int]) -> Float64[np.ndarray, "3 3"]:
    """From a voxel to the next slice, row and column in LPS mm, one per row."""
    steps = (LPS_RAS @ grid.affine)[:3, list(axes)].T
    units = steps / np.linalg.norm(steps, axis=1, keepdims=True)
    cosines = np.abs(units @ units.T - np.eye(3))
    if cosines.max() > _RIGHT_ANGLE:
        raise GridMismatch("writing.sheared", cosine=float(cosines.max()))
    return steps


def _stored(values: np.ndarray) -> tuple[UInt16[np.ndarray, "s h w"], float, float]:
    """Stored values, slope and intercept."""
    low, high = float(values.min()), float(values.max())
    whole = np.array_equal(values, np.rint(values)) and high - min(low, 0.0) <= _LARGEST
    intercept = min(low, 0.0) if whole else low
    # What the header can hold of them, so that its rounding is no error of the values.
    intercept, slope = ds(intercept), ds(1.0 if whole else (high - low) / _LARGEST or 1.0)
    stored = np.clip(np.rint((values.astype(np.float64) - intercept) / slope), 0, _LARGEST)
    return np.ascontiguousarray(stored, dtype=np.uint16), slope, intercept


def _instance(planes: Planes, tags: SeriesTags, index: int) -> "Dataset":
    """One classic MR image, without its pixels."""
    dataset = series_header(planes, tags, _CLASSIC)
    dataset.SOPInstanceUID = uid_of(tags.series_uid, "instance", str(index))
    dataset.InstanceNumber = index + 1
    dataset.ImageType = ["DERIVED", "PRIMARY", "OTHER"]
    dataset.ImagePositionPatient = planes.position(index)
    dataset.ImageOrientationPatient = planes.orientation
    between, row, column = planes.spacing_mm
    dataset.PixelSpacing = [row, column]
    dataset.SliceThickness = dataset.SpacingBetweenSlices = between
    _add_acquisition(dataset, tags)
    if (planes.slope, planes.intercept) != (1.0, 0.0):
        dataset.RescaleSlope, dataset.RescaleIntercept = planes.slope, planes.intercept
        dataset.RescaleType = "US"
    return dataset


def _add_acquisition(dataset: "Dataset", tags: SeriesTags) -> None:
    """What an MR image must say of how it was made: nothing is known but the contrast."""
    dataset.ScanningSequence = "SE"
    dataset.SequenceVariant = "NONE"
    dataset.ScanOptions = ""
    dataset.MRAcquisitionType = "2D"
    dataset.RepetitionTime = dataset.EchoTime = dataset.EchoTrainLength = None
    if tags.contrast_agent is not None:
        dataset.ContrastBolusAgent = tags.contrast_agent


def series_header(planes: Planes, tags: SeriesTags, sop_class: str) -> "Dataset":
    """What every MR instance of the series says, but for its pixels and their place."""
    from pydicom import Dataset

    dataset = Dataset()
    dataset.SpecificCharacterSet = UTF8
    dataset.SOPClassUID = sop_class
    dataset.Modality = "MR"
    dataset.PatientID, dataset.PatientName = tags.patient_id, tags.patient_name
    dataset.PatientBirthDate = dataset.PatientSex = ""
    dataset.StudyInstanceUID = tags.study_uid
    dataset.StudyDate, dataset.StudyTime = tags.date, ""
    dataset.StudyID = dataset.AccessionNumber = dataset.ReferringPhysicianName = ""
    if tags.study_description:
        dataset.StudyDescription = tags.study_description
    dataset.SeriesInstanceUID = tags.series_uid
    dataset.SeriesNumber, dataset.SeriesDescription = tags.number, tags.description
    dataset.FrameOfReferenceUID = tags.frame_of_reference_uid
    dataset.PositionReferenceIndicator = ""
    dataset.PatientPosition = "HFS"
    dataset.BodyPartExamined = "BRAIN"
    dataset.Manufacturer = MANUFACTURER
    dataset.SoftwareVersions = software_version()
    if tags.derivation:
        dataset.DerivationDescription = tags.derivation
    dataset.Rows, dataset.Columns = planes.stored.shape[1:]
    return dataset


def add_pixels(dataset: "Dataset", values: UInt16[np.ndarray, "*s h w"]) -> None:
    """Add stored values, little endian."""
    dataset.SamplesPerPixel, dataset.PhotometricInterpretation = 1, "MONOCHROME2"
    dataset.BitsAllocated = dataset.BitsStored = 16
    dataset.HighBit, dataset.PixelRepresentation = 15, 0
    dataset.PixelData = values.astype("<u2").tobytes()
    dataset["PixelData"].VR = "OW"
