"""Which series is T1, FLAIR, T1 with contrast: by physics, then contrast tags, then words.

The bounds are those of clinical protocols at 1.5 and 3 T with a margin. What FLAIR is follows from
relaxation: fluid (T1 about 4 s) is nulled at TI = T1 ln 2 less what a finite TR takes off, so 1.4
to 3.2 s, and is bright on T2 otherwise (Hajnal et al., J Comput Assist Tomogr 1992;16:841-844,
doi:10.1097/00004728-199211000-00001; De Coene et al., AJNR 1992;13:1555-1564). Fat (T1 about 0.3 s)
is nulled at 80 to 350 ms: STIR.
"""

from dataclasses import dataclass
from enum import StrEnum

from glioscope.reading.dicom.description_words import Weighting, Words, read_words
from glioscope.reading.dicom.headers import Physics
from glioscope.reading.dicom.series import Series
from glioscope.study import Channel
from glioscope.texts.message import Message, message

_FLUID_NULLED_MS = (1400.0, 3200.0)
_FAT_NULLED_MS = (80.0, 350.0)
_T1_PREPARED_MS = (350.0, 1400.0)
_LONG_TR_MS = 1800.0
_FLAIR_TR_MS = 3500.0
_SHORT_SE_TR_MS = 1400.0
_FAST_TR_MS = 150.0
_LONG_TE_MS = 60.0
_SHORT_SE_TE_MS = 45.0
_SHORT_GR_TE_MS = 12.0
# Below this flip angle a spoiled gradient echo weighs by proton density, above it by T1.
_T1_FLIP_DEG = 4.0
# Balanced steady state (FIESTA, CISS, TrueFISP): not spoiled, short TR, large flip angle.
_BALANCED_TR_MS, _BALANCED_FLIP_DEG = 15.0, 30.0

# PS3.4 B.5: MR, Enhanced MR, and classic MR converted to multi-frame.
_MR_PICTURES = {
    "1.2.840.10008.5.1.4.1.1.4",
    "1.2.840.10008.5.1.4.1.1.4.1",
    "1.2.840.10008.5.1.4.1.1.4.4",
}

_LOCALIZER = message("reading.class.localizer")
_DIFFUSION = message("reading.class.diffusion")
_FUNCTION = message("reading.class.function")
_REFORMAT = message("reading.class.reformat")
_MAP = message("reading.class.map")

# Terms of ImageType (PS3.3 C.8.3.1.1.1 and vendors' own) that are no acquired magnitude picture.
_TERMS = {
    "LOCALIZER": _LOCALIZER,
    **dict.fromkeys(("ADC", "DIFFUSION", "TRACEW", "FA"), _DIFFUSION),
    **dict.fromkeys(("PERFUSION", "RCBV", "RCBF", "MTT", "TTP", "ASL", "FMRI"), _FUNCTION),
    "SWI": message("reading.class.susceptibility"),
    **dict.fromkeys(("MIP", "MNIP", "MPR", "CPR", "REFORMATTED", "PROJECTION IMAGE"), _REFORMAT),
    **dict.fromkeys(("SUBTRACTION", "SUBTRACT", "SUB"), _REFORMAT),
    **dict.fromkeys(("T1 MAP", "T2 MAP"), _MAP),
    "SCREEN SAVE": message("reading.class.screen"),
    "CSA REPORT": message("reading.class.report"),
}
# Values of AcquisitionContrast that are none of ours.
_ACQUIRED = {
    "DIFFUSION": _DIFFUSION,
    "FLOW_ENCODED": message("reading.class.flow"),
    "PERFUSION": message("reading.class.perfusion"),
    "TOF": message("reading.class.tof"),
}
# Parts of the complex signal (`series.part_of`) other than the magnitude.
_PARTS = {
    "phase": message("reading.part.phase"),
    "real": message("reading.part.real"),
    "imaginary": message("reading.part.imaginary"),
}

# A localizer shows a few pictures in each of several planes.
_LOCALIZER_PICTURES = 12


class SeriesKind(StrEnum):
    """What a series is to glioscope."""

    T1 = "T1"
    FLAIR = "FLAIR"
    T1GD = "T1GD"
    OTHER = "other"
    UNKNOWN = "unknown"

    @property
    def sequence(self) -> Channel | None:
        """The sequence of that name, None for other and unknown."""
        return next((s for s in Channel if s.value == self.value), None)


@dataclass(frozen=True)
class SeriesClass:
    """What a series is, the reasons in the order in which they counted, and what speaks against.

    `what` says it in words: `FLAIR`, `T1 with contrast`, `a localizer`. `by_words` is whether the
    words of the description decided, the physics being silent or open.
    """

    kind: SeriesKind
    what: Message
    reasons: tuple[Message, ...]
    conflicts: tuple[Message, ...] = ()
    by_words: bool = False


def classify(series: Series, *, agent_everywhere: bool = False) -> SeriesClass:
    """Say what a series is and why.

    `agent_everywhere` tells that every series of the study names a contrast agent, the localizer
    too: then the tag says nothing of this one where its words say the opposite.
    """
    words = read_words(series.description)
    excluded = _excluded(series, words)
    if excluded is not None:
        what, reason = excluded
        return SeriesClass(SeriesKind.OTHER, what, (reason,))
    weighting, reasons, conflicts = _weighting(series.frames[0].physics, words)
    by_words = weighting is not None and not _possible(series.frames[0].physics)[0]
    if weighting is Weighting.T1:
        with_agent, why, against = _contrast(series.contrast, words, agent_everywhere)
        kind = SeriesKind.T1GD if with_agent else SeriesKind.T1
        what = message("reading.class.weighting", weighting=kind.value)
        return SeriesClass(kind, what, (*reasons, why), (*conflicts, *against), by_words)
    if weighting is None:
        unknown = message("reading.class.unknown")
        return SeriesClass(SeriesKind.UNKNOWN, unknown, reasons, conflicts)
    kind = SeriesKind.FLAIR if weighting is Weighting.FLAIR else SeriesKind.OTHER
    what = message("reading.class.weighting", weighting=weighting.value)
    return SeriesClass(kind, what, reasons, conflicts, by_words)


_Excluded = tuple[Message, Message]


def _excluded(series: Series, words: Words) -> _Excluded | None:
    """What makes a series none of ours, and by what; None when nothing does."""
    if not series.frames:
        modality = series.modality or message("reading.reason.no_modality")
        reason = message("reading.reason.no_pixels", modality=modality)
        return message("reading.class.no_picture"), reason
    if not series.modality:
        return message("reading.class.not_mri"), message("reading.reason.modality_missing")
    if series.modality != "MR":
        reason = message("reading.reason.modality", modality=series.modality)
        return message("reading.class.not_mri"), reason
    if series.sop_class not in _MR_PICTURES:
        return message("reading.class.not_mr_picture"), message("reading.reason.sop_class")
    return _excluded_by_type(series) or _excluded_by_physics(series, words)


def _excluded_by_type(series: Series) -> _Excluded | None:
    for term in series.image_type:
        if term in _TERMS:
            return _TERMS[term], message("reading.reason.image_type", term=term)
    if series.image_type[:2] == ("DERIVED", "SECONDARY"):
        return message("reading.class.derived"), message("reading.reason.derived")
    if part := _PARTS.get(series.part):
        return message("reading.class.no_magnitude"), message("reading.reason.part", part=part)
    return None


def _excluded_by_physics(series: Series, words: Words) -> _Excluded | None:
    physics = series.frames[0].physics
    if physics.b_value and physics.b_value > 0:
        return _DIFFUSION, message("reading.reason.b_value", value=physics.b_value)
    if physics.angio:
        return message("reading.class.angiography"), message("reading.reason.angio_flag")
    if "EP" in physics.scanning and "IR" not in physics.scanning:
        return message("reading.class.echo_planar"), message("reading.reason.echo_planar")
    if acquired := _ACQUIRED.get(physics.acquisition_contrast):
        return acquired, message("reading.reason.acquisition_contrast")
    if words.excluded:
        return words.excluded, message("reading.reason.words", what=words.excluded)
    if series.stacks > 2 and len(series.frames) < _LOCALIZER_PICTURES:
        return _LOCALIZER, message("reading.reason.small_stacks", stacks=series.stacks)
    return None


def _weighting(
    physics: Physics, words: Words
) -> tuple[Weighting | None, tuple[Message, ...], tuple[Message, ...]]:
    """The weighting, the reasons, and what speaks against it."""
    possible, reason = _possible(physics)
    said = words.weighting
    spoken = _spoken(said)
    if not possible:
        against = (message("reading.reason.only_words"),) if said else ()
        return said, (reason, spoken), against
    if said in possible:
        doubt = len(possible) > 1 and said is not possible[0]
        against = (message("reading.reason.no_inversion_time"),) if doubt else ()
        return said, (reason, spoken), against
    return possible[0], (reason,), (spoken,) if said else ()


def _spoken(weighting: Weighting | None) -> Message:
    if weighting is None:
        return message("reading.reason.says_nothing")
    return message("reading.reason.says", weighting=weighting.value)


# Weightings that the physics allows, the likeliest first, and in words why.
_Possible = tuple[tuple[Weighting, ...], Message]


def _possible(physics: Physics) -> _Possible:
    """What the physics allows; no weighting where repetition or echo time is not recorded."""
    repetition, echo = physics.repetition_ms, physics.echo_ms
    if not repetition or echo is None:
        return (), message("reading.physics.no_times")
    if _is_gradient_echo(physics, repetition):
        return _gradient_echo(physics, repetition, echo)
    if physics.inversion_ms or "IR" in physics.scanning:
        return _inverted(physics, repetition, echo)
    return _spin_echo(physics, repetition, echo)


def _is_gradient_echo(physics: Physics, repetition: float) -> bool:
    # No spin echo repeats this fast; it serves where an anonymiser dropped ScanningSequence.
    if not physics.scanning & {"SE", "GR"}:
        return repetition < _FAST_TR_MS and not physics.inversion_ms
    return "GR" in physics.scanning and "SE" not in physics.scanning


def _inverted(physics: Physics, repetition: float, echo: float) -> _Possible:
    inversion = physics.inversion_ms
    if not inversion:
        long = repetition >= _FLAIR_TR_MS and echo >= _LONG_TE_MS
        both = (Weighting.FLAIR, Weighting.STIR) if long else (Weighting.T1, Weighting.STIR)
        return both, message("reading.physics.inverted_no_ti", tr=repetition, te=echo)
    measured = message("reading.physics.inverted", tr=repetition, te=echo, ti=inversion)
    if _within(inversion, _FLUID_NULLED_MS) and repetition >= _FLAIR_TR_MS:
        return (Weighting.FLAIR,), message("reading.physics.fluid_nulled", measured=measured)
    if _within(inversion, _FAT_NULLED_MS):
        return (Weighting.STIR,), message("reading.physics.fat_nulled", measured=measured)
    if _within(inversion, _T1_PREPARED_MS):
        return (Weighting.T1,), message("reading.physics.t1_prepared", measured=measured)
    return (), message("reading.physics.no_weighting", measured=measured)


def _gradient_echo(physics: Physics, repetition: float, echo: float) -> _Possible:
    flip = physics.flip_deg
    if flip is None:
        measured = message("reading.physics.gradient_no_flip", tr=repetition, te=echo)
    else:
        measured = message("reading.physics.gradient", tr=repetition, te=echo, flip=flip)
    balanced = "SS" in physics.variant and "SP" not in physics.variant
    if balanced and repetition < _BALANCED_TR_MS and (flip or 0) >= _BALANCED_FLIP_DEG:
        return (Weighting.T2,), message("reading.physics.balanced", measured=measured)
    if echo > _SHORT_GR_TE_MS:
        return (Weighting.T2_STAR,), measured
    if flip is not None and flip < _T1_FLIP_DEG and not physics.inversion_ms:
        return (Weighting.PD,), measured
    return (Weighting.T1,), measured


def _spin_echo(physics: Physics, repetition: float, echo: float) -> _Possible:
    code = "reading.physics.spin" if physics.scanning else "reading.physics.unnamed"
    measured = message(code, tr=repetition, te=echo)
    if repetition < _SHORT_SE_TR_MS and echo <= _SHORT_SE_TE_MS:
        return (Weighting.T1,), measured
    if repetition >= _LONG_TR_MS and echo < _LONG_TE_MS:
        return (Weighting.PD,), measured
    if repetition >= _LONG_TR_MS:
        # An anonymiser that drops the inversion time leaves FLAIR looking like T2.
        open_question = physics.inversion_ms is None and repetition >= _FLAIR_TR_MS
        both = (Weighting.T2, Weighting.FLAIR) if open_question else (Weighting.T2,)
        return both, message("reading.physics.no_inversion", measured=measured)
    return (), message("reading.physics.no_weighting", measured=measured)


def _within(number: float, limits: tuple[float, float]) -> bool:
    return limits[0] <= number < limits[1]


def _contrast(
    tag: str | None, words: Words, agent_everywhere: bool
) -> tuple[bool, Message, tuple[Message, ...]]:
    """Whether contrast was given, why, and what speaks against it."""
    without = message("reading.reason.says_no_contrast")
    if tag and words.contrast is False:
        if agent_everywhere:
            return False, without, (message("reading.reason.tag_everywhere", tag=tag),)
        return True, message("reading.reason.tag", tag=tag), (without,)
    if tag:
        return True, message("reading.reason.tag", tag=tag), ()
    if words.contrast:
        return True, message("reading.reason.says_contrast"), ()
    return False, message("reading.reason.no_tag") if words.contrast is None else without, ()
