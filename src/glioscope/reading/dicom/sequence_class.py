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

# Terms of ImageType (PS3.3 C.8.3.1.1.1 and vendors' own) that are no acquired magnitude picture.
_TERMS = {
    "LOCALIZER": "a localizer",
    "ADC": "diffusion",
    "DIFFUSION": "diffusion",
    "TRACEW": "diffusion",
    "FA": "diffusion",
    "PERFUSION": "perfusion or function",
    "RCBV": "perfusion or function",
    "RCBF": "perfusion or function",
    "MTT": "perfusion or function",
    "TTP": "perfusion or function",
    "ASL": "perfusion or function",
    "FMRI": "perfusion or function",
    "SWI": "a susceptibility series",
    "MIP": "a projection or reformat",
    "MNIP": "a projection or reformat",
    "MPR": "a projection or reformat",
    "CPR": "a projection or reformat",
    "REFORMATTED": "a projection or reformat",
    "PROJECTION IMAGE": "a projection or reformat",
    "SUBTRACTION": "a projection or reformat",
    "SUBTRACT": "a projection or reformat",
    "SUB": "a projection or reformat",
    "T1 MAP": "a map of numbers",
    "T2 MAP": "a map of numbers",
    "SCREEN SAVE": "a screen capture",
    "CSA REPORT": "a report",
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

    `what` says it in words: `FLAIR`, `T2`, `a localizer`. `by_words` is whether the words of the
    description decided, the physics being silent or open.
    """

    kind: SeriesKind
    what: str
    reasons: tuple[str, ...]
    conflicts: tuple[str, ...] = ()
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
        return SeriesClass(kind, kind.value, (*reasons, why), (*conflicts, *against), by_words)
    if weighting is None:
        return SeriesClass(SeriesKind.UNKNOWN, "unknown", reasons, conflicts)
    kind = SeriesKind.FLAIR if weighting is Weighting.FLAIR else SeriesKind.OTHER
    return SeriesClass(kind, weighting.value, reasons, conflicts, by_words)


def _excluded(series: Series, words: Words) -> tuple[str, str] | None:
    """What makes a series none of ours, and by what; None when nothing does."""
    if not series.frames:
        return "not a picture", f"{series.modality or 'no modality'}: it holds no pixels"
    if series.modality != "MR":
        return "not MRI", f"Modality {series.modality or 'is missing'}"
    if series.sop_class not in _MR_PICTURES:
        return "not an MR picture", "its SOP class is none of MR images (capture, spectrum, report)"
    return _excluded_by_type(series) or _excluded_by_physics(series, words)


def _excluded_by_type(series: Series) -> tuple[str, str] | None:
    for term in series.image_type:
        if term in _TERMS:
            return _TERMS[term], f"ImageType {term}"
    if series.image_type[:2] == ("DERIVED", "SECONDARY"):
        return "derived", "ImageType DERIVED\\SECONDARY: computed from other pictures"
    if series.part != "magnitude":
        return "no magnitude", f"ImageType: {series.part} of the complex signal"
    return None


def _excluded_by_physics(series: Series, words: Words) -> tuple[str, str] | None:
    physics = series.frames[0].physics
    if (physics.b_value or 0) > 0:
        return "diffusion", f"b value {physics.b_value:g}"
    if physics.angio:
        return "angiography", "AngioFlag"
    if "EP" in physics.scanning and "IR" not in physics.scanning:
        return "echo planar", "ScanningSequence EP: diffusion, perfusion or function"
    if physics.acquisition_contrast in {"DIFFUSION", "FLOW_ENCODED", "PERFUSION", "TOF"}:
        return physics.acquisition_contrast.lower(), "AcquisitionContrast"
    if words.excluded:
        return words.excluded, f"words of the description: {words.excluded}"
    if series.stacks > 2 and len(series.frames) < _LOCALIZER_PICTURES:
        return "a localizer", f"{series.stacks} small stacks in one series"
    return None


def _weighting(
    physics: Physics, words: Words
) -> tuple[Weighting | None, tuple[str, ...], tuple[str, ...]]:
    """The weighting, the reasons, and what speaks against it."""
    possible, reason = _possible(physics)
    said = words.weighting
    spoken = (f"the description says {said}",) if said else ("the description says no weighting",)
    if not possible:
        against = ("only the description says so",) if said else ()
        return said, (reason, *spoken), against
    if said in possible:
        doubt = len(possible) > 1 and said is not possible[0]
        return said, (reason, *spoken), (("no inversion time is recorded",) if doubt else ())
    if said is None:
        return possible[0], (reason,), ()
    return possible[0], (reason,), (f"the description says {said}",)


def _possible(physics: Physics) -> tuple[tuple[Weighting, ...], str]:
    """Weightings that the physics allows, the likeliest first, and in words why.

    () where repetition or echo time is not recorded.
    """
    repetition, echo = physics.repetition_ms, physics.echo_ms
    if not repetition or echo is None:
        return (), "TR and TE are not recorded"
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


def _inverted(
    physics: Physics, repetition: float, echo: float
) -> tuple[tuple[Weighting, ...], str]:
    inversion = physics.inversion_ms
    said = f"inversion recovery, TR {repetition:g}, TE {echo:g}, "
    if not inversion:
        long = repetition >= _FLAIR_TR_MS and echo >= _LONG_TE_MS
        both = (Weighting.FLAIR, Weighting.STIR) if long else (Weighting.T1, Weighting.STIR)
        return both, said + "TI not recorded"
    said += f"TI {inversion:g} ms"
    if _within(inversion, _FLUID_NULLED_MS) and repetition >= _FLAIR_TR_MS:
        return (Weighting.FLAIR,), said + ": fluid is nulled"
    if _within(inversion, _FAT_NULLED_MS):
        return (Weighting.STIR,), said + ": fat is nulled"
    if _within(inversion, _T1_PREPARED_MS):
        return (Weighting.T1,), said + ": T1 is prepared"
    return (), said + " fits no known weighting"


def _gradient_echo(
    physics: Physics, repetition: float, echo: float
) -> tuple[tuple[Weighting, ...], str]:
    flip = physics.flip_deg
    said = f"gradient echo, TR {repetition:g}, TE {echo:g} ms, flip angle " + (
        "not recorded" if flip is None else f"{flip:g}°"
    )
    balanced = "SS" in physics.variant and "SP" not in physics.variant
    if balanced and repetition < _BALANCED_TR_MS and (flip or 0) >= _BALANCED_FLIP_DEG:
        return (Weighting.T2,), said + ": balanced steady state"
    if echo > _SHORT_GR_TE_MS:
        return (Weighting.T2_STAR,), said
    if flip is not None and flip < _T1_FLIP_DEG and not physics.inversion_ms:
        return (Weighting.PD,), said
    return (Weighting.T1,), said


def _spin_echo(
    physics: Physics, repetition: float, echo: float
) -> tuple[tuple[Weighting, ...], str]:
    name = "spin echo" if physics.scanning else "no ScanningSequence"
    said = f"{name}, TR {repetition:g}, TE {echo:g} ms"
    if repetition < _SHORT_SE_TR_MS and echo <= _SHORT_SE_TE_MS:
        return (Weighting.T1,), said
    if repetition >= _LONG_TR_MS and echo < _LONG_TE_MS:
        return (Weighting.PD,), said
    if repetition >= _LONG_TR_MS:
        # An anonymiser that drops the inversion time leaves FLAIR looking like T2.
        open_question = physics.inversion_ms is None and repetition >= _FLAIR_TR_MS
        both = (Weighting.T2, Weighting.FLAIR) if open_question else (Weighting.T2,)
        return both, said + ", no inversion"
    return (), said + " fits no known weighting"


def _within(number: float, limits: tuple[float, float]) -> bool:
    return limits[0] <= number < limits[1]


def _contrast(
    tag: str | None, words: Words, agent_everywhere: bool
) -> tuple[bool, str, tuple[str, ...]]:
    """Whether contrast was given, why, and what speaks against it."""
    if tag and words.contrast is False:
        if agent_everywhere:
            return False, "the description says without contrast", (
                f"{tag} is set, but in every series of the study",
            )  # fmt: skip
        return True, f"{tag} is set", ("the description says without contrast",)
    if tag:
        return True, f"{tag} is set", ()
    if words.contrast:
        return True, "the description says with contrast", ()
    why = "the description says without contrast" if words.contrast is False else "no contrast tag"
    return False, why, ()
