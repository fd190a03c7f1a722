"""Contrast of lesions whose brightness is known."""

import numpy as np
import pytest

from glioscope.evaluation.predictions.lesion_contrast import looks
from glioscope.reading.lgg import read_case
from lgg_folder import write_case

CASE, SIDE = "TCGA_CS_0001_20000101", 64


def seen(tmp_path, lesion_grey, *, spoil=None):
    """Seven slices of a head of grey 100 in air of 0, with a lesion on slices 2 to 4."""
    y, x = np.mgrid[:SIDE, :SIDE] - (SIDE - 1) / 2
    head = np.hypot(y, x) < 28
    stack = np.repeat((100 * head)[None, ..., None], 7, axis=0).repeat(3, axis=3).astype(np.uint8)
    stack[..., 0] //= 2
    lesion = np.zeros((7, SIDE, SIDE), bool)
    lesion[2:5, 28:36, 28:36] = True
    stack[..., 1][lesion] = lesion_grey
    if spoil is not None:
        stack[spoil] = stack[spoil] // 2
    return looks(read_case(write_case(tmp_path, CASE, stack, None)), lesion)


@pytest.mark.parametrize(("grey", "contrast"), [(180, 0.8), (100, 0.0), (70, -0.3)])
def test_contrast_is_in_units_of_the_head(tmp_path, grey, contrast):
    found = seen(tmp_path, grey)
    assert found.contrast[2:5] == pytest.approx(contrast, abs=1e-6)
    assert np.isnan(found.contrast[[0, 1, 5, 6]]).all()
    assert not found.odd.any()


def test_a_slice_that_lost_half_its_signal_is_odd(tmp_path):
    found = seen(tmp_path, 180, spoil=3)
    assert np.flatnonzero(found.odd).tolist() == [3]
    assert found.contrast[3] == pytest.approx(0.4, abs=1e-6)
