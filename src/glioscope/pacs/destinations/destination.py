"""What every destination can do, and what is sent of one result."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from glioscope.jobs.results import FILES, PSEUDONYMOUS
from glioscope.pacs.config import Part
from glioscope.writing.fhir.bundle import Whose

# Where each part lies in the folder of a result.
_PATTERNS: dict[Part, str] = {
    "seg": "seg.dcm",
    "sr": "sr.dcm",
    "key_images": "key_images.dcm",
    "pdf": "report.dcm",
    "capture": "overlays/*.dcm",
    "probability": "probability_seg.dcm",
    "mosmed": "mosmed/**/*.dcm",
}


class DestinationDown(Exception):
    """It does not answer now; tried again without counting. The text names no patient."""


class DestinationRefused(Exception):
    """It answered, and does not want it. The text names no patient."""


@dataclass(frozen=True)
class Parcel:
    """One result.

    Attributes:
        folder: its files, as the store keeps them.
        lang: of what has a language.
        made_at: when it was made, in milliseconds since 1970.
        whose: whom and which examination it is of.
    """

    result_id: str
    folder: Path
    lang: str
    made_at: int
    whose: Whose

    def dicom(self, parts: tuple[Part, ...], *, pseudonymous: bool) -> list[Path]:
        """DICOM files of these parts; a study without a lesion has no SEG."""
        inside = self.folder / FILES
        if pseudonymous:
            inside = inside / PSEUDONYMOUS
        return [path for part in parts for path in sorted(inside.glob(_PATTERNS[part]))]

    def reports(self) -> Iterator[Path]:
        """The reports in its language."""
        yield from sorted((self.folder / FILES).glob(f"report.{self.lang}.*"))


class Destination(Protocol):
    """A place that results go to; sending one twice is harmless, for its UIDs are the same."""

    @property
    def name(self) -> str:
        """As the node's file calls it."""
        ...

    def send(self, parcel: Parcel) -> None:
        """Send all of it.

        Raises:
            DestinationDown, DestinationRefused: it did not arrive.
        """
        ...

    def close(self) -> None:
        """Let go of what is open."""
        ...
