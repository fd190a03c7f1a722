# pyright: basic
# It speaks with pydicom, whose types have gaps.
"""Lesions of an earlier result, read back from the segmentation in its folder.

The file is DICOM as any program may have sent it back, and holds all that is asked for: each
segment's tracking UID and name, and where its voxels lie.
"""

from pathlib import Path

import msgspec
import numpy as np
from pydicom import Dataset, dcmread

from glioscope.errors import UnreadableFile
from glioscope.followup.head import Place
from glioscope.followup.tracking import Earlier, EarlierLesion
from glioscope.orientation import LPS_RAS
from glioscope.reading.dicom.files import DICOM_DAMAGE
from glioscope.reading.quiet import quietly
from glioscope.reading.results import ANALYSIS_FILE

SEGMENTATION_FILE = "seg.dcm"


class _Document(msgspec.Struct):
    """What is asked of `analysis.json`; versions before 0.3 do not have it."""

    head_ras_mm: Place | None = None


def read_earlier(folder: Path) -> Earlier | None:
    """What a folder of results knows of its lesions; None where it has no segmentation.

    Raises:
        UnreadableFile: a file of it is damaged.
    """
    path = folder / SEGMENTATION_FILE
    if not path.is_file():
        return None
    try:
        with quietly():
            dataset = dcmread(path)
            lesions = tuple(lesions_in(dataset))
            frame = str(dataset.FrameOfReferenceUID)
        return Earlier(frame, _head_in(folder), lesions)
    except (*DICOM_DAMAGE, msgspec.MsgspecError) as error:
        raise UnreadableFile(
            "reading.cannot_read", where=path.name, reason=type(error).__name__
        ) from error


def lesions_in(dataset: Dataset) -> list[EarlierLesion]:
    """Segments of a binary segmentation that have a tracking UID and a voxel."""
    frames = np.atleast_3d(dataset.pixel_array.T).T > 0
    shared = dataset.SharedFunctionalGroupsSequence[0]
    measures = shared.PixelMeasuresSequence[0]
    cosines = np.array(shared.PlaneOrientationSequence[0].ImageOrientationPatient, np.float64)
    rows_mm, columns_mm = (float(v) for v in measures.PixelSpacing)
    # Columns of this: what a step down a column, and one along a row, are in the patient's LPS.
    steps = np.stack([cosines[3:] * rows_mm, cosines[:3] * columns_mm])
    points: dict[int, list[np.ndarray]] = {}
    for frame, group in zip(frames, dataset.PerFrameFunctionalGroupsSequence, strict=True):
        number = int(group.SegmentIdentificationSequence[0].ReferencedSegmentNumber)
        corner = np.array(group.PlanePositionSequence[0].ImagePositionPatient, np.float64)
        points.setdefault(number, []).append(np.argwhere(frame) @ steps + corner)
    between = float(measures.get("SpacingBetweenSlices") or measures.SliceThickness)
    found = []
    for segment in dataset.SegmentSequence:
        lps = np.concatenate(points.get(int(segment.SegmentNumber), [np.empty((0, 3))]))
        if len(lps) and segment.get("TrackingUID"):
            name = str(segment.get("TrackingID") or segment.SegmentLabel)
            volume = rows_mm * columns_mm * between
            ras = lps @ LPS_RAS[:3, :3].T
            found.append(EarlierLesion(str(segment.TrackingUID), name, ras, volume))
    return found


def _head_in(folder: Path) -> Place | None:
    path = folder / ANALYSIS_FILE
    if not path.is_file():
        return None
    return msgspec.json.decode(path.read_bytes(), type=_Document).head_ras_mm
