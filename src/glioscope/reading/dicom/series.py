"""Headers to stacks of frames: what one series UID holds, taken apart until it is one volume each.

A series may mix orientations (localizers), echoes, sizes, parts (magnitude and phase) and points in
time; frames that agree in all of them form one stack.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby

from glioscope.reading.dicom.files import DicomFile, Scan, value
from glioscope.reading.dicom.headers import Frame, contrast_agent, frames_of, integer, words
from glioscope.reading.dicom.text import text

# Components of directions that scanners and converters round away; 0.001 is 0.1 mm at 100 mm.
_SAME_DIRECTION = 1e-3
_SAME_ECHO_MS = 0.5
# Parts of the complex signal as vendors name them; magnitude is what a radiologist looks at.
_PARTS = {
    "P": "phase",
    "PHASE": "phase",
    "PHASE MAP": "phase",
    "R": "real",
    "REAL": "real",
    "I": "imaginary",
    "IMAGINARY": "imaginary",
}


@dataclass(frozen=True)
class Series:
    """One stack of a series, or the series itself where it holds no picture (`frames` is ()).

    `label` is how a user names it: the series number, with `/2` and so on where the series UID
    holds several stacks, and the UID in place of a number that is missing or not the only one; `?`
    where there is none of either.
    `description` joins what the operator wrote. `contrast` is the header element that speaks of a
    contrast agent, None where none does. `started` sorts by date and time of acquisition.
    """

    label: str
    study_uid: str
    uid: str
    number: int | None
    stack: int
    stacks: int
    description: str
    modality: str
    sop_class: str
    image_type: tuple[str, ...]
    part: str
    contrast: str | None
    started: str
    lossy: bool
    frames: tuple[Frame, ...] = field(repr=False)
    header: DicomFile = field(repr=False)


def series_by_study(
    scan: Scan, charset: str | None = None
) -> list[tuple[str, list[tuple[Series, ...]]]]:
    """Stacks of every StudyInstanceUID, for each of its patients by series number, UID and stack.

    A study has one patient; anonymisers that drop the UID, or make it the same for all, break that.
    """
    studies: dict[str, list[DicomFile]] = defaultdict(list)
    for file in scan.files:
        studies[words(value(file.header, "StudyInstanceUID"))].append(file)
    return [
        (study, [series_of(group, charset) for group in _by_patient(files)])
        for study, files in sorted(studies.items())
    ]


def _by_patient(files: list[DicomFile]) -> list[list[DicomFile]]:
    """Files by PatientID; those without one belong to the only patient, where there is one."""
    # Case and padding of a number differ between the consoles of one hospital.
    numbers = [words(value(f.header, "PatientID")).strip().casefold() for f in files]
    if len(set(numbers) - {""}) < 2:
        return [files]
    found: dict[str, list[DicomFile]] = defaultdict(list)
    for number, file in zip(numbers, files, strict=True):
        found[number].append(file)
    return list(found.values())


def series_of(files: Iterable[DicomFile], charset: str | None = None) -> tuple[Series, ...]:
    """Stacks of one study, by series number, UID and stack."""
    found: dict[str, list[DicomFile]] = defaultdict(list)
    for file in files:
        found[words(value(file.header, "SeriesInstanceUID"))].append(file)
    return _numbered([s for group in found.values() for s in _stacks(group, charset)])


def alike(series: Series) -> tuple[object, ...]:
    """What the series of one scan have in common: description, plane, size, times, and space."""
    first = series.frames[0]
    said = series.description, first.frame_of_reference, first.temporal, first.physics
    return (*said, first.shape, first.orientation, first.spacing, part_of(first.image_type))


def continued_in(one: Series, others: Sequence[Series]) -> int:
    """How many others hold slices of the same scan, by all that headers say, and none of `one`.

    Anonymisers that give each file a series of its own, and archives that cut long ones, leave
    that.
    """
    same = [o for o in others if o is not one and o.frames and alike(o) == alike(one)]
    here = {frame.position for frame in one.frames}
    return sum(not any(frame.position in here for frame in other.frames) for other in same)


def part_of(image_type: tuple[str, ...]) -> str:
    """`magnitude`, `phase`, `real` or `imaginary`, by the terms after the first two."""
    return next((_PARTS[term] for term in image_type[2:] if term in _PARTS), "magnitude")


def _stacks(files: list[DicomFile], charset: str | None) -> list[Series]:
    files = sorted(files, key=lambda f: (integer(value(f.header, "InstanceNumber")), f.name))
    frames = [frame for file in files for frame in frames_of(file)]
    groups = _alike(frames) or [()]
    return [
        _series(group, group[0].file if group else files[0], index, len(groups), charset)
        for index, group in enumerate(groups, start=1)
    ]


def _alike(frames: list[Frame]) -> list[tuple[Frame, ...]]:
    """Frames in groups that agree, each as the first of its group does; in order."""
    # By what is exactly equal first: a perfusion series has thousands of frames and many groups.
    groups: dict[tuple[object, ...], list[list[Frame]]] = defaultdict(list)
    ordered: list[list[Frame]] = []
    for frame in sorted(frames, key=lambda f: (f.order, f.instance_uid, f.file.name)):
        equal = groups[
            frame.shape, frame.temporal, frame.physics.b_value, part_of(frame.image_type)
        ]
        home = next((g for g in equal if _agree(g[0], frame)), None)
        if home is None:
            home = list[Frame]()
            equal.append(home)
            ordered.append(home)
        home.append(frame)
    return [tuple(group) for group in ordered]


def _agree(one: Frame, other: Frame) -> bool:
    echoes = _single(one.physics.echo_ms), _single(other.physics.echo_ms)
    return _near(*echoes, _SAME_ECHO_MS) and _near(
        one.orientation, other.orientation, _SAME_DIRECTION
    )


def _single(number: float | None) -> tuple[float, ...] | None:
    return None if number is None else (number,)


def _near(one: tuple[float, ...] | None, other: tuple[float, ...] | None, limit: float) -> bool:
    if one is None or other is None:
        return one is other
    return all(abs(a - b) <= limit for a, b in zip(one, other, strict=True))


def _series(
    frames: tuple[Frame, ...], file: DicomFile, stack: int, stacks: int, charset: str | None
) -> Series:
    header = file.header
    number = value(header, "SeriesNumber")
    image_type = frames[0].image_type if frames else ()
    written = [text(header, k, charset) for k in ("SeriesDescription", "ProtocolName")]
    return Series(
        label="",
        study_uid=words(value(header, "StudyInstanceUID")),
        uid=words(value(header, "SeriesInstanceUID")),
        number=None if number is None else integer(number),
        stack=stack,
        stacks=stacks,
        description=" | ".join(dict.fromkeys(w for w in written if w)),
        modality=words(value(header, "Modality")).upper(),
        sop_class=words(value(header, "SOPClassUID")),
        image_type=image_type,
        part=part_of(image_type),
        contrast=contrast_agent(file),
        started=_started(file),
        lossy=words(value(header, "LossyImageCompression")) == "01",
        frames=frames,
        header=file,
    )


def _started(file: DicomFile) -> str:
    """Date and time as digits; "" where neither acquisition nor series says."""
    whole = words(value(file.header, "AcquisitionDateTime"))
    if whole:
        return whole
    pairs = (("AcquisitionDate", "AcquisitionTime"), ("SeriesDate", "SeriesTime"))
    for pair in pairs:
        date, time = (words(value(file.header, keyword)) for keyword in pair)
        if time:
            return date + time
    return ""


def _numbered(series: list[Series]) -> tuple[Series, ...]:
    """In order, each with the shortest label that is its own."""
    ordered = sorted(series, key=lambda s: (s.number is None, s.number or 0, s.uid, s.stack))
    found: list[Series] = []
    for number, same in groupby(ordered, key=lambda s: s.number):
        group = list(same)
        alone = number is not None and len({s.uid for s in group}) == 1
        for one in group:
            name = str(number) if alone else one.uid or "?"
            found.append(replace(one, label=name + (f"/{one.stack}" if one.stacks > 1 else "")))
    return tuple(found)
