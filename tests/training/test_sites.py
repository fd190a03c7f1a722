"""Leave-one-site-out on a tiny folder: one network per site, finished parts passed over."""

from pathlib import Path

import pytest

from glioscope.evaluation.predictions.archive import read_archive
from glioscope.evaluation.splits.folds import Folds, lgg_cases, site_folds
from glioscope.training.folds.cross_validation import RAW, cross_validate, train_fold
from glioscope.training.folds.out_of_fold import PREDICTIONS, finish
from lgg_folder import head_stack, write_case
from toy_training import toy_config

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


def test_one_part_alone_and_the_rest_on_resume(root: Path, folds: Folds, tmp_path: Path) -> None:
    part = folds.part_of_site("DU")
    alone = tmp_path / "site-DU"
    train_fold(CONFIG, root, folds, part, alone, verbose=0)
    finish(CONFIG, root, folds, alone)
    said = read_archive(alone / PREDICTIONS)
    assert said.protocol == "leave-one-site-out, out of fold, 1 of 2 parts"
    assert said.meta["held_out"] == ["site-DU"]
    assert {c.study_id.split("_")[1] for c in said.cases} == {"DU"}
    finished = (alone / RAW).stat().st_mtime_ns

    cross_validate(CONFIG, root, folds, tmp_path, resume=True, verbose=0)
    finish(CONFIG, root, folds, tmp_path)
    assert (alone / RAW).stat().st_mtime_ns == finished, "a finished part is passed over"
    archive = read_archive(tmp_path / PREDICTIONS)
    assert archive.meta["held_out"] == ["site-CS+EZ", "site-DU"]
    assert "between parts" in archive.meta["thresholds"]
    assert len(archive.cases) == len(SITES)
    for case in archive.cases:
        assert case.fold is not None
        assert case.study_id in folds.test(case.fold)
