"""The whole way of a set of one's own: nnU-Net's layout to a model that answers."""

import json
from dataclasses import replace
from pathlib import Path

import highdicom as hd
import numpy as np
import pytest

from glioscope.cli.main import exit_code
from glioscope.evaluation.predictions.archive import read_archive
from glioscope.evaluation.predictions.references import read_references
from glioscope.model.bundle import PATIENTS, load_model, write_hashes
from glioscope.model.plan import Plan
from glioscope.model.training_patients import TrainingPatients
from glioscope.own_data.layouts.segmentation import segments_of
from glioscope.pipeline import analyze
from glioscope.reading.nifti_mask import read_labels_nifti
from glioscope.training.config import load_config
from glioscope.training.data.cases import folds_of
from glioscope.training.export.bundle import export_bundle
from glioscope.training.folds.cross_validation import cross_validate, train_fold
from glioscope.training.folds.out_of_fold import PREDICTIONS, finish
from glioscope.writing.mr.study import write_dicom_study
from own_data_sets import case, write_nnunet
from toy_training import toy_config

pytestmark = pytest.mark.usefixtures("eager")
CONFIG = toy_config(stages=((16, 1),))


def test_from_nnunet_to_a_model_that_answers(tmp_path: Path, capsys) -> None:
    source = write_nnunet(tmp_path / "nn", range(4))
    ours, run = tmp_path / "ours", tmp_path / "run"
    assert exit_code(["data", "import", str(source), "-o", str(ours)]) == 0
    assert "4 cases of 4 patients" in capsys.readouterr().out
    assert (ours / "look.html").is_file()
    assert exit_code(["data", "split", str(ours), "-k", "2"]) == 0
    assert "2 parts of 2, 2 cases" in capsys.readouterr().out

    folds = folds_of(ours)
    cross_validate(CONFIG, ours, folds, run, verbose=0)
    finish(CONFIG, ours, folds, run)
    train_fold(CONFIG, ours, folds, None, run / "all", verbose=0)
    archive = read_archive(run / PREDICTIONS)
    assert {c.study_id for c in archive.cases if c.fold == 0} == set(folds.test(0))

    scores = tmp_path / "scores"
    told = ["evaluate", "--run", str(run), "--data", str(ours), "-o", str(scores), "--no-pictures"]
    assert exit_code([*told, "--resamples", "10"]) == 0
    assert "dice_mean" in (scores / "scores.csv").read_text(encoding="utf-8")

    export_bundle(run / "all", run, ours, tmp_path / "toy", "toy", "1")
    card = (tmp_path / "toy" / "card.md").read_text(encoding="utf-8")
    assert "TCGA" not in card and "SHA-256" in card
    known = TrainingPatients.load(tmp_path / "toy" / PATIENTS)
    study, _ = case(0)
    assert known.knows("case0", None) and known.knows("another name", study)
    assert not known.knows("case9", case(9)[0])
    # So few slices are no study that a model would take.
    answer = analyze(study, load_model(tmp_path / "toy"), force=True)
    assert answer.model is not None and answer.model.name == "toy"


PRESET = """
stages = [[16, 1]]
loss = "dice_ce"
learning_rate = 0.01
batch_size = 8
jit = false
[network]
widths = [4, 8]
encoder_convs = 1
decoder_convs = 1
stem = 2
context = 1
presence = true
"""
NAMES = ("edema", "solid part")


def test_classes_go_all_the_way_from_a_set_to_segments_and_report(tmp_path: Path, capsys) -> None:
    source, ours = write_nnunet(tmp_path / "nn", range(4)), tmp_path / "ours"
    told = ["data", "import", str(source), "-o", str(ours), "--classes", "edema=1,solid part=core"]
    assert exit_code(told) == 0
    assert exit_code(["data", "split", str(ours), "-k", "2"]) == 0
    preset, run = tmp_path / "toy.toml", tmp_path / "run"
    preset.write_text(PRESET)
    told = ["train", str(ours), "--preset", str(preset), "--fold", "0", "-o", str(run)]
    assert exit_code([*told, "--quiet"]) == 0
    assert load_config(run).network.classes == NAMES

    said = {one.study_id: one for one in read_archive(run / PREDICTIONS).cases}
    truth = read_references(ours, said)[min(said)]
    assert truth.class_names == NAMES and set(np.unique(truth.classes)) == {0, 1, 2}
    assert all(np.array_equal(one.classes > 0, one.mask) for one in said.values())
    capsys.readouterr()
    scores = tmp_path / "scores"
    told = ["evaluate", "--run", str(run), "--data", str(ours), "-o", str(scores), "--no-pictures"]
    assert exit_code([*told, "--resamples", "10"]) == 0
    assert "Dice of a class, mean, class=edema" in capsys.readouterr().out
    figures = json.loads((scores / "scores.json").read_text("utf-8"))["figures"]
    assert figures["class_dice_mean/class=solid part"]["n"] == 2
    assert figures["class_volume_error_ml/class=edema"]["value"] >= 0
    assert "Classes of tumour" in (scores / "report.html").read_text("utf-8")

    bundle = tmp_path / "toy"
    export_bundle(run, run, ours, bundle, "toy", "1")
    assert "edema (SCT 79654002)" in (bundle / "card.md").read_text(encoding="utf-8")
    calls_all(bundle)
    study, _ = case(0)
    write_dicom_study(study, tmp_path / "dicom")
    told = ["analyze", str(tmp_path / "dicom"), "-o", str(tmp_path / "out"), "--model", str(bundle)]
    assert exit_code([*told, "--force", "--quiet"]) == 0
    assert "edema" in capsys.readouterr().out
    [folder] = (tmp_path / "out").iterdir()
    document = json.loads((folder / "analysis.json").read_text("utf-8"))
    assert tuple(one["name"] for one in document["classes"]) == NAMES
    whole = document["volume_ml"]
    assert sum(one["volume_ml"] for one in document["classes"]) == pytest.approx(whole)
    values, _ = read_labels_nifti(folder / "classes.nii.gz")
    assert [int((values == n).sum()) for n in (1, 2)] == [o["voxels"] for o in document["classes"]]
    assert "Classes within the tumour" in (folder / "report.html").read_text("utf-8")
    seg = hd.seg.segread(folder / "classes_seg.dcm")
    found = segments_of(seg, study)
    assert (
        set(found.names.values()) <= set(NAMES) and (found.values > 0).sum() == (values > 0).sum()
    )


def calls_all(bundle: Path) -> None:
    """A bundle that outlines whatever it is shown: what it learned in one epoch is nothing."""
    least = {"presence_threshold": 1e-6, "pixel_threshold": 1e-6, "pixel_low": 1e-6}
    plan = replace(Plan.load(bundle / "plan.json"), **least, min_area=0.0)
    (bundle / "plan.json").write_text(plan.to_json(), encoding="utf-8")
    write_hashes(bundle)


def test_a_set_is_checked_at_the_command_line(tmp_path: Path, capsys) -> None:
    source, ours = write_nnunet(tmp_path / "nn", range(2)), tmp_path / "ours"
    about = tmp_path / "about.csv"
    about.write_text("case,site\ncase0,North\n")
    assert exit_code(["data", "import", str(source), "-o", str(ours), "--about", str(about)]) == 0
    capsys.readouterr()
    assert exit_code(["data", "check", str(ours)]) == 0
    said = capsys.readouterr().out
    assert "2 cases, 2 patients" in said and "North (1), – (1)" in said
    label, other = (ours / "labelsTr" / f"case{n}.nii.gz" for n in (0, 1))
    label.write_bytes(other.read_bytes())
    for name in sorted(path.name for path in (ours / "imagesTr").glob("case0*")):
        twin = ours / "imagesTr" / name.replace("case0", "case1")
        (ours / "imagesTr" / name).write_bytes(twin.read_bytes())
    assert exit_code(["data", "check", str(ours), "--json"]) == 3
    assert "different patients" in capsys.readouterr().out
