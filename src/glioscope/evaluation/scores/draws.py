"""Scores of draws of slices, as the paper's leaky protocol takes them: mean and spread."""

from collections.abc import Mapping, Sequence

import numpy as np
from jaxtyping import Bool

from glioscope.errors import InputError
from glioscope.evaluation.metrics import slice_overlap
from glioscope.evaluation.predictions.types import DrawPrediction
from glioscope.evaluation.scores.cohort import COUNTS, IOU, PROBABILITY
from glioscope.evaluation.scores.figure import SPREAD, Figure, Scores
from glioscope.evaluation.scores.patient import Slices, join, require_same_size
from glioscope.texts.message import message


def score_draws(
    draws: Sequence[DrawPrediction],
    references: Mapping[str, Bool[np.ndarray, "h w"]],
    *,
    seed: int = 0,
) -> Scores:
    """Mean over draws; `low` and `high` are the 2.5th and 97.5th percentile, `n` the draws.

    The standard deviation over draws (n - 1) stands beside each figure in the group `spread=sd`.
    Draws share slices and patients, so the spread is no confidence interval. A figure undefined on
    some draws is taken over the others.

    Raises:
        InputError: no draw, or a slice without reference; names it.
        GridMismatch: a prediction and its reference differ in size.
    """
    if not draws:
        raise InputError("evaluation.no_draw")
    measured = [_measure(draw, references) for draw in sorted(draws, key=lambda d: d.number)]
    figures = [f for name in _names() for f in _over(name, [_value(name, m) for m in measured])]
    return Scores(tuple(figures), join(measured), (), seed, 0, len(draws))


def _measure(draw: DrawPrediction, references: Mapping[str, np.ndarray]) -> Slices:
    for name in draw.slice_names:
        if name not in references:
            raise InputError("evaluation.slice_without_truth", draw=draw.label, name=name)
        size = draw.mask.shape[1:]
        where = message("evaluation.slice_of", draw=draw.label, name=name)
        require_same_size(where, size, references[name].shape)
    truth = np.stack([references[name] for name in draw.slice_names])
    return Slices(draw.slice_names, draw.probability, draw.called, slice_overlap(truth, draw.mask))


def _names() -> tuple[str, ...]:
    return ("tp", "fp", "tn", "fn", *COUNTS, *PROBABILITY, *IOU)


def _value(name: str, slices: Slices) -> float | None:
    if name in COUNTS:
        return COUNTS[name](slices.counts)
    if name in PROBABILITY:
        return PROBABILITY[name](slices.positive, slices.probability)
    if name in IOU:
        return IOU[name](slices.overlap)
    return float(getattr(slices.counts, name))


def _over(name: str, found: list[float | None]) -> list[Figure]:
    values = np.array([v for v in found if v is not None], np.float64)
    n = int(values.size)
    if not n:
        return [Figure(name, None, None, None, 0)]
    low, high = (float(v) for v in np.quantile(values, (0.025, 0.975)))
    spread = float(values.std(ddof=1)) if n > 1 else None
    return [
        Figure(name, float(values.mean()), low if n > 1 else None, high if n > 1 else None, n),
        Figure(name, spread, None, None, n, SPREAD),
    ]
