"""How far the model trusts its own outline: the Dice it expects, and whether to ask for a review.

What the network says of a study is measured in a few numbers that fall when an outline is poor:
how well the mask agrees with the probabilities it came from, with itself at another threshold,
with the mirrored study and with its neighbours along z. The plan's `assessment` weighs them.

Source of the idea, that repeated predictions which agree foretell a good Dice: Roy et al., Bayesian
QuickNAT, NeuroImage 2019, doi 10.1016/j.neuroimage.2019.03.042.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Float32, Float64

from glioscope.model.plan_parts import Assessment
from glioscope.model.postprocess import SliceDecisions
from glioscope.volume import dice

# Masks at these two pixel probabilities are the same where the border is steep. They stand evenly
# around 0.5, at odds of 3 to 7 and 7 to 3.
_LOW, _HIGH = 0.3, 0.7

# A feature counts at most this many scales from its mean. Those that fall with a blob outside the
# called slices have long tails, and one wild number of an odd study must not decide alone.
_MOST_SCALES = 3.0


@dataclass(frozen=True)
class Judgement:
    """What the model thinks of its own answer.

    `expected_dice`, in [0, 1], is the Dice with an expert's outline that it expects; None where it
    outlined nothing. `review` tells whether a person should look first; then it is True. Both are
    None where nothing can be said: a plan without assessment, or no mirrored slices (`--fast`).
    """

    expected_dice: float | None
    review: bool | None


def estimate_dice(
    pixels: Float32[np.ndarray, "k h w"],
    agreement: Float32[np.ndarray, "k 3"] | None,
    decided: SliceDecisions,
    assessment: Assessment | None,
) -> Judgement:
    """Judge one study; arguments as for `features`."""
    if assessment is None or agreement is None:
        return Judgement(None, None)
    if not decided.called.any():
        # An empty answer is right or wholly wrong, and nothing measured here tells which.
        return Judgement(None, True)
    expected = expected_dice(features(pixels, agreement, decided), assessment)
    return Judgement(expected, expected < assessment.flag_below)


def expected_dice(measured: Float64[np.ndarray, "f"], assessment: Assessment) -> float:
    """The linear estimate, kept in [0, 1]."""
    standard = standardise(measured, np.array(assessment.means), np.array(assessment.scales))
    return float(np.clip(assessment.bias + standard @ np.array(assessment.weights), 0, 1))


def standardise(
    measured: Float64[np.ndarray, "*p f"],
    means: Float64[np.ndarray, "f"],
    scales: Float64[np.ndarray, "f"],
) -> Float64[np.ndarray, "*p f"]:
    """Each feature's distance from its mean in scales, kept in [-3, 3]."""
    return np.clip((measured - means) / scales, -_MOST_SCALES, _MOST_SCALES)


def features(
    pixels: Float32[np.ndarray, "k h w"],
    agreement: Float32[np.ndarray, "k 3"],
    decided: SliceDecisions,
) -> Float64[np.ndarray, "f"]:
    """The numbers of `NAMES` for one study, from pixel probabilities as pictures.

    `agreement` is that of `glioscope.pipeline.Answer`. Each is finite, and without a called slice
    has its own empty case:

    - soft_dice: 2 sum(p m) / (sum(p) + sum(m)), the Dice to expect if p were calibrated; 0.
    - threshold_stability: Dice of the masks at pixel probabilities 0.3 and 0.7 in called slices; 0.
    - flip_agreement: 2 sum(a b) / sum(a² + b²) of both mirror images' probabilities; does not look
      at calls, and is 0 where all probabilities are.
    - flip_difference: mean difference of the slice probability under the mirror; does not either.
    - border_entropy: mean entropy in bits of the pixels on both sides of the outline; 0.
    - z_consistency: Dice of the masks of neighbouring called slices, over all pairs; 0, also
      without a pair.
    - log_volume: natural logarithm of the mask's share of all pixels; that of one pixel.
    - runs: unbroken runs of called slices; 0.
    - top_probability: calibrated probability of the most probable slice.
    """
    mask, called = decided.mask, decided.called
    outlined = np.count_nonzero(mask)
    product, squares, difference = agreement.astype(np.float64).T
    inside = pixels[called]
    return np.array(
        [
            _ratio(2 * pixels[mask].sum(dtype=np.float64), pixels.sum(dtype=np.float64) + outlined),
            dice(inside >= _LOW, inside >= _HIGH, empty=0.0),
            _ratio(2 * product.sum(), squares.sum()),
            difference.mean(),
            _border_entropy(inside, mask[called]),
            _z_consistency(mask, called),
            np.log(max(outlined, 1) / mask.size),
            np.count_nonzero(called & ~np.concatenate([[False], called[:-1]])),
            decided.probability.max(),
        ],
        np.float64,
    )


def _ratio(part: float, whole: float) -> float:
    return part / whole if whole else 0.0


def _border_entropy(pixels: Float[np.ndarray, "s h w"], mask: Bool[np.ndarray, "s h w"]) -> float:
    p = pixels[_border(mask)].astype(np.float64)
    # The limit of p log p at 0 is 0; the smallest float keeps its logarithm finite.
    tiny = np.finfo(np.float64).tiny
    bits = -(p * np.log2(p + tiny) + (1 - p) * np.log2(1 - p + tiny))
    return _ratio(bits.sum(), bits.size)


def _border(mask: Bool[np.ndarray, "s h w"]) -> Bool[np.ndarray, "s h w"]:
    """Pixels with one of their four neighbours on the other side of the outline."""
    border = np.zeros_like(mask)
    rows = mask[:, 1:] != mask[:, :-1]
    columns = mask[:, :, 1:] != mask[:, :, :-1]
    border[:, 1:] |= rows
    border[:, :-1] |= rows
    border[:, :, 1:] |= columns
    border[:, :, :-1] |= columns
    return border


def _z_consistency(mask: Bool[np.ndarray, "k h w"], called: Bool[np.ndarray, "k"]) -> float:
    pairs = np.flatnonzero(called[1:] & called[:-1])
    return dice(mask[pairs], mask[pairs + 1], empty=0.0)
