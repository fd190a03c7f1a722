"""Studies that a model learned from are known by name or volume, unless a fold held them out."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from tests.lgg_folder import head_stack, write_case

from glioscope.evaluation.predictions.references import Pictures
from glioscope.evaluation.predictions.trained_on import trained_on
from glioscope.evaluation.predictions.types import CasePrediction
from glioscope.model import bundle
from glioscope.model.plan import Plan
from glioscope.model.training_patients import TrainingPatients, name_hash, volume_hash
from glioscope.reading.lgg import read_case

BY_NAME, RENAMED, STRANGER = "TCGA_CS_0001_20000101", "study7", "TCGA_DU_0002_20000101"


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for seed, case in enumerate((BY_NAME, RENAMED, STRANGER)):
        write_case(tmp_path / "data", case, *head_stack(seed=seed))
    volume = volume_hash(read_case(tmp_path / "data" / RENAMED))
    known = TrainingPatients(frozenset({name_hash("TCGA_CS_0001")}), frozenset({volume}))
    model = tmp_path / "model"
    model.mkdir()
    plan = replace(Plan.load(bundle.shipped_model() / "plan.json"), name="own", version="7")
    (model / "plan.json").write_text(plan.to_json(), "utf-8")
    (model / bundle.PATIENTS).write_text(known.to_json(), "utf-8")
    monkeypatch.setenv("GLIOSCOPE_MODEL", str(model))
    return tmp_path / "data"


def answered(case: str, version: str = "7", fold: int | None = None) -> CasePrediction:
    _, mask = head_stack()
    called = mask.any(axis=(1, 2))
    names = tuple(f"{case}_{n + 1}" for n in range(len(mask)))
    probability = called.astype(np.float64)
    return CasePrediction(case, names, probability, called, mask, "own", version, fold)


def test_by_name_and_by_volume(root: Path) -> None:
    cases = [answered(case) for case in (STRANGER, RENAMED, BY_NAME)]
    assert trained_on(cases, Pictures(root)) == (BY_NAME, RENAMED)


def test_what_a_fold_held_out_or_another_version_answered_is_none(root: Path) -> None:
    assert trained_on([answered(BY_NAME, fold=2)], Pictures(root)) == ()
    assert trained_on([answered(BY_NAME, version="8")], Pictures(root)) == ()
