import numpy as np
import pytest
from scipy.ndimage import binary_dilation

from glioscope.errors import UsageError
from glioscope.model.preprocess import to_pictures
from glioscope.phantom.study import SYNTHETIC, Lesion, phantom_study
from glioscope.study import Channel
from glioscope.volume import volume_ml


@pytest.fixture(scope="module")
def phantom():
    return phantom_study()


LEFT = Lesion((-34, 18, 24), 19)


def small(seed=0, lesions=(LEFT,)):
    return phantom_study(seed, lesions, size=96, slices=12)


def surroundings(mask):
    near = binary_dilation(mask, np.ones((3, 3, 1), bool), iterations=4)
    return binary_dilation(mask, np.ones((3, 3, 1), bool), iterations=12) & ~near


def test_it_says_that_it_is_synthetic(phantom):
    study, _ = phantom
    assert study.study_id == "synthetic-phantom-0"
    assert study.source.kind == "phantom"
    assert study.warnings == (SYNTHETIC,)


def test_grid_is_axial_with_real_spacing(phantom):
    study, truth = phantom
    assert study.grid.shape == (256, 256, 24)
    assert not study.grid.nominal
    assert study.grid.spacing_mm == pytest.approx((0.9375, 0.9375, 5.25))
    assert truth.grid.matches(study.grid)
    assert set(study.images) == set(Channel)


def test_the_lesion_is_bright_in_flair_and_dark_in_t1(phantom):
    study, truth = phantom
    around = surroundings(truth.array)
    ratio = {
        sequence: np.median(image.array[truth.array]) / np.median(image.array[around])
        for sequence, image in study.images.items()
    }
    assert 1.4 < ratio[Channel.FLAIR] < 2.0
    assert 0.5 < ratio[Channel.T1] < 0.85


def test_brightness_is_that_of_lgg_pictures(phantom):
    study, _ = phantom
    for image in study.images.values():
        head = image.array[image.array > 20]
        assert 55 < np.median(head) < 100
        assert np.median(image.array) < 8  # air
        assert image.array.dtype == np.float32 and np.isfinite(image.array).all()


def test_the_core_takes_up_contrast(phantom):
    study, truth = phantom
    gain = study.images[Channel.T1GD].array - study.images[Channel.T1].array
    inside = np.percentile(gain[truth.array], 98)
    assert inside > 20 > np.percentile(gain[surroundings(truth.array)], 98)


def test_the_lesion_lies_where_it_was_put(phantom):
    study, truth = phantom
    centre = (study.grid.affine @ [*np.argwhere(truth.array).mean(axis=0), 1])[:3]
    np.testing.assert_allclose(centre, (-34, 18, 24), atol=5)
    rows = np.nonzero(to_pictures(truth.array, truth.grid))[2]
    assert rows.mean() > 140  # the patient's left is shown right


def test_control_its_mirror_image_lies_elsewhere(phantom):
    study, truth = phantom
    centre = (study.grid.affine @ [*np.argwhere(truth.array[::-1]).mean(axis=0), 1])[:3]
    assert centre[0] > 20


@pytest.mark.parametrize("radius", [12, 16, 20])
def test_the_volume_is_about_that_of_the_ball(radius):
    _, truth = phantom_study(3, (Lesion((-30, 15, 28), radius),), size=128, slices=24)
    assert volume_ml(truth) == pytest.approx(4 / 3 * np.pi * radius**3 / 1000, rel=0.3)


def test_resolution_does_not_move_the_truth():
    coarse, fine = (
        phantom_study(0, size=size, slices=slices)[1] for size, slices in ((96, 24), (144, 30))
    )
    assert volume_ml(coarse) == pytest.approx(volume_ml(fine), rel=0.05)


def test_equal_seeds_are_equal_and_others_are_not():
    (one, truth), (same, same_truth), (other, _) = small(), small(), small(seed=1)
    for sequence in Channel:
        np.testing.assert_array_equal(one.images[sequence].array, same.images[sequence].array)
    np.testing.assert_array_equal(truth.array, same_truth.array)
    flair = Channel.FLAIR
    assert not np.array_equal(one.images[flair].array, other.images[flair].array)


def test_without_lesions_the_mask_is_empty_and_the_head_the_same():
    (with_one, truth), (without, nothing) = small(), small(lesions=())
    assert not nothing.array.any()
    change = with_one.images[Channel.FLAIR].array - without.images[Channel.FLAIR].array
    far = ~binary_dilation(truth.array, iterations=8)
    assert np.abs(change[far]).max() < 0.1 < np.median(change[truth.array])


def test_several_lesions_are_several_components():
    _, truth = small(lesions=(Lesion((-34, 18, 30), 12), Lesion((34, -20, 30), 12)))
    left, right = truth.array[48:], truth.array[:48]
    assert left.any() and right.any()


@pytest.mark.parametrize(("size", "slices"), [(15, 4), (64, 0)])
def test_impossible_sizes_are_refused(size, slices):
    with pytest.raises(UsageError, match="size >= 16 and slices >= 1"):
        phantom_study(size=size, slices=slices)
