"""DICOM studies from a folder, a ZIP or a CD: FLAIR as it was scanned, T1 and T1GD on its grid."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from glioscope.errors import InputError, InvalidImage, MissingSequence
from glioscope.reading.checks import missing_channels, require_signal
from glioscope.reading.containers.entry import Container
from glioscope.reading.containers.folder import open_container
from glioscope.reading.dicom.choice import Candidate, candidates, choose
from glioscope.reading.dicom.files import scan
from glioscope.reading.dicom.headers import Frame, acquisition_of, scanned_at
from glioscope.reading.dicom.pixels import read_stack
from glioscope.reading.dicom.series import Series, series_by_study
from glioscope.reading.dicom.standard import notices
from glioscope.reading.quiet import quietly
from glioscope.reading.resample import resample_to
from glioscope.study import Channel, SeriesRef, Source, Study
from glioscope.texts.message import Message, message
from glioscope.volume import Image

Names = Mapping[Channel, str]

_PSEUDONYM_DIGITS = 12
# Series listed in an error.
_MOST_SEEN = 12


@dataclass(frozen=True)
class DicomStudy:
    """One examination whose headers were read and whose pixels were not.

    `study_id` is a pseudonym: a hash of the StudyInstanceUID, or of the instances' UIDs where it is
    empty. `skipped` counts the files beside it that are not DICOM or damaged; `notes` are warnings
    of the whole container.
    """

    study_id: str
    uid: str
    candidates: tuple[Candidate, ...]
    skipped: Mapping[str, int]
    notes: tuple[Message, ...] = ()
    charset: str | None = field(default=None)

    @property
    def has_pictures(self) -> bool:
        """Whether any of its series is MR with pictures."""
        return any(c.series.frames and c.series.modality == "MR" for c in self.candidates)


def read_dicom(
    path: Path,
    flair: str | None = None,
    t1: str | None = None,
    t1gd: str | None = None,
    charset: str | None = None,
) -> Study:
    """The one study behind a folder, a ZIP, a DICOMDIR or one file.

    `flair`, `t1` and `t1gd` name series by number or UID (`4`, `4/2` for the second stack of 4);
    without them they are chosen by `dicom_choice.choose`. `charset` is the code page of text whose
    character set was not declared (`cp1251`); without it such text reads as Latin-1.

    Raises:
        InputError: no DICOM, several studies, or a name that fits no series.
        MissingSequence: no series is FLAIR.
        UnreadableFile: a file is damaged or truncated, or its pixels cannot be decoded.
        InvalidImage: the geometry has a fault, or FLAIR is empty.
        GridMismatch: T1 or T1GD was named and lies in another frame of reference than FLAIR.
    """
    studies = find_studies(open_container(path), charset)
    if len(studies) != 1:
        raise InputError("reading.dicom.several_studies", name=path.name, count=len(studies))
    names = {Channel.FLAIR: flair, Channel.T1: t1, Channel.T1GD: t1gd}
    return read_study(studies[0], {s: name for s, name in names.items() if name})


def find_studies(container: Container, charset: str | None = None) -> tuple[DicomStudy, ...]:
    """Studies with MR pictures in one input, by StudyInstanceUID; pixels are not read.

    One UID of several patients gives a study for each, with a note. Where none has MR pictures all
    are given, so that it can be said why.

    Raises:
        InputError: nothing there is DICOM.
    """
    files = scan(container)
    found: list[DicomStudy] = []
    for uid, patients in series_by_study(files, charset):
        several = uid and len(patients) > 1
        notes = (message("reading.dicom.several_patients", count=len(patients)),) if several else ()
        for series in patients:
            key = f"{uid} {_instances(series)}" if several else uid or _instances(series)
            found.append(
                DicomStudy(
                    pseudonym(key),
                    uid,
                    candidates(series),
                    files.skipped,
                    (*files.notes, *notes),
                    charset,
                )
            )
    return tuple(study for study in found if study.has_pictures) or tuple(found)


def _instances(series: Sequence[Series]) -> str:
    """What tells a study without a StudyInstanceUID from others: all its pictures."""
    return " ".join(sorted({frame.instance_uid for one in series for frame in one.frames}))


def pseudonym(study_uid: str) -> str:
    """A short name for a study that says nothing of the patient, equal for equal UIDs."""
    return f"dicom-{hashlib.sha256(study_uid.encode()).hexdigest()[:_PSEUDONYM_DIGITS]}"


def read_study(study: DicomStudy, names: Names | None = None) -> Study:
    """Read the pixels of the series that are chosen; errors and `names` as in `read_dicom`."""
    choice = choose(study.candidates, names or {})
    if Channel.FLAIR not in choice.chosen:
        raise no_flair(study)
    images: dict[Channel, Image] = {}
    series: dict[Channel, SeriesRef] = {}
    first: dict[Channel, Frame] = {}
    warnings = [*study.notes, *choice.warnings]
    for sequence, candidate in choice.chosen.items():
        image, series[sequence], first[sequence] = _read(candidate, study, sequence)
        reference = images.get(Channel.FLAIR, image)
        images[sequence] = resample_to(image, reference.grid)
    with quietly():
        warnings += notices(series[Channel.FLAIR])
    missing = missing_channels({s: i.array for s, i in images.items()}, study.study_id)
    real = {s: image for s, image in images.items() if s not in missing}
    source = Source(
        "dicom",
        series={s: series[s] for s in real},
        acquired={s: acquisition_of(first[s]) for s in real},
        scanned=scanned_at(first[Channel.FLAIR].file),
    )
    return Study(study.study_id, real, source, (*warnings, *missing.values()))


def _read(
    candidate: Candidate, study: DicomStudy, sequence: Channel
) -> tuple[Image, SeriesRef, Frame]:
    if candidate.stack is None:
        raise InvalidImage.of(
            candidate.fault
            or message(
                "reading.dicom.no_mr_picture",
                series=candidate.name,
                reasons=candidate.verdict.reasons,
            )
        )
    where = message("reading.where.series", series=candidate.series.label)
    array, reference = read_stack(candidate.stack, candidate.series.uid, where, study.charset)
    if sequence is Channel.FLAIR:
        require_signal(array, where)
    return Image(array, candidate.stack.grid), reference, candidate.stack.places[0][0]


def no_flair(study: DicomStudy) -> MissingSequence:
    """The error for a study without FLAIR: what is there in its place, and how much was damaged."""
    seen = [
        message("reading.dicom.seen", series=c.series.label, what=c.verdict.what)
        for c in study.candidates
        if c.series.frames
    ]
    if len(seen) > _MOST_SEEN:
        seen[_MOST_SEEN:] = [message("reading.more", count=len(seen) - _MOST_SEEN)]
    said = {"study": study.study_id, "seen": tuple(seen) or message("reading.dicom.no_pictures")}
    if damaged := study.skipped.get("damaged"):
        return MissingSequence("reading.dicom.no_flair_damaged", damaged=damaged, **said)
    if not study.has_pictures:
        return MissingSequence("reading.dicom.no_mr", **said)
    return MissingSequence("reading.dicom.no_flair", **said)
