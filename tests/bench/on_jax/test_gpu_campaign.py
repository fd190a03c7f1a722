"""The GPU campaign end to end on tiny cases, with Keras on JAX."""

import importlib
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from glioscope.evaluation.splits import folds as splits
from glioscope.evaluation.splits.folds import Folds, lgg90
from lgg_folder import head_stack, write_case

BENCH = Path(__file__).parents[3] / "bench" / "gpu"
# A learning rate that depends on the number of epochs would be compiled anew for each step.
PRESET = """
stages = [[32, 2]]
loss = "dice_ce"
optimizer = "adamw"
learning_rate = 0.01
schedule = "constant"
batch_size = 4
samples_per_epoch = 8
positive_share = 0.5
ema = 0.5
[network]
widths = [4, 8]
context = 1
presence = true
stem = 2
encoder_convs = 1
decoder_convs = 1
[augment]
flip = 0.5
noise = 0.1
"""


@pytest.fixture
def campaign(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., int]:
    """The campaign's command line on the cases and presets of `tmp_path`; its exit code."""
    monkeypatch.syspath_prepend(str(BENCH))
    main = importlib.import_module("campaign").main
    command = ["--rehearse", "1", "--processes", "1", "--matrix", "64"]
    command += ["--data", str(tmp_path / "data"), "--run", str(tmp_path / "run")]
    command += ["--preset", str(tmp_path / "toy.toml"), "--race", str(tmp_path / "toy.toml")]
    return lambda *options: main([*command, *options])


def test_every_step_runs_stops_in_time_and_goes_on(
    campaign: Callable[..., int],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (tmp_path / "toy.toml").write_text(PRESET)
    # Two folds, one case each.
    two = Folds(lgg90().parts[:2], lgg90().seed)
    monkeypatch.setattr(splits, "lgg90", lambda: two)
    for part in two.parts:
        # 60 slices each, since the paper's split takes 90 for its test.
        write_case(tmp_path / "data", part[0].name, *head_stack(slices=60))
    assert campaign("--seconds", "0") == 75
    assert "call it again" in capsys.readouterr().out
    assert campaign("--goal", "0") == 0
    summary = json.loads((tmp_path / "run" / "campaign.json").read_text())
    assert set(summary["steps"]) == {"peak", "prepare", "race", "plan", "folds", "all"}
    assert summary["steps"]["race"]["reached"] and summary["steps"]["race"]["epochs"] == 1
    folds = {f"network/fold{k}" for k in range(two.k)}
    assert set(summary["runs"]) == {*folds, "network/all", "race"}
    assert all(run["share_of_bf16_peak"] > 0 for run in summary["runs"].values())
    for fold in folds:
        assert (tmp_path / "run" / fold / "held_out-flair-only.npz").exists()
    capsys.readouterr()
    assert campaign() == 0
    assert "step" not in capsys.readouterr().out.splitlines()[0]
