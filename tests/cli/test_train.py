"""`glioscope train`: options that contradict each other, before any data is read."""

import pytest

from glioscope.cli.main import exit_code


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
    assert exit_code(["train", str(tmp_path / "data"), "-o", str(run), *words]) == 2
    assert said in capsys.readouterr().err
    assert not run.exists()
