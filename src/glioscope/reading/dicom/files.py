# pyright: basic
# It speaks with pydicom, whose types have gaps.
"""Everything that is DICOM in a folder, a ZIP or a CD, as headers; pixels are read when needed."""

import zlib
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import Any

import pydicom
from pydicom.dataset import Dataset, FileDataset
from pydicom.errors import BytesLengthException, InvalidDicomError
from pydicom.filereader import read_partial
from pydicom.tag import BaseTag, Tag
from pydicom.uid import DeflatedExplicitVRLittleEndian, MediaStorageDirectoryStorage

from glioscope.errors import InputError, UnreadableFile
from glioscope.reading.containers.dicomdir import listed_files
from glioscope.reading.containers.entry import Container, Content, Entry
from glioscope.reading.damage import DAMAGE
from glioscope.reading.dicom.sniff import MAGIC, PREAMBLE, is_dicom
from glioscope.reading.quiet import quietly
from glioscope.texts.message import Message, message

# What pydicom adds to it.
DICOM_DAMAGE = (*DAMAGE, InvalidDicomError, BytesLengthException)

# Read in the first pass; the rest of a header is read with the pixels, of chosen series only.
_TAGS = """
SpecificCharacterSet SOPClassUID SOPInstanceUID StudyInstanceUID SeriesInstanceUID Modality
PatientID SeriesDate SeriesTime AcquisitionDate AcquisitionTime AcquisitionDateTime SeriesNumber
InstanceNumber SeriesDescription ProtocolName ImageType LossyImageCompression
Rows Columns PixelSpacing ImagePositionPatient ImageOrientationPatient FrameOfReferenceUID
SliceThickness SpacingBetweenSlices RescaleSlope RescaleIntercept TemporalPositionIdentifier
ScanningSequence SequenceVariant AngioFlag RepetitionTime EchoTime EffectiveEchoTime
InversionTime InversionTimes FlipAngle EchoPulseSequence EchoPlanarPulseSequence
InversionRecovery AcquisitionContrast DiffusionBValue
ContrastBolusAgent ContrastBolusAgentSequence ContrastBolusVolume ContrastBolusTotalDose
ContrastBolusStartTime StudyDate StudyTime MagneticFieldStrength
NumberOfFrames SharedFunctionalGroupsSequence PerFrameFunctionalGroupsSequence
"""
TAGS = tuple(_TAGS.split())
_STUDY_UID = Tag("StudyInstanceUID")

# A head at 0.5 mm in 16 bit is 0.1 GB. Deflate shrinks zeros a thousandfold, and pydicom unpacks
# such a file as a whole, so its size is measured before.
_MAX_INFLATED = 2**30
_CHUNK = 2**20


@dataclass(frozen=True)
class DicomFile:
    """One DICOM file: its name in the container, its header in `TAGS`, and how to open it."""

    name: str
    header: Dataset = field(repr=False)
    open: Callable[[], Content] = field(repr=False)


@dataclass(frozen=True)
class Scan:
    """What lies behind one path.

    `skipped` counts the files that are not DICOM (`other`), the directories of a CD (`DICOMDIR`)
    and files too damaged to be read (`damaged`); `notes` says what the reader should know.
    """

    files: tuple[DicomFile, ...]
    skipped: Mapping[str, int]
    notes: tuple[Message, ...] = ()


def scan(container: Container) -> Scan:
    """Headers of all DICOM in a folder, a ZIP, a DICOMDIR or one DICOM file, in name order.

    Where a DICOMDIR in a folder lists files that are not there, a note says how many; names are
    compared without case, because CDs are copied so.

    Raises:
        InputError: nothing there is DICOM.
    """
    found: list[DicomFile] = []
    listed: set[str] = set()
    seen: set[str] = set()
    skipped: Counter[str] = Counter()
    for member in container.entries:
        seen.add(_plain(member.name))
        file = _look_at(member)
        if isinstance(file, DicomFile):
            found.append(file)
            continue
        skipped[file] += 1
        if file == "DICOMDIR":
            listed |= _listed(member)
    if not found:
        raise _no_dicom(container, skipped)
    return Scan(tuple(found), dict(skipped), _notes(skipped, listed - seen))


def _no_dicom(container: Container, skipped: Counter[str]) -> InputError:
    name, files, damaged = container.name, skipped.total(), skipped["damaged"]
    if container.kind == "zip" and not damaged:
        return InputError("reading.zip_no_dicom", name=name, files=files)
    if damaged:
        return InputError("reading.dicom.none_damaged", name=name, files=files, damaged=damaged)
    return InputError("reading.dicom.none", name=name, files=files)


def read_whole(file: DicomFile) -> FileDataset:
    """Header and pixels of a file, pixels still encoded.

    Raises:
        UnreadableFile: damaged, truncated, or unpacking to more than 1 GiB.
    """
    try:
        with quietly(), file.open() as stream:
            data = BytesIO(stream.read())
            _require_inflated_size(data)
            return pydicom.dcmread(data, force=True)
    except DICOM_DAMAGE as error:
        raise UnreadableFile(
            "reading.dicom.damaged", where=label(file), error=type(error).__name__
        ) from error


def read_whole_header(file: DicomFile) -> Dataset:
    """Header of a file, all of it; raises one of `DICOM_DAMAGE` where it is damaged."""
    with quietly(), file.open() as stream:
        return pydicom.dcmread(stream, stop_before_pixels=True, force=True)


def study_uid_in(head: bytes) -> str | None:
    """The StudyInstanceUID that the first bytes of a DICOM file tell; None where they do not."""
    stream = BytesIO(head)
    if not is_dicom(stream):
        return None
    beyond = False

    def stop(tag: BaseTag, _vr: str | None, _length: int) -> bool:
        nonlocal beyond
        beyond = tag > _STUDY_UID
        return beyond

    try:
        with quietly():
            header = read_partial(stream, stop, force=True, specific_tags=[_STUDY_UID])
    except DICOM_DAMAGE:
        return None
    # Without anything after it the UID may be cut.
    return value(header, "StudyInstanceUID") or None if beyond else None


def label(file: DicomFile) -> Message:
    """How messages name a file: by numbers, because file names on a CD may hold the patient's."""
    series, instance = (value(file.header, k) for k in ("SeriesNumber", "InstanceNumber"))
    return message(
        "reading.where.instance",
        series="?" if series is None else str(series),
        instance=str(instance or "?"),
    )


def read_header(path: Path) -> Dataset:
    """Header of a file on disk; raises one of `DICOM_DAMAGE` where it is damaged."""
    return pydicom.dcmread(path, stop_before_pixels=True)


def value(item: Dataset, keyword: str) -> Any:
    """Value of an element, None where it is absent or cannot be read.

    pydicom converts, and complains, when a value is first asked for.
    """
    try:
        with quietly():
            return item.get(keyword)
    except DICOM_DAMAGE:
        return None


def _notes(skipped: Counter[str], absent: set[str]) -> tuple[Message, ...]:
    notes: list[Message] = []
    if count := skipped["damaged"]:
        notes.append(message("reading.dicom.left_out", count=count))
    if absent:
        notes.append(message("reading.dicom.absent", count=len(absent)))
    return tuple(notes)


def _plain(name: str) -> str:
    """A name as a CD's file system compares it: without case, version number or empty ending."""
    return name.upper().split(";")[0].rstrip(".")


def _listed(directory: Entry) -> set[str]:
    """Names that a DICOMDIR lists, from the container's root."""
    folder = directory.name.rpartition("/")[0]
    try:
        with quietly(), directory.open() as stream:
            listed = listed_files(stream, directory.name)
    except UnreadableFile:
        return set()
    return {_plain("/".join([folder, *parts] if folder else parts)) for parts in listed}


def _look_at(member: Entry) -> DicomFile | str:
    """The file, or why it is none."""
    try:
        with quietly(), member.open() as stream:
            if not is_dicom(stream):
                return "other"
            _require_inflated_size(stream)
            header = pydicom.dcmread(
                stream, stop_before_pixels=True, force=True, specific_tags=list(TAGS)
            )
            if header.file_meta.get("MediaStorageSOPClassUID") == MediaStorageDirectoryStorage:
                return "DICOMDIR"
            complete = bool(header.get("SOPClassUID") and header.get("SOPInstanceUID"))
    except (*DICOM_DAMAGE, UnreadableFile):
        return "damaged"
    return DicomFile(member.name, header, member.open) if complete else "damaged"


def _require_inflated_size(stream: Content) -> None:
    """Raise ValueError for a deflated data set above 1 GiB; leaves the stream at its start."""
    start = stream.read(PREAMBLE + 1024)
    if DeflatedExplicitVRLittleEndian.encode() in start:
        group = start[PREAMBLE + len(MAGIC) :][:12]
        if group[:8] != b"\2\0\0\0UL\4\0":
            raise ValueError("a deflated file without the length of its meta group")
        stream.seek(PREAMBLE + len(MAGIC) + len(group) + int.from_bytes(group[8:], "little"))
        count_inflated(stream)
    stream.seek(0)


def count_inflated(stream: Content) -> None:
    """Raise ValueError where the rest of a stream, deflated, unpacks to more than 1 GiB.

    Raises zlib.error where it is damaged.
    """
    inflate, total = zlib.decompressobj(-zlib.MAX_WBITS), 0
    while chunk := stream.read(_CHUNK):
        while chunk:
            total += len(inflate.decompress(chunk, _CHUNK))
            if total > _MAX_INFLATED:
                raise ValueError("a deflated file unpacks to more than 1 GiB")
            chunk = inflate.unconsumed_tail
