"""Out-of-fold predictions of a run; no patient takes part in choosing his own thresholds."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from glioscope.errors import InputError
from glioscope.evaluation.archive import NAME as PREDICTIONS
from glioscope.evaluation.archive import write_archive
from glioscope.evaluation.folds import Folds
from glioscope.evaluation.predicted import CasePrediction
from glioscope.model.confidence import judge
from glioscope.model.plan import Plan
from glioscope.model.postprocess import decide
from glioscope.model.preprocess import Restore, to_pictures, window_for
from glioscope.reading.lgg import list_cases, read_case, read_reference
from glioscope.training.config import TrainConfig
from glioscope.training.crossval import RAW, RawPrediction, fold_run, load_raw
from glioscope.training.history import read_history, write_history
from glioscope.training.operating import SPECIFICITY, Answer, choose
from glioscope.writing.atomic import atomic_text

PLAN = "plan.json"


def finish(config: TrainConfig, root: Path, folds: Folds, run: Path) -> None:
    """Write predictions.npz, plan.json and history.csv of a run from the folds trained so far.

    `run` is one fold's own folder or that of a whole cross-validation. predictions.npz holds every
    held-out patient, decided with thresholds from the other folds' patients (from the other half
    of the patients where there is one fold); plan.json the thresholds chosen on all of them, which
    is what a network trained on all patients is given.

    Raises:
        InputError: no fold is trained.
    """
    raw = _held_out(run, folds)
    cases = {folder.name: folder for folder in list_cases(root)}
    plan = config.plan()
    answers = {r.case: answer(cases[r.case], r, plan) for part in raw.values() for r in part}
    groups = list(_groups(raw))
    predictions = []
    for group in groups:
        others = [answers[case] for other in groups if other is not group for case, _ in other]
        fitted = choose(plan, others)
        predictions += [_predict(cases[case], answers[case], fitted, k) for case, k in group]
    write_archive(run / PREDICTIONS, predictions, _meta(config, folds, len(raw)))
    atomic_text(run / PLAN, choose(plan, list(answers.values())).to_json())
    if not (run / RAW).exists():
        write_history(run, _mean_history([read_history(fold_run(run, k)) for k in raw]))
        atomic_text(run / "config.json", config.to_json())


def _held_out(run: Path, folds: Folds) -> dict[int, list[RawPrediction]]:
    """Raw predictions by fold; a fold's own run folder tells its fold by its patients."""
    if (run / RAW).exists():
        raw = load_raw(run / RAW)
        names = tuple(r.case for r in raw)
        return {next(k for k in range(folds.k) if folds.test(k) == names): raw}
    paths = {k: fold_run(run, k) / RAW for k in range(folds.k)}
    found = {k: load_raw(path) for k, path in paths.items() if path.exists()}
    if not found:
        raise InputError(f"{run.name}: no fold is trained; run `glioscope train --fold all` first")
    return found


def _groups(raw: dict[int, list[RawPrediction]]) -> Iterator[list[tuple[str, int]]]:
    """Cases with their fold, in the groups between which thresholds are cross-fitted."""
    named = {k: [(r.case, k) for r in part] for k, part in raw.items()}
    if len(named) > 1:
        yield from named.values()
        return
    [only] = named.values()
    yield from (only[::2], only[1::2])


def answer(folder: Path, raw: RawPrediction, plan: Plan) -> Answer:
    """Raw planes back on the source's grid, beside the reference."""
    reference = read_reference(folder)
    grid = reference.grid
    pixels = Restore(grid, window_for(grid, plan))(raw.planes.astype(np.float32))
    return Answer(
        to_pictures(pixels, grid),
        raw.presence,
        to_pictures(reference.array, grid),
        raw.agreement,
    )


def _predict(folder: Path, said: Answer, plan: Plan, fold: int) -> CasePrediction:
    decided = decide(said.pixels, said.presence, plan)
    judgement = judge(said.pixels, said.agreement, decided, plan.assessment)
    return CasePrediction(
        study_id=folder.name,
        slice_names=read_case(folder).source.slice_names,
        probability=decided.probability,
        called=decided.called,
        mask=decided.mask,
        model_name=plan.name,
        model_version=plan.version,
        fold=fold,
        predicted_dice=judgement.expected_dice,
        flagged=judgement.review,
    )


def _meta(config: TrainConfig, folds: Folds, trained: int) -> dict[str, object]:
    return {
        "protocol": f"patient-level {folds.k}-fold cross-validation, out of fold, "
        f"{trained} of {folds.k} folds",
        "thresholds": f"cross-fitted between {'folds' if trained > 1 else 'halves of the fold'} "
        f"at slice specificity {SPECIFICITY}",
        "preset": config.name,
        "seed": config.seed,
        "folds_seed": folds.seed,
    }


def _mean_history(histories: list[list[dict[str, float]]]) -> list[dict[str, float]]:
    """Epoch by epoch the mean over folds of every column that all of them have."""
    rows = []
    for epoch in zip(*histories, strict=True):
        shared = [key for key in epoch[0] if all(key in row for row in epoch)]
        rows.append({key: float(np.mean([row[key] for row in epoch])) for key in shared})
    return rows
