"""Which of a study's series are analysed, and why the rest are not; no pixel is read for it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from glioscope.errors import GridMismatch, InputError, InvalidImage
from glioscope.reading.dicom.geometry import Stack, arrange
from glioscope.reading.dicom.sequence_class import SeriesClass, SeriesKind, classify
from glioscope.reading.dicom.series import Series
from glioscope.reading.resample import overlap
from glioscope.study import Channel
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

    Both `stack` and `fault` are empty where a series holds no MR picture.
    """

    series: Series
    verdict: SeriesClass
    stack: Stack | None = field(repr=False)
    fault: str = ""

    @property
    def name(self) -> str:
        """How messages name it: `series 4 (t2 flair)`."""
        described = f" ({self.series.description[:40]})" if self.series.description else ""
        return f"series {self.series.label}{described}"

    @property
    def frame_of_reference(self) -> str:
        """The space its positions are in; "" where none is named."""
        return self.series.frames[0].frame_of_reference if self.series.frames else ""


@dataclass(frozen=True)
class Choice:
    """The series to analyse, why each other one is not (by label), and what must be known."""

    chosen: Mapping[Channel, Candidate]
    why_not: Mapping[str, str]
    warnings: tuple[str, ...] = ()


def candidates(series: Sequence[Series]) -> tuple[Candidate, ...]:
    """Every series with its verdict and geometry, in order."""
    pictures = [s for s in series if s.frames and s.modality == "MR"]
    everywhere = len(pictures) > 1 and all(s.contrast for s in pictures)
    return tuple(_candidate(s, classify(s, agent_everywhere=everywhere)) for s in series)


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
    why_not: dict[str, str] = {}
    warnings: list[str] = []
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
            warnings.append(f"{sequence.value} left out: {fault}")
            why_not |= {c.series.label: _elsewhere(c, flair) or fault for c in ranked}
        elif ranked:
            chosen[sequence] = ranked[0]
            why_not |= {c.series.label: _why_not(c, ranked[0], sequence, flair) for c in ranked[1:]}
    used = {c.series.label for c in chosen.values()}
    others = {c.series.label: _not_ours(c) for c in found if c.series.label not in used}
    for sequence, candidate in chosen.items():
        warnings += _notes(candidate, sequence, sequence in picked)
        share = _share(candidate, chosen.get(Channel.FLAIR, candidate))
        if share < _COVERED:
            warnings.append(
                f"{sequence.value} covers only {share:.0%} of FLAIR; the rest is taken as air"
            )
    return Choice(chosen, others | why_not, (*warnings, *_two_plain(found, chosen)))


def _candidate(series: Series, verdict: SeriesClass) -> Candidate:
    if not series.frames or series.modality != "MR":
        return Candidate(series, verdict, None)
    try:
        return Candidate(series, verdict, arrange(series.frames, f"series {series.label}"))
    except InvalidImage as error:
        return Candidate(series, verdict, None, str(error))


def _named(found: Sequence[Candidate], name: str, sequence: Channel) -> Candidate:
    fitting = [c for c in found if name in _names(c.series)]
    pictures = [c for c in fitting if c.series.frames]
    if len(pictures) > 1:
        pictures = [c for c in pictures if c.verdict.kind.sequence is sequence] or pictures
    if len(pictures) == 1:
        return pictures[0]
    labels = ", ".join(c.series.label for c in pictures or found)
    if pictures:
        raise InputError(f"--{sequence.value.lower()} {name} fits several: name one of {labels}")
    what = "holds no picture" if fitting else "is not in this study"
    raise InputError(f"--{sequence.value.lower()}: series {name} {what}; there are {labels}")


def _names(series: Series) -> set[str]:
    number = "" if series.number is None else str(series.number)
    whole = {series.label, series.uid, number} - {""}
    return whole | {f"{name}/{series.stack}" for name in whole}


def _require_different(picked: Mapping[Channel, Candidate]) -> None:
    labels = [c.series.label for c in picked.values()]
    if len(set(labels)) < len(labels):
        raise InputError(f"series {', '.join(labels)}: one series was named for two sequences")


def _named_notes(candidate: Candidate, sequence: Channel, flair: Candidate | None) -> list[str]:
    if fault := _elsewhere(candidate, flair):
        raise GridMismatch(f"{sequence.value}: {fault}")
    if candidate.verdict.kind.sequence is sequence:
        return []
    reasons = "; ".join(candidate.verdict.reasons)
    return [
        f"{candidate.name} was named as {sequence.value} but looks like {candidate.verdict.what} "
        f"({reasons})"
    ]


def _elsewhere(candidate: Candidate, flair: Candidate | None) -> str:
    """Why a series cannot be put onto FLAIR's grid; "" when it can."""
    if flair is None or candidate is flair:
        return ""
    if candidate.fault:
        return candidate.fault
    mine, other = candidate.frame_of_reference, flair.frame_of_reference
    if mine and other and mine != other:
        return (
            f"{candidate.name} has another FrameOfReferenceUID than FLAIR, {flair.name}: the "
            "patient was positioned anew between them; register them first"
        )
    if candidate.stack and flair.stack and _share(candidate, flair) == 0:
        return f"{candidate.name} lies outside FLAIR, {flair.name}; is it of another body part?"
    return ""


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
    "its geometry has a fault",
    "its class is less certain",
    "it is derived, the other original",
    "it lies in another frame of reference than FLAIR",
    "it was taken after contrast",
    "it covers less of the head",
    "its axial pictures are coarser",
    "its slices are thicker",
    "it has fewer slices",
)


def _rank(c: Candidate, sequence: Channel, flair: Candidate | None) -> tuple[float, ...]:
    """Lower is better; one number for each of `_LOST`."""
    unsure = len(c.verdict.conflicts) + 2 * c.verdict.by_words
    derived = c.series.image_type[:1] == ("DERIVED",)
    enhanced = sequence is Channel.FLAIR and c.series.contrast is not None
    head = (c.stack is None, unsure, derived, bool(_elsewhere(c, flair)), enhanced)
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


def _why_not(c: Candidate, best: Candidate, sequence: Channel, flair: Candidate | None) -> str:
    pair = zip(_rank(c, sequence, flair), _rank(best, sequence, flair), strict=True)
    lost = next((i for i, (mine, its) in enumerate(pair) if mine != its), None)
    order = "earlier" if sequence is Channel.T1GD else "later"
    why = f"it was taken {order}" if lost is None else _LOST[lost]
    return f"series {best.series.label} is used: {why}" + (f" ({c.fault})" if c.fault else "")


def _not_ours(c: Candidate) -> str:
    if c.verdict.kind.sequence is not None:
        return f"{c.verdict.what}; another series was named"
    if c.verdict.kind is SeriesKind.UNKNOWN:
        return "its class is not known; name it by hand if it is one of the three"
    return f"{c.verdict.what} is not analysed"


def _notes(c: Candidate, sequence: Channel, named: bool) -> list[str]:
    """What must be known of a chosen series."""
    notes = list(c.stack.warnings) if c.stack else []
    if not named:
        doubts = c.verdict.conflicts
        notes += [f"{c.name} is taken as {sequence.value}, but {doubt}" for doubt in doubts]
    if c.series.image_type[:1] == ("DERIVED",):
        notes.append(f"{c.name} is derived from other pictures (ImageType)")
    if c.series.lossy:
        notes.append(f"{c.name} was compressed with loss")
    if not c.frame_of_reference:
        notes.append(f"{c.name} names no frame of reference; its place is taken to be FLAIR's")
    return notes + _missing_ends(c)


def _missing_ends(c: Candidate) -> list[str]:
    orders = [frame.order[0] for frame in c.series.frames if frame.number is None]
    whole = (
        c.series.stacks == 1
        and len(set(orders)) == max(orders, default=0) - min(orders, default=0) + 1
    )
    if not whole or min(orders) <= 1:
        return []
    return [f"{c.name} begins with instance {min(orders)}: slices at its end may be missing"]


def _two_plain(found: Sequence[Candidate], chosen: Mapping[Channel, Candidate]) -> tuple[str, ...]:
    plain = [c.series.label for c in found if c.verdict.kind is SeriesKind.T1]
    if Channel.T1GD in chosen or len(plain) < 2:
        return ()
    return (
        f"series {' and '.join(plain)} are T1 without a sign of contrast; if one was taken after "
        "contrast, name it with --t1gd",
    )
