"""How many tumour slices a threshold misses, and the threshold that keeps a promise about it.

Source: Angelopoulos, Bates, Fisch, Lei and Schuster, Conformal Risk Control, ICLR 2024,
arXiv:2208.02814. The unit is the patient, since slices of one patient are not exchangeable.
"""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float64

MissCurve = tuple[tuple[float, float], ...]

# A curve is thinned to about this many steps and ends at this miss rate: nobody asks for more.
_STEPS, _END = 150, 0.35
# A plan's thresholds lie inside (0, 1).
_EDGE = 1e-6


def miss_curve(positives: Sequence[Float64[np.ndarray, "_"]]) -> MissCurve:
    """(threshold, mean share of a patient's tumour slices below it), both rising.

    `positives` holds each patient's probabilities on his slices with tumour; a patient without any
    cannot be missed and counts 0. Every pair is exact: thinning only leaves pairs out.
    """
    thresholds = np.unique(np.clip(np.concatenate(positives), _EDGE, 1 - _EDGE))
    below = [np.searchsorted(np.sort(p), thresholds) / max(len(p), 1) for p in positives]
    risk = np.mean(below, axis=0)
    step = np.floor(risk / _END * _STEPS)
    kept = np.append(np.diff(step) > 0, True) & (risk <= _END)
    return tuple(zip(thresholds[kept].tolist(), risk[kept].tolist(), strict=True))


def conformal_threshold(curve: MissCurve, patients: int, most: float) -> float | None:
    """The highest threshold whose expected miss rate on a new patient is at most `most`.

    With n patients, mean miss rate R(t) and a loss of at most 1: the largest t with
    (n R(t) + 1) / (n + 1) <= `most`. The bound holds on average over new patients who are
    exchangeable with those of the curve. None where no threshold of the curve keeps it, which is
    so below 1 / (n + 1), or where `most` is not inside (0, 1).
    """
    allowed = [t for t, risk in curve if patients * risk + 1 <= most * (patients + 1)]
    return max(allowed, default=None) if 0 < most < 1 else None
