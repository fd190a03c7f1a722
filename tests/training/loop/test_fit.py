from pathlib import Path

import keras
import numpy as np
import pytest
from PIL import Image

from glioscope.errors import GlioscopeError, UsageError
from glioscope.training.config import load_config
from glioscope.training.loop.checkpoint import read_progress
from glioscope.training.loop.fit import WEIGHTS, fit
from glioscope.training.loop.history import read_history
from glioscope.training.network.unet import build
from toy_training import DEEP, SIZE, toy_config, toy_data, train_toy


def test_training_learns_and_leaves_a_run_folder(tmp_path: Path) -> None:
    config = toy_config(stages=((16, 6),), samples_per_epoch=96)
    train_toy(config, tmp_path)
    rows = read_history(tmp_path)
    assert [row["epoch"] for row in rows] == list(range(1, 7))
    assert rows[-1]["loss"] < 0.6 * rows[0]["loss"]
    assert {"val_loss", "mask_dice", "seconds", "slices_per_s", "waited_share"} <= set(rows[0])
    assert load_config(tmp_path) == config
    assert (tmp_path / "model.weights.h5").exists()
    with Image.open(tmp_path / "loss.png") as picture:
        assert picture.size[0] > 800


@pytest.mark.usefixtures("eager")
def test_early_stopping_keeps_the_best_weights(tmp_path: Path) -> None:
    config = toy_config(stages=((16, 30),), patience=2, ema=0.0, learning_rate=0.03)
    fit(config, toy_data(independent=True, contradict=True), tmp_path, verbose=0)
    rows = read_history(tmp_path)
    progress = read_progress(tmp_path)
    assert progress is not None
    assert len(rows) < 30
    assert progress.best_loss == min(row["val_loss"] for row in rows)


def test_mixed_precision_trains_and_leaves_the_policy_as_it_was(tmp_path: Path) -> None:
    config = toy_config(stages=((16, 1),), precision="mixed_bfloat16")
    weights = train_toy(config, tmp_path)
    assert all(np.isfinite(w).all() and w.dtype == np.float32 for w in weights)
    assert keras.config.dtype_policy().name == "float32"
    assert read_history(tmp_path)[0]["loss"] > 0


def test_stopping_on_the_slices_one_is_judged_on_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="not judged on"):
        fit(toy_config(patience=3), toy_data(), tmp_path, verbose=0)


@pytest.mark.usefixtures("eager")
def test_a_run_is_gone_on_with_as_it_was_or_not_at_all(tmp_path: Path) -> None:
    train_toy(toy_config(stages=((16, 1),)), tmp_path)
    with pytest.raises(UsageError, match="--resume"):
        train_toy(toy_config(stages=((16, 1),)), tmp_path)
    with pytest.raises(UsageError, match="another configuration"):
        train_toy(toy_config(stages=((16, 3),)), tmp_path, resume=True)
    (tmp_path / "checkpoint.npz").write_bytes(b"PK\x03\x04 broken")
    with pytest.raises(GlioscopeError, match=r"checkpoint\.npz cannot be read"):
        train_toy(toy_config(stages=((16, 1),)), tmp_path, resume=True)


@pytest.mark.usefixtures("eager")
def test_deep_supervision_trains_and_leaves_a_plain_network(tmp_path) -> None:
    config = toy_config(network=DEEP)
    model = fit(config, toy_data(), tmp_path / "run", verbose=0)
    assert set(model.output) == {"mask", "presence"}
    assert "mask2_loss" in read_history(tmp_path / "run")[0]
    again = build(DEEP, SIZE)
    again.load_weights(tmp_path / "run" / WEIGHTS)
    slices = np.random.default_rng(0).random((2, SIZE, SIZE, 9), np.float32)
    for name, answer in again(slices).items():
        assert np.allclose(answer, model(slices)[name], atol=1e-6)
