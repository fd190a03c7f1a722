"""`glioscope train`: what --fold names, and options that contradict each other."""

from pathlib import Path

import pytest

from glioscope.cli import main
from glioscope.cli.train import parts_of
from glioscope.evaluation.splits.folds import lgg90
from glioscope.files import claimed
from glioscope.texts.message import message


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
    folds, found = parts_of(word, lgg90())
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
        (("--fold", "0", "--devices", "2"), "KERAS_BACKEND=jax"),
        (("--fold", "all", "--devices", "2", "--engine", "ray"), "with --engine ray"),
        (("--preset", "student", "--fold", "0", "--teacher", "nowhere"), "fold0 has no"),
    ],
)
def test_usage_is_2(capsys, tmp_path, words, said):
    run = tmp_path / "run"
    assert main.exit_code(["train", str(tmp_path / "data"), "-o", str(run), *words]) == 2
    assert said in capsys.readouterr().err
    assert not run.exists()


@pytest.fixture
def train(tmp_path, monkeypatch, capsys):
    """Call `train` on one fold, its training played by a function; exit code and stderr."""
    from glioscope.training.folds import cross_validation, out_of_fold

    monkeypatch.setenv("GLIOSCOPE_LANG", "en")
    monkeypatch.setattr(out_of_fold, "finish", lambda *_: None)

    def call(play):
        monkeypatch.setattr(cross_validation, "train_fold", play)
        words = ["train", str(tmp_path), "--fold", "0", "-o", str(tmp_path / "run")]
        code = main.exit_code(words)
        return code, capsys.readouterr().err

    return call


def test_a_line_tells_what_follows_the_last_epoch(train):
    def play(*_, told, **__):
        for done in range(3):
            told(message("training.held_out", count=2, variants=3), done, 2)

    told = "predicting 2 held-out studies, as they are and changed in 3 ways\n"
    assert train(play) == (0, told)


def test_ctrl_c_says_what_resume_goes_on_from(train, tmp_path):
    def stopped(*_, **__):
        raise KeyboardInterrupt

    def stopped_later(*_, **__):
        (tmp_path / "run").mkdir()
        (tmp_path / "run" / "checkpoint.npz").touch()
        raise KeyboardInterrupt

    assert train(stopped) == (130, "error: interrupted; nothing was written\n")
    said = "error: interrupted; run holds every whole epoch, and --resume goes on from there\n"
    assert train(stopped_later) == (130, said)


def test_two_trainings_at_one_run_folder(train, tmp_path):
    with claimed(tmp_path / "run"):
        code, err = train(lambda *_, **__: pytest.fail("trained"))
    assert code == 2 and "another training is at run" in err
    assert [p.name for p in tmp_path.iterdir()] == []


def test_describe_tells_the_time_of_an_epoch(monkeypatch, capsys):
    from glioscope.training.loop import timing

    monkeypatch.setattr(timing, "seconds_per_epoch", lambda config, size, slices: 90.0)
    assert main.exit_code(["train", "--describe", "--preset", "compact"]) == 0
    shown = capsys.readouterr().out
    assert "about 90 s per epoch at 96 x 96 on this machine" in shown
    assert "about 90 s per epoch at 128 x 128 on this machine" in shown
    assert "about 21 min for 14 epochs of one fold" in shown
