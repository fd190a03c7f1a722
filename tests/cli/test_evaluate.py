"""`glioscope evaluate` from files to files, and what it says when something is missing."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from tests.lgg_folder import head_stack, write_case

from glioscope.cli import main
from glioscope.evaluation.predictions.archive import (
    ARCHIVE,
    read_archive,
    variant_name,
    write_archive,
)
from glioscope.evaluation.predictions.load import CasePrediction, DrawPrediction
from glioscope.model.bundle import shipped_model
from glioscope.model.plan import Plan

pytestmark = pytest.mark.usefixtures("unchecked")

CASES = ("TCGA_CS_0001_20000101", "TCGA_DU_0002_20000101")
FEW = ("--resamples", "20")


def predicted(case: str, mask: np.ndarray) -> CasePrediction:
    positive = mask.any(axis=(1, 2))
    names = tuple(f"{case}_{i + 1}" for i in range(len(mask)))
    return CasePrediction(case, names, 0.1 + 0.8 * positive, positive, mask, "toy", "1")


@pytest.fixture
def data(tmp_path: Path) -> Path:
    for seed, case in enumerate(CASES):
        write_case(tmp_path / "data", case, *head_stack(seed=seed))
    return tmp_path / "data"


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """A run that found every lesion but shifted the second by one column."""
    _, mask = head_stack()
    masks = (mask, np.roll(mask, 1, axis=2))
    folder = tmp_path / "run"
    write_archive(
        folder / ARCHIVE,
        [predicted(*p) for p in zip(CASES, masks, strict=True)],
        {"protocol": "cv"},
    )
    (folder / "history.csv").write_text("epoch,loss,val_loss\n1,0.5,0.6\n2,0.4,\n")
    return folder


def test_run_writes_all_files_and_a_table(
    run: Path, data: Path, tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    out = tmp_path / "out"
    assert main.exit_code(["evaluate", "--run", str(run), str(data), "-o", str(out), *FEW]) == 0
    assert sorted(p.name for p in out.iterdir()) == [
        "errors.md",
        "report.html",
        "scores.csv",
        "scores.json",
    ]
    document = json.loads((out / "scores.json").read_text(encoding="utf-8"))
    assert document["figures"]["recall"]["value"] == 1.0
    # The box is 8 rows by 4 columns; moved by one, 24 of 40 px are shared: Dice 2 * 24 / 64.
    assert document["figures"]["dice_mean"]["value"] == (1 + 0.75) / 2
    assert document["run"] == {"protocol": "cv"}
    page = (out / "report.html").read_text(encoding="utf-8")
    assert "must not be published" in page and "Loss over epochs" in page
    shown = capsys.readouterr()
    assert "Volume Dice, mean" in shown.out and "0.875" in shown.out
    assert "flagged" not in shown.out
    assert not shown.err


def test_changed_studies_and_another_run_are_compared(
    run: Path, data: Path, tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    _, mask = head_stack()
    moved = [predicted(case, np.roll(mask, 2, axis=2)) for case in CASES]
    write_archive(run / variant_name("flair-only"), moved, {})
    write_archive(tmp_path / "best" / ARCHIVE, [predicted(case, mask) for case in CASES], {})
    out = tmp_path / "out"
    words = ["evaluate", "--run", str(run), str(data), "-o", str(out), "--no-pictures", *FEW]
    assert main.exit_code([*words, "--against", str(tmp_path / "best")]) == 0
    figures = json.loads((out / "scores.json").read_text(encoding="utf-8"))["figures"]
    # Moved by two of four columns half of the box is shared: Dice 0.5, from 1 and 0.75.
    assert figures["dice_drop/variant=flair-only"]["value"] == pytest.approx(0.375)
    assert figures["recall_drop/variant=flair-only"]["value"] == 0
    assert figures["dice_drop/against=best"]["value"] == pytest.approx(0.125)
    assert "dice_drop/variant=flair-only,0.375" in (out / "scores.csv").read_text()
    shown = capsys.readouterr().out
    assert "Drop of Dice, variant=flair-only" in shown and "0.375" in shown
    assert "Drop of Dice, against=best" in (out / "report.html").read_text(encoding="utf-8")


def test_a_run_to_compare_with_must_be_there(
    run: Path, data: Path, tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    words = ["evaluate", "--run", str(run), str(data), "-o", str(tmp_path / "out")]
    assert main.exit_code([*words, "--against", str(tmp_path / "gone")]) == 2
    assert "predictions.npz" in capsys.readouterr().err


def test_self_assessment_is_shown_where_it_is_known(
    run: Path, data: Path, tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    words = [str(data), "-o", str(tmp_path / "out"), "--no-pictures", *FEW]
    cases = read_archive(run / ARCHIVE).cases
    said = [replace(case, predicted_dice=0.8, flagged=True) for case in cases]
    write_archive(run / ARCHIVE, said, {})
    assert main.exit_code(["evaluate", "--run", str(run), *words]) == 0
    # Dice are 1 and 0.75 (above).
    assert "Patients flagged for review" in (shown := capsys.readouterr().out)
    assert f"{(0.2 + 0.05) / 2:.3f}" in shown


def test_all_ways_to_name_run_and_reference_and_a_seed_that_decides_the_intervals_only(
    run: Path,
    data: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def scores(out: str, *words: str) -> str:
        rest = ["-o", str(tmp_path / out), "--no-pictures", *FEW]
        assert main.exit_code(["evaluate", *words, *rest]) == 0
        return (tmp_path / out / "scores.json").read_text(encoding="utf-8")

    files = scores("files", str(run / ARCHIVE), str(data), "--json")
    assert capsys.readouterr().out == files
    assert "image/png" not in (tmp_path / "files" / "report.html").read_text(encoding="utf-8")
    monkeypatch.setenv("GLIOSCOPE_LGG", str(data))
    of_setting = scores("setting", "--run", str(run), "--quiet")
    assert capsys.readouterr() == ("", "")
    monkeypatch.delenv("GLIOSCOPE_LGG")
    words = ["evaluate", "--run", str(run), "-o", str(tmp_path / "nothing")]
    assert main.exit_code(words) == 2
    assert "GLIOSCOPE_LGG" in capsys.readouterr().err
    again = scores("again", "--run", str(run), str(data), "--seed", "2", "--quiet")
    assert json.loads(files)["figures"] == json.loads(of_setting)["figures"]
    assert json.loads(files) != json.loads(again)
    values, others = (
        {k: v["value"] for k, v in json.loads(text)["figures"].items()} for text in (files, again)
    )
    assert values == others


def test_leaky_draws_are_called_leaky(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    _, mask = head_stack()
    case = predicted(CASES[0], mask)
    fields = {k: v for k, v in vars(case).items() if k in DrawPrediction.__dataclass_fields__}
    draws = [DrawPrediction(number=n, **fields) for n in range(2)]
    write_archive(tmp_path / ARCHIVE, draws, {"protocol": "paper-leaky"})
    out = tmp_path / "out"
    words = ["evaluate", str(tmp_path / ARCHIVE), str(data), "-o", str(out), *FEW]
    assert main.exit_code(words) == 0
    shown = capsys.readouterr()
    assert "leaky" in shown.err and "leaky protocol" in shown.out and "2 draws" in shown.out
    assert json.loads((out / "scores.json").read_text(encoding="utf-8"))["data"]["draws"] == 2
    assert main.exit_code([*words, "--against", str(tmp_path)]) == 3
    assert "no whole patient" in capsys.readouterr().err


def test_study_without_prediction_is_told(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    _, mask = head_stack()
    write_archive(tmp_path / ARCHIVE, [predicted(CASES[0], mask)], {})
    words = ["evaluate", str(tmp_path / ARCHIVE), str(data), "-o", str(tmp_path / "out")]
    assert main.exit_code([*words, "--no-pictures", *FEW]) == 0
    assert "1 studies of the reference have no prediction" in capsys.readouterr().err
    page = (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    assert CASES[1] in page


def test_study_without_reference_is_named_and_nothing_written(
    run: Path, data: Path, tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    for path in (data / CASES[1]).iterdir():
        path.unlink()
    words = ["evaluate", "--run", str(run), str(data), "-o", str(tmp_path / "out")]
    assert main.exit_code(words) == 3
    assert f"no reference for {CASES[1]};" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_sizes_that_differ_are_told(
    run: Path, tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    for case in CASES:
        write_case(tmp_path / "other", case, *head_stack(size=64))
    words = ["evaluate", "--run", str(run), str(tmp_path / "other"), "-o", str(tmp_path / "out")]
    assert main.exit_code(words) == 3
    assert "48×48 px, the reference 3 slices of 64×64 px" in capsys.readouterr().err


@pytest.mark.parametrize(
    "words",
    [
        ["-o", "out"],
        ["a", "-o", "out"],
        ["--run", "r", "a", "b", "-o", "out"],
        ["--run", "r", "a", "--data", "b", "-o", "out"],
        ["no-such.npz", "no-such-data", "-o", "out"],
        ["--run", "r", "no-such-data", "-o", "out", "--resamples", "0"],
    ],
)
def test_wrong_use_is_2(words: list[str], capsys: pytest.CaptureFixture) -> None:
    assert main.exit_code(["evaluate", *words]) == 2
    assert capsys.readouterr().err.startswith("error: ")


def test_patients_that_the_model_was_trained_on_are_named_everywhere(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    plan = Plan.load(shipped_model() / "plan.json")
    known, stranger = "TCGA_CS_4941_19960909", CASES[1]
    write_case(tmp_path / "data", known, *head_stack(seed=3))
    _, mask = head_stack()
    shipped = {"model_name": plan.name, "model_version": plan.version}
    cases = [replace(predicted(case, mask), **shipped) for case in (known, stranger)]
    write_archive(tmp_path / "in" / ARCHIVE, cases, {})
    out = tmp_path / "out"
    words = ["evaluate", str(tmp_path / "in"), str(data), "-o", str(out), "--no-pictures", *FEW]
    assert main.exit_code(words) == 0
    assert f"trained on ({known})" in capsys.readouterr().err
    assert json.loads((out / "scores.json").read_text("utf-8"))["run"] == {"trained_on": [known]}
    assert f"trained on ({known})" in (out / "report.html").read_text("utf-8")
