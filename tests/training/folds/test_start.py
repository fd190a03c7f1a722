"""A training that begins with a bundle: its weights, whom it knew, and what is told of it."""

import json
from pathlib import Path

import keras
import numpy as np
import pytest

from glioscope.cli import main
from glioscope.errors import LeakError, UsageError
from glioscope.model.bundle import PATIENTS, WEIGHTS, load_model, write_hashes
from glioscope.model.training_patients import TrainingPatients, name_hash
from glioscope.training.config import load_config
from glioscope.training.data.cases import folds_of
from glioscope.training.export.bundle import export_bundle
from glioscope.training.folds.start import begin_with, patients_before, require_unknown
from glioscope.training.loop.fit import WEIGHTS as TRAINED
from glioscope.training.network.unet import build
from toy_training import step_by_step
from tuning import STILL, labelled, untrained_bundle

PRESET = """
stages = [[16, 1]]
loss = "dice_ce"
optimizer = "adamw"
learning_rate = 1e-12
batch_size = 4
samples_per_epoch = 4
jit = false
"""


@pytest.fixture(scope="module")
def bundle(tmp_path_factory) -> Path:
    """A bundle that has learned from patient p9."""
    with step_by_step():
        made = untrained_bundle(tmp_path_factory.mktemp("old"))
    known = TrainingPatients(frozenset({name_hash("p9")}), frozenset())
    (made / PATIENTS).write_text(known.to_json(), encoding="utf-8")
    write_hashes(made)
    return made


@pytest.fixture(scope="module")
def ours(tmp_path_factory) -> Path:
    made = labelled(tmp_path_factory.mktemp("ours") / "set", range(4))
    assert main.exit_code(["data", "split", str(made), "-k", "2"]) == 0
    return made


def train(data: Path, run: Path, preset: Path, *words: object) -> int:
    preset.write_text(PRESET, encoding="utf-8")
    options = ["--preset", preset, "--fold", "all", "-o", run, "--quiet"]
    return main.exit_code(["train", *map(str, (data, *options, *words))])


def test_it_begins_with_the_weights_and_its_export_knows_whom_they_knew(
    bundle, ours, tmp_path
) -> None:
    run = tmp_path / "run"
    with step_by_step():
        assert train(ours, run, tmp_path / "toy.toml", "--from", bundle) == 0
        config, model = load_config(run / "fold0"), load_model(bundle)
        assert config.start is not None and config.start.sha256 == model.info.sha256
        assert config.stages == ((model.plan.size, 1),)
        network = build(config.network, config.size)
        network.load_weights(run / "fold0" / TRAINED)
        slices = np.random.default_rng(0).random((2, *network.input_shape[1:]), np.float32)
        expected, _ = model.engine(slices)
        mask = keras.ops.convert_to_numpy(network(slices)["mask"])
        assert np.allclose(mask[..., 0], expected, atol=1e-3)
        made = tmp_path / "made"
        export_bundle(run, run, ours, made, "ours", "1", ensemble=True)
    known = TrainingPatients.load(made / PATIENTS)
    assert known.names == {name_hash(patient) for patient in ("p0", "p1", "p2", "p3", "p9")}
    assert f"Began with the network of toy 1, weights {model.info.sha256}" in (
        (made / "card.md").read_text("utf-8")
    )


def test_whom_it_knows_cannot_judge_it(bundle, ours, tmp_path, capsys) -> None:
    known = tmp_path / "known"
    known.mkdir()
    for name in (WEIGHTS, "plan.json", "card.md"):
        (known / name).write_bytes((bundle / name).read_bytes())
    learned = TrainingPatients(frozenset({name_hash("p0")}), frozenset())
    (known / PATIENTS).write_text(learned.to_json(), encoding="utf-8")
    write_hashes(known)
    beginning, folds = begin_with(known, STILL), folds_of(ours)
    [part] = [k for k in range(folds.k) if "s0" in folds.test(k)]
    for judged in ("all", part):
        with pytest.raises(LeakError, match="toy has learned from 1 of the patients"):
            require_unknown(beginning, ours, folds, judged)
    require_unknown(beginning, ours, folds, 1 - part)
    require_unknown(beginning, ours, folds, None)
    assert train(ours, tmp_path / "run", tmp_path / "toy.toml", "--from", known) != 0
    assert "begin with another model" in capsys.readouterr().err
    assert not (tmp_path / "run").exists()


def test_a_training_by_chance_knew_nobody(tmp_path) -> None:
    assert patients_before(STILL, tmp_path).names == frozenset()
    assert "start" not in json.loads(STILL.to_json())


def test_a_split_by_slices_begins_with_nothing(tmp_path, capsys) -> None:
    words = ["train", str(tmp_path), "--protocol", "paper-leaky", "-o", str(tmp_path / "run")]
    assert main.exit_code([*words, "--from", "shipped"]) == UsageError.exit_code
    assert "--from needs --fold" in capsys.readouterr().err
