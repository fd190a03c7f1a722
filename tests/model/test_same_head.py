"""One head or two: borders that stand where they stand, whatever is bright there."""

import numpy as np
from scipy import ndimage

from glioscope.model.preprocess import intensity_scale
from glioscope.model.same_head import agreement, agreement_when_moved
from glioscope.phantom.study import phantom_study
from glioscope.study import Channel


def planes(seed: int, sequence: Channel) -> np.ndarray:
    image = phantom_study(seed, size=128, slices=12)[0].images[sequence]
    low, unit = intensity_scale(image.array, "phantom")
    return np.ascontiguousarray((image.array.transpose(2, 1, 0) - low) / unit)


def test_a_contrast_turned_round_is_the_same_head() -> None:
    flair = planes(0, Channel.FLAIR)
    inverted = np.where(flair > 0.25, 2.5 - flair, flair)
    found = agreement(flair, inverted.astype(np.float32), 1.875)
    assert found is not None
    assert found > 0.9


def test_a_head_turned_front_to_back_is_another() -> None:
    flair, t1 = planes(0, Channel.FLAIR), planes(0, Channel.T1)
    same = agreement(flair, t1, 1.875)
    other = agreement(flair, np.ascontiguousarray(t1[:, ::-1]), 1.875)
    assert same is not None and other is not None
    assert other < 0.55 < same


def test_too_little_tells_nothing() -> None:
    empty = np.zeros((3, 64, 64), np.float32)
    assert agreement(empty, empty, 2.0) is None


def test_a_head_that_moved_is_found_again_and_another_is_not() -> None:
    flair, t1 = planes(0, Channel.FLAIR), planes(0, Channel.T1)
    moved = ndimage.rotate(
        ndimage.shift(t1, (0, 4, -3), order=1), 6, (1, 2), reshape=False, order=1
    )
    before = agreement(flair, moved, 1.875)
    assert before is not None and before < 0.5
    assert agreement_when_moved(flair, moved, 1.875, 6.0) > 0.65
    other = np.ascontiguousarray(t1[:, ::-1])
    assert agreement_when_moved(flair, other, 1.875, 6.0) < 0.65
