"""What every source can do: tell which studies moved, what a study holds, and hand it over."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

# MR series of a study by UID, and how many instances of each are there.
Census = dict[str, int]


class SourceDown(Exception):
    """The source does not answer, or refuses to: asked again later. The text names no patient."""


@dataclass(frozen=True)
class Moved:
    """A study of which the source may have something new.

    `stamp` differs from the last one whenever it has. `sender` is who sent it, if that is known.
    """

    study_uid: str
    stamp: str
    sender: str | None = None


class Source(Protocol):
    """A place that studies come from. Methods raise `SourceDown` where it does not answer."""

    @property
    def name(self) -> str:
        """As the node's file calls it."""
        ...

    @property
    def poll_s(self) -> float:
        """How often it is asked, in seconds."""
        ...

    def moved(self, cursor: str | None) -> tuple[Iterable[Moved], str | None]:
        """Studies with something new since `cursor`, and the cursor from which to go on.

        A study may be told again and again; a cursor of None starts from the beginning.
        """
        ...

    def census(self, study_uid: str) -> Census:
        """The study's MR series that are not ours; empty where there are none."""
        ...

    def fetch(self, study_uid: str, series: Iterable[str], folder: Path) -> None:
        """Write these series as DICOM files into an empty folder."""
        ...

    def taken(self, study_uid: str, series: Iterable[str]) -> None:
        """These series have been stored: what was kept for them here may go."""
        ...

    def close(self) -> None:
        """Let go of what is open."""
        ...
