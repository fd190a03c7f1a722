import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import keras
import numpy as np
import pytest
from PIL import Image

from glioscope.errors import GlioscopeError, UsageError
from glioscope.training.checkpoint import read_progress
from glioscope.training.config import TrainConfig, load_config
from glioscope.training.fit import fit
from glioscope.training.history import read_history
from toy_training import toy_config, toy_data


def train(config: TrainConfig, run: Path, **options: bool) -> list[np.ndarray]:
    model = fit(config, toy_data(), run, verbose=0, **options)
    return [keras.ops.convert_to_numpy(w) for w in model.weights]


def test_training_learns_and_leaves_a_run_folder(tmp_path: Path) -> None:
    config = toy_config(stages=((16, 12),), samples_per_epoch=64)
    train(config, tmp_path)
    rows = read_history(tmp_path)
    assert [row["epoch"] for row in rows] == list(range(1, 13))
    assert rows[-1]["loss"] < 0.6 * rows[0]["loss"]
    assert {"val_loss", "mask_dice", "seconds", "slices_per_s", "waited_share"} <= set(rows[0])
    assert load_config(tmp_path) == config
    assert (tmp_path / "model.weights.h5").exists()
    with Image.open(tmp_path / "loss.png") as picture:
        assert picture.size[0] > 800


class Stop(RuntimeError):
    pass


def test_a_stopped_run_resumes_to_the_same_weights(tmp_path: Path, monkeypatch) -> None:
    config = toy_config(stages=((16, 2), (32, 2)))
    whole = train(config, tmp_path / "whole")

    from glioscope.training import fit as module

    save = module.checkpoint.save

    def save_then_stop(run, model, progress) -> None:
        save(run, model, progress)
        if progress.epochs == 3:
            raise Stop

    monkeypatch.setattr(module.checkpoint, "save", save_then_stop)
    with pytest.raises(Stop):
        train(config, tmp_path / "cut")
    monkeypatch.undo()
    resumed = train(config, tmp_path / "cut", resume=True)
    for a, b in zip(whole, resumed, strict=True):
        assert np.allclose(a, b, atol=1e-4)
    assert len(read_history(tmp_path / "cut")) == 4


def test_kill_9_loses_no_whole_epoch(tmp_path: Path) -> None:
    config = toy_config(stages=((16, 500),))
    code = (
        "import sys; sys.path[:0] = sys.argv[2:]\n"
        "from pathlib import Path\n"
        "from toy_training import toy_config, toy_data\n"
        "from glioscope.training.fit import fit\n"
        "fit(toy_config(stages=((16, 500),)), toy_data(), Path(sys.argv[1]), verbose=0)\n"
    )
    here = os.fspath(Path(__file__).parents[1])
    process = subprocess.Popen([sys.executable, "-c", code, os.fspath(tmp_path), here])
    try:
        deadline = time.monotonic() + 120
        while (progress := read_progress(tmp_path)) is None or progress.epochs < 2:
            assert process.poll() is None, "training ended by itself"
            assert time.monotonic() < deadline, "no checkpoint in two minutes"
            time.sleep(0.1)
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()
    done = read_progress(tmp_path)
    assert done is not None
    assert len(read_history(tmp_path)) in {done.epochs, done.epochs + 1}
    config = replace(config, stages=((16, 500),))
    rows = _resume_two_epochs(config, tmp_path, done.epochs)
    assert [row["epoch"] for row in rows] == list(range(1, done.epochs + 3))


def _resume_two_epochs(config: TrainConfig, run: Path, done: int) -> list[dict[str, float]]:
    from glioscope.training import fit as module

    save = module.checkpoint.save

    def save_then_stop(folder, model, progress) -> None:
        save(folder, model, progress)
        if progress.epochs == done + 2:
            raise Stop

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module.checkpoint, "save", save_then_stop)
        with pytest.raises(Stop):
            fit(config, toy_data(), run, resume=True, verbose=0)
    return read_history(run)


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
    weights = train(config, tmp_path)
    assert all(np.isfinite(w).all() and w.dtype == np.float32 for w in weights)
    assert keras.config.dtype_policy().name == "float32"
    assert read_history(tmp_path)[0]["loss"] > 0


def test_stopping_on_the_slices_one_is_judged_on_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="not judged on"):
        fit(toy_config(patience=3), toy_data(), tmp_path, verbose=0)


def test_a_run_is_not_overwritten_nor_resumed_with_other_settings(tmp_path: Path) -> None:
    train(toy_config(stages=((16, 1),)), tmp_path)
    with pytest.raises(UsageError, match="--resume"):
        train(toy_config(stages=((16, 1),)), tmp_path)
    with pytest.raises(UsageError, match="another configuration"):
        train(toy_config(stages=((16, 3),)), tmp_path, resume=True)


def test_a_damaged_checkpoint_is_named(tmp_path: Path) -> None:
    train(toy_config(stages=((16, 1),)), tmp_path)
    (tmp_path / "checkpoint.npz").write_bytes(b"PK\x03\x04 broken")
    with pytest.raises(GlioscopeError, match=r"checkpoint\.npz cannot be read"):
        train(toy_config(stages=((16, 1),)), tmp_path, resume=True)
