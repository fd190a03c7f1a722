"""`errors.md`: every missed slice and every poor patient by cause, and what figures agree with.

It holds names and figures, no picture, so that it can be published.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from glioscope.evaluation.report.error_causes import (
    PATIENT_RULES,
    POOR_DICE,
    SLICE_RULES,
    Look,
    MissedSlice,
    PatientRule,
    PoorPatient,
    SliceRule,
    missed_slices,
    patient_cause,
    poor_patients,
    slice_cause,
)
from glioscope.evaluation.report.tables import NONE, interval_of, number, value_of
from glioscope.evaluation.scores.figure import Scores
from glioscope.evaluation.scores.subgroups import Group, agreement
from glioscope.files import atomic_text
from glioscope.study import Channel

ERROR_PAGE = "errors.md"


def write_errors(folder: Path, scores: Scores, meta: Mapping[str, Any], look: Look) -> Path:
    """Write `errors.md` and return its path; `meta` is what the archive says of its run."""
    path = folder / ERROR_PAGE
    atomic_text(path, render(scores, meta, look))
    return path


def render(scores: Scores, meta: Mapping[str, Any], look: Look) -> str:
    """The page as Markdown, the same for the same scores; `scores` are of whole patients."""
    missed = missed_slices(scores.patients, look)
    poor = poor_patients(scores.patients, look)
    groups = agreement(scores.patients, seed=scores.seed, resamples=scores.resamples)
    parts = (
        *_opening(scores, meta),
        "## Missed slices",
        *_slices(missed, scores),
        f"## Patients with a volume Dice below {POOR_DICE}",
        *_patients(poor, scores),
        "## Agreement with site, size, sequences and slices",
        *_agreement(groups, scores),
    )
    return "\n\n".join(parts) + "\n"


def _opening(scores: Scores, meta: Mapping[str, Any]) -> tuple[str, ...]:
    protocol = str(meta.get("protocol", "")) or "not stated"
    return (
        "# Error analysis",
        f"Where the model fails on {len(scores.patients)} patients with "
        f"{scores.slices.counts.total} slices, written by `glioscope evaluate`. Protocol: "
        f"{_plain(protocol)}. Research use only; not a medical device.",
        "A slice is positive when its reference mask has a pixel, and missed when it is positive "
        "and was not called. Each gets one cause: the first rule of its table that holds. Causes "
        "describe what a slice or patient looks like; they do not prove why the network failed. "
        "Contrast is the median FLAIR of the lesion less that of the tissue 2 to 10 px around it, "
        "in units of the head's median (air 0, head 1). The number of slices stands in for the "
        "slice thickness, which pictures do not carry.",
    )


def _slices(missed: list[MissedSlice], scores: Scores) -> Iterable[str]:
    positive = scores.slices.counts.tp + scores.slices.counts.fn
    if not missed:
        yield f"None of the {positive} positive slices was missed."
        return
    listed = [m.listed for m in missed if m.listed is not None]
    second = f" {sum(listed)} of them stand in the list of possible misses." if listed else ""
    yield f"{len(missed)} of {positive} positive slices were missed.{second}"
    causes = Counter(slice_cause(m) for m in missed)
    yield _causes(SLICE_RULES, causes, "missed slices")
    yield "Each missed slice, largest lesion first:"
    head = ("slice", "of", "area, px", "place in its run", "contrast", "probability", "listed")
    yield _table((*head, "missing", "cause"), (_slice_cells(m) for m in missed))


def _slice_cells(m: MissedSlice) -> tuple[str, ...]:
    return (
        f"`{_plain(m.name)}`",
        f"{m.number} / {m.slices}",
        str(m.area_px),
        m.place,
        number(m.contrast, 2),
        number(m.probability),
        NONE if m.listed is None else "yes" if m.listed else "no",
        _sequences(m.missing),
        slice_cause(m),
    )


def _patients(poor: list[PoorPatient], scores: Scores) -> Iterable[str]:
    if not poor:
        yield f"None of the {len(scores.patients)} patients."
        return
    yield (
        f"{len(poor)} of {len(scores.patients)} patients. The wrong voxels are parted into lesion "
        "on slices not called (missed), lesion left out on called slices (too small), mask on "
        "slices without tumour (extra) and mask beside the lesion (too large)."
    )
    yield _causes(PATIENT_RULES, Counter(patient_cause(p) for p in poor), "patients")
    yield "Each of them, worst first:"
    head = ("patient", "Dice", "slices", "volume, voxels", "largest slice, px", "contrast")
    parts = ("missed", "too small", "extra", "too large")
    yield _table((*head, *parts, "missing", "cause"), (_patient_cells(p) for p in poor))


def _patient_cells(p: PoorPatient) -> tuple[str, ...]:
    parts = (p.missed, p.too_small, p.extra, p.too_large)
    return (
        f"`{_plain(p.study_id)}`",
        number(p.dice),
        str(p.slices),
        str(p.volume),
        str(p.largest_px),
        number(p.contrast, 2),
        *(f"{part:.0%}" for part in parts),
        _sequences(p.missing),
        patient_cause(p),
    )


def _agreement(groups: Mapping[str, Sequence[Group]], scores: Scores) -> Iterable[str]:
    yield (
        f"Mean volume Dice and slice recall, with 95 % intervals by bootstrap over patients "
        f"({scores.resamples} resamples, seed {scores.seed}); one patient has none."
    )
    for kind, members in groups.items():
        rows = [
            (
                _plain(group.name),
                str(group.patients),
                f"{value_of(group.dice)} {interval_of(group.dice)}",
                str(group.recall.n),
                f"{value_of(group.recall)} {interval_of(group.recall)}",
            )
            for group in members
        ]
        yield _table((kind, "patients", "Dice", "positive slices", "recall"), rows)
    yield _table(("Lesion area on the slice", "positive slices", "recall"), _by_slice(scores))


def _by_slice(scores: Scores) -> Iterable[tuple[str, str, str]]:
    for group in (g for g in scores.groups if g.startswith("size=")):
        recall = scores.figure(f"recall/{group}")
        name = group.partition("=")[2]
        yield name, str(recall.n), f"{value_of(recall)} {interval_of(recall)}"


def _causes(
    rules: Sequence[SliceRule] | Sequence[PatientRule], counted: Counter[str], what: str
) -> str:
    rows = [(r.cause, r.text, str(counted[r.cause])) for r in rules]
    return _table(("cause, in this order", "rule", what), rows)


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = (head, ["---"] * len(head), *rows)
    return "\n".join(f"| {' | '.join(cell.strip() for cell in line)} |" for line in lines)


def _sequences(missing: tuple[Channel, ...] | None) -> str:
    return NONE if missing is None else ", ".join(s.value for s in missing) or "none"


def _plain(text: str) -> str:
    """Text from outside without the signs that would end its cell or its code."""
    return " ".join(text.replace("|", "/").replace("`", "'").replace("<", "‹").split())
