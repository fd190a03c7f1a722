"""From labelled sets to a bundle, or to the reasons why there is none."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from glioscope.cli import main
from glioscope.errors import InputError, LeakError, NotReleased, UsageError
from glioscope.model.bundle import PATIENTS, load_model, write_hashes
from glioscope.model.plan import Plan
from glioscope.model.training_patients import TrainingPatients, name_hash
from glioscope.phantom.study import phantom_study
from glioscope.reading.labelled import CASES, DATASET, label_path, list_labelled
from glioscope.study import Channel
from glioscope.training.config import TrainConfig
from glioscope.training.data.cases import cases_in, folds_of, slice_names
from glioscope.training.data.slices import load_slices
from glioscope.training.update.frozen import FROZEN, freeze
from glioscope.training.update.release import Wanted, update_model
from glioscope.writing.nifti import write_volume
from tuning import SIZE, STILL, labelled, untrained_bundle


@pytest.fixture(scope="module")
def bundle(tmp_path_factory, eager) -> Path:
    return untrained_bundle(tmp_path_factory.mktemp("old"))


@pytest.fixture(scope="module")
def sets(tmp_path_factory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("sets")
    return labelled(folder / "corrections", range(2)), labelled(folder / "test", range(5, 8))


def wanted(bundle: Path, sets: tuple[Path, Path], out: Path, **changes: object) -> Wanted:
    corrections, test = sets
    values: dict[str, object] = {
        "model": bundle, "corrections": corrections, "test": test, "lgg": None, "out": out,
        "report": out.with_suffix(".json"), "least": 3,
    }  # fmt: skip
    return Wanted(**(values | changes))


def update(wanted_: Wanted, config: TrainConfig = STILL):
    return update_model(wanted_, config, verbose=0)


def test_a_set_is_read_as_it_was_written(sets) -> None:
    corrections, _ = sets
    first, second = list_labelled(corrections)
    assert set(first.study().images) == {Channel.FLAIR, Channel.T1GD}
    assert set(second.study().images) == set(Channel)
    study, truth = phantom_study(1, size=64, slices=6)
    assert np.array_equal(second.reference().array, truth.array)
    for sequence, image in study.images.items():
        assert np.allclose(second.study().images[sequence].array, image.array, atol=1e-4)
    assert folds_of(corrections).k == 2


def test_neighbours_of_thin_slices_stand_as_far_as_in_inference(tmp_path) -> None:
    root = labelled(tmp_path / "thin", range(1))
    [case] = cases_in(root)
    plan = Plan("toy", "1", SIZE, context_mm=2 * case.study().grid.spacing_mm[2])
    store = load_slices([case], plan)
    assert set(store.step) == {2} and store.names == slice_names(case)
    assert store.neighbours(np.array([0, 3]), 1).tolist() == [[0, 0, 2], [1, 3, 5]]


def test_what_does_not_fall_is_released(bundle, sets, tmp_path) -> None:
    done = update(wanted(bundle, sets, tmp_path / "new"))
    model = load_model(tmp_path / "new")
    assert model.info.version == done.version != "1" and done.version.startswith("1+")
    card = (tmp_path / "new" / "card.md").read_text("utf-8")
    assert card.startswith("# toy") and "Tuned in a hospital" in card
    known = TrainingPatients.load(tmp_path / "new" / PATIENTS)
    assert known.names == {name_hash("p0"), name_hash("p1")}
    report = json.loads((tmp_path / "new.json").read_text("utf-8"))
    assert report["released"] and report["corrections"] == 2
    [verdict] = report["verdicts"]
    figures = {figure["name"]: figure for figure in verdict["figures"]}
    assert figures["recall"]["old"] == figures["recall"]["new"] == 1.0
    assert sorted(p.name for p in tmp_path.iterdir()) == ["new", "new.json"]


def test_a_set_with_classes_gives_a_network_without_them_a_head(bundle, sets, tmp_path) -> None:
    kept = halved(sets[0], tmp_path / "kept")
    update(wanted(bundle, (kept, sets[1]), tmp_path / "new"))
    assert load_model(tmp_path / "new").plan.classes == ("one", "other")
    assert "one, other. They were learned" in (tmp_path / "new" / "card.md").read_text("utf-8")
    # What doctors signed knows no classes, and would leave that head behind.
    with pytest.raises(UsageError, match="no classes apart, expected one; other"):
        update(wanted(tmp_path / "new", sets, tmp_path / "newer"))


def halved(root: Path, out: Path) -> Path:
    """The set with its outlines cut into two classes."""
    shutil.copytree(root, out)
    document = json.loads((out / DATASET).read_text("utf-8"))
    document["labels"] = {"background": 0, "one": 1, "other": 2}
    (out / DATASET).write_text(json.dumps(document), "utf-8")
    for case in list_labelled(root):
        mask = case.reference()
        values = mask.array.astype(np.uint8)
        values[values.shape[0] // 2 :] *= 2
        write_volume(values, mask.grid, label_path(out, case.name))
    return out


def test_what_falls_is_not_released_and_said(bundle, sets, tmp_path) -> None:
    """Taught that there is no tumour at all, it misses those of the test set."""
    nothing = labelled(tmp_path / "nothing", range(2), empty=True)
    config = replace(STILL, learning_rate=0.03, stages=((SIZE, 5),), samples_per_epoch=8)
    with pytest.raises(NotReleased, match=r"recall on test went from 1\.000"):
        update(wanted(bundle, sets, tmp_path / "new", corrections=nothing), config)
    assert not (tmp_path / "new").exists()
    report = json.loads((tmp_path / "new.json").read_text("utf-8"))
    assert not report["released"] and any("recall" in why for why in report["why"])
    assert NotReleased.exit_code == 7


def test_a_patient_who_teaches_is_not_tested_on(bundle, sets, tmp_path) -> None:
    corrections, test = sets
    with pytest.raises(LeakError, match="2 patients"):
        update(wanted(bundle, (corrections, corrections), tmp_path / "new", least=2))
    renamed = labelled(tmp_path / "renamed", range(5, 7))
    text = (renamed / CASES).read_text("utf-8").replace(",p5,", ",q5,").replace(",p6,", ",q6,")
    (renamed / CASES).write_text(text, "utf-8")
    with pytest.raises(LeakError):
        update(wanted(bundle, (renamed, test), tmp_path / "new"))
    learned = shutil.copytree(bundle, tmp_path / "learned")
    known = TrainingPatients(frozenset({name_hash("p6")}), frozenset())
    (learned / PATIENTS).write_text(known.to_json(), "utf-8")
    write_hashes(learned)
    with pytest.raises(LeakError, match="has learned from 1"):
        update(wanted(learned, sets, tmp_path / "new"))


def test_the_test_set_is_frozen_by_its_first_use(bundle, sets, tmp_path) -> None:
    test = labelled(tmp_path / "test", range(5, 8))
    digest = freeze(test)
    assert (test / FROZEN).is_file() and freeze(test) == digest
    labelled(test, range(5, 8), empty=True)
    with pytest.raises(InputError, match="not the one"):
        update(wanted(bundle, (sets[0], test), tmp_path / "new"))
    (test / FROZEN).write_text("{}", "utf-8")
    with pytest.raises(InputError, match="cannot be understood"):
        freeze(test)


def test_too_few_patients_or_a_folder_that_is_there(bundle, sets, tmp_path) -> None:
    with pytest.raises(UsageError, match="at least 4"):
        update(wanted(bundle, sets, tmp_path / "new", least=4))
    (tmp_path / "there").mkdir()
    with pytest.raises(UsageError):
        update(wanted(bundle, sets, tmp_path / "there"))


def test_the_command_refuses_in_words(bundle, sets, tmp_path, capsys) -> None:
    corrections, test = map(str, sets)
    words = ["update-model", "--corrections", corrections, "--test", test, "--from", str(bundle)]
    assert main.exit_code([*words, "-o", str(tmp_path / "new")]) == 2
    assert "at least 10" in capsys.readouterr().err
