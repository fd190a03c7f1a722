"""What a scanner writes into its headers beyond what glioscope knows of a picture."""

from dataclasses import dataclass

from pydicom import Dataset

from glioscope.writing.dicom.elements import UTF8
from glioscope.writing.mr.series import SeriesTags


@dataclass(frozen=True)
class ScannerTags(SeriesTags):
    """Times are in ms, None where unknown; `image_type` are the values 1 and 2 of Image Type.

    `charset` is the Specific Character Set of the texts.
    """

    repetition_ms: float | None = None
    echo_ms: float | None = None
    inversion_ms: float | None = None
    image_type: tuple[str, str] = ("DERIVED", "PRIMARY")
    charset: str = UTF8


def add_scanner(dataset: Dataset, tags: ScannerTags) -> None:
    """Say in a classic instance what its scanner did."""
    dataset.SpecificCharacterSet = tags.charset
    dataset.ImageType = [*tags.image_type, "OTHER"]
    dataset.RepetitionTime, dataset.EchoTime = tags.repetition_ms, tags.echo_ms
    if tags.inversion_ms is not None:
        dataset.ScanningSequence = ["SE", "IR"]
        dataset.InversionTime = tags.inversion_ms
