"""What every DICOM file that we write has in common: UIDs, equipment, encoding."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from glioscope import __version__
from glioscope.files import atomic_path
from glioscope.reading.dicom.standard import is_uid
from glioscope.texts.catalogue import LANGUAGES
from glioscope.texts.message import message

if TYPE_CHECKING:
    from pydicom import Dataset
    from pydicom.dataset import FileMetaDataset

UTF8 = "ISO_IR 192"
MANUFACTURER = "glioscope"
# DICOM demands a content date where a study without one has none to give; no study is this old.
NO_DATE, NO_TIME = "19000101", "000000"


def uid_of(*parts: str) -> str:
    """A UID that is always the same for the same parts, and no other for any others.

    Under pydicom's root, from the SHA-512 of the parts (`pydicom.uid.generate_uid`).
    """
    from pydicom.uid import generate_uid

    # generate_uid joins its sources: without lengths ("a", "bc") and ("ab", "c") would be one.
    return str(generate_uid(entropy_srcs=["glioscope", *(f"{len(p)}:{p}" for p in parts)]))


def kept_uid(uid: object) -> str:
    """A UID of the source; where it breaks the standard one made from it: it cannot be empty."""
    found = str(uid)
    return found if is_uid(found) else uid_of("against the standard", found)


def study_uid(header: "Dataset") -> str:
    """The study that results are filed under; one made from the series where it names none."""
    found = str(header.get("StudyInstanceUID") or "")
    return kept_uid(found) if found else uid_of(str(header.SeriesInstanceUID), "study")


def item(**values: Any) -> "Dataset":
    """A data set of the elements named by their keywords."""
    from pydicom import Dataset

    found = Dataset()
    for keyword, value in values.items():
        setattr(found, keyword, value)
    return found


def code(value: str, scheme: str, meaning: str) -> "Dataset":
    """One coded concept."""
    return item(CodeValue=value, CodingSchemeDesignator=scheme, CodeMeaning=meaning)


def ds(value: float) -> float:
    """The number that a decimal string of at most 16 characters can hold, nearest to `value`."""
    from pydicom.valuerep import format_number_as_ds

    return float(format_number_as_ds(float(value)))


def in_languages(sentence: str) -> tuple[str, ...]:
    """A sentence without values in every language, English first: nobody knows who will read it."""
    return tuple(message(sentence).in_language(lang) for lang in LANGUAGES)


def software_version() -> str:
    """Our own version."""
    return __version__


def save(dataset: "Dataset", path: Path) -> None:
    """Write a data set in explicit VR little endian, atomically; equal ones give equal bytes."""
    dataset.file_meta = _meta(dataset)
    save_as_it_is(dataset, path)


def save_as_it_is(dataset: "Dataset", path: Path) -> None:
    """Write a data set that has its meta group and encoding, atomically."""
    with atomic_path(path) as temporary:
        dataset.save_as(temporary, enforce_file_format=True)


def _meta(dataset: "Dataset") -> "FileMetaDataset":
    from pydicom.dataset import FileMetaDataset
    from pydicom.uid import ExplicitVRLittleEndian

    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = dataset.SOPClassUID
    meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    return meta
