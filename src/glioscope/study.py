"""What was scanned: sequences of one examination on one reference grid."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np

from glioscope.errors import GridMismatch, MissingSequence
from glioscope.texts.message import Message
from glioscope.volume import Grid, Image

if TYPE_CHECKING:
    from pydicom import Dataset


class Channel(StrEnum):
    """MRI sequences the network reads."""

    T1 = "T1"
    FLAIR = "FLAIR"
    T1GD = "T1GD"


# The order of channels in RGB pictures of the LGG data and in the network's input.
CHANNELS = (Channel.T1, Channel.FLAIR, Channel.T1GD)


@dataclass(frozen=True)
class FrameRef:
    """Where one slice is stored: the instance and, in a multi-frame one, its frame from 1 up."""

    instance_uid: str
    frame: int | None = None


@dataclass(frozen=True)
class SeriesRef:
    """A DICOM series that a sequence was read from, so that results can point back at it.

    `headers` are its instances without pixels; `frames` has one entry for each index along the
    first axis of the sequence's array as it was scanned, before it was brought onto FLAIR's grid.
    """

    series_uid: str
    headers: "tuple[Dataset, ...]" = field(repr=False)
    frames: tuple[FrameRef, ...] = field(repr=False)


@dataclass(frozen=True)
class Acquisition:
    """How a sequence was scanned: times in ms, thickness in mm, field strength in tesla.

    A field is None where the source does not say; `inversion_ms` is 0.0 where there was none.
    """

    repetition_ms: float | None = None
    echo_ms: float | None = None
    inversion_ms: float | None = None
    thickness_mm: float | None = None
    field_tesla: float | None = None


@dataclass(frozen=True)
class Source:
    """Where a study came from, so that results can be written in the source's own terms.

    `kind` is `lgg`, `pictures`, `nifti`, `dicom` or `phantom`; `slice_names` has one name per axial
    slice for sources made of pictures and is empty otherwise; `series` holds the DICOM series of
    each sequence read from one and is empty otherwise, as `acquired` is. `scanned` is when the
    study began: a day where its hour is not known, None where nothing is.
    """

    kind: str
    slice_names: tuple[str, ...] = ()
    series: Mapping[Channel, SeriesRef] = field(default_factory=dict[Channel, SeriesRef])
    acquired: Mapping[Channel, Acquisition] = field(default_factory=dict[Channel, Acquisition])
    scanned: datetime | date | None = None


@dataclass(frozen=True)
class Study:
    """One examination under a pseudonym.

    All images lie on FLAIR's grid, which is the reference; T1 and T1GD may be missing. `warnings`
    holds what reading noticed (a channel that repeats FLAIR, for example).

    Example:
        >>> import numpy as np
        >>> flair = Image(np.zeros((8, 8, 4), np.float32), Grid((8, 8, 4), np.eye(4)))
        >>> study = Study("anna", {Channel.FLAIR: flair}, Source("nifti"))
        >>> study.grid.shape
        (8, 8, 4)

    Raises:
        MissingSequence: there is no FLAIR.
        GridMismatch: an image lies on another grid than FLAIR.
    """

    study_id: str
    images: dict[Channel, Image]
    source: Source
    warnings: tuple[Message, ...] = field(default=())

    def __post_init__(self) -> None:
        if Channel.FLAIR not in self.images:
            found = tuple(sorted(s.value for s in self.images))
            if not found:
                raise MissingSequence("core.no_sequence", study=self.study_id)
            raise MissingSequence("core.no_flair", study=self.study_id, found=found)
        for sequence, image in self.images.items():
            if not image.grid.matches(self.grid):
                raise GridMismatch(
                    "core.off_flairs_grid",
                    study=self.study_id,
                    sequence=sequence.value,
                    shape=str(image.grid.shape),
                    expected=str(self.grid.shape),
                )

    @property
    def grid(self) -> Grid:
        """The reference grid, FLAIR's."""
        return self.images[Channel.FLAIR].grid


def content_hash(study: Study) -> str:
    """SHA-256, in hex, of what was read: equal inputs read in one way have equal hashes.

    It covers every sequence's voxels and grid, the names of slices and the DICOM frames. It does
    not cover the study's name, nor what the headers say of the patient.
    """
    digest = hashlib.sha256(repr(study.source.slice_names).encode())
    for channel in CHANNELS:
        if channel not in study.images:
            continue
        image = study.images[channel]
        frames = study.source.series[channel].frames if channel in study.source.series else ()
        shape = tuple(map(int, image.grid.shape))
        digest.update(repr((channel.value, shape, image.grid.nominal, frames)).encode())
        digest.update(np.ascontiguousarray(image.grid.affine, "<f8").data)
        digest.update(np.ascontiguousarray(image.array, "<f4").data)
    return digest.hexdigest()
