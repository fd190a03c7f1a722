import hashlib
import json
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from tests.toy_model import toy_bundle, toy_network

from glioscope.errors import ModelError
from glioscope.model import bundle
from glioscope.model.bundle import load_model, verify, write_hashes
from glioscope.model.preprocess import prepare, to_pictures
from glioscope.phantom.study import phantom_study
from glioscope.pipeline import predict
from glioscope.study import CHANNELS

FILES = ("model.onnx", "plan.json", "card.md", "hashes.json")


@pytest.fixture
def folder(tmp_path):
    return toy_bundle(tmp_path / "toy", size=32)


def test_a_whole_bundle_loads_and_answers(folder):
    model = load_model(folder, threads=1)
    assert (model.info.name, model.info.version, model.warnings) == ("toy", "1", ())
    hashes = json.loads((folder / "hashes.json").read_text("utf-8"))["sha256"]
    assert model.info.sha256 == hashes["model.onnx"]
    slices = np.zeros((2, 32, 32, 9), dtype=np.float32)
    slices[1, 5, 7, 4] = 3.0  # FLAIR of the middle slice
    pixels, presence = model.engine(slices)
    assert pixels.shape == (2, 32, 32)
    assert presence[0] < 0.01 < 0.99 < presence[1]
    assert np.unravel_index(pixels[1].argmax(), (32, 32)) == (5, 7)


def test_without_a_slice_output_the_largest_pixel_stands_in(tmp_path):
    model = load_model(toy_bundle(tmp_path / "toy", size=32, context=0, presence=False))
    slices = np.random.default_rng(0).random((3, 32, 32, 3), dtype=np.float32)
    pixels, presence = model.engine(slices)
    assert np.array_equal(presence, pixels.max(axis=(1, 2)))
    assert "largest pixel probability" in str(model.warnings[0])


def test_a_network_that_answers_nonsense_is_noticed(folder):
    slices = np.full((1, 32, 32, 9), np.nan, dtype=np.float32)
    with pytest.raises(ModelError, match="NaN or infinity"):
        load_model(folder).engine(slices)


def test_classes_are_those_that_plan_and_network_both_have(tmp_path):
    names = ("edema", "core")
    folder = toy_bundle(tmp_path / "toy", size=32, classes=names)
    model = load_model(folder)
    assert model.plan.classes == names
    slices = np.random.default_rng(0).random((2, 32, 32, 9), dtype=np.float32)
    pixels, _, shares = model.engine.with_classes(slices)
    assert np.array_equal(pixels, model.engine(slices)[0])
    assert np.allclose(shares.sum(axis=-1), 1)
    plain = load_model(toy_bundle(tmp_path / "plain", size=32))
    with pytest.raises(ModelError, match="and the network gives none"):
        plain.engine.with_classes(slices)
    kept = (folder / "model.onnx").read_bytes()
    for mistaken, network in ((folder, toy_network(32, 1)), (tmp_path / "plain", kept)):
        (mistaken / "model.onnx").write_bytes(network)
        write_hashes(mistaken)
        with pytest.raises(ModelError, match="expected outputs"):
            load_model(mistaken)


def test_settings_name_the_folder(folder, monkeypatch):
    monkeypatch.setenv("GLIOSCOPE_MODEL", str(folder))
    assert load_model().info.name == "toy"


def test_without_settings_the_shipped_folder_is_taken(folder, monkeypatch):
    monkeypatch.delenv("GLIOSCOPE_MODEL", raising=False)
    monkeypatch.setattr(bundle, "shipped_model", lambda: folder)
    assert load_model().info.name == "toy"


# Damage


def test_a_missing_folder_is_refused(tmp_path):
    with pytest.raises(ModelError, match=r"nowhere: there is no such folder; .*--model"):
        load_model(tmp_path / "nowhere")


@pytest.mark.parametrize("name", ["model.onnx", "plan.json", "card.md", "hashes.json"])
def test_a_missing_file_is_named(folder, name):
    (folder / name).unlink()
    with pytest.raises(ModelError, match=f"toy: {name} is missing"):
        load_model(folder)


@pytest.mark.parametrize("name", ["model.onnx", "plan.json", "card.md"])
def test_one_changed_byte_is_noticed(folder, name):
    content = bytearray((folder / name).read_bytes())
    content[len(content) // 2] ^= 1
    (folder / name).write_bytes(content)
    with pytest.raises(ModelError, match=f"{name} is damaged or was changed"):
        load_model(folder)


def test_truncated_weights_are_noticed(folder):
    content = (folder / "model.onnx").read_bytes()
    (folder / "model.onnx").write_bytes(content[:100])
    with pytest.raises(ModelError, match=r"model\.onnx is damaged"):
        load_model(folder)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("not json", "cannot be read"),
        ("[]", "cannot be read"),
        ('{"schema": "other", "sha256": {}}', "is not glioscope.hashes/1"),
        ('{"schema": "glioscope.hashes/1", "sha256": {"../x": "0"}}', "is not glioscope.hashes/1"),
        ('{"schema": "glioscope.hashes/1", "sha256": {"card.md": "0"}}', "no hash of model.onnx"),
    ],
)
def test_damaged_hashes_are_noticed(folder, text, said):
    (folder / "hashes.json").write_text(text, encoding="utf-8")
    with pytest.raises(ModelError, match=said):
        load_model(folder)


def test_an_unreadable_plan_is_refused(folder):
    (folder / "plan.json").write_text("{}", encoding="utf-8")
    write_hashes(folder)
    with pytest.raises(ModelError, match=r"plan\.json is not a plan"):
        load_model(folder)


def test_every_file_is_read_and_hashed_once(folder, monkeypatch):
    read, hashed = [], []
    read_bytes, read_text, sha256 = Path.read_bytes, Path.read_text, hashlib.sha256

    def counted(method):
        def call(path, *args, **kwargs):
            read.append(path.name)
            return method(path, *args, **kwargs)

        return call

    monkeypatch.setattr(Path, "read_bytes", counted(read_bytes))
    monkeypatch.setattr(Path, "read_text", counted(read_text))
    monkeypatch.setattr(hashlib, "sha256", lambda b: hashed.append(len(b)) or sha256(b))
    model = load_model(folder)
    # read_text calls no read_bytes, so a file that is read twice stands here twice.
    assert sorted(n for n in read if n in FILES) == sorted(FILES)
    assert len(hashed) == 3
    assert model.info.sha256 == sha256(read_bytes(folder / "model.onnx")).hexdigest()


@pytest.mark.parametrize("weights", [b"", b"not a network"])
def test_weights_that_are_no_network_are_refused(folder, weights):
    (folder / "model.onnx").write_bytes(weights)
    write_hashes(folder)
    with pytest.raises(ModelError, match=r"model\.onnx cannot be loaded"):
        load_model(folder)


@pytest.mark.parametrize(("size", "context"), [(64, 1), (32, 0)])
def test_weights_of_another_plan_are_refused(folder, size, context):
    (folder / "model.onnx").write_bytes(toy_network(size, context))
    write_hashes(folder)
    with pytest.raises(ModelError, match="belong to different models"):
        load_model(folder)


@pytest.mark.parametrize("name", ["slices", "mask", "presence"])
def test_other_names_of_inputs_and_outputs_are_refused(folder, name):
    content = (folder / "model.onnx").read_bytes()
    (folder / "model.onnx").write_bytes(content.replace(name.encode(), b"x" * len(name)))
    write_hashes(folder)
    with pytest.raises(ModelError, match="glioscope export"):
        load_model(folder)


def test_hashes_cover_every_file_but_themselves(folder):
    (folder / "scores.json").write_text("{}", encoding="utf-8")
    (folder / ".hidden").write_text("", encoding="utf-8")
    write_hashes(folder)
    hashes = json.loads((folder / "hashes.json").read_text("utf-8"))["sha256"]
    assert sorted(hashes) == ["card.md", "model.onnx", "plan.json", "scores.json"]
    (folder / "scores.json").unlink()
    with pytest.raises(ModelError, match=r"scores\.json cannot be read"):
        verify(folder)


def test_the_network_answers_those_who_do_not_have_glioscope(monkeypatch):
    """The example in the reference, which imports nothing of ours, as one of our own passes."""
    text = (Path(__file__).parents[2] / "docs/reference/bundle.md").read_text("utf-8")
    [example] = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    assert "glioscope" not in example
    study, _ = phantom_study(size=256, slices=10)
    images = [study.images[channel] for channel in CHANNELS]
    found = {"volumes": [to_pictures(image.array, image.grid) for image in images]}
    monkeypatch.chdir(bundle.shipped_model())
    exec(example, found)
    model = load_model(threads=1)
    once = replace(model, plan=replace(model.plan, flip=False))
    ours = predict(prepare(study, once.plan), once)
    np.testing.assert_allclose(found["presence"][:, 0], ours.presence, atol=0.05)
    assert np.abs(found["mask"][..., 0] - ours.planes).mean() < 0.002
    assert (found["presence"][:, 0] > 0.5).sum() >= 3
