"""Whole runs on a tiny LGG folder: folds, thresholds, the leaky protocol, the bundle."""

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from glioscope.errors import InputError, LeakError, UsageError
from glioscope.evaluation.archive import read_archive, variant_name
from glioscope.evaluation.folds import Folds, lgg_cases, make_folds
from glioscope.evaluation.variants import VARIANTS
from glioscope.model.bundle import load_model
from glioscope.model.plan import Plan
from glioscope.training.config import TrainConfig, load_config
from glioscope.training.crossfit import PLAN, PREDICTIONS, finish
from glioscope.training.crossval import (
    RAW,
    CaseSlices,
    _taught,
    cross_validate,
    fold_cases,
    fold_run,
    load_raw,
    predict_raw,
    raw_name,
    save_raw,
    train_fold,
)
from glioscope.training.export import load_networks
from glioscope.training.fit import WEIGHTS
from glioscope.training.leaky import DRAWS, train_leaky
from glioscope.training.ship import ship
from glioscope.training.teacher import NAME as TEACHER
from glioscope.training.teacher import with_teachers
from lgg_folder import head_stack, write_case
from toy_training import toy_config

CONFIG = toy_config(stages=((16, 2),))
STUDENT = toy_config(stages=((16, 1),), teacher_weight=0.5)


@pytest.fixture(scope="module")
def root(tmp_path_factory) -> Path:
    """Six patients of 18 slices, the lower 4 without tumour."""
    folder = tmp_path_factory.mktemp("lgg")
    for patient in range(6):
        stack, masks = head_stack(slices=18, seed=patient)
        stack[:4], masks[:4] = stack[:1], False
        write_case(folder, f"TCGA_DU_00{patient:02d}_20000101", stack, masks)
    return folder


@pytest.fixture(scope="module")
def folds(root: Path) -> Folds:
    return make_folds(lgg_cases(root), 2)


@pytest.fixture(scope="module")
def run(root: Path, folds: Folds, tmp_path_factory) -> Path:
    """A finished cross-validation and, beside its folds, the network of all patients."""
    folder = tmp_path_factory.mktemp("run")
    cross_validate(CONFIG, root, folds, folder, verbose=0)
    finish(CONFIG, root, folds, folder)
    train_fold(CONFIG, root, folds, None, fold_run(folder, None), verbose=0)
    return folder


def test_every_patient_is_predicted_once_by_the_network_of_his_own_fold(run, folds) -> None:
    archive = read_archive(run / PREDICTIONS)
    assert sorted(c.study_id for c in archive.cases) == sorted(c.name for c in folds.cases)
    for case in archive.cases:
        assert case.fold is not None
        assert case.study_id in folds.test(case.fold)
        assert case.mask.shape == (18, 48, 48)
        assert case.listed is not None
    assert not archive.leaky
    assert "2 of 2 folds" in archive.protocol
    assert Plan.load(run / PLAN).name == "toy"


def test_one_fold_is_finished_in_its_own_folder(run, root, folds, tmp_path) -> None:
    folder = tmp_path / "fold1"
    folder.mkdir()
    for name in ("held_out.npz", "history.csv", "config.json"):
        (folder / name).write_bytes((fold_run(run, 1) / name).read_bytes())
    finish(CONFIG, root, folds, folder)
    archive = read_archive(folder / PREDICTIONS)
    assert tuple(sorted(c.study_id for c in archive.cases)) == folds.test(1)
    assert "halves of the fold" in archive.meta["thresholds"]


@pytest.mark.parametrize("variant", VARIANTS)
def test_every_patient_is_predicted_under_every_change(run, folds, variant: str) -> None:
    archive = read_archive(run / variant_name(variant))
    assert sorted(c.study_id for c in archive.cases) == sorted(c.name for c in folds.cases)
    assert archive.meta["variant"] == variant
    assert archive.protocol == read_archive(run / PREDICTIONS).protocol


def test_changed_studies_are_decided_with_the_plans_of_the_plain_ones(
    run, root, folds, tmp_path
) -> None:
    folder = tmp_path / "run"
    shutil.copytree(run, folder)
    for k in range(folds.k):
        raw = load_raw(fold_run(folder, k) / RAW)
        # The plain answers under a changed name must come out as the plain ones, bit for bit;
        save_raw(fold_run(folder, k) / raw_name("flair-only"), raw)
        # and answers that rise must not move the thresholds that they are held against.
        risen = [replace(r, presence=np.full_like(r.presence, 1 - 1e-4)) for r in raw]
        save_raw(fold_run(folder, k) / raw_name("coarse"), risen)
    finish(CONFIG, root, folds, folder)
    plain = read_archive(folder / PREDICTIONS).cases
    same = read_archive(folder / variant_name("flair-only")).cases
    other = read_archive(folder / variant_name("coarse")).cases
    for a, b, c in zip(plain, same, other, strict=True):
        assert (a.study_id, a.fold) == (b.study_id, b.fold)
        assert np.array_equal(a.probability, b.probability)
        assert np.array_equal(a.mask, b.mask)
        assert c.called.all()
    assert not all(case.called.all() for case in plain)


def test_patients_of_no_fold_are_refused(run, root, folds, tmp_path) -> None:
    folder = tmp_path / "fold1"
    folder.mkdir()
    save_raw(folder / RAW, load_raw(fold_run(run, 1) / RAW)[1:])
    with pytest.raises(InputError, match="those of no part"):
        finish(CONFIG, root, folds, folder)


def test_without_a_trained_fold_there_is_nothing_to_finish(root, folds, tmp_path) -> None:
    with pytest.raises(InputError, match="no fold is trained"):
        finish(CONFIG, root, folds, tmp_path)


def test_folds_of_other_patients_are_refused(root, folds, tmp_path) -> None:
    write_case(tmp_path, "TCGA_HT_0001_20000101", *head_stack())
    with pytest.raises(InputError, match="6 of 6 cases"):
        train_fold(CONFIG, tmp_path, folds, 0, tmp_path / "run", verbose=0)


def test_the_leaky_protocol_says_so_and_draws_ninety_unseen_slices(tmp_path) -> None:
    root = tmp_path / "lgg"
    for patient in range(30):
        stack, masks = head_stack(slices=20, seed=patient)
        write_case(root, f"TCGA_DU_00{patient:02d}_20000101", stack, masks)
    config = toy_config(stages=((16, 1),), loss="mse", ema=0.0)
    train_leaky(config, root, tmp_path / "run", verbose=0)
    archive = read_archive(tmp_path / "run" / PREDICTIONS)
    assert archive.leaky
    assert len(archive.draws) == DRAWS
    assert all(len(set(draw.slice_names)) == 90 for draw in archive.draws)
    # 600 slices: 90 for test, 88 for validation, and with no early stopping both are unseen.
    assert len({name for draw in archive.draws for name in draw.slice_names}) <= 178


def test_a_run_ships_with_the_scores_of_its_cross_validation(run, root, tmp_path) -> None:
    folder = tmp_path / "toy"
    difference, _ = ship(fold_run(run, None), run, root, folder, "toy", "1.2.3")
    model = load_model(folder)
    assert difference < 1e-4
    assert (model.info.name, model.info.version) == ("toy", "1.2.3")
    assert model.plan.presence_threshold == Plan.load(run / PLAN).presence_threshold
    assert "`dice_mean`" in (folder / "card.md").read_text(encoding="utf-8")


def test_scores_of_another_recipe_do_not_ship(run, root, tmp_path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    recipe: TrainConfig = toy_config(stages=((16, 5),))
    (other / "config.json").write_text(recipe.to_json(), encoding="utf-8")
    with pytest.raises(UsageError, match="different configurations"):
        ship(other, run, root, tmp_path / "toy", "toy", "1")


def test_the_ensemble_of_the_folds_ships_and_says_what_was_not_scored(run, root, tmp_path) -> None:
    folder = tmp_path / "best"
    difference, _ = ship(run, run, root, folder, "toy-best", "1", ensemble=True)
    card = " ".join((folder / "card.md").read_text(encoding="utf-8").split())
    assert difference < 1e-4
    assert load_model(folder).plan.presence_threshold == Plan.load(run / PLAN).presence_threshold
    assert "never scored on patients it had not seen" in card
    assert "in training for 1 of its 2 networks" in card
    assert "trained on all 6 patients" not in card


def test_an_ensemble_needs_every_fold(run, root, tmp_path) -> None:
    folder = tmp_path / "best"
    with pytest.raises(UsageError, match="all has no fold0/"):
        ship(fold_run(run, None), run, root, folder, "toy", "1", ensemble=True)


@pytest.fixture(scope="module")
def student(run, root, folds, tmp_path_factory) -> Path:
    """What fold 0 and the network of all patients are told by `run`, in a run folder."""
    folder = tmp_path_factory.mktemp("student")
    _, lessons = with_teachers(STUDENT, [run], root, folds)
    for k in (0, None):
        fold_run(folder, k).mkdir()
        lessons(k, fold_run(folder, k))
    return folder


def lesson_of(run: Path, k: int | None) -> dict[str, np.ndarray]:
    with np.load(fold_run(run, k) / TEACHER) as stored:
        return {name: stored[name] for name in stored.files if name != "header"}


def test_a_folds_student_hears_of_its_own_training_patients_from_its_own_folds_network(
    run, student, root, folds
) -> None:
    lesson = lesson_of(student, 0)
    assert {name.split("/")[0] for name in lesson} == set(folds.train(0))
    train, _ = fold_cases(root, folds, 0)
    said = {}
    for k in (0, 1):
        [network] = load_networks(CONFIG, [fold_run(run, k) / WEIGHTS])
        said[k] = {r.case: r.presence for r in predict_raw(CONFIG, network, train)}
    for case in folds.train(0):
        got = lesson[f"{case}/presence"]
        assert np.allclose(got, said[0][case], atol=1e-5)
        assert not np.allclose(got, said[1][case], atol=1e-5)


def test_the_network_of_all_patients_hears_of_each_from_the_network_that_did_not_see_him(
    run, student, folds
) -> None:
    lesson = lesson_of(student, None)
    for k in range(folds.k):
        for raw in load_raw(fold_run(run, k) / RAW):
            assert np.allclose(lesson[f"{raw.case}/presence"], raw.presence, atol=1e-6)
            planes = lesson[f"{raw.case}/planes"] / 255
            assert np.abs(planes - raw.planes.astype(np.float32)).max() < 0.003
    assert len(lesson) == 2 * len(folds.cases)


def test_two_teachers_teach_their_mean(run, student, root, folds, tmp_path) -> None:
    other = copied(run, folds, tmp_path / "other")
    for k in range(folds.k):
        raw = load_raw(fold_run(other, k) / RAW)
        save_raw(fold_run(other, k) / RAW, [replace(r, presence=0 * r.presence) for r in raw])
    _, lessons = with_teachers(STUDENT, [run, other], root, folds)
    (tmp_path / "all").mkdir()
    alone = lesson_of(student, None)
    for case, said in lessons(None, tmp_path / "all").items():
        assert np.allclose(said.presence, alone[f"{case}/presence"] / 2, atol=1e-6)


def copied(run: Path, folds: Folds, to: Path) -> Path:
    for k in range(folds.k):
        fold_run(to, k).mkdir(parents=True)
        for name in (RAW, WEIGHTS, "config.json"):
            (fold_run(to, k) / name).write_bytes((fold_run(run, k) / name).read_bytes())
    return to


def test_a_network_that_saw_the_folds_patients_may_not_teach_it(run, root, folds, tmp_path) -> None:
    teacher = copied(run, folds, tmp_path / "teacher")
    with_teachers(STUDENT, [teacher], root, folds)
    fold_run(teacher, 0).rename(tmp_path / "zero")
    fold_run(teacher, 1).rename(fold_run(teacher, 0))
    (tmp_path / "zero").rename(fold_run(teacher, 1))
    with pytest.raises(LeakError, match="fold0 held out other patients"):
        with_teachers(STUDENT, [teacher], root, folds)


def test_training_patients_get_the_teachers_share_and_held_out_ones_do_not(
    run, student, root, folds
) -> None:
    config, lessons = with_teachers(STUDENT, [run], root, folds)
    train, held_out = fold_cases(root, folds, 0)
    slices = CaseSlices(config, train + held_out)
    labels = slices.load(16)
    taught = _taught(config, slices, train, 0, fold_run(student, 0), lessons)(16)
    at, lesson = slices.of(train), lesson_of(student, 0)
    told = np.concatenate([lesson[f"{case.name}/presence"] for case in train])
    assert np.allclose(taught.presence[at], (labels.presence[at] + told) / 2)
    assert not np.array_equal(taught.masks[at], labels.masks[at])
    for name in ("masks", "presence"):
        kept = getattr(taught, name)[slices.of(held_out)]
        assert np.array_equal(kept, getattr(labels, name)[slices.of(held_out)])


def test_another_folds_lesson_is_not_taken(student, run, root, folds, tmp_path) -> None:
    config, lessons = with_teachers(STUDENT, [run], root, folds)
    (tmp_path / "fold1").mkdir()
    lesson = (fold_run(student, 0) / TEACHER).read_bytes()
    (tmp_path / "fold1" / TEACHER).write_bytes(lesson)
    with pytest.raises(UsageError, match="another fold"):
        train_fold(config, root, folds, 1, tmp_path / "fold1", verbose=0, lessons=lessons)
    assert load_config(tmp_path / "fold1") == config


def test_an_unfinished_run_does_not_teach(run, root, folds, tmp_path) -> None:
    teacher = copied(run, folds, tmp_path / "teacher")
    (fold_run(teacher, 1) / WEIGHTS).unlink()
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
        ship(tmp_path / "all", tmp_path / "cross", root, tmp_path / "toy", "toy", "1")


def test_raw_predictions_stand_on_the_networks_grid(run) -> None:
    with np.load(fold_run(run, 0) / "held_out.npz") as stored:
        shapes = {stored[name].shape for name in stored.files if name.endswith("planes")}
    assert shapes == {(18, 16, 16)}
