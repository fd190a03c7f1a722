"""What MONAI runs is what glioscope does: expressions beside the functions they stand for."""

import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import pytest

from glioscope.model.bundle import WEIGHTS, load_model, shipped_model
from glioscope.model.plan import Plan
from glioscope.model.postprocess import slice_probability
from glioscope.model.preprocess import intensity_scale, prepare, with_context
from glioscope.phantom.study import phantom_study
from glioscope.pipeline import predict
from glioscope.study import Channel
from glioscope.training.export.monai.inference import KEYS, inference
from toy_model import toy_bundle

_NAME = re.compile(r"@([a-z_]+)")


@dataclass
class Config:
    """Entries of the configuration as MONAI's parser resolves them, for what needs no PyTorch."""

    told: dict[str, Any]

    def __call__(self, name: str) -> Any:
        entry = self.told[name]
        if not (isinstance(entry, str) and entry.startswith("$")):
            return entry
        text = _NAME.sub(r"C('\1')", entry.removeprefix("$"))
        return eval(text, {"np": np, "onnxruntime": onnxruntime, "Path": Path, "C": self})


@pytest.fixture(scope="module")
def bundle(tmp_path_factory) -> Path:
    return toy_bundle(tmp_path_factory.mktemp("model") / "toy", size=64)


@pytest.fixture
def config(bundle) -> Config:
    model = load_model(bundle)
    told = inference(model.plan, has_presence=True)
    return Config(told | {"network_def": str(bundle / WEIGHTS)})


def test_intensities_are_those_of_training(config) -> None:
    array = phantom_study(1, size=64, slices=5)[0].images[Channel.FLAIR].array
    low, unit = intensity_scale(array, "phantom")
    expected = np.clip((array - low) / unit, 0, config("clip"))
    assert np.allclose(config("levels")(array), expected, atol=1e-5)


@pytest.mark.parametrize("step", [1, 2])
@pytest.mark.parametrize("context", [0, 1, 2])
def test_neighbours_are_those_of_training(config, step, context) -> None:
    config.told["context"] = context
    volume = np.random.default_rng(0).random((3, 8, 6, 7), np.float32)
    planes = config("planes")(volume)
    # (sequence, left, posterior, superior): a row goes to posterior, a column to the left.
    assert planes.shape == (7, 6, 8, 3) and planes[2, 4, 5, 1] == volume[1, 5, 4, 2]
    expected = with_context(planes, np.arange(7), context, step)
    assert np.array_equal(config("stack")(planes, step), expected)


@pytest.mark.parametrize(("slice_mm", "step"), [(5.0, 1), (2.5, 2), (1.0, 5), (9.0, 1)])
def test_thin_slices_are_skipped_over(config, slice_mm, step) -> None:
    @dataclass
    class Tensor:
        pixdim: tuple[float, float, float]

    assert config("step")(Tensor((1.25, 1.25, slice_mm))) == step


def test_the_network_answers_for_the_mean_of_both_sides() -> None:
    model = load_model()
    prepared = prepare(phantom_study(2, size=64, slices=3)[0], model.plan)
    answer = predict(prepared, model)

    def both(plan: Plan) -> list[np.ndarray]:
        told = inference(plan, has_presence=True)
        ours = {"network_def": str(shipped_model() / WEIGHTS)}
        return Config(told | ours)("both")(prepared.batch(0, 3))

    mask, presence = both(model.plan)
    assert np.allclose(mask[..., 0], answer.planes, atol=1e-4)
    assert np.allclose(presence[:, 0], answer.presence, atol=1e-4)
    alone, _ = both(replace(model.plan, flip=False))
    assert np.abs(alone - mask).max() > 0.01, "the control"


def test_without_a_slice_output_the_largest_pixel_stands_in(bundle, config) -> None:
    told = inference(load_model(bundle).plan, has_presence=False)
    assert told["outputs"] == ["mask"]
    config.told |= {name: told[name] for name in ("ask", "outputs")}
    slices = prepare(phantom_study(2, size=64, slices=3)[0], load_model(bundle).plan).batch(0, 3)
    mask, presence = config("ask")(slices)
    assert mask.shape == (3, 64, 64, 1) and np.array_equal(presence[:, 0], mask.max(axis=(1, 2, 3)))


def test_slices_are_called_by_the_calibrated_probability() -> None:
    plan = Plan("toy", "1", 64, calibration_scale=0.7, calibration_bias=-0.4)
    plan = replace(plan, presence_threshold=0.3)
    called = Config(inference(plan, has_presence=True))("called")
    presence = np.linspace(0.01, 0.99, 99)
    assert np.array_equal(called(presence), slice_probability(presence, plan) >= 0.3)


def test_flair_stands_in_for_what_is_missing(config, tmp_path) -> None:
    for name in ("a/flair", "a/t1", "b/flair", "b/t1gd"):
        path = tmp_path / f"{name}.nii.gz"
        path.parent.mkdir(exist_ok=True)
        path.touch()
    (tmp_path / "c").mkdir()
    config.told["dataset_dir"] = str(tmp_path)
    found = [
        {key: Path(path).name.split(".")[0] for key, path in one.items()}
        for one in config("datalist")
    ]
    assert found == [
        {"flair": "flair", "t1": "t1", "t1gd": "flair"},
        {"flair": "flair", "t1": "flair", "t1gd": "t1gd"},
    ]


def test_sequences_stand_in_the_order_of_the_network(config) -> None:
    [concat] = [
        one for one in config("preprocessing")["transforms"] if one["_target_"] == "ConcatItemsd"
    ]
    assert tuple(concat["keys"]) == KEYS == tuple(c.value.lower() for c in Channel)


def test_every_entry_that_is_named_is_there(config) -> None:
    named = set(_NAME.findall(str(config.told)))
    assert named <= set(config.told)
