"""Is a study fit for this model? A verdict, with every fault named and its figure.

Whole studies are judged against the training data; `glioscope.findings.odd_slices` judges slices
against their own study. A fault that makes the answer worthless refuses the study, others warn.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float32

from glioscope.analysis import Fault, InputQuality
from glioscope.model.appearance import FIGURE_NAMES, Appearance, appearance_of
from glioscope.model.plan import CHANNELS
from glioscope.model.preprocess import Prepared, picture_spacing, to_pictures
from glioscope.model.reference import Kind, Limits, TrainingAppearance
from glioscope.study import Channel, Study

# The training data have 20 to 88 slices of one head each. Fewer than three have no neighbours at
# all, and what covers less than 60 mm is a slab.
_FEWEST, _FEW = 3, 12
_SLAB_MM = 60.0
# Clinical FLAIR is 3 to 6 mm thick; beyond, small lesions vanish in the average of a slice.
_THICK_MM, _TOO_THICK_MM = 7.5, 15.0
# The network was trained down to half the resolution of 256 pixels in 240 mm.
_COARSE_MM = 2.0

_TURNS = {
    "front": "front and back are exchanged",
    "top": "it is upside down",
    "both": "it is upside down, and front and back are exchanged",
    "side": "rows and columns are exchanged",
}
_LIKE_HEAD = 0.25


@dataclass(frozen=True)
class _Seen:
    """FLAIR as it looks, T1 where there is one, and the kind of study FLAIR is nearest to."""

    flair: Appearance
    t1: Appearance | None
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
    faults = list(_of_the_grid(study))
    if seen is None:
        faults.append(_fault("not_a_head", 0.0, 0.0, True, "no slice shows anything like a head"))
    else:
        faults += _of_the_looks(seen, reference)
        faults += _of_the_edges(study, reference.limits)
    faults.sort(key=lambda fault: not fault.refuses)
    verdict = "fit with warnings" if faults else "fit"
    refused = any(fault.refuses for fault in faults)
    score = None if seen is None else round(seen.score, 3)
    return InputQuality("refused" if refused else verdict, tuple(faults), score)


def _look(prepared: Prepared, reference: TrainingAppearance, pixel_mm: float) -> _Seen | None:
    flair = appearance_of(prepared.flair, pixel_mm, prepared.step)
    if flair is None:
        return None
    score, kind = min(((k.score(flair), k) for k in reference.kinds), key=lambda pair: pair[0])
    has_t1 = Channel.T1 not in prepared.replaced
    plane = prepared.planes[..., CHANNELS.index(Channel.T1)]
    t1 = appearance_of(plane, pixel_mm, prepared.step) if has_t1 else None
    return _Seen(flair, t1, kind, score)


def _fault(code: str, value: float, limit: float, refuses: bool, text: str) -> Fault:
    return Fault(code, round(float(value), 3), round(float(limit), 3), refuses, text)


def _of_the_grid(study: Study) -> Iterator[Fault]:
    count = len(to_pictures(study.images[Channel.FLAIR].array, study.grid))
    if count < _FEW:
        text = f"too few slices: {count}, expected at least {_FEW}"
        yield _fault("few_slices", count, _FEW, count < _FEWEST, text)
    if study.grid.nominal:
        return
    thick, row, column = picture_spacing(study.grid)
    if thick > _THICK_MM:
        text = f"slices are {thick:.1f} mm apart, expected at most {_THICK_MM:g} mm"
        yield _fault("thick_slices", thick, _THICK_MM, thick > _TOO_THICK_MM, text)
    if max(row, column) > _COARSE_MM:
        text = f"pixels are {max(row, column):.1f} mm wide, expected at most {_COARSE_MM:g} mm"
        yield _fault("coarse_pixels", max(row, column), _COARSE_MM, False, text)
    if count >= _FEW and count * thick < _SLAB_MM:
        text = f"the slices cover {count * thick:.0f} mm, expected at least {_SLAB_MM:g} mm"
        yield _fault("slab", count * thick, _SLAB_MM, False, text)


def _of_the_looks(seen: _Seen, reference: TrainingAppearance) -> Iterator[Fault]:
    limits = reference.limits
    yield from _of_the_shape(seen, reference)
    yield from _of_the_sequence(seen, limits)
    yield from _of_the_signal(seen, limits)
    if seen.score > limits.score_warned:
        worst = FIGURE_NAMES[int(np.abs(seen.kind.away(seen.flair)).argmax())]
        text = (
            f"unlike the training data: score {seen.score:.1f}, expected at most "
            f"{limits.score_warned:.1f}; most unlike is {worst}"
        )
        refuses = seen.score > limits.score_refused
        yield _fault("unlike", seen.score, limits.score_warned, refuses, text)


def _of_the_shape(seen: _Seen, reference: TrainingAppearance) -> Iterator[Fault]:
    limits = reference.limits
    straight, best, turn = compare_turns(seen.flair, reference)
    if max(best, straight) < limits.match_refused:
        text = (
            f"this is no head: likeness {max(best, straight):.2f}, expected at least "
            f"{limits.match_refused:.2f}"
        )
        yield _fault("not_a_head", max(best, straight), limits.match_refused, True, text)
    elif best - straight > limits.turned:
        text = (
            f"the orientation is wrong: {_TURNS[turn]} (likeness {best:.2f} after turning, "
            f"{straight:.2f} as it is)"
        )
        yield _fault("turned", best - straight, limits.turned, True, text)
    yield from _of_the_proportions(seen.flair, limits)
    if seen.flair.highest > limits.highest_warned:
        text = (
            f"the top of the head is cut off: the highest slice still shows "
            f"{seen.flair.highest:.0%} of the largest"
        )
        yield _fault("cut_top", seen.flair.highest, limits.highest_warned, False, text)


def _of_the_proportions(flair: Appearance, limits: Limits) -> Iterator[Fault]:
    """Axial slices of a head are longer than wide; sagittal, coronal ones and a chest are not."""
    ratio = float(np.exp(flair.figures[FIGURE_NAMES.index("elongation")]))
    low, high = (float(np.exp(v)) for v in (limits.elongation_low, limits.elongation_high))
    if not low <= ratio <= high:
        text = (
            f"these are no axial slices of a head: {ratio:.2f} times as long as wide, expected "
            f"{low:.2f} to {high:.2f}"
        )
        yield _fault("proportions", ratio, low if ratio < low else high, True, text)


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


def _turned(
    head: Float32[np.ndarray, "b n n"],
) -> Iterator[tuple[str, Float32[np.ndarray, "b n n"]]]:
    """The mean head as it is (named "") and in every other order of its axes that shows."""
    for name, base in (("", head), ("side", head.transpose(0, 2, 1))):
        yield name, base
        yield name or "front", base[:, ::-1]
        yield name or "top", base[::-1]
        yield name or "both", base[::-1, ::-1]


def _of_the_sequence(seen: _Seen, limits: Limits) -> Iterator[Fault]:
    like_t1 = seen.kind.like_t1(seen.flair)
    exchanged = like_t1 - seen.kind.like_t1(seen.t1) if seen.t1 else -np.inf
    if exchanged > limits.exchanged_warned:
        text = (
            f"FLAIR and T1 look exchanged: each is more like the other (figure {exchanged:.1f}, "
            f"expected at most {limits.exchanged_warned:.1f})"
        )
        yield _fault("exchanged", exchanged, limits.exchanged_warned, False, text)
    elif like_t1 > limits.t1_warned:
        text = (
            f"FLAIR looks like T1 (figure {like_t1:.1f}, expected at most {limits.t1_warned:.1f}): "
            "is it the right series?"
        )
        yield _fault("looks_like_t1", like_t1, limits.t1_warned, False, text)
    fluid = fluid_brightness(seen.flair)
    if fluid > limits.fluid_warned:
        text = (
            f"fluid looks bright, as on T2 (figure {fluid:.2f}, expected at most "
            f"{limits.fluid_warned:.2f}): is it the right series?"
        )
        yield _fault("bright_fluid", fluid, limits.fluid_warned, fluid > limits.fluid_refused, text)


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
        text = f"noise is {noise:.2f} of the signal, expected at most {limits.noise_warned:.2f}"
        yield _fault("noise", noise, limits.noise_warned, noise > limits.noise_refused, text)
    sharp = float(np.exp(figures["log_noise"] - figures["log_sharpness"]))
    if sharp < limits.blur_warned:
        text = (
            f"blurred, as by motion or interpolation: sharpness {sharp:.3f}, expected at least "
            f"{limits.blur_warned:.3f}"
        )
        yield _fault("blur", sharp, limits.blur_warned, False, text)
    ghost = float(np.exp(figures["log_air"]) - 0.02)
    if ghost > limits.ghost_warned:
        text = (
            f"signal outside the head, as from motion: {ghost:.2f} of that inside, expected at "
            f"most {limits.ghost_warned:.2f}"
        )
        yield _fault("ghosts", ghost, limits.ghost_warned, False, text)


def _of_the_edges(study: Study, limits: Limits) -> Iterator[Fault]:
    share = edge_share(study)
    if share > limits.edge_warned:
        text = (
            f"the field of view is cut: the head touches {share:.0%} of a side of the picture, "
            f"expected at most {limits.edge_warned:.0%}"
        )
        yield _fault("cut_side", share, limits.edge_warned, share > limits.edge_refused, text)


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
