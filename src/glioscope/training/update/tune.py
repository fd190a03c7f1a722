# pyright: basic
# It speaks with Keras, which carries no types.
"""A bundle's network, trained a little further on other cases."""

from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

import numpy as np

from glioscope.model.plan import Plan
from glioscope.training.config import TrainConfig
from glioscope.training.data.cases import Case
from glioscope.training.data.slices import load_slices
from glioscope.training.loop.fit import TrainingData, fit
from glioscope.training.update.rebuild import Rebuilt


def config_for(preset: TrainConfig, rebuilt: Rebuilt, plan: Plan) -> TrainConfig:
    """The preset for this network: its shape, and all epochs at its side."""
    return replace(preset, network=rebuilt.network, stages=((plan.size, preset.epochs),))


def tune(
    config: TrainConfig,
    rebuilt: Rebuilt,
    plan: Plan,
    cases: Sequence[Case],
    run: Path,
    verbose: int = 1,
) -> None:
    """Train from the bundle's weights on the cases; `run` keeps what `fit` keeps."""
    shown = replace(plan, classes=config.network.classes)
    load = lru_cache(maxsize=1)(lambda size: load_slices(cases, replace(shown, size=size)))
    every = np.arange(len(load(config.size)))
    data = TrainingData(load=load, train=every, validate=every[:0])
    fit(config, data, run, verbose=verbose, begin=rebuilt.put_into)
