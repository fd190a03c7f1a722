"""What all DICOM results of one study point at: found, checked and hashed once for all of them.

UIDs follow from everything the result shows: an analysis written twice has equal ones, and another
result never carries the same.
"""

import hashlib
import json
from copy import deepcopy
from dataclasses import dataclass, replace
from importlib.metadata import version
from typing import TYPE_CHECKING

import numpy as np

from glioscope.analysis import Analysis
from glioscope.followup.head import head_place
from glioscope.followup.tracking import Earlier, Track, follow, shift_to
from glioscope.reading.quiet import quietly
from glioscope.study import SeriesRef
from glioscope.texts.message import message
from glioscope.writing.dicom.elements import MANUFACTURER, study_uid, uid_of
from glioscope.writing.dicom.source import (
    frame_of_reference,
    frame_places,
    header_of,
    plain_sources,
    reference_of,
)

if TYPE_CHECKING:
    from pydicom import Dataset


@dataclass(frozen=True)
class DicomTarget:
    """An analysis beside the FLAIR series it was made on.

    `key` is equal for an equal analysis of the same series: each result makes its UIDs of it with
    `uid_of(key, ...)`. `header` is the instance that holds the first slice. `places` are Image
    Position (Patient) of every frame, checked against the mask's slices. `sources` are the series'
    instances with geometry and UIDs alone, in the order of the frames; nobody changes them.
    `tracks` tell by what each finding is followed, in the order of the findings: one of an earlier
    result, or a new one. Results are `pseudonymous` where the patient's and study's attributes are
    not copied into them.
    """

    analysis: Analysis
    reference: SeriesRef
    key: str
    header: "Dataset"
    places: list[list[float]]
    sources: "list[Dataset]"
    tracks: tuple[Track, ...]
    pseudonymous: bool = False

    def own_sources(self) -> "list[Dataset]":
        """`sources` for one result, the first of them its own.

        highdicom takes elements of the first one over as they are, so that what is written into a
        result, the patient's name among it, would stand in the source of the next. Of the others it
        reads UIDs and places.
        """
        return [deepcopy(self.sources[0]), *self.sources[1:]]

    @property
    def model_name(self) -> str:
        """ManufacturerModelName: the model's, or the program's where a reader drew by hand."""
        model = self.analysis.model
        return model.name if model else MANUFACTURER

    def series_uid(self, kind: str) -> str:
        """UID of the series of one kind of result."""
        return uid_of(self.key, kind, "series")


def dicom_target(
    analysis: Analysis, *, pseudonymous: bool = False, earlier: Earlier | None = None
) -> DicomTarget:
    """What every DICOM writer is given; it reads every voxel, so it is made once per study.

    With `pseudonymous` results name the study's pseudonym in the patient's place. Lesions that
    stand in an `earlier` result keep what they are followed by.

    Raises:
        InputError: the study was not read from DICOM.
        GridMismatch: its frames do not lie where the slices of the mask do.
    """
    grid = analysis.study.grid
    reference = reference_of(analysis.study)
    # pydicom warns of values against the standard and shows them.
    with quietly():
        tracks = _tracks(analysis, reference, earlier)
        return DicomTarget(
            analysis=analysis,
            reference=reference,
            places=frame_places(reference, grid, analysis.study.study_id),
            key=_key(analysis, reference, tracks, pseudonymous),
            tracks=tracks,
            header=header_of(reference, reference.frames[0]),
            sources=plain_sources(reference, grid),
            pseudonymous=pseudonymous,
        )


def _tracks(analysis: Analysis, reference: SeriesRef, earlier: Earlier | None) -> tuple[Track, ...]:
    """A new lesion's UID follows from series, model and place; its name is none that is taken."""
    found = _followed(analysis, reference, earlier) if earlier else ()
    found = found or (Track(),) * len(analysis.findings)
    names = {track.name for track in found if track.name}
    tracks: list[Track] = []
    for finding, track in zip(analysis.findings, found, strict=True):
        name, number = track.name, finding.label
        while not name or (not track.name and name in names):
            name, number = lesion_name(number), number + 1
        names.add(name)
        made = f"{finding.voxels} {finding.box_voxel}"
        uid = track.uid or uid_of(reference.series_uid, made_with(analysis), made)
        tracks.append(replace(track, uid=uid, name=name))
    return tuple(tracks)


def _followed(analysis: Analysis, reference: SeriesRef, earlier: Earlier) -> tuple[Track, ...]:
    frame = frame_of_reference(reference.headers[0])
    shift = shift_to(frame, head_place(analysis.study, analysis.flair_scale), earlier)
    return follow(analysis.labels, analysis.study.grid, earlier.lesions, shift)


def lesion_name(number: int) -> str:
    """What a lesion is called in viewers and reports."""
    return str(message("writing.lesion", number=number))


def _key(
    analysis: Analysis, reference: SeriesRef, tracks: tuple[Track, ...], pseudonymous: bool
) -> str:
    parts = (
        study_uid(reference.headers[0]),
        reference.series_uid,
        made_with(analysis),
        _content(analysis),
        *map(str, tracks),
    )
    return uid_of(*parts, *(("pseudonymous",) if pseudonymous else ()))


def made_with(analysis: Analysis) -> str:
    """What UIDs are made of beside the content: the model's weights, or that a reader drew."""
    if analysis.author == "model" and analysis.model:
        return analysis.model.sha256
    return analysis.author


def _content(analysis: Analysis) -> str:
    """Hash of all that results show: figures, voxels and the software; timings left out."""
    document = analysis.to_dict() | {"timings_s": None, "highdicom": version("highdicom")}
    digest = hashlib.sha256(json.dumps(document, sort_keys=True).encode())
    digest.update(np.packbits(analysis.mask.array).tobytes())
    if analysis.classes is not None:
        digest.update(np.ascontiguousarray(analysis.classes.values).tobytes())
    if analysis.voxel_probability is not None:
        digest.update(np.ascontiguousarray(analysis.voxel_probability).tobytes())
    return digest.hexdigest()
