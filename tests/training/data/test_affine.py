import keras
import numpy as np

from glioscope.training.config import AugmentConfig
from glioscope.training.data.affine import resampled
from glioscope.training.data.augment import transforms

SIDE = 24


def test_it_moves_as_keras_does_also_from_beyond_the_rim() -> None:
    rng = np.random.default_rng(0)
    batch = rng.random((12, SIDE, SIDE, 4), np.float32)
    far = AugmentConfig(rotate=180, scale=0.8, shift=0.6, shear=0.3, flip=0.5)
    matrices = transforms(len(batch), SIDE, far, rng)
    expected = keras.ops.image.affine_transform(
        batch, matrices, interpolation="bilinear", fill_mode="constant", data_format="channels_last"
    )
    [found] = resampled([batch], matrices)
    np.testing.assert_allclose(found, keras.ops.convert_to_numpy(expected), atol=1e-5)
    assert (found == 0).mean() > 0.2, "much of it comes from beyond"


def test_batches_move_alike_and_none_is_changed() -> None:
    rng = np.random.default_rng(1)
    pictures, masks = rng.random((3, SIDE, SIDE, 9), np.float32), rng.random((3, SIDE, SIDE, 1))
    masks = masks.astype(np.float32)
    kept = pictures.copy(), masks.copy()
    matrices = transforms(3, SIDE, AugmentConfig(rotate=20, shift=0.1), rng)
    both = resampled([pictures, masks], matrices)
    assert [one.shape for one in both] == [pictures.shape, masks.shape]
    for one, alone in zip(both, (pictures, masks), strict=True):
        assert np.array_equal(one, resampled([alone], matrices)[0])
    assert np.array_equal(pictures, kept[0]) and np.array_equal(masks, kept[1])
