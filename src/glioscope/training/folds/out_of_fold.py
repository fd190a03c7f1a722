"""Out-of-fold predictions of a run; no patient takes part in choosing his own thresholds."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np

from glioscope.errors import InputError
from glioscope.evaluation.predictions.archive import ARCHIVE as PREDICTIONS
from glioscope.evaluation.predictions.archive import IN_EIGHT_BITS, variant_name, write_archive
from glioscope.evaluation.predictions.types import CasePrediction
from glioscope.evaluation.splits.folds import Folds
from glioscope.evaluation.variants.changes import VARIANTS
from glioscope.files import atomic_text
from glioscope.findings.classes import likeliest
from glioscope.findings.expected_dice import estimate_dice
from glioscope.findings.possible_misses import listed_slices, possible_misses
from glioscope.model.plan import Plan
from glioscope.model.preprocess import Restore, prepare, to_pictures, window_for
from glioscope.pipeline import Answer
from glioscope.texts.message import message
from glioscope.training.calibrate.answer import KnownAnswer
from glioscope.training.calibrate.thresholds import SPECIFICITY, fit_plan
from glioscope.training.config import TrainConfig
from glioscope.training.data.cases import Case, cases_in, reference_of, slice_names, study_of
from glioscope.training.folds.cross_validation import (
    RAW,
    agreement_of,
    fold_run,
    load_raw,
    raw_name,
)
from glioscope.training.loop.history import read_history, write_history
from glioscope.training.steps import Told, nobody, telling

PLAN = "plan.json"


def finish(config: TrainConfig, root: Path, folds: Folds, run: Path, told: Told = nobody) -> None:
    """Write predictions.npz, plan.json and history.csv of a run from the folds trained so far.

    `run` is one fold's own folder or that of a whole cross-validation. predictions.npz holds every
    held-out patient, decided with thresholds from the other folds' patients (from the other half
    of the patients where there is one fold); plan.json the thresholds chosen on all of them, which
    is what a network trained on all patients is given. predictions-<variant>.npz holds the changed
    studies of `VARIANTS` that were predicted, each decided with the very plan of the plain study;
    predictions-eight-bits.npz the plain ones by the networks in 8 bits, where those were asked.
    `told` hears how far it is.

    Raises:
        InputError: no fold is trained, or the patients are those of no fold.
    """
    folders = _folders(run, folds)
    cases = {case.name: case for case in cases_in(root)}
    plan = config.plan()
    parts: dict[int, tuple[str, ...]] = {}
    answers: dict[str, KnownAnswer] = {}
    for k, folder in folders.items():
        raw = load_raw(folder / RAW)
        parts[k] = tuple(raw)
        answers |= {case: on_pictures(cases[case], said, plan) for case, said in raw.items()}
    groups = list(_groups(parts))
    predictions: list[CasePrediction] = []
    plans: dict[str, Plan] = {}
    what = message("training.decide", count=len(answers))
    told(what, 0, len(answers))
    for group in groups:
        others = [answers[case] for other in groups if other is not group for case, _ in other]
        fitted = fit_plan(plan, others)
        cases_of = telling(told, what, group, len(answers), len(predictions))
        predictions += [_with_misses(cases[case], answers[case], fitted, k) for case, k in cases_of]
        plans |= {case: fitted for case, _ in group}
    meta = _meta(config, folds, parts)
    write_archive(run / PREDICTIONS, predictions, meta)
    for variant in (*VARIANTS, IN_EIGHT_BITS):
        changed = list(_changed(folders, variant, cases, plans))
        if changed:
            write_archive(run / variant_name(variant), changed, {**meta, "variant": variant})
    atomic_text(run / PLAN, fit_plan(plan, list(answers.values())).to_json())
    if not (run / RAW).exists():
        write_history(run, _mean_history([read_history(folder) for folder in folders.values()]))
        atomic_text(run / "config.json", config.to_json())


def _folders(run: Path, folds: Folds) -> dict[int, Path]:
    """Folders of the folds trained; a fold's own run folder tells its fold by its patients."""
    if (run / RAW).exists():
        names = tuple(load_raw(run / RAW))
        own = [k for k in range(folds.k) if folds.test(k) == names]
        if not own:
            raise InputError("training.patients_of_no_part", run=run.name, count=len(names))
        return {own[0]: run}
    paths = {k: fold_run(run, folds, k) for k in range(folds.k)}
    found = {k: path for k, path in paths.items() if (path / RAW).exists()}
    if not found:
        raise InputError("training.no_fold", run=run.name)
    return found


def _changed(
    folders: Mapping[int, Path], variant: str, cases: Mapping[str, Case], plans: Mapping[str, Plan]
) -> Iterator[CasePrediction]:
    """The changed studies of the folds that have them, each under its plan for the plain study."""
    for k, folder in folders.items():
        path = folder / raw_name(variant)
        for case, said in load_raw(path).items() if path.exists() else ():
            plan = plans[case]
            yield _predict(cases[case], on_pictures(cases[case], said, plan), plan, k)


def _groups(parts: Mapping[int, tuple[str, ...]]) -> Iterator[list[tuple[str, int]]]:
    """Cases with their fold, in the groups between which thresholds are cross-fitted."""
    named = {k: [(case, k) for case in part] for k, part in parts.items()}
    if len(named) > 1:
        yield from named.values()
        return
    [only] = named.values()
    yield from (only[::2], only[1::2])


def on_pictures(case: Case, raw: Answer, plan: Plan) -> KnownAnswer:
    """The network's planes back on the source's pictures, beside the expert's outline."""
    reference = reference_of(case)
    grid = reference.grid
    restore = Restore(grid, window_for(grid, plan))
    every = np.ones(len(raw.planes), bool)
    classes = None if raw.classes is None else likeliest(raw.classes, restore.window, every)
    return KnownAnswer(
        restore.pictures(raw.planes),
        raw.presence,
        to_pictures(reference.array, grid),
        agreement_of(raw),
        restore.window.pixel_area,
        classes,
    )


def _with_misses(case: Case, said: KnownAnswer, plan: Plan, fold: int) -> CasePrediction:
    """The prediction with its list of possible misses, which are looked for on FLAIR as read."""
    study = study_of(case)
    prediction = _predict(case, said, plan, fold)
    misses = possible_misses(
        said.pixels,
        said.decided(plan),
        prediction.slice_names,
        plan,
        prepare(study, plan).flair,
    )
    return replace(prediction, listed=listed_slices(misses, prediction.called))


def _predict(case: Case, said: KnownAnswer, plan: Plan, fold: int) -> CasePrediction:
    decided = said.decided(plan)
    judgement = estimate_dice(said.pixels, said.agreement, decided, plan.assessment)
    return CasePrediction(
        study_id=case.name,
        slice_names=slice_names(case),
        probability=decided.probability,
        called=decided.called,
        mask=decided.mask,
        model_name=plan.name,
        model_version=plan.version,
        fold=fold,
        predicted_dice=judgement.expected_dice,
        flagged=judgement.review,
        class_names=() if said.classes is None else plan.classes,
        classes=None if said.classes is None else said.classes * decided.mask,
    )


def _meta(config: TrainConfig, folds: Folds, trained: Iterable[int]) -> dict[str, object]:
    parts = [folds.name(k) for k in trained]
    kind = "part" if folds.by_site else "fold"
    between = f"{kind}s" if len(parts) > 1 else f"halves of the {kind}"
    return {
        "protocol": f"{folds.protocol}, out of fold, {len(parts)} of {folds.k} {kind}s",
        "held_out": parts,
        "thresholds": f"cross-fitted between {between} at slice specificity {SPECIFICITY}",
        "preset": config.name,
        "seed": config.seed,
        "folds_seed": folds.seed,
    }


def _mean_history(histories: list[list[dict[str, float]]]) -> list[dict[str, float]]:
    """Epoch by epoch the mean over folds of every column that all of them have."""
    rows: list[dict[str, float]] = []
    for epoch in zip(*histories, strict=True):
        shared = [key for key in epoch[0] if all(key in row for row in epoch)]
        rows.append({key: float(np.mean([row[key] for row in epoch])) for key in shared})
    return rows
