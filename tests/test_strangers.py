"""A few strangers of `make strangers`, and that its check sees what it looks for."""

from collections.abc import Sequence
from pathlib import Path

import pytest
from tools import strangers
from tools.strange_inputs import Strange, made

from glioscope.cli.main import exit_code

MET = {
    "nothing there": (3, 3),
    "text called NIfTI": (3, 3),
    "label map": (3, 3),
    "another head's T1": (3, None),
    "DICOM: knee": (3, 3),
    "DICOM: a series for each slice": (3, 3),
    "ZIP with two files of one name": (3, 3),
    "name of no letters": (3, 3),
}


@pytest.fixture
def called_here(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Commands run in this process, which has loaded the libraries."""

    def call(words: Sequence[str]) -> tuple[int, str, str]:
        return exit_code(list(words)), *capsys.readouterr()

    monkeypatch.setenv("GLIOSCOPE_DEBUG", "1")
    monkeypatch.setattr(strangers, "call", call)


@pytest.mark.parametrize("name", MET)
def test_a_stranger_is_refused_and_leaves_nothing(
    name: str, request: pytest.FixtureRequest
) -> None:
    # What is no text is printed by the streams of a real process alone.
    if name != "name of no letters":
        request.getfixturevalue("called_here")
    (strange,) = [one for one in made() if one.name == name]
    outcome = strangers.meet(strange)
    assert (outcome.codes, outcome.left, outcome.faults) == (MET[name], (), ())
    assert outcome.said.startswith("error: ")


def test_names_are_given_once() -> None:
    names = [one.name for one in made()]
    assert len(names) == len(set(names)) > 50


def test_what_is_half_written_is_seen(tmp_path: Path) -> None:
    (tmp_path / ".0123.new.study").mkdir()
    (tmp_path / "empty").mkdir()
    (tmp_path / "whole").mkdir()
    (tmp_path / "whole" / "analysis.json").write_text("{}")
    (tmp_path / "studies.csv").touch()
    assert strangers.half_written(tmp_path) == ["left .0123.new.study", "left empty"]


def test_a_crash_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """An option that does not exist in place of an input is a usage error, and no crash."""
    fine = strangers.meet(Strange("usage", lambda folder: ["--no-such-option"]))
    assert fine.codes == (2, 2) and not fine.faults
    monkeypatch.setattr(strangers, "_EXPECTED", frozenset({0}))
    assert strangers.meet(Strange("usage", lambda folder: ["--no-such-option"])).faults
    assert "U+202E" in strangers.table([strangers.Outcome("a\u202eb", (0, 0), "", (), ())])
