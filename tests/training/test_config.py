import json
from dataclasses import replace

import pytest

from glioscope.errors import UsageError
from glioscope.training.config import (
    NetworkConfig,
    Teacher,
    TrainConfig,
    load_preset,
    preset_names,
)


def test_every_preset_loads_and_survives_json() -> None:
    assert {"compact", "paper", "paper-small"} <= set(preset_names())
    for name in preset_names():
        config = load_preset(name)
        assert config.name == name
        assert TrainConfig.from_dict(json.loads(config.to_json())) == config


def test_paper_preset_is_the_papers() -> None:
    config = load_preset("paper")
    assert config.stages[-1][0] == 256
    assert (config.loss, config.optimizer, config.learning_rate) == ("mse", "adam", 3e-4)
    assert len(config.network.widths) == 5
    assert (config.network.context, config.network.presence, config.network.stem) == (0, False, 1)


def test_size_follows_the_stages() -> None:
    config = TrainConfig("x", stages=((32, 2), (64, 1)), network=NetworkConfig(widths=(4, 8)))
    assert [config.size_at(e) for e in range(4)] == [32, 32, 64, 64]
    assert (config.epochs, config.size) == (3, 64)


def test_a_side_the_network_cannot_halve_is_refused() -> None:
    with pytest.raises(UsageError, match="multiple of 16"):
        TrainConfig("x", stages=((100, 1),))


def test_the_student_is_the_robust_network_with_a_teachers_share() -> None:
    student, robust = load_preset("student"), load_preset("robust")
    assert (student.network, student.stages) == (robust.network, robust.stages)
    assert (student.teacher_weight, robust.teacher_weight) == (0.5, 0.0)


def test_teachers_survive_json_and_tell_recipes_apart() -> None:
    config = load_preset("student")
    one, other = (replace(config, teachers=(Teacher("robust", 0, sha),)) for sha in ("aa", "bb"))
    assert TrainConfig.from_dict(json.loads(one.to_json())) == one
    assert one != other


def test_a_share_above_one_is_refused() -> None:
    with pytest.raises(UsageError, match="teacher_weight must lie in"):
        TrainConfig("x", stages=((32, 1),), teacher_weight=1.5)


def test_unknown_preset_and_field_are_named(tmp_path) -> None:
    with pytest.raises(UsageError, match="no preset 'nope'"):
        load_preset("nope")
    file = tmp_path / "mine.toml"
    file.write_text("stages = [[256, 1]]\nlearning = 1\n")
    with pytest.raises(UsageError, match="learning"):
        load_preset(str(file))


def test_a_preset_file_is_named_after_itself(tmp_path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text("stages = [[256, 3]]\n")
    assert load_preset(str(file)).name == "mine"


def test_classes_survive_json_and_are_not_spoken_of_without() -> None:
    plain = load_preset("robust")
    kept = replace(plain, network=replace(plain.network, classes=("edema", "core")))
    assert TrainConfig.from_dict(json.loads(kept.to_json())) == kept
    assert kept.plan().classes == ("edema", "core")
    assert "class" not in plain.to_json()
