"""Predictions and references in; `scores.json`, `scores.csv`, `report.html`, `errors.md` out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from glioscope.errors import InputError
from glioscope.evaluation.predictions.load import Archive, load
from glioscope.evaluation.predictions.references import (
    Pictures,
    Truth,
    read_references,
    read_slice_references,
    reference_studies,
)
from glioscope.evaluation.predictions.trained_on import trained_on
from glioscope.evaluation.report.error_page import write_errors
from glioscope.evaluation.report.history import read_history
from glioscope.evaluation.report.overlays import Overlays, Pair, overlays
from glioscope.evaluation.report.page import Page, write_report
from glioscope.evaluation.report.score_files import write_scores
from glioscope.evaluation.scores.draws import score_draws
from glioscope.evaluation.scores.drops import (
    PairedAnswers,
    against_run,
    changed_studies,
    with_drops,
)
from glioscope.evaluation.scores.figure import Scores
from glioscope.evaluation.scores.score import score
from glioscope.texts.message import Message, message

# Studies that a note names.
_SHOWN = 3


@dataclass(frozen=True)
class Evaluated:
    """What was computed, what was written, and what the reader must know."""

    scores: Scores
    leaky: bool
    files: dict[str, Path]
    notes: tuple[Message, ...]


def evaluate(
    predictions: Path,
    reference: Path,
    out: Path,
    *,
    run: Path | None = None,
    against: Path | None = None,
    seed: int = 0,
    resamples: int = 2000,
    pictures: bool = True,
) -> Evaluated:
    """Score `predictions` against `reference` and write the results into `out`.

    `errors.md` is written where whole patients are scored, not for draws of slices.

    `run` is a training run, for its loss curve and its predictions of changed studies; `against`
    another run, whose Dice on the same patients this one's is compared with. Files in `out` are
    replaced one by one, each whole.

    Raises:
        InputError: a study or slice has no prediction or no reference; names it. `against` has no
            patient of these, or one of the two holds draws of slices. Others as the readers raise.
        GridMismatch: a prediction and its reference differ in size.
        UsageError: fewer than one resample.
    """
    archive = load(predictions)
    source = Pictures(reference)
    comparisons = _comparisons(archive, run, against)
    scores, masks, truth = _score(archive, reference, source, comparisons, seed, resamples)
    seen = trained_on(archive.cases, source)
    meta = {**archive.meta, "trained_on": list(seen)} if seen else archive.meta
    notes = (*_trained_on_note(seen), *_notes(archive, reference))
    shown: Overlays | None = overlays(scores, masks, source.flair) if pictures else None
    history = read_history(run) if run else []
    page = Page(scores, meta, archive.leaky, history, shown, notes)
    json_path, csv_path = write_scores(out, scores, meta)
    files = {"scores.json": json_path, "scores.csv": csv_path, "report": write_report(out, page)}
    if scores.patients:
        files["errors"] = write_errors(
            out, scores, archive.meta, lambda study: source.looks(study, truth[study].mask)
        )
    return Evaluated(scores, archive.leaky, files, notes)


def _comparisons(archive: Archive, run: Path | None, against: Path | None) -> list[PairedAnswers]:
    if archive.draws:
        if against:
            raise InputError("evaluation.against_draws")
        return []
    changed = changed_studies(run, archive.cases) if run else []
    return [*changed, against_run(against, archive.cases)] if against else changed


def _score(
    archive: Archive,
    reference: Path,
    source: Pictures,
    comparisons: list[PairedAnswers],
    seed: int,
    resamples: int,
) -> tuple[Scores, Mapping[str, Pair], Mapping[str, Truth]]:
    """Scores, both masks of every slice by name, and the reference of every whole study."""
    if archive.draws:
        names = [name for draw in archive.draws for name in draw.slice_names]
        truth = read_slice_references(reference, names)
        pairs = {
            name: Pair(truth[name], mask)
            for draw in archive.draws
            for name, mask in zip(draw.slice_names, draw.mask, strict=True)
        }
        return score_draws(archive.draws, truth, seed=seed), pairs, {}
    references = read_references(reference, [case.study_id for case in archive.cases])
    scores = score(
        archive.cases, references, seed=seed, resamples=resamples, missing=source.missing
    )
    scores = with_drops(scores, comparisons, references)
    pairs = {
        name: Pair(*masks)
        for case in archive.cases
        for name, *masks in zip(
            case.slice_names, references[case.study_id].mask, case.mask, strict=True
        )
    }
    return scores, pairs, references


def _trained_on_note(seen: tuple[str, ...]) -> tuple[Message, ...]:
    return (message("evaluation.trained_on", count=len(seen), names=_listed(seen)),) if seen else ()


def _listed(studies: Sequence[str]) -> str:
    return ", ".join(studies[:_SHOWN]) + (" …" if len(studies) > _SHOWN else "")


def _notes(archive: Archive, reference: Path) -> tuple[Message, ...]:
    if archive.draws:
        return ()
    without = sorted(set(reference_studies(reference)) - {c.study_id for c in archive.cases})
    if not without:
        return ()
    names = _listed(without)
    return (message("evaluation.not_predicted", count=len(without), names=names),)
