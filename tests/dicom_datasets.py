"""Small DICOM series made by hand, so that each test can spoil exactly one thing."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.sequence import Sequence as Items
from pydicom.uid import (
    EnhancedMRImageStorage,
    ExplicitVRLittleEndian,
    MRImageStorage,
    RLELossless,
    generate_uid,
)

from glioscope.volume import Grid

LPS = np.diag([-1.0, -1.0, 1.0, 1.0])

FLAIR = {
    "ScanningSequence": ["SE", "IR"], "SequenceVariant": "SK", "RepetitionTime": 9000,
    "EchoTime": 120, "InversionTime": 2500, "FlipAngle": 150, "SeriesDescription": "t2 flair tra",
    "SeriesNumber": 4,
}  # fmt: skip
T1 = {
    "ScanningSequence": "SE", "SequenceVariant": "SK", "RepetitionTime": 500, "EchoTime": 12,
    "FlipAngle": 90, "SeriesDescription": "t1 se tra", "SeriesNumber": 3,
}  # fmt: skip
T1GD = {**T1, "SeriesDescription": "t1 se tra +C", "SeriesNumber": 6,
    "ContrastBolusAgent": "Gadovist"}  # fmt: skip
T2 = {
    "ScanningSequence": "SE", "SequenceVariant": "SK", "RepetitionTime": 4500, "EchoTime": 100,
    "InversionTime": 0, "FlipAngle": 150, "SeriesDescription": "t2 tse tra", "SeriesNumber": 2,
}  # fmt: skip


def uid(*parts: object) -> str:
    """A UID equal for equal parts."""
    return generate_uid(entropy_srcs=["glioscope test", *map(str, parts)])


def classic(
    grid: Grid, array: np.ndarray, tags: dict[str, Any], *, study: str = "s", frame: str = "f"
) -> list[Dataset]:
    """One instance per slice of `array` (slice, row, column); `grid` maps these axes to RAS."""
    affine = LPS @ grid.affine
    found = []
    for index, pixels in enumerate(array):
        ds = _common(tags, study, frame, (index,))
        ds.SOPClassUID = MRImageStorage
        ds.InstanceNumber = index + 1
        ds.ImageType = ["ORIGINAL", "PRIMARY", "M", "SE"]
        ds.ImagePositionPatient = _ds(affine[:3, 3] + index * affine[:3, 0])
        ds.ImageOrientationPatient = _ds(np.concatenate(_directions(grid)))
        ds.PixelSpacing = _ds([grid.spacing[1], grid.spacing[2]])
        ds.SliceThickness = grid.spacing[0]
        _pixels(ds, pixels)
        _set(ds, tags)
        found.append(ds)
    return found


def enhanced(
    grid: Grid, array: np.ndarray, tags: dict[str, Any], *, study: str = "s", frame: str = "f"
) -> Dataset:
    """The same as one Enhanced MR instance."""
    affine = LPS @ grid.affine
    ds = _common(tags, study, frame, ("enhanced",))
    ds.SOPClassUID = EnhancedMRImageStorage
    ds.InstanceNumber = 1
    ds.ImageType = ["ORIGINAL", "PRIMARY", "M", "NONE"]
    ds.NumberOfFrames = len(array)
    ds.SharedFunctionalGroupsSequence = Items([_shared(grid, tags)])
    ds.PerFrameFunctionalGroupsSequence = Items(
        [_per_frame(affine[:3, 3] + k * affine[:3, 0], k) for k in range(len(array))]
    )
    _pixels(ds, array)
    for keyword in ("SeriesDescription", "SeriesNumber"):
        setattr(ds, keyword, tags[keyword])
    return ds


def save(ds: Dataset, path: Path, syntax: str = ExplicitVRLittleEndian) -> Path:
    """Write one file, encoded in a transfer syntax."""
    path.parent.mkdir(parents=True, exist_ok=True)
    ds.file_meta = FileMetaDataset()
    ds.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    ds.file_meta.MediaStorageSOPClassUID = ds.SOPClassUID
    ds.file_meta.MediaStorageSOPInstanceUID = ds.SOPInstanceUID
    if syntax == RLELossless:
        ds.compress(RLELossless)
    ds.file_meta.TransferSyntaxUID = syntax
    ds.save_as(path, enforce_file_format=True)
    return path


def save_all(series: Sequence[Dataset], folder: Path, syntax: str = ExplicitVRLittleEndian) -> Path:
    """Write files without endings, named so that their order is not that of the slices."""
    for ds in series:
        save(ds, folder / f"I{hash(ds.SOPInstanceUID) % 10**9:09d}", syntax)
    return folder


def _common(tags: dict[str, Any], study: str, frame: str, parts: tuple[object, ...]) -> Dataset:
    ds = Dataset()
    ds.StudyInstanceUID = uid("study", study)
    ds.SeriesInstanceUID = uid("series", study, tags["SeriesNumber"])
    ds.SOPInstanceUID = uid("instance", study, tags["SeriesNumber"], *parts)
    ds.FrameOfReferenceUID = uid("frame", study, frame)
    ds.Modality = "MR"
    ds.PatientName = "Test^Phantom"
    ds.PatientID = "0"
    ds.StudyDate, ds.StudyTime = "20260101", "100000"
    ds.SeriesDate, ds.SeriesTime = "20260101", f"10{int(tags['SeriesNumber']) % 60:02d}00"
    return ds


def _directions(grid: Grid) -> tuple[np.ndarray, np.ndarray]:
    """In LPS: along which the column index grows, then the row index."""
    axes = (LPS @ grid.affine)[:3, :3] / grid.spacing
    return axes[:, 2], axes[:, 1]


def _ds(values: Any) -> list[str]:
    return [f"{value:.10f}"[:16] for value in np.asarray(values, float)]


def _pixels(ds: Dataset, array: np.ndarray) -> None:
    pixels = array.astype(np.int16 if array.min() < 0 else np.uint16)
    ds.Rows, ds.Columns = pixels.shape[-2:]
    ds.SamplesPerPixel = 1
    ds.PhotometricInterpretation = "MONOCHROME2"
    ds.BitsAllocated, ds.BitsStored, ds.HighBit = 16, 16, 15
    ds.PixelRepresentation = int(pixels.dtype == np.int16)
    ds.PixelData = pixels.tobytes()
    ds["PixelData"].VR = "OW"


def _set(ds: Dataset, tags: dict[str, Any]) -> None:
    for keyword, value in tags.items():
        setattr(ds, keyword, value)


def _item(**tags: Any) -> Dataset:
    item = Dataset()
    _set(item, tags)
    return item


def _shared(grid: Grid, tags: dict[str, Any]) -> Dataset:
    scanning = tags.get("ScanningSequence", "")
    shared = Dataset()
    shared.PixelMeasuresSequence = Items([
        _item(PixelSpacing=_ds([grid.spacing[1], grid.spacing[2]]), SliceThickness=grid.spacing[0])
    ])  # fmt: skip
    shared.PlaneOrientationSequence = Items(
        [_item(ImageOrientationPatient=_ds(np.concatenate(_directions(grid))))]
    )
    shared.MRTimingAndRelatedParametersSequence = Items(
        [_item(RepetitionTime=tags["RepetitionTime"], FlipAngle=tags["FlipAngle"])]
    )
    shared.MREchoSequence = Items([_item(EffectiveEchoTime=float(tags["EchoTime"]))])
    modifier = _item(InversionRecovery="YES" if "IR" in scanning else "NO")
    if "IR" in scanning:
        modifier.InversionTimes = [float(tags["InversionTime"])]
    shared.MRModifierSequence = Items([modifier])
    if "ContrastBolusAgent" in tags:
        shared.ContrastBolusUsageSequence = Items([_item(ContrastBolusAgentAdministered="YES")])
    return shared


def _per_frame(position: np.ndarray, index: int) -> Dataset:
    item = Dataset()
    item.PlanePositionSequence = Items([_item(ImagePositionPatient=_ds(position))])
    item.FrameContentSequence = Items(
        [_item(StackID="1", InStackPositionNumber=index + 1, DimensionIndexValues=[1, index + 1])]
    )
    item.PixelValueTransformationSequence = Items(
        [_item(RescaleSlope="2", RescaleIntercept=str(-index), RescaleType="US")]
    )
    return item
