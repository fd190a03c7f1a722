"""A bundle tells what it was trained on and who was held out when, and nobody's name."""

import json

import numpy as np
import pytest

from glioscope.evaluation.predictions.archive import Archive
from glioscope.evaluation.predictions.types import CasePrediction
from glioscope.model.training_patients import name_hash
from glioscope.training.data.cases import cases_in
from glioscope.training.export.fingerprint import data_fingerprint, folds_document
from lgg_folder import head_stack, write_case
from own_data_sets import write_nnunet

NAMES = ("TCGA_DU_0001_20000101", "TCGA_DU_0002_20000101", "TCGA_HT_0003_20000101")


@pytest.fixture
def pictures(tmp_path):
    for seed, name in enumerate(NAMES):
        write_case(tmp_path, name, *head_stack(slices=4 + seed, seed=seed))
    return tmp_path


def test_pictures_are_counted_measured_and_not_named(pictures) -> None:
    text = data_fingerprint(pictures, cases_in(pictures))
    told = json.loads(text)
    assert (told["patients"], told["cases"], told["slices"]) == (3, 3, 15)
    assert told["tumour_slices"] == 12 and told["slices_of_case"] == [4, 4.5, 5, 5.5, 6]
    assert told["site_sizes"] == [2, 1] and told["scanner_sizes"] == []
    assert told["row_mm"] is None and told["tumour_ml"] is None
    assert told["tumour_level"]["FLAIR"][0] > 1.5 > told["tumour_level"]["T1"][2]
    assert "TCGA" not in text
    assert text == data_fingerprint(pictures, cases_in(pictures))


def test_another_voxel_or_outline_is_another_set(pictures, tmp_path) -> None:
    def fingerprint() -> str:
        return json.loads(data_fingerprint(pictures, cases_in(pictures)))["sha256"]

    before = fingerprint()
    mask = pictures / NAMES[0] / f"{NAMES[0]}_2_mask.tif"
    other = pictures / NAMES[0] / f"{NAMES[0]}_1_mask.tif"
    mask.write_bytes(other.read_bytes())
    assert fingerprint() != before


def test_a_set_with_spacing_has_millimetres(tmp_path) -> None:
    from glioscope.cli.main import exit_code

    source, ours = write_nnunet(tmp_path / "nn", range(2)), tmp_path / "ours"
    assert exit_code(["data", "import", str(source), "-o", str(ours), "--quiet"]) == 0
    told = json.loads(data_fingerprint(ours, cases_in(ours)))
    from glioscope.reading.labelled import data_hash

    assert told["sha256"] == data_hash(ours)
    assert len(told["slice_mm"]) == len(told["tumour_ml"]) == 5


def test_folds_are_those_of_the_predictions() -> None:
    def case(name: str, fold: int) -> CasePrediction:
        nothing = np.zeros(1)
        return CasePrediction(
            name, ("a",), nothing, nothing > 1, np.zeros((1, 2, 2), bool), "toy", "1", fold
        )

    archive = Archive(
        cases=(case("a1", 0), case("a2", 0), case("b1", 1)),
        meta={"protocol": "p", "folds_seed": 7},
    )
    text = folds_document(archive, {"a1": "Anna", "a2": "Anna", "b1": "Boris"})
    told = json.loads(text)
    assert told["folds"] == [[name_hash("Anna")], [name_hash("Boris")]]
    assert (told["protocol"], told["seed"]) == ("p", 7)
    assert "Anna" not in text
