from dataclasses import replace

import numpy as np
import pytest

from glioscope.evaluation.variants.changes import VARIANTS, coarse, flair_only, skull_removed
from glioscope.model.plan import Plan
from glioscope.model.preprocess import intensity_scale, prepare
from glioscope.orientation import from_pictures, to_pictures
from glioscope.study import Channel
from glioscope.volume import Image
from model.grids import head_grid, head_study
from phantoms import whole_head

PLAN = Plan("test", "1", 64)


@pytest.fixture(scope="module")
def phantom():
    return whole_head()


def test_flair_stands_in_for_every_other_sequence(phantom):
    study, _ = phantom
    prepared = prepare(flair_only(study), PLAN)
    assert prepared.replaced == (Channel.T1, Channel.T1GD)
    assert np.array_equal(prepared.planes[..., 0], prepared.planes[..., 1])
    assert not np.array_equal(prepare(study, PLAN).planes[..., 0], prepared.planes[..., 0])


def test_without_its_skull_the_head_is_smaller_and_the_lesion_as_it_was(phantom):
    study, truth = phantom
    bare = skull_removed(study)
    for sequence, image in study.images.items():
        kept = bare.images[sequence].array
        low, unit = intensity_scale(image.array, "head")
        head = image.array > low + 0.3 * unit
        assert 0.3 < (kept[head] == image.array[head]).mean() < 0.8
        assert np.array_equal(kept[truth.array], image.array[truth.array])
        # What is gone is air, not a new darkest value that would move the scale.
        assert kept.min() >= image.array.min()
    assert bare.grid.matches(study.grid)


@pytest.mark.parametrize("orientation", ["axial LPS", "sagittal", "coronal"])
def test_blocks_of_two_by_two_in_the_picture_are_one_value(orientation):
    study = head_study(head_grid(orientation))
    noise = np.random.default_rng(0).random(study.grid.shape, dtype=np.float32)
    study = replace(study, images={Channel.FLAIR: Image(noise, study.grid)})
    before = to_pictures(noise, study.grid)
    array = coarse(study).images[Channel.FLAIR].array
    after = to_pictures(array, study.grid)
    assert after[3, 4, 6] == after[3, 5, 7] == pytest.approx(before[3, 4:6, 6:8].mean())
    assert after[3, 4, 6] != after[3, 4, 8]
    assert np.array_equal(
        from_pictures(after, study.grid), coarse(study).images[Channel.FLAIR].array
    )


def test_the_study_itself_is_left_alone(phantom):
    study, _ = phantom
    before = {s: image.array.copy() for s, image in study.images.items()}
    for change in VARIANTS.values():
        change(study)
    assert all(np.array_equal(before[s], study.images[s].array) for s in before)
