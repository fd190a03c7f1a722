"""The paper's own protocol: slices split at random, so that patients stand on both sides.

Its figures are comparable with the paper's and with nothing else.
"""

import itertools
from pathlib import Path

import keras
import numpy as np

from glioscope.evaluation.predictions import SlicePredictions, write_slice_archive
from glioscope.evaluation.protocols import PAPER_TEST, paper_leaky_split
from glioscope.model.postprocess import decide
from glioscope.model.preprocess import Restore, to_pictures, window_for
from glioscope.reading.lgg import list_cases, read_case, read_reference
from glioscope.training.config import TrainConfig
from glioscope.training.crossfit import PREDICTIONS
from glioscope.training.crossval import RawPrediction, predict_raw
from glioscope.training.dataset import load_slices
from glioscope.training.fit import TrainingData, fit

DRAWS = 20


def train_leaky(
    config: TrainConfig, root: Path, run: Path, *, resume: bool = False, verbose: int = 1
) -> keras.Model:
    """Train once under the paper's split and predict draws of 90 slices it was not trained on.

    With early stopping off nothing is chosen on the validation slices, so 20 draws of 90 test
    slices are taken from validation and test together; with it on there is the one draw of the
    split. Decisions are at probability 0.5: a slice is called when a pixel of its mask is.
    """
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
    predictions = _predict(config, model, cases, seen)
    draws = [split.test] if config.patience else _draws(sorted(predictions), config.seed)
    meta = {
        "protocol": split.name,
        "leaky": True,
        "split": str(split),
        "preset": config.name,
        "seed": config.seed,
    }
    chosen = [
        SlicePredictions.join([predictions[name] for name in draw], draw=number)
        for number, draw in enumerate(draws)
    ]
    write_slice_archive(run / PREDICTIONS, chosen, meta)
    return model
