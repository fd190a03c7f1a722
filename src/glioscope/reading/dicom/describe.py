"""What a DICOM study holds: the document of `glioscope inspect`."""

from typing import Any

from glioscope.errors import InputError
from glioscope.reading.dicom.choice import Candidate, Choice, choose
from glioscope.reading.dicom.headers import Physics
from glioscope.reading.dicom.study import DicomStudy, Names, no_flair
from glioscope.study import Channel
from glioscope.texts.message import joined


def describe(study: DicomStudy, names: Names | None = None) -> dict[str, Any]:
    """Series with class, reasons, conflicts and geometry; what would be used; why the rest is not.

    Plain values, but for the sentences: they are messages, English in JSON (`str()`) and in the
    reader's language on a screen. `error` and `exit_code` are there only where the study cannot be
    analysed. It holds UIDs, which point at a patient in a PACS, and nothing else of the patient.

    Raises:
        InputError: a name fits no series.
        GridMismatch: as in `dicom_choice.choose`.
    """
    choice = choose(study.candidates, names or {})
    found: dict[str, Any] = {
        "study_uid": study.uid,
        "series": [_series(c, choice) for c in study.candidates],
        "used": {s.value: c.series.label for s, c in choice.chosen.items()},
        "skipped": dict(study.skipped),
        "warnings": list(joined((*study.notes, *choice.warnings))),
    }
    return found | _fault(study, choice)


def _fault(study: DicomStudy, choice: Choice) -> dict[str, Any]:
    if Channel.FLAIR not in choice.chosen:
        error = no_flair(study)
        return {"error": error.message, "exit_code": error.exit_code}
    faults = [c.fault for c in choice.chosen.values() if c.fault]
    return {"error": faults[0], "exit_code": InputError.exit_code} if faults else {}


def _series(candidate: Candidate, choice: Choice) -> dict[str, Any]:
    series, verdict = candidate.series, candidate.verdict
    used = [s.value for s, c in choice.chosen.items() if c is candidate]
    return {
        "label": series.label,
        "uid": series.uid,
        "number": series.number,
        "description": series.description,
        "modality": series.modality,
        "frames": len(series.frames),
        "class": verdict.kind.value if verdict.kind.sequence else verdict.what,
        "reasons": list(verdict.reasons),
        "conflicts": list(verdict.conflicts),
        "contrast_tag": series.contrast,
        "physics": _physics(series.frames[0].physics) if series.frames else None,
        "geometry": _geometry(candidate),
        "used_as": used[0] if used else None,
        "why_not": None if used else choice.why_not.get(series.label),
    }


def _physics(physics: Physics) -> dict[str, Any]:
    return {
        "repetition_ms": physics.repetition_ms,
        "echo_ms": physics.echo_ms,
        "inversion_ms": physics.inversion_ms,
        "flip_deg": physics.flip_deg,
        "scanning": sorted(physics.scanning),
        "variant": sorted(physics.variant),
    }


def _geometry(candidate: Candidate) -> dict[str, Any] | None:
    """Slices, rows and columns with their spacing; the fault where they cannot be placed."""
    stack = candidate.stack
    if stack is None:
        return {"fault": candidate.fault} if candidate.fault else None
    return {
        "shape": list(stack.grid.shape),
        "spacing_mm": [round(s, 4) for s in stack.grid.spacing_mm],
        "plane": stack.plane,
        "oblique_deg": round(stack.oblique_deg, 1),
        "frame_of_reference": candidate.frame_of_reference,
    }
