"""What was scanned: sequences of one examination on one reference grid."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from glioscope.errors import GridMismatch, MissingSequence
from glioscope.texts.message import Notice
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
class Source:
    """Where a study came from, so that results can be written in the source's own terms.

    `kind` is `lgg`, `pictures`, `nifti`, `dicom` or `phantom`; `slice_names` has one name per axial
    slice for sources made of pictures and is empty otherwise; `series` holds the DICOM series of
    each sequence read from one and is empty otherwise.
    """

    kind: str
    slice_names: tuple[str, ...] = ()
    series: Mapping[Channel, SeriesRef] = field(default_factory=dict[Channel, SeriesRef])


@dataclass(frozen=True)
class Study:
    """One examination under a pseudonym.

    All images lie on FLAIR's grid, which is the reference; T1 and T1GD may be missing. `warnings`
    holds what reading noticed (a channel that repeats FLAIR, for example).

    Raises:
        MissingSequence: there is no FLAIR.
        GridMismatch: an image lies on another grid than FLAIR.
    """

    study_id: str
    images: dict[Channel, Image]
    source: Source
    warnings: tuple[Notice, ...] = field(default=())

    def __post_init__(self) -> None:
        if Channel.FLAIR not in self.images:
            raise MissingSequence(
                f"study {self.study_id}: FLAIR is required, found "
                f"{sorted(s.value for s in self.images) or 'no sequence'}; name it with --flair"
            )
        for sequence, image in self.images.items():
            if not image.grid.matches(self.grid):
                raise GridMismatch(
                    f"study {self.study_id}: {sequence.value} of shape {image.grid.shape} does not "
                    f"lie on FLAIR's grid {self.grid.shape}; resample it onto FLAIR first"
                )

    @property
    def grid(self) -> Grid:
        """The reference grid, FLAIR's."""
        return self.images[Channel.FLAIR].grid
