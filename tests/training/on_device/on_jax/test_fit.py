"""Training on the device, an epoch and a run of it; `test_on_jax` runs this with Keras on JAX."""

from dataclasses import replace
from pathlib import Path

import keras
import numpy as np
import pytest

from glioscope.pipeline import predict as predict_study
from glioscope.training.config import AugmentConfig
from glioscope.training.loop.fit import TrainingData, compiled
from glioscope.training.loop.history import read_history
from glioscope.training.on_device import fit as device_fit
from glioscope.training.on_device.augment import targets
from glioscope.training.on_device.fit import Clock, Stage, fit_on_device, read_state
from toy_training import DEEP, SIZE, SMALL, toy_config, toy_data

STRONG = AugmentConfig(rotate=10, flip=0.5, gamma=0.2, noise=0.1, skull=0.3, drop_sequence=0.2)
# Each of the two is compiled once: what is equal but for its number of epochs is one function.
PLAIN = toy_config(
    stages=((SIZE, 12),),
    network=DEEP,
    augment=AugmentConfig(),
    optimizer="adam",
    schedule="one_cycle",
    ema=0.0,
    jit=True,
)
CHANGED = toy_config(stages=((SIZE, 2), (2 * SIZE, 2)), augment=STRONG)


def weights(model: keras.Model | None) -> list[np.ndarray]:
    assert model is not None
    return [keras.ops.convert_to_numpy(w) for w in model.weights]


def test_an_epoch_is_the_same_mathematics_as_keras_own() -> None:
    data = toy_data()
    keras.utils.set_random_seed(0)
    stage = Stage.start(PLAIN, data, SIZE)
    other = compiled(PLAIN, SIZE, data)
    other.set_weights(stage.model.get_weights())
    given = stage.given(0)
    state = read_state(stage.model)
    stage.compile(state, given)
    state, losses, _ = stage.train(state, given)
    keras_losses = []
    for indices, at in zip(given["indices"], given["at"], strict=True):
        planes = stage.store.planes[at].astype(np.float32)
        slices = np.moveaxis(planes, 1, 3).reshape(len(at), SIZE, SIZE, -1)
        masks = stage.store.masks[indices].astype(np.float32) / 255
        wanted = targets(masks, stage.store.positive[indices], PLAIN.network)
        keras_losses.append(
            other.train_on_batch(slices, {k: np.asarray(v) for k, v in wanted.items()})[0]
        )
    device_fit.write_state(stage.model, state)
    assert np.allclose(np.asarray(losses), keras_losses, atol=1e-4)
    pairs = zip(weights(stage.model), weights(other), strict=True)
    assert all(np.allclose(a, b, atol=2e-3) for a, b in pairs)


def test_where_a_class_is_missing_the_epoch_is_shorter() -> None:
    data = toy_data()
    negative = data.train[~data.load(SIZE).positive[data.train]]
    stage = Stage.start(toy_config(), TrainingData(data.load, negative, negative[:0]), SIZE)
    # Half of the 16 asked for would have been positive.
    assert stage.given(0)["indices"].shape == (1, 8)


def test_it_learns_and_leaves_the_files_of_a_run(tmp_path: Path) -> None:
    assert fit_on_device(PLAIN, toy_data(), tmp_path) is not None
    rows = read_history(tmp_path)
    assert rows[-1]["loss"] < 0.8 * rows[0]["loss"]
    assert rows[0]["compile_s"] > 0 and rows[-1]["compile_s"] == 0
    assert all(row["flop_per_s"] > 0 for row in rows)
    for name in ("config.json", "checkpoint.npz", "model.weights.h5", "loss.png"):
        assert (tmp_path / name).exists()


def test_cut_off_between_epochs_and_resumed_it_is_the_unbroken_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    after: list[list[np.ndarray]] = []

    def watch(epoch: int, model: keras.Model) -> bool:
        after.append(weights(model))
        return False

    whole = weights(fit_on_device(CHANGED, toy_data(), tmp_path / "whole", watch=watch))
    looks = iter([True, True, True, False])
    monkeypatch.setattr(Clock, "allows", lambda *_: next(looks))
    assert fit_on_device(CHANGED, toy_data(), tmp_path / "cut") is None
    assert len(read_history(tmp_path / "cut")) == 3
    assert not (tmp_path / "cut" / "model.weights.h5").exists()
    monkeypatch.undo()
    resumed = weights(fit_on_device(CHANGED, toy_data(), tmp_path / "cut", resume=True))
    assert len(read_history(tmp_path / "cut")) == 4
    assert all(np.allclose(a, b, atol=1e-6) for a, b in zip(whole, resumed, strict=True))
    # Another seed is another run from its first epochs on.
    other = replace(CHANGED, seed=1, stages=((SIZE, 2),))
    differ = weights(fit_on_device(other, toy_data(), tmp_path / "other"))
    assert not all(np.allclose(a, b, atol=1e-3) for a, b in zip(after[1], differ, strict=True))


def test_a_watcher_sees_averaged_weights_and_ends_the_run(tmp_path: Path) -> None:
    seen: list[tuple[int, np.ndarray]] = []

    def watch(epoch: int, model: keras.Model) -> bool:
        seen.append((epoch, weights(model)[0]))
        return epoch == 2

    config = replace(CHANGED, stages=((SIZE, 5),))
    trained = fit_on_device(config, toy_data(), tmp_path, watch=watch)
    assert [epoch for epoch, _ in seen] == [1, 2]
    assert np.allclose(weights(trained)[0], seen[-1][1])


def test_many_slices_at_once_are_answered_as_inference_answers(tmp_path: Path) -> None:
    from glioscope.model.plan import Plan
    from glioscope.reading.lgg import read_case
    from glioscope.training.data.slices import load_slices
    from glioscope.training.network.keras_engine import as_model
    from glioscope.training.network.unet import build
    from glioscope.training.on_device.predict import predictor
    from lgg_folder import head_stack, write_case

    folder = write_case(tmp_path, "TCGA_DU_1111_19990101", *head_stack(slices=5))
    model, plan = build(SMALL, 32), Plan("toy", "0", size=32)
    store = load_slices([folder], plan)
    found = predictor(model, store, 1)(store.planes, np.arange(5))
    from glioscope.model.preprocess import prepare

    expected = predict_study(prepare(read_case(folder), plan), as_model(model, plan))
    assert np.allclose(found.planes, expected.planes, atol=2e-3)
    assert np.allclose(found.presence, expected.presence, atol=2e-3)
    assert expected.agreement is not None and found.agreement is not None
    assert np.allclose(found.agreement, expected.agreement, rtol=5e-3, atol=5e-3)
