"""Is a promised miss rate kept on other patients, and at what cost: repeated patient splits."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float64

from glioscope.evaluation.scores.patient import Patient
from glioscope.model.plan_parts import conformal_threshold, miss_curve

ALPHAS = (0.02, 0.05, 0.1)
REPEATS = 1000
# Of the patients, this share sets the threshold and the rest is judged; nearly as many set it as
# set the one that ships.
_CALIBRATION_SHARE = 0.8
# Fewer patients can promise nothing at the smallest of `ALPHAS`.
_LEAST = 64


@dataclass(frozen=True)
class Coverage:
    """What a promise of at most `alpha` came to on patients who did not set the threshold.

    Per split: mean miss rate over the judged patients, and the share of their slices without tumour
    left alone. `unkept` is the share of splits in which no threshold could promise `alpha`; those
    are in neither array.
    """

    alpha: float
    miss_rate: Float64[np.ndarray, " r"]
    specificity: Float64[np.ndarray, " r"]
    unkept: float


def coverage(
    patients: Sequence[Patient],
    alphas: Sequence[float] = ALPHAS,
    *,
    repeats: int = REPEATS,
    seed: int = 0,
) -> list[Coverage]:
    """Split the patients at random, set thresholds on one part and judge them on the other.

    Empty with fewer than 64 patients with tumour. Conformal risk control bounds the mean of
    `miss_rate` over splits, not each split's.
    """
    patients = [p for p in patients if p.slices.positive.any()]
    if len(patients) < _LEAST:
        return []
    positives = [p.slices.probability[p.slices.positive] for p in patients]
    negatives = [p.slices.probability[~p.slices.positive] for p in patients]
    rng = np.random.default_rng(seed)
    count = round(_CALIBRATION_SHARE * len(patients))
    found: dict[float, list[tuple[float, float]]] = {alpha: [] for alpha in alphas}
    for _ in range(repeats):
        order = rng.permutation(len(patients))
        curve = miss_curve([positives[int(i)] for i in order[:count]])
        for alpha in alphas:
            threshold = conformal_threshold(curve, count, alpha)
            if threshold is not None:
                found[alpha].append(_judge(positives, negatives, order[count:], threshold))
    return [_coverage(alpha, found[alpha], repeats) for alpha in alphas]


def _judge(
    positives: list[np.ndarray], negatives: list[np.ndarray], judged: np.ndarray, threshold: float
) -> tuple[float, float]:
    missed = np.mean([(positives[int(i)] < threshold).mean() for i in judged])
    alone = np.concatenate([negatives[int(i)] for i in judged]) < threshold
    return float(missed), float(alone.mean())


def _coverage(alpha: float, found: list[tuple[float, float]], repeats: int) -> Coverage:
    table = np.array(found, np.float64).reshape(-1, 2)
    return Coverage(alpha, table[:, 0], table[:, 1], 1 - len(found) / repeats)
