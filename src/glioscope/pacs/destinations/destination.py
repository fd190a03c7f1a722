"""What every destination can do, and what is sent of one result."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from glioscope.jobs.results import FILES, PSEUDONYMOUS
from glioscope.pacs.config import Part
from glioscope.writing.dicom.deidentify import Disguise
from glioscope.writing.fhir.bundle import Whose

# What may go without its patient: data. Pages and pictures with burnt-in lines stay.
_NAMELESS: tuple[Part, ...] = ("seg", "sr", "probability")

# Where each part lies in the folder of a result.
_PATTERNS: dict[Part, tuple[str, ...]] = {
    "seg": ("seg.dcm", "classes_seg.dcm"),
    "sr": ("sr.dcm",),
    "key_images": ("key_images.dcm",),
    "pdf": ("report.dcm",),
    "capture": ("overlays/*.dcm",),
    "bounds": ("bounds_seg.dcm",),
    "probability": ("probability_seg.dcm",),
    "mosmed": ("mosmed/**/*.dcm",),
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
        scratch: an empty folder for as long as it is sent.
        key: by which results without their patient are disguised; None where none are sent.
    """

    result_id: str
    folder: Path
    lang: str
    made_at: int
    whose: Whose
    scratch: Path
    key: str | None = None

    def dicom(self, parts: tuple[Part, ...], *, pseudonymous: bool) -> list[Path]:
        """DICOM files of these parts; a study without a lesion has no SEG, one with classes two.

        Without their patient they are data alone, disguised by the key of `glioscope anonymize`.
        """
        inside = self.folder / FILES
        if not pseudonymous:
            return dicom_files(inside, parts)
        nameless: tuple[Part, ...] = tuple(one for one in _NAMELESS if one in parts)
        return [
            self._disguised(path, inside / "sr.dcm")
            for path in dicom_files(inside / PSEUDONYMOUS, nameless)
        ]

    def _disguised(self, path: Path, identified: Path) -> Path:
        written = self.scratch / path.name
        self.disguise().write(path, identified, written)
        return written

    def disguise(self) -> Disguise:
        """What hides whose a result is.

        Raises:
            DestinationRefused: the node's file names no key any more.
        """
        if self.key is None:
            raise DestinationRefused("there is no key to hide the patient by")
        return Disguise(self.key)

    def reports(self) -> Iterator[Path]:
        """The reports in its language."""
        yield from sorted((self.folder / FILES).glob(f"report.{self.lang}.*"))


def dicom_files(folder: Path, parts: tuple[Part, ...]) -> list[Path]:
    """DICOM files of these parts in a result's folder of files."""
    patterns = [pattern for part in parts for pattern in _PATTERNS[part]]
    return [path for pattern in patterns for path in sorted(folder.glob(pattern))]


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
