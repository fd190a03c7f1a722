"""Patient-level runs: train on one fold's other patients, or on all, and predict the held-out."""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import keras
import numpy as np
from jaxtyping import Float16, Float32

from glioscope.errors import InputError
from glioscope.evaluation.folds import Folds
from glioscope.model.preprocess import prepare
from glioscope.pipeline import predict
from glioscope.reading.lgg import list_cases, read_case
from glioscope.training.config import TrainConfig
from glioscope.training.dataset import SliceStore, load_slices
from glioscope.training.engine import as_model
from glioscope.training.fit import TrainingData, fit
from glioscope.writing.atomic import atomic_path

RAW = "held_out.npz"


def fold_run(run: Path, k: int | None) -> Path:
    """Where fold `k`, or the network of all patients, lies in a cross-validation's run folder."""
    return run / ("all" if k is None else f"fold{k}")


@dataclass(frozen=True)
class RawPrediction:
    """What the network said of one held-out case, before any threshold.

    `planes` are pixel probabilities on the network's grid, flip-averaged if the plan says so.
    """

    case: str
    planes: Float16[np.ndarray, "k n n"]
    presence: Float32[np.ndarray, " k"]


def fold_cases(root: Path, folds: Folds, k: int | None) -> tuple[list[Path], list[Path]]:
    """Training and held-out case folders of fold `k`; None trains on every case of the folds.

    Raises:
        InputError: a case of the folds is not under `root`.
    """
    found = {folder.name: folder for folder in list_cases(root)}
    missing = [case.name for case in folds.cases if case.name not in found]
    if missing:
        raise InputError(
            f"{len(missing)} of {len(folds.cases)} cases of the folds are not in the data folder, "
            f"the first is {missing[0]}; restore the whole set"
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
) -> keras.Model:
    """Train on the patients outside fold `k` and predict those inside; all is kept in `run`.

    The held-out patients are shown in the loss curve only: nothing is chosen by them.
    """
    train, held_out = fold_cases(root, folds, k)
    counts = [len(read_case(folder).source.slice_names) for folder in train + held_out]
    split = sum(counts[: len(train)])
    data = TrainingData(
        load=_loader(config, train + held_out),
        train=np.arange(split),
        validate=np.arange(split, sum(counts)),
    )
    model = fit(config, data, run, resume=resume, verbose=verbose)
    if held_out:
        save_raw(run / RAW, predict_raw(config, model, held_out))
    return model


def cross_validate(
    config: TrainConfig,
    root: Path,
    folds: Folds,
    run: Path,
    *,
    resume: bool = False,
    verbose: int = 1,
) -> None:
    """Train every fold in its own sub-folder; a fold that is done is passed over on resume."""
    for k in range(folds.k):
        done = (fold_run(run, k) / RAW).exists()
        if not (done and resume):
            train_fold(config, root, folds, k, fold_run(run, k), resume=resume, verbose=verbose)
            keras.utils.clear_session()


def _loader(config: TrainConfig, cases: list[Path]):
    @lru_cache(maxsize=1)
    def load(size: int) -> SliceStore:
        return load_slices(cases, config.plan(size))

    return load


def predict_raw(
    config: TrainConfig, network: keras.Model, cases: list[Path]
) -> list[RawPrediction]:
    """Run the network over cases through the same way that inference takes."""
    model = as_model(network, config.plan())
    answers = []
    for folder in cases:
        planes, presence = predict(prepare(read_case(folder), model.plan), model)
        answers.append(RawPrediction(folder.name, planes.astype(np.float16), presence))
    return answers


def save_raw(path: Path, raw: list[RawPrediction]) -> None:
    """Write raw predictions as one compressed archive."""
    arrays = {f"{r.case}/planes": r.planes for r in raw}
    arrays |= {f"{r.case}/presence": r.presence for r in raw}
    with atomic_path(path) as temporary, temporary.open("wb") as file:
        np.savez_compressed(file, allow_pickle=False, **arrays)


def load_raw(path: Path) -> list[RawPrediction]:
    """Read what `save_raw` wrote."""
    with np.load(path) as stored:
        cases = sorted({name.split("/")[0] for name in stored.files})
        return [RawPrediction(c, stored[f"{c}/planes"], stored[f"{c}/presence"]) for c in cases]
