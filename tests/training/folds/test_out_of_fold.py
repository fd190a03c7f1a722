"""Cross-fitting from stored raw predictions: what a patient's own reference may not change."""

from pathlib import Path

import numpy as np
import pytest

from glioscope.evaluation.metrics import dice_volume
from glioscope.evaluation.predictions.archive import read_archive
from glioscope.evaluation.predictions.types import CasePrediction
from glioscope.evaluation.splits.folds import Folds, lgg_cases, make_folds
from glioscope.model.plan import Plan
from glioscope.pipeline import Answer
from glioscope.reading.lgg import read_reference
from glioscope.training.calibrate.expected_dice import FEWEST
from glioscope.training.folds.cross_validation import RAW, fold_run, save_raw
from glioscope.training.folds.out_of_fold import PLAN, PREDICTIONS, finish
from glioscope.training.loop.history import write_history
from lgg_folder import head_stack, write_case
from toy_training import toy_config

CONFIG = toy_config(stages=((16, 2),))
SLICES, SIDE = 5, 16


def _write(folder: Path, odd: str = "") -> Path:
    """Two folds' patients whose reference lies 0 to 3 columns beside what is predicted; `odd` 7."""
    for patient in range(2 * FEWEST):
        case = f"TCGA_DU_{patient:04d}_20000101"
        stack, _ = head_stack(slices=SLICES, size=2 * SIDE, seed=patient)
        shift = 7 if case == odd else _shift(case)
        mask = _square().repeat(2, axis=1).repeat(2, axis=2)
        write_case(folder, case, stack, np.roll(mask, 2 * shift, axis=2))
    return folder


def _shift(case: str) -> int:
    return int(case.split("_")[2]) % 4


def _square() -> np.ndarray:
    mask = np.zeros((SLICES, SIDE, SIDE), bool)
    mask[1:4, 5:10, 4:9] = True
    return mask


def _raw(case: str) -> Answer:
    return Answer(
        np.where(_square(), 0.9, 0.1).astype(np.float32),
        np.float32([0.1, 0.9, 0.9, 0.9, 0.1]),
        np.tile(np.float32([1 - _shift(case) / 5, 2.0, 0.1]), (SLICES, 1)),
    )


def _finished(root: Path, folds: Folds, run: Path) -> dict[str, CasePrediction]:
    for k in range(folds.k):
        fold_run(run, folds, k).mkdir(parents=True)
        save_raw(fold_run(run, folds, k) / RAW, {case: _raw(case) for case in folds.test(k)})
        write_history(fold_run(run, folds, k), [{"epoch": 1.0, "loss": 0.5}])
    finish(CONFIG, root, folds, run)
    return {case.study_id: case for case in read_archive(run / PREDICTIONS).cases}


def test_expected_dice_is_close_and_not_by_the_patients_own_reference(tmp_path) -> None:
    root = _write(tmp_path / "lgg")
    folds = make_folds(lgg_cases(root), 2)
    before = _finished(root, folds, tmp_path / "before")
    for case in before.values():
        dice = dice_volume(_reference(root, case.study_id), case.mask)
        assert case.predicted_dice == pytest.approx(dice, abs=0.1)
        assert case.flagged is not None
    assert Plan.load(tmp_path / "before" / PLAN).assessment is not None

    other = _write(tmp_path / "other", odd=folds.test(0)[0])
    after = _finished(other, folds, tmp_path / "after")
    expected = {case: (before[case].predicted_dice, after[case].predicted_dice) for case in before}
    assert all(old == new for case, (old, new) in expected.items() if case in folds.test(0))
    assert all(old != new for case, (old, new) in expected.items() if case in folds.test(1))


def _reference(root: Path, case: str) -> np.ndarray:
    return read_reference(root / case).array.transpose(2, 1, 0)
