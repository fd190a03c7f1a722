"""Who teaches whom: on networks with random weights, for what they say does not matter here."""

from dataclasses import replace
from pathlib import Path

import keras
import numpy as np
import pytest

from glioscope.errors import LeakError, UsageError
from glioscope.evaluation.splits.folds import Folds, lgg_cases, make_folds
from glioscope.training.config import load_config
from glioscope.training.distil.teachers import TEACHER_ARCHIVE as TEACHER
from glioscope.training.distil.teachers import with_teachers
from glioscope.training.export.bundle import export_bundle
from glioscope.training.export.onnx import load_networks
from glioscope.training.folds.cross_validation import (
    RAW,
    CaseSlices,
    _taught,
    fold_cases,
    fold_run,
    load_raw,
    predict_raw,
    save_raw,
    train_fold,
)
from glioscope.training.folds.leaky import train_leaky
from glioscope.training.loop.fit import WEIGHTS
from glioscope.training.network.unet import build
from lgg_folder import head_stack, write_case
from toy_training import toy_config

pytestmark = pytest.mark.usefixtures("eager")
CONFIG = toy_config(stages=((16, 1),))
STUDENT = toy_config(stages=((16, 1),), teacher_weight=0.5)


@pytest.fixture(scope="module")
def root(tmp_path_factory) -> Path:
    """Four patients of four slices, the lowest without tumour."""
    folder = tmp_path_factory.mktemp("lgg")
    for patient in range(4):
        write_case(folder, f"TCGA_DU_00{patient:02d}_20000101", *head_stack(4, seed=patient))
    return folder


@pytest.fixture(scope="module")
def folds(root: Path) -> Folds:
    return make_folds(lgg_cases(root), 2)


@pytest.fixture(scope="module")
def run(root: Path, folds: Folds, tmp_path_factory) -> Path:
    """What a finished cross-validation leaves: weights and held-out predictions of each fold."""
    folder = tmp_path_factory.mktemp("run")
    for k in range(folds.k):
        fold_run(folder, folds, k).mkdir()
        keras.utils.set_random_seed(k)
        network = build(CONFIG.network, CONFIG.size)
        network.save_weights(fold_run(folder, folds, k) / WEIGHTS)
        held_out = predict_raw(CONFIG, network, fold_cases(root, folds, k)[1])
        save_raw(fold_run(folder, folds, k) / RAW, held_out)
        (fold_run(folder, folds, k) / "config.json").write_text(CONFIG.to_json(), encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def student(run, root, folds, tmp_path_factory) -> Path:
    """What fold 0 and the network of all patients are told by `run`, in a run folder."""
    folder = tmp_path_factory.mktemp("student")
    _, lessons = with_teachers(STUDENT, [run], root, folds)
    for k in (0, None):
        fold_run(folder, folds, k).mkdir()
        lessons(k, fold_run(folder, folds, k))
    return folder


def lesson_of(run: Path, folds: Folds, k: int | None) -> dict[str, np.ndarray]:
    with np.load(fold_run(run, folds, k) / TEACHER) as stored:
        return {name: stored[name] for name in stored.files if name != "header"}


def test_a_folds_student_hears_of_its_own_training_patients_from_its_own_folds_network(
    run, student, root, folds
) -> None:
    lesson = lesson_of(student, folds, 0)
    assert {name.split("/")[0] for name in lesson} == set(folds.train(0))
    train, _ = fold_cases(root, folds, 0)
    said = {}
    for k in (0, 1):
        [network] = load_networks(CONFIG, [fold_run(run, folds, k) / WEIGHTS])
        said[k] = {c: a.presence for c, a in predict_raw(CONFIG, network, train).items()}
    for case in folds.train(0):
        got = lesson[f"{case}/presence"]
        assert np.allclose(got, said[0][case], atol=1e-5)
        assert not np.allclose(got, said[1][case], atol=1e-5)


def test_the_network_of_all_patients_hears_of_each_from_the_network_that_did_not_see_him(
    run, student, folds
) -> None:
    lesson = lesson_of(student, folds, None)
    for k in range(folds.k):
        for case, raw in load_raw(fold_run(run, folds, k) / RAW).items():
            assert np.allclose(lesson[f"{case}/presence"], raw.presence, atol=1e-6)
            planes = lesson[f"{case}/planes"] / 255
            assert np.abs(planes - raw.planes).max() < 0.003
    assert len(lesson) == 2 * len(folds.cases)


def test_two_teachers_teach_their_mean(run, student, root, folds, tmp_path) -> None:
    other = copied(run, folds, tmp_path / "other")
    for k in range(folds.k):
        raw = load_raw(fold_run(other, folds, k) / RAW)
        save_raw(
            fold_run(other, folds, k) / RAW,
            {c: replace(r, presence=0 * r.presence) for c, r in raw.items()},
        )
    _, lessons = with_teachers(STUDENT, [run, other], root, folds)
    (tmp_path / "all").mkdir()
    alone = lesson_of(student, folds, None)
    for case, said in lessons(None, tmp_path / "all").items():
        assert np.allclose(said.presence, alone[f"{case}/presence"] / 2, atol=1e-6)


def copied(run: Path, folds: Folds, to: Path) -> Path:
    for k in range(folds.k):
        fold_run(to, folds, k).mkdir(parents=True)
        for name in (RAW, WEIGHTS, "config.json"):
            (fold_run(to, folds, k) / name).write_bytes(
                (fold_run(run, folds, k) / name).read_bytes()
            )
    return to


def test_a_network_that_saw_the_folds_patients_may_not_teach_it(run, root, folds, tmp_path) -> None:
    teacher = copied(run, folds, tmp_path / "teacher")
    with_teachers(STUDENT, [teacher], root, folds)
    fold_run(teacher, folds, 0).rename(tmp_path / "zero")
    fold_run(teacher, folds, 1).rename(fold_run(teacher, folds, 0))
    (tmp_path / "zero").rename(fold_run(teacher, folds, 1))
    with pytest.raises(LeakError, match="fold0 held out other patients"):
        with_teachers(STUDENT, [teacher], root, folds)


def test_training_patients_get_the_teachers_share_and_held_out_ones_do_not(
    run, student, root, folds
) -> None:
    config, lessons = with_teachers(STUDENT, [run], root, folds)
    train, held_out = fold_cases(root, folds, 0)
    slices = CaseSlices(config, train + held_out)
    labels = slices.load(16)
    taught = _taught(config, slices, train, 0, fold_run(student, folds, 0), lessons)(16)
    at, lesson = slices.of(train), lesson_of(student, folds, 0)
    told = np.concatenate([lesson[f"{case.name}/presence"] for case in train])
    assert np.allclose(taught.presence[at], (labels.presence[at] + told) / 2)
    assert not np.array_equal(taught.masks[at], labels.masks[at])
    for name in ("masks", "presence"):
        kept = getattr(taught, name)[slices.of(held_out)]
        assert np.array_equal(kept, getattr(labels, name)[slices.of(held_out)])


def test_another_folds_lesson_is_not_taken(student, run, root, folds, tmp_path) -> None:
    config, lessons = with_teachers(STUDENT, [run], root, folds)
    (tmp_path / "fold1").mkdir()
    lesson = (fold_run(student, folds, 0) / TEACHER).read_bytes()
    (tmp_path / "fold1" / TEACHER).write_bytes(lesson)
    with pytest.raises(UsageError, match="another fold"):
        train_fold(config, root, folds, 1, tmp_path / "fold1", verbose=0, lessons=lessons)
    assert load_config(tmp_path / "fold1") == config


def test_an_unfinished_run_does_not_teach(run, root, folds, tmp_path) -> None:
    teacher = copied(run, folds, tmp_path / "teacher")
    (fold_run(teacher, folds, 1) / WEIGHTS).unlink()
    with pytest.raises(UsageError, match=r"fold1 has no model\.weights\.h5"):
        with_teachers(STUDENT, [teacher], root, folds)


def test_a_share_needs_a_teacher_and_a_teacher_a_share(run, root, folds, tmp_path) -> None:
    with pytest.raises(UsageError, match="--teacher"):
        train_fold(STUDENT, root, folds, 0, tmp_path, verbose=0)
    config, lessons = with_teachers(CONFIG, [run], root, folds)
    with pytest.raises(UsageError, match="--teacher"):
        train_fold(config, root, folds, 0, tmp_path, verbose=0, lessons=lessons)
    with pytest.raises(UsageError, match="learns from a teacher"):
        train_leaky(STUDENT, root, tmp_path, verbose=0)


def test_students_of_different_teachers_do_not_ship_together(run, root, folds, tmp_path) -> None:
    config, _ = with_teachers(STUDENT, [run], root, folds)
    other = replace(config, teachers=(replace(config.teachers[0], sha256="0" * 64),))
    for name, recipe in (("all", config), ("cross", other)):
        (tmp_path / name).mkdir()
        (tmp_path / name / "config.json").write_text(recipe.to_json(), encoding="utf-8")
    with pytest.raises(UsageError, match="different configurations"):
        export_bundle(tmp_path / "all", tmp_path / "cross", root, tmp_path / "toy", "toy", "1")
