"""Is a study fit for this model? A verdict, with every fault named and its figure.

Whole studies are judged against the training data; `glioscope.findings.odd_slices` judges slices
against their own study. A fault that makes the answer worthless refuses the study, others warn.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float32

from glioscope.analysis_parts import Fault, InputQuality
from glioscope.model.appearance import FIGURE_NAMES, Appearance, appearance_of, nodded
from glioscope.model.grey_white import grey_over_white
from glioscope.model.half_head import LIKE_HALF, half_shown
from glioscope.model.plan import CHANNELS
from glioscope.model.preprocess import Prepared, picture_spacing, to_pictures
from glioscope.model.reference import Kind, Limits, TrainingAppearance
from glioscope.model.same_head import agreement, agreement_when_moved
from glioscope.study import Channel, Study
from glioscope.texts.message import Message, message

# The training data have 20 to 88 slices of one head each. Fewer than three have no neighbours at
# all, and what covers less than 100 mm of the 130 of a brain leaves a part of it out. From vertex
# to skull base a head is about 150 mm high; half of that says nothing of the other half.
_FEWEST, _FEW = 3, 12
_SLAB_MM, _HALF_MM = 100.0, 75.0
# Clinical FLAIR is 3 to 6 mm thick; beyond, small lesions vanish in the average of a slice.
_THICK_MM, _TOO_THICK_MM = 7.5, 15.0
# The network was trained down to half the resolution of 256 pixels in 240 mm.
_COARSE_MM = 2.0

_HALVES = {
    "lower": message("gate.lower_half"),
    "upper": message("gate.upper_half"),
    "middle": message("gate.middle_half"),
}
_TURNS = {
    "front": message("gate.turned_front"),
    "top": message("gate.turned_top"),
    "both": message("gate.turned_both"),
    "side": message("gate.turned_side"),
}
# A share of the way from the 2nd to the 98th percentile, not of the head's median as
# `glioscope.model.figures.HEAD`: the limits of the edge were chosen with it.
_LIKE_HEAD = 0.25
# Borders of T1 that agree less with those of FLAIR are another head's: the least of real pairs on
# every second LGG patient are at 0.54 (bench/other_heads.py, decision 0018).
OTHER_HEAD = 0.5
# The same once T1 is shifted and turned as a patient moves: above it he has moved.
MOVED_HEAD = 0.65
# Pictures say nothing of their distance.
_NOMINAL_MM = 5.0
# Share of equal neighbours along a row, inside: at most 0.16 in the LGG set, whose pictures have 8
# bits; above 0.5 on pixels doubled; 0.9 and more where values are the numbers of regions.
_FLAT = 0.8
# Of `grey_over_white`: FLAIR of every second LGG patient lies at -0.024 and above, T1 of all of
# them but one below -0.028 (decision 0018). Above the first T1 is not looked at; T1 in FLAIR's
# place beside FLAIR in T1's differs by more than the second.
_SURELY_FLAIR, _EXCHANGED, _LIKE_T1 = -0.015, 0.012, -0.0265
# Head area of the middle slice over the largest: below lie one of the 90 LGG studies, and the
# upper halves of 68 of them.
_MIDDLE = 0.86
# The smaller of the lowest and the highest slice over the largest: of 45 patients chosen on, none
# lies above when whole, one does without its skull, and the middle halves of 44.
_BOTH_ENDS = 0.6


@dataclass(frozen=True)
class _Seen:
    """FLAIR as it looks, and the kind of study it is nearest to."""

    flair: Appearance
    kind: Kind
    score: float


def assess(
    study: Study, prepared: Prepared, reference: TrainingAppearance, pixel_mm: float
) -> InputQuality:
    """The verdict on a study before the network sees it.

    `prepared` is of this study, `pixel_mm` the side of a network pixel. On a nominal grid nothing
    is said of millimetres.
    """
    seen = _look(prepared, reference, pixel_mm)
    faults = [*_of_the_headers(study), *_of_the_grid(study), *_of_the_values(study)]
    if seen is None:
        faults.append(_fault("not_a_head", 0.0, 0.0, True, message("gate.no_head")))
    else:
        faults += _of_the_shape(study, seen, prepared, reference, pixel_mm)
        faults += _of_the_looks(seen, reference)
        faults += _of_the_extent(study, seen, reference)
        faults += _of_the_edges(study, reference.limits)
        faults += _of_the_sequences(study, prepared, pixel_mm)
        faults += _of_the_pair(study, prepared, pixel_mm)
    faults.sort(key=lambda fault: not fault.refuses)
    verdict = "fit with warnings" if faults else "fit"
    refused = any(fault.refuses for fault in faults)
    score = None if seen is None else round(seen.score, 3)
    figures = _figures(study, prepared, seen)
    return InputQuality("refused" if refused else verdict, tuple(faults), score, figures)


def _figures(study: Study, prepared: Prepared, seen: _Seen | None) -> dict[str, float]:
    """What was measured of the input, by name (docs/reference/analysis-json.md)."""
    slices, rows, columns = to_pictures(study.images[Channel.FLAIR].array, study.grid).shape
    found = {"slices": slices, "rows": rows, "columns": columns}
    found |= {"sequences": len(CHANNELS) - len(prepared.replaced)}
    found |= {"air": prepared.flair_scale.low, "head": prepared.flair_scale.unit}
    if not study.grid.nominal:
        names = ("slice_mm", "row_mm", "column_mm")
        found |= dict(zip(names, picture_spacing(study.grid), strict=True))
    if seen:
        flair = seen.flair
        found |= {"score": seen.score, "match": seen.kind.match(flair.head)}
        found |= {"shown": flair.shown, "lowest": flair.lowest, "highest": flair.highest}
        found |= dict(zip(FIGURE_NAMES, flair.figures, strict=True))
    finite = {name: float(value) for name, value in found.items() if np.isfinite(value)}
    return {name: round(value, 4) for name, value in finite.items()}


def _look(prepared: Prepared, reference: TrainingAppearance, pixel_mm: float) -> _Seen | None:
    flair = appearance_of(prepared.flair, pixel_mm, prepared.step)
    if flair is None:
        return None
    score, kind = min(((k.score(flair), k) for k in reference.kinds), key=lambda pair: pair[0])
    return _Seen(flair, kind, score)


def _fault(code: str, value: float, limit: float, refuses: bool, said: Message) -> Fault:
    return Fault(code, round(float(value), 3), round(float(limit), 3), refuses, said)


def _of_the_headers(study: Study) -> Iterator[Fault]:
    """A knee named as FLAIR looks round enough to pass for a head; its header says what it is."""
    series = study.source.series.get(Channel.FLAIR)
    if series is None or not series.headers:
        return
    # Imported late: pydicom, and only studies read with it have headers.
    from glioscope.reading.dicom.body_part import part_that_is_no_head

    if part := part_that_is_no_head(series.headers[0]):
        yield _fault("other_body_part", 1.0, 0.0, True, message("gate.other_body_part", part=part))


def _of_the_values(study: Study) -> Iterator[Fault]:
    flat = flat_share(study)
    if flat > _FLAT:
        yield _fault("label_map", flat, _FLAT, True, message("gate.label_map", share=flat))


def flat_share(study: Study) -> float:
    """Share of neighbours along a row inside the head that are exactly equal, in [0, 1]."""
    image = study.images[Channel.FLAIR]
    stack = to_pictures(image.array, image.grid)
    low, high = np.percentile(image.array[::2, ::2, ::2], (2, 98))
    head = stack > low + _LIKE_HEAD * (high - low)
    both = head[..., 1:] & head[..., :-1]
    equal = stack[..., 1:] == stack[..., :-1]
    return np.count_nonzero(equal & both) / max(1, np.count_nonzero(both))


def _of_the_pair(study: Study, prepared: Prepared, pixel_mm: float) -> Iterator[Fault]:
    """Of NIfTI nothing tells whose head T1 shows; of one DICOM study or picture it is the same."""
    for at, sequence in enumerate(CHANNELS):
        if sequence is Channel.FLAIR or sequence in prepared.replaced:
            continue
        found = agreement(prepared.flair, prepared.planes[..., at], pixel_mm)
        if found is not None and found < OTHER_HEAD:
            yield _apart(study, prepared, sequence, pixel_mm, found)


def _apart(
    study: Study, prepared: Prepared, sequence: Channel, pixel_mm: float, found: float
) -> Fault:
    """A sequence whose borders are not those of FLAIR, of a head that has moved or of another."""
    planes = prepared.planes[..., CHANNELS.index(sequence)]
    between = _NOMINAL_MM if study.grid.nominal else picture_spacing(study.grid)[0]
    moved = agreement_when_moved(prepared.flair, planes, pixel_mm, between)
    if moved >= MOVED_HEAD:
        said = message("gate.moved_head", sequence=sequence.value, found=found, moved=moved)
        return _fault("moved_head", found, OTHER_HEAD, False, said)
    said = message("gate.other_head", sequence=sequence.value, found=found, least=OTHER_HEAD)
    return _fault("other_head", found, OTHER_HEAD, study.source.kind == "nifti", said)


def _of_the_grid(study: Study) -> Iterator[Fault]:
    count = len(to_pictures(study.images[Channel.FLAIR].array, study.grid))
    if count < _FEW:
        said = message("gate.few_slices", count=count, least=_FEW)
        yield _fault("few_slices", count, _FEW, count < _FEWEST, said)
    if study.grid.nominal:
        return
    thick, row, column = picture_spacing(study.grid)
    if thick > _THICK_MM:
        said = message("gate.thick_slices", found=thick, most=_THICK_MM)
        yield _fault("thick_slices", thick, _THICK_MM, thick > _TOO_THICK_MM, said)
    if (wide := max(row, column)) > _COARSE_MM:
        said = message("gate.coarse_pixels", found=wide, most=_COARSE_MM)
        yield _fault("coarse_pixels", wide, _COARSE_MM, False, said)


def _of_the_looks(seen: _Seen, reference: TrainingAppearance) -> Iterator[Fault]:
    limits = reference.limits
    yield from _of_the_sequence(seen, limits)
    yield from _of_the_signal(seen, limits)
    if seen.score > limits.score_warned:
        worst = FIGURE_NAMES[int(np.abs(seen.kind.away(seen.flair)).argmax())]
        said = message("gate.unlike", found=seen.score, most=limits.score_warned, worst=worst)
        refuses = seen.score > limits.score_refused
        yield _fault("unlike", seen.score, limits.score_warned, refuses, said)


def _of_the_shape(
    study: Study,
    seen: _Seen,
    prepared: Prepared,
    reference: TrainingAppearance,
    pixel_mm: float,
) -> Iterator[Fault]:
    """Half of a head looks like one that is turned, and so may a chin that is held up or down."""
    limits, covered = reference.limits, _covered_mm(study, seen)
    straight, best, turn = compare_turns(seen.flair, reference)
    if (match := max(best, straight)) < limits.match_refused:
        said = message("gate.not_a_head", found=match, least=limits.match_refused)
        yield _fault("not_a_head", match, limits.match_refused, True, said)
    elif (
        best - straight > limits.turned
        and (covered is None or covered > _HALF_MM)
        and not _only_nodded(seen, prepared, reference, pixel_mm)
    ):
        said = message("gate.turned", turn=_TURNS[turn], turned=best, straight=straight)
        yield _fault("turned", best - straight, limits.turned, True, said)
    yield from _of_the_proportions(seen.flair, limits)


def _of_the_extent(study: Study, seen: _Seen, reference: TrainingAppearance) -> Iterator[Fault]:
    """How much of the head there is: by millimetres, else by its looks.

    Slices without a head cover nothing. What covers 100 mm is more than half whatever it looks
    like.
    """
    covered = _covered_mm(study, seen)
    if covered is not None and covered <= _HALF_MM:
        said = message("gate.half_slab", found=covered, least=_HALF_MM)
        yield _fault("slab", covered, _HALF_MM, True, said)
    elif covered is not None and covered < _SLAB_MM:
        said = message("gate.slab", found=covered, least=_SLAB_MM)
        yield _fault("slab", covered, _SLAB_MM, False, said)
    half = half_shown(seen.flair, reference.kinds)
    if half is not None and (covered is None or covered < _SLAB_MM):
        said = message("gate.half_head", half=_HALVES[half.name], more=half.more, most=LIKE_HALF)
        yield _fault("half_head", half.more, LIKE_HALF, True, said)
    else:
        yield from _of_the_ends(seen.flair, reference.limits)


def _covered_mm(study: Study, seen: _Seen) -> float | None:
    """From the lowest to the highest slice that shows any head; None where spacing is not known."""
    return None if study.grid.nominal else seen.flair.shown * picture_spacing(study.grid)[0]


def _of_the_ends(flair: Appearance, limits: Limits) -> Iterator[Fault]:
    if flair.highest > limits.highest_warned:
        said = message("gate.cut_top", share=flair.highest)
        yield _fault("cut_top", flair.highest, limits.highest_warned, False, said)
    elif (ends := min(flair.lowest, flair.highest)) > _BOTH_ENDS:
        said = message("gate.cut_ends", share=ends, most=_BOTH_ENDS)
        yield _fault("cut_ends", ends, _BOTH_ENDS, False, said)
    if flair.middle < _MIDDLE:
        said = message("gate.cut_bottom", share=flair.middle, least=_MIDDLE)
        yield _fault("cut_bottom", flair.middle, _MIDDLE, False, said)


def _of_the_proportions(flair: Appearance, limits: Limits) -> Iterator[Fault]:
    """Axial slices of a head are longer than wide; sagittal, coronal ones and a chest are not."""
    ratio = float(np.exp(flair.figures[FIGURE_NAMES.index("elongation")]))
    low, high = (float(np.exp(v)) for v in (limits.elongation_low, limits.elongation_high))
    if not low <= ratio <= high:
        said = message("gate.proportions", ratio=ratio, low=low, high=high)
        yield _fault("proportions", ratio, low if ratio < low else high, True, said)


def compare_turns(found: Appearance, reference: TrainingAppearance) -> tuple[float, float, str]:
    """Likeness to the mean heads as it is, and after the best other order of axes; which that is.

    Both are correlations; left and right do not show, and are not judged.
    """
    (_, straight), *others = [
        (turn, max(kind.match(head) for kind in reference.kinds))
        for turn, head in _turned(found.head)
    ]
    turn, best = max(others, key=lambda pair: pair[1])
    return straight, best, turn


def _only_nodded(
    seen: _Seen, prepared: Prepared, reference: TrainingAppearance, pixel_mm: float
) -> bool:
    """Whether, with the chin farther up or down, a head is more like one that is not turned."""
    nods = (seen.flair, *nodded(prepared.flair, pixel_mm, prepared.step))
    straight, turned, _ = zip(*(compare_turns(one, reference) for one in nods), strict=True)
    return max(straight) > max(turned)


def _turned(
    head: Float32[np.ndarray, "b n n"],
) -> Iterator[tuple[str, Float32[np.ndarray, "b n n"]]]:
    """The mean head as it is (named "") and in every other order of its axes that shows."""
    for name, base in (("", head), ("side", head.transpose(0, 2, 1))):
        yield name, base
        yield name or "front", base[:, ::-1]
        yield name or "top", base[::-1]
        yield name or "both", base[::-1, ::-1]


def _of_the_sequences(study: Study, prepared: Prepared, pixel_mm: float) -> Iterator[Fault]:
    """Grey matter brighter than white on FLAIR, and not on T1; headers that tell go first."""
    series = study.source.series.get(Channel.FLAIR)
    if series is not None and series.headers:
        return
    flair = grey_over_white(prepared.flair, pixel_mm)
    if flair is None or flair > _SURELY_FLAIR:
        return
    plane = prepared.planes[..., CHANNELS.index(Channel.T1)]
    has_t1 = Channel.T1 not in prepared.replaced
    t1 = grey_over_white(plane, pixel_mm) if has_t1 else None
    if t1 is not None and t1 - flair > _EXCHANGED:
        said = message("gate.exchanged", flair=flair, t1=t1)
        yield _fault("exchanged", t1 - flair, _EXCHANGED, False, said)
    elif flair < _LIKE_T1 and (t1 is None or flair - t1 < _EXCHANGED):
        said = message("gate.looks_like_t1", found=flair, least=_LIKE_T1)
        yield _fault("looks_like_t1", flair, _LIKE_T1, False, said)


def _of_the_sequence(seen: _Seen, limits: Limits) -> Iterator[Fault]:
    fluid = fluid_brightness(seen.flair)
    if fluid > limits.fluid_warned:
        said = message("gate.bright_fluid", found=fluid, most=limits.fluid_warned)
        yield _fault("bright_fluid", fluid, limits.fluid_warned, fluid > limits.fluid_refused, said)


def fluid_brightness(flair: Appearance) -> float:
    """High where nothing deep inside is dark and much is bright: fluid is, as on T2.

    The smaller of the 5th percentile over 0.6 and the 95th over 1.6 of the head's median: a tumour
    makes only the second large.
    """
    figures = dict(zip(FIGURE_NAMES, flair.figures, strict=True))
    return float(min(figures["dark"] / 0.6, figures["bright"] / 1.6))


def _of_the_signal(seen: _Seen, limits: Limits) -> Iterator[Fault]:
    figures = dict(zip(FIGURE_NAMES, seen.flair.figures, strict=True))
    noise = float(np.exp(figures["log_noise"]))
    if noise > limits.noise_warned:
        said = message("gate.noise", found=noise, most=limits.noise_warned)
        yield _fault("noise", noise, limits.noise_warned, noise > limits.noise_refused, said)
    sharp = float(np.exp(figures["log_noise"] - figures["log_sharpness"]))
    if sharp < limits.blur_warned:
        said = message("gate.blur", found=sharp, least=limits.blur_warned)
        yield _fault("blur", sharp, limits.blur_warned, False, said)
    ghost = float(np.exp(figures["log_air"]) - 0.02)
    if ghost > limits.ghost_warned:
        said = message("gate.ghosts", found=ghost, most=limits.ghost_warned)
        yield _fault("ghosts", ghost, limits.ghost_warned, False, said)


def _of_the_edges(study: Study, limits: Limits) -> Iterator[Fault]:
    share = edge_share(study)
    if share > limits.edge_warned:
        said = message("gate.cut_side", share=share, most=limits.edge_warned)
        yield _fault("cut_side", share, limits.edge_warned, share > limits.edge_refused, said)


def edge_share(study: Study) -> float:
    """Largest share of a side of the middle slice that the head covers, in [0, 1].

    Median over the slices of the middle third, of FLAIR above a quarter of the way from the 2nd to
    the 98th percentile.
    """
    image = study.images[Channel.FLAIR]
    stack = to_pictures(image.array, image.grid)
    middle = stack[len(stack) // 3 : len(stack) - len(stack) // 3]
    low, high = np.percentile(image.array[::2, ::2, ::2], (2, 98))
    head = middle > low + _LIKE_HEAD * (high - low)
    sides = (head[:, 0], head[:, -1], head[:, :, 0], head[:, :, -1])
    return max(float(np.median(side.mean(axis=1))) for side in sides)
