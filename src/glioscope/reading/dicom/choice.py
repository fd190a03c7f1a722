"""Which of a study's series are analysed, and why the rest are not; no pixel is read for it."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from glioscope.errors import GridMismatch, InputError, InvalidImage
from glioscope.reading.dicom.geometry import Stack, arrange
from glioscope.reading.dicom.sequence_class import SeriesClass, SeriesKind, classify
from glioscope.reading.dicom.series import Series, alike, continued_in
from glioscope.reading.resample import overlap
from glioscope.study import Channel
from glioscope.texts.message import Message, message
from glioscope.volume import Grid

# A brain is about 130 mm high; below this a series shows a slab of it.
_WHOLE_HEAD_MM = 100.0
# Pixels of the axial pictures up to this are as fine as any; the network's own are 1.25 mm.
_FINE_MM = 1.5

# Below this share of FLAIR's grid a sequence covers too little to be trusted silently.
_COVERED = 0.8


@dataclass(frozen=True)
class Candidate:
    """A series, what it is, and where its slices lie; `fault` says why they cannot be placed.

    Both `stack` and `fault` are None where a series holds no MR picture.
    """

    series: Series
    verdict: SeriesClass
    stack: Stack | None = field(repr=False)
    fault: Message | None = None

    @property
    def name(self) -> Message:
        """How messages name it: `series 4 (t2 flair)`."""
        label, description = self.series.label, self.series.description[:40]
        if not description:
            return message("reading.where.series", series=label)
        return message("reading.where.series_described", series=label, description=description)

    @property
    def frame_of_reference(self) -> str:
        """The space its positions are in; "" where none is named."""
        return self.series.frames[0].frame_of_reference if self.series.frames else ""


@dataclass(frozen=True)
class Choice:
    """The series to analyse, why each other one is not (by label), and what must be known."""

    chosen: Mapping[Channel, Candidate]
    why_not: Mapping[str, Message]
    warnings: tuple[Message, ...] = ()


def candidates(series: Sequence[Series]) -> tuple[Candidate, ...]:
    """Every series with its verdict and geometry, in order."""
    pictures = [s for s in series if s.frames and s.modality == "MR"]
    everywhere = len(pictures) > 1 and all(s.contrast for s in pictures)
    found = tuple(_candidate(s, classify(s, agent_everywhere=everywhere)) for s in series)
    return _without_single_slices(found)


def choose(found: Sequence[Candidate], named: Mapping[Channel, str]) -> Choice:
    """Pick one series for each sequence; FLAIR may be missing from what is chosen.

    A named series is taken whatever it looks like. Else a series of the right class is taken, the
    first in this order: without a fault in its geometry, sure of its class, original, in FLAIR's
    frame of reference, (FLAIR) before contrast, over the whole head, finer axial pictures, thinner
    slices, more of them, the earlier one (T1 with contrast: the later one, which had more time to
    enhance).

    Raises:
        InputError: a name fits no series, several, or one that is no picture, or one twice.
        GridMismatch: a named T1 or T1GD cannot be put onto FLAIR's grid: a fault in its geometry,
            another frame of reference, or another part of the body. One that was not named is
            left out with a warning.
    """
    picked = {s: _named(found, name, s) for s, name in named.items()}
    _require_different(picked)
    chosen: dict[Channel, Candidate] = {}
    why_not: dict[str, Message] = {}
    warnings: list[Message] = []
    for sequence in (Channel.FLAIR, Channel.T1, Channel.T1GD):
        flair = chosen.get(Channel.FLAIR)
        if sequence in picked:
            chosen[sequence] = picked[sequence]
            warnings += _named_notes(picked[sequence], sequence, flair)
            continue
        taken = {c.series.label for c in picked.values()}
        fitting = [c for c in found if c.verdict.kind.sequence is sequence]
        ranked = _ranked([c for c in fitting if c.series.label not in taken], sequence, flair)
        if ranked and (fault := _elsewhere(ranked[0], flair)):
            left_out = message("reading.choice.left_out", channel=sequence.value, fault=fault)
            warnings.append(left_out)
            why_not |= {c.series.label: _elsewhere(c, flair) or fault for c in ranked}
        elif ranked:
            chosen[sequence] = ranked[0]
            why_not |= {c.series.label: _why_not(c, ranked[0], sequence, flair) for c in ranked[1:]}
    used = {c.series.label for c in chosen.values()}
    others = {c.series.label: _not_ours(c) for c in found if c.series.label not in used}
    for sequence, candidate in chosen.items():
        warnings += _notes(candidate, sequence, sequence in picked, found)
        share = _share(candidate, chosen.get(Channel.FLAIR, candidate))
        if share < _COVERED:
            warnings.append(message("reading.covers_part", channel=sequence.value, share=share))
    return Choice(chosen, others | why_not, (*warnings, *_two_plain(found, chosen)))


def _candidate(series: Series, verdict: SeriesClass) -> Candidate:
    if not series.frames or series.modality != "MR":
        return Candidate(series, verdict, None)
    try:
        where = message("reading.where.series", series=series.label)
        return Candidate(series, verdict, arrange(series.frames, where))
    except InvalidImage as error:
        return Candidate(series, verdict, None, error.message)


def _without_single_slices(found: tuple[Candidate, ...]) -> tuple[Candidate, ...]:
    """The same; a single slice of a scan that was cut into series of one slice each has a fault."""
    places: dict[object, set[object]] = defaultdict(set)
    single = [c for c in found if len(c.series.frames) == 1 and c.stack is not None]
    for c in single:
        places[alike(c.series)].add(c.series.frames[0].position)
    faults = {
        c.series.label: message("reading.choice.scattered", series=c.name, count=count)
        for c in single
        if (count := len(places[alike(c.series)]) - 1)
    }
    return tuple(
        replace(c, stack=None, fault=faults[c.series.label]) if c.series.label in faults else c
        for c in found
    )


def _named(found: Sequence[Candidate], name: str, sequence: Channel) -> Candidate:
    fitting = [c for c in found if name in _names(c.series)]
    pictures = [c for c in fitting if c.series.frames]
    if len(pictures) > 1:
        pictures = [c for c in pictures if c.verdict.kind.sequence is sequence] or pictures
    if len(pictures) == 1:
        return pictures[0]
    labels = ", ".join(c.series.label for c in pictures or found)
    option = sequence.value.lower()
    if pictures:
        raise InputError("reading.choice.several", option=option, name=name, labels=labels)
    if fitting:
        raise InputError("reading.choice.no_picture", option=option, name=name, labels=labels)
    raise InputError("reading.choice.unknown", option=option, name=name, labels=labels)


def _names(series: Series) -> set[str]:
    number = "" if series.number is None else str(series.number)
    whole = {series.label, series.uid, number} - {""}
    return whole | {f"{name}/{series.stack}" for name in whole}


def _require_different(picked: Mapping[Channel, Candidate]) -> None:
    labels = [c.series.label for c in picked.values()]
    if len(set(labels)) < len(labels):
        raise InputError("reading.choice.named_twice", labels=", ".join(labels))


def _named_notes(candidate: Candidate, sequence: Channel, flair: Candidate | None) -> list[Message]:
    if fault := _elsewhere(candidate, flair):
        raise GridMismatch("reading.choice.unusable", channel=sequence.value, fault=fault)
    if candidate.verdict.kind.sequence is sequence:
        return []
    return [
        message(
            "reading.choice.looks_like",
            series=candidate.name,
            channel=sequence.value,
            what=candidate.verdict.what,
            reasons=candidate.verdict.reasons,
        )
    ]


def _elsewhere(candidate: Candidate, flair: Candidate | None) -> Message | None:
    """Why a series cannot be put onto FLAIR's grid; None when it can."""
    if flair is None or candidate is flair:
        return None
    if candidate.fault:
        return candidate.fault
    mine, other = candidate.frame_of_reference, flair.frame_of_reference
    if mine and other and mine != other:
        return message("reading.choice.other_position", series=candidate.name, flair=flair.name)
    if candidate.stack and flair.stack and _share(candidate, flair) == 0:
        return message("reading.choice.outside", series=candidate.name, flair=flair.name)
    return None


def _share(candidate: Candidate, flair: Candidate) -> float:
    """Share of FLAIR's grid that a series covers; 1.0 where one of them has no geometry."""
    if candidate.stack is None or flair.stack is None:
        return 1.0
    return overlap(candidate.stack.grid, flair.stack.grid)


def _ranked(
    fitting: list[Candidate], sequence: Channel, flair: Candidate | None
) -> list[Candidate]:
    later_first = sequence is Channel.T1GD
    ordered = sorted(fitting, key=lambda c: c.series.started, reverse=later_first)
    return sorted(ordered, key=lambda c: _rank(c, sequence, flair))


# What each place of `_rank` says of a series that lost there.
_LOST = (
    message("reading.choice.fault"),
    message("reading.choice.unsure"),
    message("reading.choice.derived"),
    message("reading.choice.elsewhere"),
    message("reading.choice.enhanced"),
    message("reading.choice.less_head"),
    message("reading.choice.coarser"),
    message("reading.choice.thicker"),
    message("reading.choice.fewer"),
)
_EARLIER, _LATER = message("reading.choice.earlier"), message("reading.choice.later")


def _rank(c: Candidate, sequence: Channel, flair: Candidate | None) -> tuple[float, ...]:
    """Lower is better; one number for each of `_LOST`."""
    unsure = len(c.verdict.conflicts) + 2 * c.verdict.by_words
    derived = c.series.image_type[:1] == ("DERIVED",)
    enhanced = sequence is Channel.FLAIR and c.series.contrast is not None
    head = (c.stack is None, unsure, derived, _elsewhere(c, flair) is not None, enhanced)
    if c.stack is None:
        return (*map(float, head), 0.0, 0.0, 0.0, 0.0)
    grid = c.stack.grid
    height, pixel = _extent(grid)
    return (
        *map(float, head),
        float(height < _WHOLE_HEAD_MM),
        round(max(pixel, _FINE_MM), 1),
        round(grid.spacing[0], 1),
        -float(grid.shape[0]),
    )


def _extent(grid: Grid) -> tuple[float, float]:
    """Height along the body in mm, and the longest side of a pixel of the axial pictures in mm."""
    directions = np.abs(grid.affine[2, :3]) / grid.spacing
    up = int(directions.argmax())
    height = grid.shape[up] * grid.spacing[up]
    return height, max(s for axis, s in enumerate(grid.spacing) if axis != up)


def _why_not(c: Candidate, best: Candidate, sequence: Channel, flair: Candidate | None) -> Message:
    pair = zip(_rank(c, sequence, flair), _rank(best, sequence, flair), strict=True)
    lost = next((i for i, (mine, its) in enumerate(pair) if mine != its), None)
    order = _EARLIER if sequence is Channel.T1GD else _LATER
    label, why = best.series.label, order if lost is None else _LOST[lost]
    if c.fault is None:
        return message("reading.choice.used", series=label, why=why)
    return message("reading.choice.used_fault", series=label, why=why, fault=c.fault)


def _not_ours(c: Candidate) -> Message:
    if c.verdict.kind.sequence is not None:
        return message("reading.choice.other_named", what=c.verdict.what)
    if c.verdict.kind is SeriesKind.UNKNOWN:
        return message("reading.choice.class_unknown")
    return message("reading.choice.not_analysed", what=c.verdict.what)


def _notes(
    c: Candidate, sequence: Channel, named: bool, found: Sequence[Candidate]
) -> list[Message]:
    """What must be known of a chosen series."""
    notes = list(c.stack.warnings) if c.stack else []
    if not named:
        notes += [
            message("reading.choice.doubt", series=c.name, channel=sequence.value, doubt=doubt)
            for doubt in c.verdict.conflicts
        ]
    if c.series.image_type[:1] == ("DERIVED",):
        notes.append(message("reading.choice.from_others", series=c.name))
    if c.series.lossy:
        notes.append(message("reading.choice.lossy", series=c.name))
    if not c.frame_of_reference:
        notes.append(message("reading.choice.no_frame", series=c.name))
    if count := continued_in(c.series, [other.series for other in found]):
        notes.append(message("reading.choice.scattered", series=c.name, count=count))
    return notes + _missing_ends(c)


def _missing_ends(c: Candidate) -> list[Message]:
    orders = [frame.order[0] for frame in c.series.frames if frame.number is None]
    whole = (
        c.series.stacks == 1
        and len(set(orders)) == max(orders, default=0) - min(orders, default=0) + 1
    )
    if not whole or min(orders) <= 1:
        return []
    return [message("reading.choice.begins_late", series=c.name, instance=min(orders))]


def _two_plain(
    found: Sequence[Candidate], chosen: Mapping[Channel, Candidate]
) -> tuple[Message, ...]:
    plain = [c.series.label for c in found if c.verdict.kind is SeriesKind.T1]
    if Channel.T1GD in chosen or len(plain) < 2:
        return ()
    labels = message("reading.choice.labels", labels=", ".join(plain[:-1]), last=plain[-1])
    return (message("reading.choice.plain_t1", labels=labels),)
