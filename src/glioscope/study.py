"""What was scanned: sequences of one examination on one reference grid."""

from dataclasses import dataclass, field
from enum import StrEnum

from glioscope.errors import GridMismatch, MissingSequence
from glioscope.volume import Grid, Image


class Sequence(StrEnum):
    """MRI sequences the network reads, in the channel order of the LGG data."""

    T1 = "T1"
    FLAIR = "FLAIR"
    T1GD = "T1GD"


@dataclass(frozen=True)
class Source:
    """Where a study came from, so that results can be written in the source's own terms.

    `kind` is `lgg`, `pictures`, `nifti` or `phantom`; `slice_names` has one name per axial slice
    for sources made of pictures and is empty otherwise.
    """

    kind: str
    slice_names: tuple[str, ...] = ()


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
    images: dict[Sequence, Image]
    source: Source
    warnings: tuple[str, ...] = field(default=())

    def __post_init__(self) -> None:
        if Sequence.FLAIR not in self.images:
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
        return self.images[Sequence.FLAIR].grid
