"""Skull-stripped volumes of 240 × 240 × 155 at 1 mm, as BraTS and TCIA publish, end to end."""

from pathlib import Path

import nibabel as nib
import numpy as np
import pytest
from tests.toy_model import toy_bundle

from glioscope.model.bundle import load_model
from glioscope.model.preprocess import prepare
from glioscope.pipeline import analyze
from glioscope.reading.nifti import read_nifti
from glioscope.writing.nifti import write_mask

SHAPE = (240, 240, 155)
# As in BraTS: voxel axes to left, posterior and superior, the origin in a corner.
AFFINE = np.array([[-1.0, 0, 0, 0], [0, -1, 0, 239], [0, 0, 1, 0], [0, 0, 0, 1]])
CENTRE, RADIUS = (90.0, 130.0, 80.0), 18.0


@pytest.fixture(scope="module")
def flair(tmp_path_factory: pytest.TempPathFactory) -> Path:
    i, j, k = np.ogrid[:240, :240, :155]
    array = np.zeros(SHAPE, np.int16)
    array[((i - 120) / 68) ** 2 + ((j - 120) / 85) ** 2 + ((k - 72) / 65) ** 2 < 1] = 400
    lesion = (i - CENTRE[0]) ** 2 + (j - CENTRE[1]) ** 2 + (k - CENTRE[2]) ** 2 < RADIUS**2
    array[lesion] = 1200  # the toy network parts at twice the head, halfway up this edge
    path = tmp_path_factory.mktemp("brats") / "sub-1_flair.nii"
    nib.save(nib.Nifti1Image(array, AFFINE), path)
    return path


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory):
    return load_model(toy_bundle(tmp_path_factory.mktemp("model") / "toy", size=96), threads=1)


def test_spacing_is_brought_to_what_the_network_knows(flair: Path, model) -> None:
    prepared = prepare(read_nifti(flair), model.plan)
    assert prepared.planes.shape == (155, 96, 96, 3)
    assert prepared.step == 5  # neighbours 5 mm apart, as in the training data
    assert prepared.restore.window.scale == pytest.approx((0.4, 0.4))  # 240 mm on 96 pixels
    widest = np.count_nonzero(prepared.flair[72] > 0.5)
    assert widest * 2.5**2 == pytest.approx(np.pi * 68 * 85, rel=0.03)  # mm²
    low, high = prepared.batch(72, 73)[0, :, :, 1], prepared.batch(72, 73)[0, :, :, 7]
    np.testing.assert_array_equal(low, prepared.flair[67])
    np.testing.assert_array_equal(high, prepared.flair[77])


def test_the_lesion_comes_back_on_the_source_grid(flair: Path, model, tmp_path: Path) -> None:
    analysis = analyze(read_nifti(flair), model)
    assert analysis.volume_ml == pytest.approx(4 / 3 * np.pi * 1.8**3, rel=0.05)
    write_mask(analysis, tmp_path / "mask.nii.gz")
    mask = nib.load(tmp_path / "mask.nii.gz")
    assert mask.shape == SHAPE
    np.testing.assert_allclose(mask.affine, AFFINE, atol=1e-6)
    middle = np.argwhere(np.asarray(mask.dataobj)).mean(axis=0)
    np.testing.assert_allclose(middle, CENTRE, atol=0.5)
    # The control: read without the affine's signs, the lesion is elsewhere.
    assert np.abs(np.array(SHAPE) - 1 - middle - CENTRE).max() > 20
