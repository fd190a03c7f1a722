"""Classes of tumour, worked out by hand."""

from dataclasses import replace

import numpy as np
import pytest
from tests.evaluation.small import SAID, TRUTH, A, B, prediction

from glioscope.evaluation.predictions.references import Truth
from glioscope.evaluation.scores.classes import class_scores
from glioscope.evaluation.scores.score import score

NAMES = ("edema", "core")


def classed(mask: np.ndarray, core: tuple[slice, ...]) -> np.ndarray:
    """The mask as edema, and what of it lies in a region as core."""
    values = mask.astype(np.uint8)
    values[core] *= 2
    return values


def both():
    """A has core on its last slice alone, and is said to have none; B has no core at all."""
    truth_a = classed(TRUTH[A], np.s_[2:])
    said_a, said_b = SAID[A].astype(np.uint8), SAID[B].astype(np.uint8)
    said = [
        replace(prediction(study), class_names=NAMES, classes=values)
        for study, values in ((A, said_a), (B, said_b))
    ]
    # The truth has its classes in another order: names count, and not numbers.
    turned = np.array([0, 2, 1], np.uint8)
    truth = {
        A: Truth(TRUTH[A], (2.0, 2.0, 5.0), NAMES[::-1], turned[truth_a]),
        B: Truth(TRUTH[B], None, NAMES[::-1], turned[TRUTH[B].astype(np.uint8)]),
    }
    return said, truth


def test_dice_and_volume_of_each_class() -> None:
    said, truth = both()
    edema, core = class_scores(said[0], truth[A])
    # 4 of 7 pixels that were called edema are; core was missed.
    assert (edema.reference_volume, edema.predicted_volume) == (4, 7)
    assert edema.dice == pytest.approx(2 * 4 / 11)
    assert edema.ml_error == pytest.approx(3 * 0.02)
    assert (core.dice, core.ml_error) == (0.0, pytest.approx(4 * 0.02))
    _, nowhere = class_scores(said[1], truth[B])
    assert (nowhere.dice, nowhere.ml_error) == (None, None)


def test_figures_count_patients_who_have_the_class() -> None:
    said, truth = both()
    scores = score(said, truth, resamples=20)
    core = scores.figure("class_dice_mean/class=core")
    assert (core.value, core.n) == (0.0, 1)
    edema = scores.figure("class_dice_mean/class=edema")
    assert edema.value == pytest.approx((8 / 11 + 2 * 2 / (5 + 2)) / 2) and edema.n == 2
    assert edema.low is not None and edema.low <= edema.value <= edema.high
    assert scores.figure("class_volume_error_ml/class=core").n == 1
    p10 = scores.figure("class_dice_p10/class=edema").value
    assert p10 == pytest.approx(np.percentile([8 / 11, 4 / 7], 10))


def test_without_classes_on_both_sides_no_figure_speaks_of_them() -> None:
    said, truth = both()
    plain = {study: Truth(one.mask, one.spacing) for study, one in truth.items()}
    whole = [prediction(study) for study in (A, B)]
    for predictions, references in ((said, plain), (whole, truth)):
        scores = score(predictions, references, resamples=1)
        assert not [f for f in scores.figures if f.name.startswith("class_")]
    same = score(whole, plain, resamples=1).figures
    assert [f for f in score(said, truth, resamples=1).figures if "class" not in f.key] == [*same]
