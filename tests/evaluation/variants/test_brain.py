import numpy as np
import pytest
from scipy import ndimage

from glioscope.evaluation.variants import brain
from glioscope.evaluation.variants.brain import brain_mask
from glioscope.model.plan import Plan
from glioscope.model.preprocess import prepare
from glioscope.orientation import to_pictures
from phantoms import whole_head

PLAN = Plan("test", "1", 128)


@pytest.fixture(scope="module")
def head():
    """Prepared planes of the phantom and its lesion on the same grid."""
    study, truth = whole_head()
    prepared = prepare(study, PLAN)
    stack = to_pictures(truth.array, truth.grid).astype(np.float32)
    lesion = np.stack([prepared.restore.window.forward(p) for p in stack]) > 0.5
    brain = brain_mask(prepared.planes[..., 1], prepared.planes[..., 0], PLAN.pixel_mm)
    return prepared.planes, lesion, brain


def test_the_lesion_lies_inside_and_the_scalp_outside(head):
    planes, lesion, brain = head
    assert not (lesion & ~brain).any()
    # The scalp is the brightest tissue of the phantom's T1, and lies outside the skull.
    scalp = planes[10:18, ..., 0] > 1.6
    assert scalp.sum() > 1000
    assert (scalp & brain[10:18]).sum() < 0.01 * scalp.sum()


def test_at_its_widest_it_has_the_size_of_the_phantoms_brain(head):
    """The phantom's brain is an ellipse with half axes of 66.5 and 86 mm."""
    area = head[2].sum(axis=(1, 2)).max() * PLAN.pixel_mm**2
    assert area == pytest.approx(np.pi * 66.5 * 86, rel=0.08)


def test_a_brain_without_a_skull_is_kept(head):
    planes, lesion, brain = head
    bare = np.where(brain[..., None], planes, 0)
    again = brain_mask(bare[..., 1], bare[..., 0], PLAN.pixel_mm)
    assert again.sum() > 0.7 * brain.sum()
    assert not (again & ~brain).any()
    assert (lesion & ~again).sum() < 0.1 * lesion.sum()


def test_air_has_no_brain():
    empty = np.zeros((3, 64, 64), np.float32)
    assert not brain_mask(empty, empty, 3.75).any()


@pytest.mark.parametrize("reach", [1, 4, 7])
def test_distances_widen_and_narrow_as_a_disk_does(reach):
    plane = np.random.default_rng(reach).random((40, 50)) > 0.97
    y, x = np.ogrid[-reach : reach + 1, -reach : reach + 1]
    disk = x**2 + y**2 <= reach**2
    wide = brain._dilated(plane, reach)
    assert np.array_equal(wide, ndimage.binary_dilation(plane, disk)) and not wide.all()
    assert np.array_equal(brain._eroded(wide, reach), ndimage.binary_erosion(wide, disk))
