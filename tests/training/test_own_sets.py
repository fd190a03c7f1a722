"""The whole way of a set of one's own: nnU-Net's layout to a model that answers."""

from pathlib import Path

import pytest

from glioscope.cli.main import exit_code
from glioscope.evaluation.predictions.archive import read_archive
from glioscope.model.bundle import PATIENTS, load_model
from glioscope.model.training_patients import TrainingPatients
from glioscope.pipeline import analyze
from glioscope.training.data.cases import folds_of
from glioscope.training.export.bundle import export_bundle
from glioscope.training.folds.cross_validation import cross_validate, train_fold
from glioscope.training.folds.out_of_fold import PREDICTIONS, finish
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
