"""`glioscope train`: what --fold names, and options that contradict each other."""

from pathlib import Path

import pytest

from glioscope.cli import main
from glioscope.cli.train import parts_of


@pytest.mark.parametrize(
    ("word", "protocol", "part"),
    [
        ("0", "patient-level 5-fold cross-validation", 0),
        ("all", "patient-level 5-fold cross-validation", "all"),
        ("none", "patient-level 5-fold cross-validation", None),
        ("sites", "leave-one-site-out", "all"),
        ("sites:CS", "leave-one-site-out", 0),
        ("sites:EZ", "leave-one-site-out", 2),
    ],
)
def test_what_a_fold_names(word: str, protocol: str, part: object) -> None:
    folds, found = parts_of(word)
    assert (folds.protocol, found) == (protocol, part)


@pytest.mark.parametrize("word", ["five", "-1", "sites:", "sites:XX", "site", "all:CS"])
def test_a_fold_that_is_none_is_refused(
    word: str, tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    words = ["train", str(tmp_path), "--fold", word, "-o", str(tmp_path / "run")]
    assert main.exit_code(words) == 2
    assert capsys.readouterr().err.startswith("error: ")
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--preset", "compact"), "either --fold or --protocol"),
        (("--fold", "0", "--protocol", "paper-leaky"), "either --fold or --protocol"),
        (("--protocol", "paper-leaky", "--teacher", "run"), "--teacher needs --fold"),
        (("--preset", "student", "--fold", "0"), "with --teacher"),
        (("--fold", "five"), "expected 0 to 4"),
        (("--preset", "student", "--fold", "0", "--teacher", "nowhere"), "fold0 has no"),
    ],
)
def test_usage_is_2(capsys, tmp_path, words, said):
    run = tmp_path / "run"
    assert main.exit_code(["train", str(tmp_path / "data"), "-o", str(run), *words]) == 2
    assert said in capsys.readouterr().err
    assert not run.exists()
