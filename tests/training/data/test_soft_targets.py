from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from glioscope.errors import InputError, LeakError, UsageError
from glioscope.training.data.soft_targets import (
    TeacherAnswer,
    load_lesson,
    resized,
    save_lesson,
    soft_targets,
)
from glioscope.training.loop.fit import fit
from glioscope.training.network.keras_engine import KerasEngine
from toy_training import SIZE, toy_config, toy_data, toy_store

AT = {"a": np.arange(8), "b": np.arange(8, 16)}


def said(value: int, presence: float, side: int = SIZE) -> TeacherAnswer:
    return TeacherAnswer(
        np.full((8, side, side), value, np.uint8), np.full(8, presence, np.float32)
    )


def test_targets_are_the_weighted_mean_of_label_and_teacher() -> None:
    store = toy_store(cases=3)
    taught = soft_targets(store, {"a": said(100, 0.2), "b": said(0, 0.0)}, AT, 0.25)
    expected = np.round(0.75 * store.masks[:8] + 25)
    assert np.array_equal(taught.masks[:8], expected)
    assert np.allclose(taught.presence[:8], 0.75 * store.positive[:8] + 0.05)
    assert np.array_equal(taught.positive, store.positive)


def test_a_patient_outside_training_keeps_his_label_and_the_first_store_stays() -> None:
    store, before = toy_store(cases=3), toy_store(cases=3)
    taught = soft_targets(store, {"a": said(100, 0.2), "b": said(0, 0.0)}, AT, 1.0)
    assert np.array_equal(taught.masks[16:], before.masks[16:])
    assert np.array_equal(taught.presence[16:], before.presence[16:])
    assert np.array_equal(store.masks, before.masks)
    assert not np.array_equal(taught.masks[:16], before.masks[:16])


def test_a_lesson_of_a_held_out_patient_is_a_leak() -> None:
    lesson = {name: said(0, 0.0) for name in ("a", "b", "held out")}
    with pytest.raises(LeakError, match="1 patients outside"):
        soft_targets(toy_store(cases=3), lesson, AT, 0.5)


def test_a_training_patient_without_a_lesson_is_refused() -> None:
    with pytest.raises(InputError, match="nothing of 1"):
        soft_targets(toy_store(cases=3), {"a": said(0, 0.0)}, AT, 0.5)


@pytest.mark.parametrize("size", [8, 32])
def test_planes_at_another_side_cover_the_same_field(size: int) -> None:
    planes = np.zeros((1, SIZE, SIZE), np.float32)
    planes[0, 4:12, 8:16] = 1
    scale = size / SIZE
    expected = np.zeros((size, size), bool)
    expected[int(4 * scale) : int(12 * scale), int(8 * scale) :] = True
    assert np.array_equal(resized(planes, size)[0] > 0.5, expected)
    assert not np.array_equal(resized(planes[:, ::-1, ::-1], size)[0] > 0.5, expected)


def test_a_teacher_at_another_side_teaches() -> None:
    taught = soft_targets(toy_store(cases=2), {n: said(51, 0.5, side=32) for n in AT}, AT, 1.0)
    assert (taught.masks == 51).all()


def test_a_lesson_is_kept_for_its_teachers_and_its_fold(tmp_path: Path) -> None:
    path = tmp_path / "teacher.npz"
    header = {"teachers": ["aa"], "fold": 1}
    save_lesson(path, {"a": said(7, 0.5)}, header)
    got = load_lesson(path, header)["a"]
    assert (got.planes == 7).all() and (got.presence == 0.5).all()
    for other in ({"teachers": ["bb"], "fold": 1}, {"teachers": ["aa"], "fold": None}):
        with pytest.raises(UsageError, match="other teachers or another fold"):
            load_lesson(path, other)


def learned(run: Path, weight: float) -> float:
    """How far the trained network tells slices with the toy lesion from those without."""
    config = toy_config(stages=((SIZE, 6),), samples_per_epoch=64, teacher_weight=weight)
    data = toy_data()
    lesson = {"all": TeacherAnswer(np.zeros((32, SIZE, SIZE), np.uint8), np.zeros(32, np.float32))}
    at = {"all": np.arange(32)}
    taught = replace(
        data,
        validate=np.arange(0),
        load=lambda size: soft_targets(data.load(size), lesson, at, weight),
    )
    network = fit(config, taught, run, verbose=0)
    store = toy_store(cases=6)
    around = store.planes[store.neighbours(np.arange(len(store)), 1)].astype(np.float32)
    slices = np.moveaxis(around, 1, 3).reshape(len(store), SIZE, SIZE, -1)
    _, presence = KerasEngine(network)(slices)
    return float(presence[store.positive].mean() - presence[~store.positive].mean())


def test_a_teacher_who_says_nothing_teaches_nothing_and_labels_do(tmp_path: Path) -> None:
    assert abs(learned(tmp_path / "taught", 1.0)) < 0.1
    assert learned(tmp_path / "labels", 0.0) > 0.3
