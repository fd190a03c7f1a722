import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from glioscope.training.config import TrainConfig
from glioscope.training.loop.checkpoint import read_progress
from glioscope.training.loop.fit import fit
from glioscope.training.loop.history import read_history
from toy_training import toy_config, toy_data, train_toy

pytestmark = pytest.mark.usefixtures("eager")


class Stop(RuntimeError):
    pass


def test_a_stopped_run_resumes_to_the_same_weights(tmp_path: Path, monkeypatch) -> None:
    config = toy_config(stages=((16, 1), (32, 2)))
    whole = train_toy(config, tmp_path / "whole")

    from glioscope.training.loop import fit as module

    save = module.checkpoint.save

    def save_then_stop(run, model, progress) -> None:
        save(run, model, progress)
        if progress.epochs == 2:
            raise Stop

    monkeypatch.setattr(module.checkpoint, "save", save_then_stop)
    with pytest.raises(Stop):
        train_toy(config, tmp_path / "cut")
    monkeypatch.undo()
    resumed = train_toy(config, tmp_path / "cut", resume=True)
    for a, b in zip(whole, resumed, strict=True):
        assert np.allclose(a, b, atol=1e-4)
    assert len(read_history(tmp_path / "cut")) == 3


def test_kill_9_loses_no_whole_epoch(tmp_path: Path) -> None:
    config = toy_config(stages=((16, 500),))
    code = (
        "import sys; sys.path[:0] = sys.argv[2:]\n"
        "from pathlib import Path\n"
        "from toy_training import step_by_step, toy_config, toy_data\n"
        "from glioscope.training.loop.fit import fit\n"
        "with step_by_step():\n"
        "    fit(toy_config(stages=((16, 500),)), toy_data(), Path(sys.argv[1]), verbose=0)\n"
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
    from glioscope.training.loop import fit as module

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
