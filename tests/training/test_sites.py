"""Leave-one-site-out on a tiny folder: one network per site, finished parts passed over."""

from dataclasses import replace
from pathlib import Path

import pytest

from glioscope.evaluation.predictions.archive import read_archive
from glioscope.evaluation.splits.folds import Folds, lgg_cases, site_folds
from glioscope.training.distil.teachers import with_teachers
from glioscope.training.export.bundle import export_bundle
from glioscope.training.folds.cross_validation import RAW, cross_validate, train_fold
from glioscope.training.folds.out_of_fold import PREDICTIONS, finish
from lgg_folder import head_stack, write_case
from toy_training import toy_config

pytestmark = pytest.mark.usefixtures("eager")
CONFIG = toy_config(stages=((16, 1),))
SITES = ("CS", "CS", "DU", "DU", "DU", "EZ")


@pytest.fixture(scope="module")
def root(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("lgg")
    for patient, site in enumerate(SITES):
        stack, masks = head_stack(slices=9, seed=patient)
        stack[:4], masks[:4] = stack[:1], False
        write_case(folder, f"TCGA_{site}_00{patient:02d}_20000101", stack, masks)
    return folder


@pytest.fixture(scope="module")
def folds(root: Path) -> Folds:
    return site_folds(lgg_cases(root))


@pytest.fixture(scope="module")
def run(root: Path, folds: Folds, tmp_path_factory) -> Path:
    """One part trained and finished alone, then the rest on resume."""
    folder = tmp_path_factory.mktemp("run")
    alone = folder / "site-DU"
    train_fold(CONFIG, root, folds, folds.part_of_site("DU"), alone, verbose=0)
    finish(CONFIG, root, folds, alone)
    finished = (alone / RAW).stat().st_mtime_ns
    cross_validate(CONFIG, root, folds, folder, resume=True, verbose=0)
    assert (alone / RAW).stat().st_mtime_ns == finished, "a finished part is passed over"
    finish(CONFIG, root, folds, folder)
    return folder


def test_one_part_alone_says_which(run: Path) -> None:
    said = read_archive(run / "site-DU" / PREDICTIONS)
    assert said.protocol == "leave-one-site-out, out of fold, 1 of 2 parts"
    assert said.meta["held_out"] == ["site-DU"]
    assert {c.study_id.split("_")[1] for c in said.cases} == {"DU"}


def test_every_site_is_predicted_by_the_network_that_did_not_see_it(run, folds) -> None:
    archive = read_archive(run / PREDICTIONS)
    assert archive.meta["held_out"] == ["site-CS+EZ", "site-DU"]
    assert "between parts" in archive.meta["thresholds"]
    assert len(archive.cases) == len(SITES)
    for case in archive.cases:
        assert case.fold is not None
        assert case.study_id in folds.test(case.fold)


def test_a_run_by_site_teaches(run, root, folds, tmp_path) -> None:
    config, lessons = with_teachers(replace(CONFIG, teacher_weight=0.5), [run], root, folds)
    assert [teacher.name for teacher in config.teachers] == ["toy"]
    assert set(lessons(None, tmp_path)) == {case.name for case in folds.cases}


def test_a_run_by_site_ships_as_an_ensemble(run, root, tmp_path) -> None:
    export_bundle(run, run, root, tmp_path / "toy", "toy", "1", ensemble=True)
    card = " ".join((tmp_path / "toy" / "card.md").read_text(encoding="utf-8").split())
    assert "in training for 1 of its 2 networks" in card
