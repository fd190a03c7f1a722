# pyright: basic
# It speaks with dicognito, whose types have gaps.
"""MR instances and results without their patient, by PS3.15, annex E, basic profile, and stricter.

dicognito replaces UIDs, identifiers and names and shifts dates (as in the option "Retain
Longitudinal Temporal Information With Modified Dates"). What it leaves is removed here by keeping
only what is listed: descriptions, comments, private elements, overlays, requests and visits.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from pydicom.datadict import keyword_for_tag
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.uid import UID, EnhancedMRImageStorage, MRImageStorage

from glioscope.errors import InputError, UnreadableFile
from glioscope.files import atomic_folder
from glioscope.reading.containers.folder import open_container
from glioscope.reading.dicom.files import DICOM_DAMAGE, DicomFile, label, read_whole, scan
from glioscope.reading.dicom.headers import contrast_agent
from glioscope.reading.dicom.study import pseudonym
from glioscope.reading.quiet import quietly
from glioscope.texts.message import message

if TYPE_CHECKING:
    from dicognito.anonymizer import Anonymizer

_MR = (MRImageStorage, EnhancedMRImageStorage)

# Value representations that can hold anything a person typed, or bytes nobody reads.
_FREE_KINDS = "AE AS LO LT OB OD OF OL OV OW PN SH ST UC UN UR UT"
# Those of them that stay: what the scanner is and did, codes, and the pixels.
_FREE_NAMES = """
Manufacturer ManufacturerModelName SoftwareVersions SequenceName PulseSequenceName
ReceiveCoilName TransmitCoilName ImagedNucleus RescaleType StackID DimensionDescriptionLabel
CodeValue CodingSchemeDesignator CodingSchemeVersion CodeMeaning ContrastBolusAgent
PatientName PatientID StudyID AccessionNumber ReferringPhysicianName PixelData
"""
_SEQUENCE_NAMES = """
SharedFunctionalGroupsSequence PerFrameFunctionalGroupsSequence DimensionOrganizationSequence
DimensionIndexSequence ReferencedImageSequence SourceImageSequence AnatomicRegionSequence
RealWorldValueMappingSequence MRReceiveCoilSequence MRTransmitCoilSequence
ContrastBolusAgentSequence
"""
_TIME_NAMES = """
StudyDate SeriesDate AcquisitionDate ContentDate StudyTime SeriesTime AcquisitionTime
ContentTime AcquisitionDateTime FrameAcquisitionDateTime FrameReferenceDateTime
"""
_FREE, _KEPT_FREE = frozenset(_FREE_KINDS.split()), frozenset(_FREE_NAMES.split())
_KEPT_SEQUENCES, _KEPT_TIMES = frozenset(_SEQUENCE_NAMES.split()), frozenset(_TIME_NAMES.split())
# Patient, trial, visit and order: of these only what the standard requires.
_PERSONAL_GROUPS = (0x0010, 0x0012, 0x0032, 0x0038, 0x0040, 0x4008)
_REQUIRED = ("PatientName", "PatientID", "RealWorldValueMappingSequence")


@dataclass(frozen=True)
class Anonymized:
    """What was written, and what was left out and why (a count for each reason)."""

    folder: Path
    studies: int
    instances: int
    left_out: dict[str, int]
    unsure: int


def anonymize(path: Path, out: Path, key: str) -> Anonymized:
    """Write the MR instances behind `path` to the new folder `out`, without their patient.

    Equal keys give equal results, and one patient's studies stay together under one key. Files are
    named by numbers: `<study>/<series>/<instance>.dcm`. Instances that say that text is burnt in,
    and everything that is not MR, are left out; `unsure` counts those that say nothing of it.

    Raises:
        InputError: nothing MR is there, or `out` exists.
        UnreadableFile: the container is refused, or a file of it is damaged.
    """
    from dicognito.anonymizer import Anonymizer

    if out.exists():
        raise InputError("writing.anonymized_there", folder=out.name)
    files = scan(open_container(path))
    kept = sorted((f for f in files.files if f.header.SOPClassUID in _MR), key=_order)
    left_out = {**files.skipped}
    if others := len(files.files) - len(kept):
        left_out["not MR"] = others
    if not kept:
        raise InputError("writing.no_mr", file=path.name)
    worker = Anonymizer(seed=key)
    studies: set[str] = set()
    written = unsure = 0
    with atomic_folder(out) as folder:
        for file, name in zip(kept, _names(kept), strict=True):
            dataset = read_whole(file)
            if dataset.get("BurnedInAnnotation") == "YES":
                left_out["text burnt in"] = left_out.get("text burnt in", 0) + 1
                continue
            unsure += dataset.get("BurnedInAnnotation") != "NO"
            _clean(dataset, worker, file)
            studies.add(pseudonym(dataset.StudyInstanceUID))
            _save(dataset, folder / pseudonym(dataset.StudyInstanceUID) / name)
            written += 1
        if not written:
            raise InputError("writing.all_burnt_in", file=path.name)
    return Anonymized(out, len(studies), written, left_out, unsure)


class Disguise:
    """Results, and moments, as `anonymize` with the same key would make them of the same patient.

    So a result still points at the pictures that `anonymize` wrote, and stands in their study.
    """

    def __init__(self, key: str) -> None:
        from dicognito.anonymizer import Anonymizer

        self._worker = Anonymizer(seed=key)

    def write(self, result: Path, identified: Path, path: Path) -> None:
        """Write a result that was made without its patient (`DicomTarget.pseudonymous`).

        `identified` is any result of the same study that names its patient: dates and numbers are
        taken from there, and changed. Texts that call the study by its pseudonym, which a hash of
        its UID gives away, call it by the new one.

        Raises:
            UnreadableFile: a file is damaged.
        """
        from pydicom import dcmread

        try:
            with quietly():
                dataset = dcmread(result)
                whose = dcmread(identified, specific_tags=list(_FROM_IDENTIFIED))
                self._disguise(dataset, whose)
        except DICOM_DAMAGE as error:
            where, kind = result.name, type(error).__name__
            raise UnreadableFile("writing.not_anonymized", where=where, kind=kind) from error
        _save(dataset, path)

    def moment(self, at: datetime) -> datetime:
        """A moment, put back by as much as all dates are."""
        dataset = Dataset()
        dataset.file_meta = FileMetaDataset()
        dataset.AcquisitionDateTime = f"{at:%Y%m%d%H%M%S}"
        self._worker.anonymize(dataset)
        return datetime.strptime(str(dataset.AcquisitionDateTime), "%Y%m%d%H%M%S").replace(
            tzinfo=at.tzinfo
        )

    def _disguise(self, dataset: FileDataset, whose: Dataset) -> None:
        known_by = str(dataset.get("PatientID", ""))
        dataset.remove_private_tags()
        for keyword in ("PatientID", "StudyID", "AccessionNumber", "StudyDate", "StudyTime"):
            setattr(dataset, keyword, str(whose.get(keyword) or ""))
        # Results are dated by what they are of; theirs holds no date, but the standard wants some.
        for name in _DATED:
            for kind in ("Date", "Time"):
                keyword = name.format(kind)
                if keyword in dataset:
                    setattr(dataset, keyword, str(whose.get(f"Series{kind}") or ""))
        self._worker.anonymize(dataset)
        _settle(dataset, agent=None)
        if known_by:
            _rename(dataset, known_by, str(dataset.PatientID))
        dataset.file_meta = _meta(dataset)
        dataset.preamble = b"\0" * 128


_DATED = ("Series{}", "Content{}", "InstanceCreation{}", "{}OfSecondaryCapture")
_FROM_IDENTIFIED = (
    *("PatientID", "StudyID", "AccessionNumber"),
    *("StudyDate", "StudyTime", "SeriesDate", "SeriesTime"),
)


def _rename(dataset: Dataset, old: str, new: str) -> None:
    for element in dataset:
        if element.VR == "SQ":
            for item in element.value:
                _rename(item, old, new)
        elif isinstance(element.value, str) and old in element.value:
            element.value = element.value.replace(old, new)


def _order(file: DicomFile) -> tuple[str, int, str, int, str]:
    header = file.header
    return (
        str(header.get("StudyInstanceUID", "")),
        int(header.get("SeriesNumber") or 0),
        str(header.get("SeriesInstanceUID", "")),
        int(header.get("InstanceNumber") or 0),
        str(header.SOPInstanceUID),
    )


def _names(files: list[DicomFile]) -> Iterator[Path]:
    """Series and instance as numbers, counted within the study and the series."""
    series: dict[str, dict[str, int]] = {}
    for file in files:
        study = str(file.header.get("StudyInstanceUID", ""))
        counts = series.setdefault(study, {})
        uid = str(file.header.get("SeriesInstanceUID", ""))
        counts[uid] = counts.get(uid, 0) + 1
        number = list(counts).index(uid) + 1
        yield Path(f"series-{number:03d}") / f"{counts[uid]:05d}.dcm"


def _clean(dataset: FileDataset, worker: "Anonymizer", file: DicomFile) -> None:
    """Remove the patient from a data set, in place."""
    agent = contrast_agent(file)
    try:
        with quietly():
            dataset.remove_private_tags()
            _keep_listed(dataset, top=True)
            dataset.file_meta = _meta(dataset)
            worker.anonymize(dataset)
            _settle(dataset, agent)
            dataset.file_meta = _meta(dataset)
            dataset.preamble = b"\0" * 128
    except DICOM_DAMAGE as error:
        raise UnreadableFile(
            "writing.not_anonymized", where=label(file), kind=type(error).__name__
        ) from error


def _meta(dataset: FileDataset) -> FileMetaDataset:
    """A new meta group: the old one may name the programs and people that sent the file."""
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = dataset.SOPClassUID
    meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID
    meta.TransferSyntaxUID = UID(dataset.file_meta.TransferSyntaxUID)
    return meta


def _keep_listed(dataset: Dataset, *, top: bool) -> None:
    # Tags first: to ask an element for its VR may decode it, and its value may be damaged.
    for tag in list(dataset.keys()):
        if top and tag.group in _PERSONAL_GROUPS and keyword_for_tag(tag) not in _REQUIRED:
            del dataset[tag]
            continue
        element = dataset[tag]
        if _is_free(element.keyword, element.VR) or (
            top and _is_other(element.keyword, element.VR)
        ):
            del dataset[tag]
        elif element.VR == "SQ":
            for item in element.value:
                _keep_listed(item, top=False)


def _is_free(keyword: str, vr: str) -> bool:
    if vr in ("DA", "DT", "TM"):
        return keyword not in _KEPT_TIMES
    return not keyword or (vr in _FREE and keyword not in _KEPT_FREE)


def _is_other(keyword: str, vr: str) -> bool:
    return vr == "SQ" and keyword not in _KEPT_SEQUENCES


def _settle(dataset: Dataset, agent: str | None) -> None:
    """What the standard wants filled or empty, and what says that this was done."""
    for name in ("Study", "Series", "Acquisition", "Content"):
        if not dataset.get(f"{name}Date") and f"{name}Time" in dataset:
            del dataset[f"{name}Time"]  # a time without its date was not shifted
    if "ContrastBolusAgent" in dataset:  # typed by hand, and without it T1 with contrast is T1
        dataset.ContrastBolusAgent = "CONTRAST" if agent else "NONE"
    if "FrameOfReferenceUID" in dataset:
        dataset.PositionReferenceIndicator = ""
    dataset.PatientName = dataset.PatientID = str(dataset.get("PatientID") or "ANONYMOUS")
    dataset.PatientBirthDate = dataset.PatientSex = dataset.ReferringPhysicianName = ""
    dataset.PatientIdentityRemoved = "YES"
    dataset.DeidentificationMethod = str(message("writing.anonymized_by"))
    dataset.LongitudinalTemporalInformationModified = "MODIFIED"
    dataset.SpecificCharacterSet = "ISO_IR 192"


def _save(dataset: FileDataset, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with quietly():
        dataset.save_as(path, enforce_file_format=True)
