# pyright: basic
# It speaks with Keras, which carries no types.
"""Patient-level runs: train on one fold's other patients, or on all, and predict the held-out."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

import keras
import numpy as np
from jaxtyping import Float32, Int

from glioscope.errors import InputError, UsageError
from glioscope.evaluation.splits.folds import Folds
from glioscope.evaluation.variants.changes import VARIANTS
from glioscope.files import atomic_path
from glioscope.model.bundle import Model
from glioscope.model.preprocess import prepare
from glioscope.pipeline import Answer, predict
from glioscope.study import Study
from glioscope.texts.message import message
from glioscope.training.config import TrainConfig
from glioscope.training.data.cases import Case, cases_in, slice_names, study_of
from glioscope.training.data.slices import SliceStore, load_slices
from glioscope.training.data.soft_targets import Lesson, soft_targets
from glioscope.training.loop.devices import clear_session
from glioscope.training.loop.fit import Begin, TrainingData, fit, from_chance
from glioscope.training.network.keras_engine import as_model
from glioscope.training.steps import Told, nobody, telling

RAW = "held_out.npz"

# What a network said of held-out cases, by case, before any threshold.
Raw = Mapping[str, Answer]

# What teachers say of the training patients of fold `k` (None: of all), kept in the run folder.
Lessons = Callable[[int | None, Path], Lesson]


def raw_name(variant: str) -> str:
    """File of the raw predictions of changed studies; an empty name is the studies as they are."""
    return f"held_out-{variant}.npz" if variant else RAW


def fold_run(run: Path, folds: Folds, k: int | None) -> Path:
    """Where fold `k`, or the network of all patients, lies in a cross-validation's run folder.

    Sub-folders are called as `folds` calls its parts: ``fold0``, or ``site-CS``.
    """
    return run / ("all" if k is None else folds.name(k))


class CaseSlices:
    """Prepared slices of all cases of a run, loaded once per side for all of its folds."""

    def __init__(self, config: TrainConfig, cases: list[Case]) -> None:
        counts = [len(slice_names(case)) for case in cases]
        ends = np.cumsum(counts)
        self._of = {
            c.name: np.arange(e - n, e) for c, e, n in zip(cases, ends, counts, strict=True)
        }
        self.load = lru_cache(maxsize=2)(lambda size: load_slices(cases, config.plan(size)))

    def of(self, cases: list[Case]) -> Int[np.ndarray, " s"]:
        """Positions of the cases' slices."""
        parts = [self._of[case.name] for case in cases]
        return np.concatenate(parts) if parts else np.arange(0)


def fold_cases(root: Path, folds: Folds, k: int | None) -> tuple[list[Case], list[Case]]:
    """Training and held-out cases of fold `k`; None trains on every case of the folds.

    Raises:
        InputError: a case of the folds is not under `root`.
    """
    found = {case.name: case for case in cases_in(root)}
    missing = [case.name for case in folds.cases if case.name not in found]
    if missing:
        raise InputError(
            "training.cases_missing",
            missing=len(missing),
            cases=len(folds.cases),
            first=missing[0],
        )
    if k is None:
        return [found[case.name] for case in folds.cases], []
    return [found[n] for n in folds.train(k)], [found[n] for n in folds.test(k)]


def train_fold(
    config: TrainConfig,
    root: Path,
    folds: Folds,
    k: int | None,
    run: Path,
    *,
    resume: bool = False,
    verbose: int = 1,
    slices: CaseSlices | None = None,
    lessons: Lessons | None = None,
    begin: Begin = from_chance,
    told: Told = nobody,
) -> keras.Model:
    """Train on the patients outside fold `k` and predict those inside; all is kept in `run`.

    The held-out patients are shown in the loss curve only: nothing is chosen by them. They are
    predicted as they are and under every change of `VARIANTS`, of which `told` hears. `lessons` are
    needed if the configuration has a teacher's share; `begin` gives the network its first weights.

    Raises:
        UsageError: a teacher's share without lessons, or lessons without a share.
        LeakError: a lesson speaks of a held-out patient.
    """
    if bool(config.teacher_weight) != bool(lessons):
        raise UsageError(
            "training.teacher_or_share", preset=config.name, weight=config.teacher_weight
        )
    train, held_out = fold_cases(root, folds, k)
    slices = slices or CaseSlices(config, train + held_out)
    load = slices.load if lessons is None else _taught(config, slices, train, k, run, lessons)
    data = TrainingData(load=load, train=slices.of(train), validate=slices.of(held_out))
    model = fit(config, data, run, resume=resume, verbose=verbose, begin=begin)
    if held_out:
        # The plain studies last: they mark the fold as done.
        changes = {**VARIANTS, "": None}
        count = len(held_out) * len(changes)
        for start, (name, change) in enumerate(changes.items()):
            what = message("training.held_out", count=len(held_out), variants=len(VARIANTS))
            cases = telling(told, what, held_out, count, start * len(held_out))
            save_raw(run / raw_name(name), predict_raw(config, model, cases, change))
    return model


def _taught(
    config: TrainConfig,
    slices: CaseSlices,
    train: list[Case],
    k: int | None,
    run: Path,
    lessons: Lessons,
) -> Callable[[int], SliceStore]:
    """The slices at a side, with the teachers' share in the targets of the training patients."""
    at = {case.name: slices.of([case]) for case in train}
    return lambda size: soft_targets(slices.load(size), lessons(k, run), at, config.teacher_weight)


def cross_validate(
    config: TrainConfig,
    root: Path,
    folds: Folds,
    run: Path,
    *,
    resume: bool = False,
    verbose: int = 1,
    lessons: Lessons | None = None,
    begin: Begin = from_chance,
    told: Told = nobody,
) -> None:
    """Train every fold in its own `fold_run`; a fold that is done is passed over on resume."""
    slices = CaseSlices(config, fold_cases(root, folds, None)[0])
    for k in range(folds.k):
        folder = fold_run(run, folds, k)
        done = (folder / RAW).exists()
        if not (done and resume):
            train_fold(
                config,
                root,
                folds,
                k,
                folder,
                resume=resume,
                verbose=verbose,
                slices=slices,
                lessons=lessons,
                begin=begin,
                told=told,
            )
            clear_session()


def predict_raw(
    config: TrainConfig,
    network: keras.Model,
    cases: Iterable[Case],
    change: Callable[[Study], Study] | None = None,
) -> Raw:
    """Run the network over cases, changed or as they are, the same way that inference takes.

    Pixel probabilities are rounded to half precision, as `save_raw` keeps them. Of changed cases
    nobody asks for classes.
    """
    return predict_with(as_model(network, config.plan()), cases, change)


def predict_with(
    model: Model, cases: Iterable[Case], change: Callable[[Study], Study] | None = None
) -> Raw:
    """As `predict_raw`, by any model."""
    answers = {}
    for case in cases:
        study = study_of(case)
        said = predict(prepare(change(study) if change else study, model.plan), model)
        halved = said.planes.astype(np.float16).astype(np.float32)
        classes = None if change else said.classes
        answers[case.name] = replace(said, planes=halved, classes=classes)
    return answers


def agreement_of(answer: Answer) -> Float32[np.ndarray, "k 3"]:
    """How far an answer agrees with that of the mirrored slices.

    Raises:
        UsageError: it was made without them.
    """
    if answer.agreement is None:
        raise UsageError("training.needs_flip")
    return answer.agreement


def save_raw(path: Path, raw: Raw) -> None:
    """Write raw predictions as one compressed archive, pixels in half precision."""
    arrays = {f"{case}/planes": said.planes.astype(np.float16) for case, said in raw.items()}
    arrays |= {f"{case}/presence": said.presence for case, said in raw.items()}
    arrays |= {f"{case}/agreement": agreement_of(said) for case, said in raw.items()}
    arrays |= {f"{c}/classes": said.classes for c, said in raw.items() if said.classes is not None}
    with atomic_path(path) as temporary, temporary.open("wb") as file:
        np.savez_compressed(file, allow_pickle=False, **arrays)


def load_raw(path: Path) -> Raw:
    """Read what `save_raw` wrote, in the order of the cases' names."""
    with np.load(path) as stored:
        cases = sorted({name.split("/")[0] for name in stored.files})
        return {case: _stored_answer(stored, case) for case in cases}


def _stored_answer(stored: Mapping[str, np.ndarray], case: str) -> Answer:
    planes, presence, agreement = (
        stored[f"{case}/{part}"].astype(np.float32) for part in ("planes", "presence", "agreement")
    )
    return Answer(planes, presence, agreement, stored.get(f"{case}/classes"))
