"""What all DICOM results of one study point at: found, checked and hashed once for all of them.

UIDs follow from everything the result shows: an analysis written twice has equal ones, and another
result never carries the same.
"""

import hashlib
import json
from copy import deepcopy
from dataclasses import dataclass
from importlib.metadata import version
from typing import TYPE_CHECKING

import numpy as np

from glioscope.analysis import Analysis
from glioscope.reading.dicom.files import quietly
from glioscope.study import SeriesRef
from glioscope.writing.dicom.elements import MANUFACTURER, study_uid, uid_of
from glioscope.writing.dicom.source import frame_places, header_of, plain_sources, reference_of

if TYPE_CHECKING:
    from pydicom import Dataset


@dataclass(frozen=True)
class DicomTarget:
    """An analysis beside the FLAIR series it was made on.

    `key` is equal for an equal analysis of the same series: each result makes its UIDs of it with
    `uid_of(key, ...)`. `header` is the instance that holds the first slice. `places` are Image
    Position (Patient) of every frame, checked against the mask's slices. `sources` are the series'
    instances with geometry and UIDs alone, in the order of the frames; nobody changes them.
    Results are `pseudonymous` where the patient's and study's attributes are not copied into them.
    """

    analysis: Analysis
    reference: SeriesRef
    key: str
    header: "Dataset"
    places: list[list[float]]
    sources: "list[Dataset]"
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


def dicom_target(analysis: Analysis, *, pseudonymous: bool = False) -> DicomTarget:
    """What every DICOM writer is given; it reads every voxel, so it is made once per study.

    With `pseudonymous` results name the study's pseudonym in the patient's place.

    Raises:
        InputError: the study was not read from DICOM.
        GridMismatch: its frames do not lie where the slices of the mask do.
    """
    grid = analysis.study.grid
    reference = reference_of(analysis.study)
    # pydicom warns of values against the standard and shows them.
    with quietly():
        return DicomTarget(
            analysis=analysis,
            reference=reference,
            places=frame_places(reference, grid, analysis.study.study_id),
            key=_key(analysis, reference, pseudonymous),
            header=header_of(reference, reference.frames[0]),
            sources=plain_sources(reference, grid),
            pseudonymous=pseudonymous,
        )


def _key(analysis: Analysis, reference: SeriesRef, pseudonymous: bool) -> str:
    parts = (
        study_uid(reference.headers[0]),
        reference.series_uid,
        made_with(analysis),
        _content(analysis),
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
    if analysis.voxel_probability is not None:
        digest.update(np.ascontiguousarray(analysis.voxel_probability).tobytes())
    return digest.hexdigest()
