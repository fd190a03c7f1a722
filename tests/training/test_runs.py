"""Whole runs on a tiny LGG folder: folds, thresholds, the leaky protocol, the bundle."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from glioscope.errors import InputError, UsageError
from glioscope.evaluation.predictions.archive import read_archive, variant_name
from glioscope.evaluation.scores.drops import changed_studies
from glioscope.evaluation.splits.folds import Folds, lgg_cases, make_folds
from glioscope.evaluation.variants.changes import VARIANTS
from glioscope.model.bundle import DATA, FOLDS, load_model
from glioscope.model.plan import Plan
from glioscope.texts.message import Message
from glioscope.training.config import TrainConfig
from glioscope.training.export.bundle import export_bundle
from glioscope.training.folds.cross_validation import (
    RAW,
    cross_validate,
    fold_run,
    load_raw,
    raw_name,
    save_raw,
    train_fold,
)
from glioscope.training.folds.eight_bits import predict_in_eight_bits
from glioscope.training.folds.leaky import DRAWS, train_leaky
from glioscope.training.folds.out_of_fold import PLAN, PREDICTIONS, finish
from lgg_folder import head_stack, write_case
from toy_training import toy_config

pytestmark = pytest.mark.usefixtures("eager")
CONFIG = toy_config(stages=((16, 1),))
SLICES = 12


@pytest.fixture(scope="module")
def root(tmp_path_factory) -> Path:
    """Four patients of 12 slices, the lower 4 without tumour."""
    folder = tmp_path_factory.mktemp("lgg")
    for patient in range(4):
        stack, masks = head_stack(slices=SLICES, seed=patient)
        stack[:4], masks[:4] = stack[:1], False
        write_case(folder, f"TCGA_DU_00{patient:02d}_20000101", stack, masks)
    return folder


@pytest.fixture(scope="module")
def folds(root: Path) -> Folds:
    return make_folds(lgg_cases(root), 2)


@pytest.fixture(scope="module")
def heard() -> list[tuple[str, int, int]]:
    """What the cross-validation and its finish told."""
    return []


@pytest.fixture(scope="module")
def run(root: Path, folds: Folds, heard: list[tuple[str, int, int]], tmp_path_factory) -> Path:
    """A finished cross-validation and, beside its folds, the network of all patients."""
    folder = tmp_path_factory.mktemp("run")

    def told(what: Message, done: int, count: int) -> None:
        heard.append((what.code, done, count))

    cross_validate(CONFIG, root, folds, folder, verbose=0, told=told)
    finish(CONFIG, root, folds, folder, told)
    train_fold(CONFIG, root, folds, None, fold_run(folder, folds, None), verbose=0)
    return folder


def test_every_patient_is_predicted_once_by_the_network_of_his_own_fold(run, folds) -> None:
    archive = read_archive(run / PREDICTIONS)
    assert sorted(c.study_id for c in archive.cases) == sorted(c.name for c in folds.cases)
    for case in archive.cases:
        assert case.fold is not None
        assert case.study_id in folds.test(case.fold)
        assert case.mask.shape == (SLICES, 48, 48)
        assert case.listed is not None
    assert not archive.leaky
    assert "2 of 2 folds" in archive.protocol
    assert Plan.load(run / PLAN).name == "toy"


def test_one_fold_is_finished_in_its_own_folder(run, root, folds, tmp_path) -> None:
    folder = tmp_path / "fold1"
    folder.mkdir()
    for name in ("held_out.npz", "history.csv", "config.json"):
        (folder / name).write_bytes((fold_run(run, folds, 1) / name).read_bytes())
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
        # Slices told from each other, as a toy's short training may leave them or not.
        clear = np.where(np.arange(SLICES) < 4, 0.1, 0.9)
        raw = {
            case: replace(said, presence=clear.astype(said.presence.dtype))
            for case, said in load_raw(fold_run(folder, folds, k) / RAW).items()
        }
        save_raw(fold_run(folder, folds, k) / RAW, raw)
        # The plain answers under a changed name must come out as the plain ones, bit for bit;
        save_raw(fold_run(folder, folds, k) / raw_name("flair-only"), raw)
        # and answers that rise must not move the thresholds that they are held against.
        risen = {
            case: replace(said, presence=np.full_like(said.presence, 1 - 1e-4))
            for case, said in raw.items()
        }
        save_raw(fold_run(folder, folds, k) / raw_name("coarse"), risen)
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
    _, *others = load_raw(fold_run(run, folds, 1) / RAW).items()
    save_raw(folder / RAW, dict(others))
    with pytest.raises(InputError, match="those of no part"):
        finish(CONFIG, root, folds, folder)


def test_without_a_trained_fold_there_is_nothing_to_finish(root, folds, tmp_path) -> None:
    with pytest.raises(InputError, match="no fold is trained"):
        finish(CONFIG, root, folds, tmp_path)


def test_folds_of_other_patients_are_refused(root, folds, tmp_path) -> None:
    write_case(tmp_path, "TCGA_HT_0001_20000101", *head_stack())
    with pytest.raises(InputError, match="4 of 4 cases"):
        train_fold(CONFIG, tmp_path, folds, 0, tmp_path / "run", verbose=0)


def test_the_leaky_protocol_says_so_and_draws_ninety_unseen_slices(tmp_path) -> None:
    root = tmp_path / "lgg"
    for patient in range(8):
        stack, masks = head_stack(slices=20, seed=patient)
        write_case(root, f"TCGA_DU_00{patient:02d}_20000101", stack, masks)
    config = toy_config(stages=((16, 1),), loss="mse", ema=0.0)
    heard: list[int] = []
    train_leaky(
        config, root, tmp_path / "run", verbose=0, told=lambda _, done, __: heard.append(done)
    )
    assert heard[-1] == 8, "every study is predicted, and told of"
    archive = read_archive(tmp_path / "run" / PREDICTIONS)
    assert archive.leaky
    assert len(archive.draws) == DRAWS
    assert all(len(set(draw.slice_names)) == 90 for draw in archive.draws)
    # 160 slices: 90 for test, 12 for validation, and with no early stopping both are unseen.
    assert len({name for draw in archive.draws for name in draw.slice_names}) <= 102


def test_a_run_ships_with_the_scores_of_its_cross_validation(run, root, folds, tmp_path) -> None:
    folder = tmp_path / "toy"
    difference, _ = export_bundle(fold_run(run, folds, None), run, root, folder, "toy", "1.2.3")
    model = load_model(folder)
    assert difference < 1e-4
    assert (model.info.name, model.info.version) == ("toy", "1.2.3")
    assert model.plan.presence_threshold == Plan.load(run / PLAN).presence_threshold
    assert "`dice_mean`" in (folder / "card.md").read_text(encoding="utf-8")
    told = {name: json.loads((folder / name).read_text("utf-8")) for name in (DATA, FOLDS)}
    assert told[DATA]["patients"] == 4
    assert [len(part) for part in told[FOLDS]["folds"]] == [2, 2]


def test_scores_of_another_recipe_do_not_ship(run, root, tmp_path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    recipe: TrainConfig = toy_config(stages=((16, 5),))
    (other / "config.json").write_text(recipe.to_json(), encoding="utf-8")
    with pytest.raises(UsageError, match="different configurations"):
        export_bundle(other, run, root, tmp_path / "toy", "toy", "1")


def test_the_ensemble_of_the_folds_ships_and_says_what_was_not_scored(run, root, tmp_path) -> None:
    folder = tmp_path / "best"
    difference, _ = export_bundle(run, run, root, folder, "toy-best", "1", ensemble=True)
    card = " ".join((folder / "card.md").read_text(encoding="utf-8").split())
    assert difference < 1e-4
    assert load_model(folder).plan.presence_threshold == Plan.load(run / PLAN).presence_threshold
    assert "never scored on patients it had not seen" in card
    assert "in training for 1 of its 2 networks" in card
    assert "trained on all 4 patients" not in card


def test_an_ensemble_needs_every_fold(run, root, folds, tmp_path) -> None:
    folder = tmp_path / "best"
    with pytest.raises(UsageError, match="all has no fold0/"):
        export_bundle(fold_run(run, folds, None), run, root, folder, "toy", "1", ensemble=True)


def test_raw_predictions_stand_on_the_networks_grid(run, folds) -> None:
    with np.load(fold_run(run, folds, 0) / "held_out.npz") as stored:
        shapes = {stored[name].shape for name in stored.files if name.endswith("planes")}
    assert shapes == {(SLICES, 16, 16)}


def test_what_follows_the_last_epoch_is_told(run, folds, heard) -> None:
    for k in range(folds.k):
        count = len(folds.test(k)) * (1 + len(VARIANTS))
        # Each case is told of as it begins and as it ends.
        said, heard = heard[: 2 * count], heard[2 * count :]
        assert {code for code, _, _ in said} == {"training.held_out"}
        assert said[0][1:] == (0, count) and said[-1][1:] == (count, count)
        assert [done for _, done, _ in said] == sorted(done for _, done, _ in said)
    count = len(folds.cases)
    assert heard[0] == ("training.decide", 0, count)
    assert heard[-1] == ("training.decide", count, count)
    assert {code for code, _, _ in heard} == {"training.decide"}


def test_networks_in_eight_bits_are_scored_beside_the_others(run, root, folds, tmp_path) -> None:
    shutil.copytree(run, tmp_path / "run")
    for k in range(folds.k):
        predict_in_eight_bits(root, folds, k, tmp_path / "run")
    finish(CONFIG, root, folds, tmp_path / "run")
    plain = read_archive(tmp_path / "run" / PREDICTIONS).cases
    [found] = [p for p in changed_studies(tmp_path / "run", plain) if "eight-bits" in p.group]
    assert [case.study_id for case in found.after] == [case.study_id for case in plain]
    for before, after in zip(plain, found.after, strict=True):
        assert after.fold == before.fold
        apart = np.abs(before.probability - after.probability)
        assert 0 < apart.max() < 0.1
