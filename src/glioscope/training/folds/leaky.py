# pyright: basic
# It speaks with Keras, which carries no types.
"""The paper's own protocol: slices split at random, so that patients stand on both sides.

Its figures are comparable with the paper's and with nothing else.
"""

from collections.abc import Iterable
from pathlib import Path

import keras
import numpy as np

from glioscope.errors import UsageError
from glioscope.evaluation.predictions.archive import ARCHIVE as PREDICTIONS
from glioscope.evaluation.predictions.archive import write_archive
from glioscope.evaluation.predictions.types import DrawPrediction
from glioscope.evaluation.splits.leaky import PAPER_TEST, paper_leaky_split
from glioscope.model.plan import Plan
from glioscope.model.postprocess import SliceDecisions
from glioscope.reading.lgg import list_cases, read_case
from glioscope.texts.message import message
from glioscope.training.config import TrainConfig
from glioscope.training.data.slices import load_slices
from glioscope.training.folds.cross_validation import predict_raw
from glioscope.training.folds.out_of_fold import on_pictures
from glioscope.training.loop.fit import TrainingData, fit
from glioscope.training.steps import Told, nobody, telling

DRAWS = 20


def train_leaky(
    config: TrainConfig,
    root: Path,
    run: Path,
    *,
    resume: bool = False,
    verbose: int = 1,
    told: Told = nobody,
) -> keras.Model:
    """Train once under the paper's split and predict draws of 90 slices it was not trained on.

    With early stopping off nothing is chosen on the validation slices, so 20 draws of 90 test
    slices are taken from validation and test together; with it on there is the one draw of the
    split. Decisions are at probability 0.5: a slice is called when a pixel of its mask is. `told`
    hears how far the predictions are.

    Raises:
        UsageError: the configuration has a teacher's share; no teacher stays out of this split.
    """
    if config.teacher_weight:
        raise UsageError("training.leaky_teacher", preset=config.name)
    cases = list_cases(root)
    names = [n for folder in cases for n in read_case(folder).source.slice_names]
    split = paper_leaky_split(names, config.seed)
    position = {name: index for index, name in enumerate(names)}
    data = TrainingData(
        load=lambda size: load_slices(cases, config.plan(size)),
        train=np.array([position[n] for n in split.train]),
        validate=np.array([position[n] for n in split.validation]),
        independent=True,
    )
    model = fit(config, data, run, resume=resume, verbose=verbose)
    seen = set(split.train) | (set(split.validation) if config.patience else set())
    what = message("training.predict", count=len(cases))
    decided = _decide(config, model, telling(told, what, cases, len(cases)))
    unseen = sorted(set(names) - seen)
    draws = [split.test] if config.patience else draw_slices(unseen, DRAWS, config.seed)
    meta = {"protocol": split.name, "split": str(split), "preset": config.name, "seed": config.seed}
    write_archive(
        run / PREDICTIONS,
        [_draw(number, draw, decided, config.plan()) for number, draw in enumerate(draws)],
        meta,
    )
    return model


def draw_slices(names: list[str], draws: int, seed: int) -> list[tuple[str, ...]]:
    """`draws` random draws of 90 different slices each; a slice may stand in several draws."""
    rng = np.random.default_rng(seed)
    return [tuple(rng.choice(names, PAPER_TEST, replace=False).tolist()) for _ in range(draws)]


def _decide(
    config: TrainConfig, model: keras.Model, cases: Iterable[Path]
) -> dict[str, tuple[SliceDecisions, int]]:
    """Every slice by name: its case's decisions and its index in them."""
    found = {}
    for folder in cases:
        [raw] = predict_raw(config, model, [folder]).values()
        said = on_pictures(folder, raw, config.plan())
        decided = said.decided(config.plan())
        for index, name in enumerate(read_case(folder).source.slice_names):
            found[name] = (decided, index)
    return found


def _draw(
    number: int, names: tuple[str, ...], decided: dict[str, tuple[SliceDecisions, int]], plan: Plan
) -> DrawPrediction:
    picked = [decided[name] for name in names]
    return DrawPrediction(
        number=number,
        slice_names=names,
        probability=np.array([d.probability[i] for d, i in picked]),
        called=np.array([d.called[i] for d, i in picked]),
        mask=np.stack([d.mask[i] for d, i in picked]),
        model_name=plan.name,
        model_version=plan.version,
    )
