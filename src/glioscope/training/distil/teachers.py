# pyright: basic
# It speaks with Keras, which carries no types.
"""Who may teach whom, so that a student's held-out patients stay unseen by all that formed it.

The student of fold k learns from the networks of fold k alone, on its own training patients: none
of them saw fold k's patients. The network of all patients, which is scored on none of them, learns
what each patient's out-of-fold network said of him. docs/concepts/leak-free.md says why.
"""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np

from glioscope.errors import LeakError, UsageError
from glioscope.evaluation.splits.folds import Folds
from glioscope.pipeline import Answer
from glioscope.training.config import Teacher, TrainConfig, load_config
from glioscope.training.data.soft_targets import (
    Lesson,
    TeacherAnswer,
    load_lesson,
    resized,
    save_lesson,
)
from glioscope.training.export.onnx import load_networks
from glioscope.training.folds.cross_validation import (
    RAW,
    Lessons,
    fold_cases,
    fold_run,
    load_raw,
    predict_raw,
)
from glioscope.training.loop.fit import WEIGHTS

TEACHER_ARCHIVE = "teacher.npz"

# A patient, and what every teacher said of him.
Told = tuple[str, tuple[Answer, ...]]


def with_teachers(
    config: TrainConfig, runs: Sequence[Path], root: Path, folds: Folds
) -> tuple[TrainConfig, Lessons]:
    """The configuration that names `runs` as teachers, and their lessons.

    Each run is a finished cross-validation of the same folds; the mean of several runs teaches.

    Raises:
        UsageError: a run is not finished.
        LeakError: a fold of a run held out other patients than the same fold here.
    """
    config = replace(config, teachers=tuple(_identify(run, folds) for run in runs))
    return config, partial(_lesson, config, tuple(runs), root, folds)


def _identify(run: Path, folds: Folds) -> Teacher:
    digest = hashlib.sha256()
    for k in range(folds.k):
        _check_fold(run, folds, k)
        digest.update((fold_run(run, folds, k) / WEIGHTS).read_bytes())
    taught = load_config(fold_run(run, folds, 0))
    return Teacher(taught.name, taught.seed, digest.hexdigest())


def _check_fold(run: Path, folds: Folds, k: int) -> None:
    folder = fold_run(run, folds, k)
    missing = [name for name in (WEIGHTS, RAW) if not (folder / name).is_file()]
    if missing:
        raise UsageError(
            "training.teacher_unfinished",
            run=run.name,
            fold=folder.name,
            missing=", ".join(missing),
        )
    with np.load(folder / RAW) as stored:
        held_out = {name.split("/")[0] for name in stored.files}
    if held_out != set(folds.test(k)):
        raise LeakError("training.teacher_of_other_folds", run=run.name, fold=folder.name, k=k)


def _lesson(
    config: TrainConfig,
    runs: tuple[Path, ...],
    root: Path,
    folds: Folds,
    k: int | None,
    run: Path,
) -> Lesson:
    """What may be taught for fold `k`; made once and kept in `run`, so that a resumed run has it.

    Planes are at the last stage's side.
    """
    header = {"teachers": [teacher.sha256 for teacher in config.teachers], "fold": k}
    path = run / TEACHER_ARCHIVE
    if not path.exists():
        told = _out_of_fold(runs, folds) if k is None else _own(runs, root, folds, k)
        save_lesson(path, {case: _mean(said, config.size) for case, said in told}, header)
    return load_lesson(path, header)


def _own(runs: tuple[Path, ...], root: Path, folds: Folds, k: int) -> Iterator[Told]:
    """Fold `k`'s own network of every run on each of its training patients."""
    teachers = []
    for run in runs:
        folder = fold_run(run, folds, k)
        config = load_config(folder)
        teachers.append((config, load_networks(config, [folder / WEIGHTS])[0]))
    for case in fold_cases(root, folds, k)[0]:
        said = (predict_raw(config, network, [case]) for config, network in teachers)
        yield case.name, tuple(answers[case.name] for answers in said)


def _out_of_fold(runs: tuple[Path, ...], folds: Folds) -> Iterator[Told]:
    """Every run's prediction of each patient by the network that did not see him."""
    for k in range(folds.k):
        said = [load_raw(fold_run(run, folds, k) / RAW) for run in runs]
        for case in folds.test(k):
            yield case, tuple(answers[case] for answers in said)


def _mean(said: tuple[Answer, ...], size: int) -> TeacherAnswer:
    planes = np.mean([resized(one.planes, size) for one in said], axis=0)
    presence = np.mean([one.presence for one in said], axis=0)
    return TeacherAnswer(np.round(planes * 255).astype(np.uint8), presence.astype(np.float32))
