"""The FLAIR series a result points back at, as plain headers that every library accepts.

What scanners write is often against the standard (a sex of `m`, a name without `^`, an invalid
date), and highdicom refuses it or shows it in a warning. So results are built on headers that hold
only geometry and UIDs, and the patient's and study's attributes are copied into them afterwards as
they are, or left empty where they break the standard: a result with a corrected patient would not
be filed with its study, and one with a broken value is refused.
"""

from typing import TYPE_CHECKING, Any

import numpy as np

from glioscope.errors import GridMismatch, InputError
from glioscope.orientation import LPS_RAS
from glioscope.study import Channel, FrameRef, SeriesRef, Study
from glioscope.volume import Grid
from glioscope.writing.dicom.elements import ds, item, kept_uid, study_uid, uid_of

if TYPE_CHECKING:
    from pydicom import Dataset

# A frame that lies half a voxel from its slice of the array is another slice, or turned round.
# Readers even out slice positions by less, and headers round them to 0.1 mm at worst.
_SAME_PLACE = 0.5
# What highdicom takes from a source image without asking whether it is there.
_PATIENT_FOR_HIGHDICOM = (
    "PatientID",
    "PatientName",
    "PatientBirthDate",
    "PatientSex",
    "AccessionNumber",
    "StudyID",
    "StudyDate",
    "StudyTime",
)


def reference_of(study: Study) -> SeriesRef:
    """FLAIR's series.

    Raises:
        InputError: the study was not read from DICOM.
    """
    reference = study.source.series.get(Channel.FLAIR)
    if reference is None:
        raise InputError("writing.not_dicom", study=study.study_id, kind=study.source.kind)
    return reference


def header_of(reference: SeriesRef, frame: FrameRef) -> "Dataset":
    """The instance that holds a frame."""
    return next(h for h in reference.headers if h.SOPInstanceUID == frame.instance_uid)


def frame_places(reference: SeriesRef, grid: Grid, study_id: str) -> list[list[float]]:
    """Image Position (Patient) of every frame, as the headers have it.

    Raises:
        GridMismatch: frame i does not lie where slice i of the grid does.
    """
    headers = {str(h.SOPInstanceUID): h for h in reference.headers}
    places = [_position(headers[frame.instance_uid], frame) for frame in reference.frames]
    _require_same_places(reference, places, grid, study_id)
    return places


def plain_sources(reference: SeriesRef, grid: Grid) -> "list[Dataset]":
    """The series' instances with geometry and UIDs alone, in the order of the frames.

    Spacing between slices is the grid's: scanners leave it out or write the gap in its place.
    """
    frames = {frame.instance_uid: frame for frame in reversed(reference.frames)}
    ordered = dict.fromkeys(frame.instance_uid for frame in reference.frames)
    headers = {str(h.SOPInstanceUID): h for h in reference.headers}
    return [_plain(headers[uid], frames[uid], grid) for uid in ordered]


def _require_same_places(
    reference: SeriesRef, places: list[list[float]], grid: Grid, study_id: str
) -> None:
    points = np.array(places, dtype=np.float64)
    if len(points) != grid.shape[0]:
        raise GridMismatch(
            "writing.frame_count", study=study_id, frames=len(points), slices=grid.shape[0]
        )
    affine = LPS_RAS @ grid.affine
    expected = affine[:3, 3] + np.arange(len(points))[:, None] * affine[:3, 0]
    cosines = np.array(_orientation(header_of(reference, reference.frames[0]), reference.frames[0]))
    far = [points - expected]
    # The last pixel of the first column and row: right only if both axes run the same way.
    for axis, direction in ((1, cosines[3:]), (2, cosines[:3])):
        reach = grid.shape[axis] - 1
        far.append((direction * grid.spacing[axis] - affine[:3, axis])[None] * reach)
    worst = float(np.linalg.norm(np.concatenate(far), axis=1).max())
    if worst > _SAME_PLACE * min(grid.spacing):
        raise GridMismatch("writing.frame_places", study=study_id, worst=worst)


def _position(header: "Dataset", frame: FrameRef) -> list[float]:
    return _numbers(header, frame, "PlanePositionSequence", "ImagePositionPatient")


def _orientation(header: "Dataset", frame: FrameRef) -> list[float]:
    return _numbers(header, frame, "PlaneOrientationSequence", "ImageOrientationPatient")


def _numbers(header: "Dataset", frame: FrameRef, group: str, keyword: str) -> list[float]:
    """A value of a frame: its own group's, or that of all frames, or the classic header's."""
    holders: list[Any] = [header]
    if frame.frame is not None:
        own = header.PerFrameFunctionalGroupsSequence[frame.frame - 1]
        shared: list[Any] = header.get("SharedFunctionalGroupsSequence") or [{}]
        holders = [one[group].value[0] for one in (own, shared[0]) if group in one]
    return [float(v) for v in holders[0][keyword].value]


def _plain(header: "Dataset", frame: FrameRef, grid: Grid) -> "Dataset":
    from pydicom import Dataset

    plain = Dataset()
    plain.SOPClassUID = header.SOPClassUID
    plain.StudyInstanceUID = study_uid(header)
    for keyword in ("SOPInstanceUID", "SeriesInstanceUID"):
        setattr(plain, keyword, kept_uid(header[keyword].value))
    plain.Modality = "MR"
    plain.FrameOfReferenceUID = frame_of_reference(header)
    plain.Rows, plain.Columns = header.Rows, header.Columns
    for keyword in _PATIENT_FOR_HIGHDICOM:
        setattr(plain, keyword, "")
    measures = _measures(grid)
    if frame.frame is None:
        plain.ImagePositionPatient = _position(header, frame)
        plain.ImageOrientationPatient = _orientation(header, frame)
        plain.update(measures)
    else:
        _add_frames(plain, header, frame, measures)
    return plain


def frame_of_reference(header: "Dataset") -> str:
    """Its UID; one made from the series where an old file has none, for a result must have one."""
    found = str(header.get("FrameOfReferenceUID") or "")
    return kept_uid(found) if found else uid_of(str(header.SeriesInstanceUID), "frame of reference")


def _measures(grid: Grid) -> "Dataset":
    between, row, column = (ds(v) for v in grid.spacing)
    return item(PixelSpacing=[row, column], SliceThickness=between, SpacingBetweenSlices=between)


def _add_frames(plain: "Dataset", header: "Dataset", frame: FrameRef, measures: "Dataset") -> None:
    """All frames of the instance: those that FLAIR did not use keep their numbers and places."""
    count = len(header.PerFrameFunctionalGroupsSequence)
    places = [
        _position(header, FrameRef(frame.instance_uid, number)) for number in range(1, count + 1)
    ]
    plain.NumberOfFrames = count
    orientation = item(ImageOrientationPatient=_orientation(header, frame))
    plain.SharedFunctionalGroupsSequence = [
        item(PlaneOrientationSequence=[orientation], PixelMeasuresSequence=[measures])
    ]
    plain.PerFrameFunctionalGroupsSequence = [
        item(PlanePositionSequence=[item(ImagePositionPatient=place)]) for place in places
    ]
