"""The GPU campaign end to end on tiny cases; needs JAX, which no other test does."""

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from glioscope.evaluation.splits.folds import lgg90
from lgg_folder import head_stack, write_case

BENCH = Path(__file__).parents[2] / "bench" / "gpu"
PRESET = """
stages = [[32, 2]]
loss = "dice_ce"
optimizer = "adamw"
learning_rate = 0.01
schedule = "one_cycle"
batch_size = 4
samples_per_epoch = 8
positive_share = 0.5
ema = 0.5
[network]
widths = [4, 8]
context = 1
presence = true
stem = 2
[augment]
flip = 0.5
noise = 0.1
"""


def campaign(root: Path, *options: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(BENCH / "campaign.py"), "--rehearse", "1", "--processes", "1"]
    command += ["--data", str(root / "data"), "--run", str(root / "run"), "--matrix", "64"]
    command += ["--preset", str(root / "toy.toml"), "--race", str(root / "toy.toml"), *options]
    return subprocess.run(
        command,
        capture_output=True,
        text=True,
        timeout=400,
        check=False,
        env={**os.environ, "KERAS_BACKEND": "jax"},
    )


@pytest.mark.skipif(importlib.util.find_spec("jax") is None, reason="needs 'glioscope[jax]'")
def test_every_step_runs_stops_in_time_and_goes_on(tmp_path: Path) -> None:
    (tmp_path / "toy.toml").write_text(PRESET)
    for part in lgg90().parts:
        # 25 slices each, since the paper's split takes 90 for its test.
        write_case(tmp_path / "data", part[0].name, *head_stack(slices=25))
    stopped = campaign(tmp_path, "--seconds", "0")
    assert stopped.returncode == 75, stopped.stderr
    assert "call it again" in stopped.stdout
    done = campaign(tmp_path, "--goal", "0")
    assert done.returncode == 0, done.stderr
    summary = json.loads((tmp_path / "run" / "campaign.json").read_text())
    assert set(summary["steps"]) == {"peak", "prepare", "race", "plan", "folds", "all"}
    assert summary["steps"]["race"]["reached"] and summary["steps"]["race"]["epochs"] == 1
    folds = {f"network/fold{k}" for k in range(5)}
    assert set(summary["runs"]) == {*folds, "network/all", "race"}
    assert all(run["share_of_bf16_peak"] > 0 for run in summary["runs"].values())
    for fold in folds:
        assert (tmp_path / "run" / fold / "held_out-flair-only.npz").exists()
    again = campaign(tmp_path)
    assert again.returncode == 0 and "step" not in again.stdout.splitlines()[0]
