"""Folds at once on two Ray nodes of this computer, where one process is lost in the middle."""

import os
import signal
import sys
import threading
import time
from pathlib import Path

import pytest
from tests.ray_nodes import add_node, ray_cluster_here, workers

from glioscope import __version__
from glioscope.cli.main import exit_code
from glioscope.evaluation.predictions.archive import read_archive
from glioscope.evaluation.splits.folds import SPLIT
from glioscope.files import claimed
from glioscope.training.data.cases import folds_of
from glioscope.training.folds import side_by_side
from glioscope.training.folds.out_of_fold import PREDICTIONS
from glioscope.training.folds.side_by_side import FoldTask, train_there
from own_data_sets import write_nnunet
from toy_training import STEP_BY_STEP, toy_config

pytest.importorskip("ray", reason="Ray is not installed; pip install 'glioscope[cluster]'")

PRESET = """
stages = [[16, 1]]
loss = "dice_ce"
optimizer = "adamw"
learning_rate = 0.01
batch_size = 8
samples_per_epoch = 16
positive_share = 0.5
ema = 0.5
jit = false

[network]
widths = [4, 8]
context = 1
presence = true
stem = 2
encoder_convs = 1
decoder_convs = 1

[augment]
flip = 0.5
"""


@pytest.fixture(scope="module")
def ours(tmp_path_factory) -> Path:
    """A set of four patients in two folds."""
    place = tmp_path_factory.mktemp("set")
    source = write_nnunet(place / "nn", range(4))
    assert exit_code(["data", "import", str(source), "-o", str(place / "ours")]) == 0
    assert exit_code(["data", "split", str(place / "ours"), "-k", "2"]) == 0
    return place / "ours"


def kill_first(node, killed: list[int], over: threading.Event) -> None:
    """End the first process that trains on the node."""
    while not killed and not over.is_set():
        for pid in workers(node, "train_there"):
            os.kill(pid, signal.SIGKILL)
            killed.append(pid)
        time.sleep(0.02)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has 127.0.0.2 and /proc")
def test_a_fold_whose_process_is_lost_is_trained_all_the_same(ours, tmp_path, capsys) -> None:
    preset, run = tmp_path / "toy.toml", tmp_path / "run"
    preset.write_text(PRESET, encoding="utf-8")
    killed, over = list[int](), threading.Event()
    with ray_cluster_here(STEP_BY_STEP) as cluster:
        killer = threading.Thread(target=kill_first, args=(add_node(cluster), killed, over))
        killer.start()
        words = ["train", str(ours), "--preset", str(preset), "--fold", "all", "-o", str(run)]
        code = exit_code([*words, "--engine", "ray", "--address", cluster.address])
        over.set()
        killer.join()
    said = capsys.readouterr().err
    assert code == 0 and "training 2 folds side by side" in said, said
    assert len(killed) == 1
    folds, archive = folds_of(ours), read_archive(run / PREDICTIONS)
    for k in (0, 1):
        assert {c.study_id for c in archive.cases if c.fold == k} == set(folds.test(k))
    assert not list(run.glob(".sign-*"))


def test_a_worker_that_sees_other_folders_or_versions_refuses(ours, tmp_path, monkeypatch) -> None:
    def refused(**changes: object) -> str:
        told = {
            "config": toy_config(), "root": ours, "folds": folds_of(ours), "k": 0,
            "run": tmp_path / "run" / "fold0", "resume": False, "lessons": None, "begin": None,
            "device": None, "sign": ours / SPLIT, "version": __version__,
        }  # fmt: skip
        return str(train_there(FoldTask(**(told | changes))))

    assert "does not see what lies in run" in refused(sign=tmp_path / "run" / ".sign")
    assert "this one 0.0.1" in refused(version="0.0.1")
    monkeypatch.setattr(side_by_side, "sleep", lambda _: None)
    with claimed(tmp_path / "run" / "fold0"):
        assert "another training is at fold0" in refused()


@pytest.mark.parametrize("fold", ["0", "none", "sites:CS"])
def test_only_several_folds_are_trained_at_once(fold, tmp_path, capsys) -> None:
    words = ["train", str(tmp_path), "--fold", fold, "-o", str(tmp_path / "run")]
    assert exit_code([*words, "--engine", "ray"]) == 2
    assert "give --fold all or --fold sites" in capsys.readouterr().err
