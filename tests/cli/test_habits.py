"""Habits of the command line: -o and -h everywhere, a help without noise, outputs checked first."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from typer.main import get_command

from glioscope.cli import main
from glioscope.cli.main import exit_code
from glioscope.cli.support import output
from glioscope.cli.support.command import present
from glioscope.errors import UsageError


def commands():
    """(words, command) of every command that does something."""
    for name, command in get_command(main.app).commands.items():
        below = getattr(command, "commands", None)
        yield from (((name, n), c) for n, c in below.items()) if below else [((name,), command)]


COMMANDS = dict(commands())


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_h_is_help_and_flags_stand_without_type_or_opposite(words, capsys, monkeypatch):
    monkeypatch.setattr("typer.rich_utils.MAX_WIDTH", 200)
    assert exit_code([*words, "-h"]) == 0
    shown = capsys.readouterr().out
    assert "Usage: glioscope" in shown and "-h" in shown
    assert "<bool>" not in shown and "--no-resume" not in shown


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_results_go_where_output_says(words):
    spelled = {spelling for param in COMMANDS[words].params for spelling in param.opts}
    assert "--out" not in spelled
    assert ("-o" in spelled) == ("--output" in spelled)


def test_an_older_spelling_is_still_understood(tmp_path, capsys):
    (tmp_path / "out").write_text("", encoding="utf-8")
    for older in (["--out", str(tmp_path / "out")], [f"--out={tmp_path / 'out'}"]):
        assert exit_code(["analyze", "x", *older]) == 2
        assert "out is a file" in capsys.readouterr().err
    assert present(["--out", "a", "--outer", "--", "--out"]) == [
        *("--output", "a", "--outer"),
        *("--", "--out"),
    ]


def test_defaults_are_shown(capsys, monkeypatch):
    monkeypatch.setattr("typer.rich_utils.MAX_WIDTH", 200)
    assert exit_code(["analyze", "-h"]) == 0
    shown = capsys.readouterr().out
    for default in ("GLIOSCOPE_MODEL, else the shipped one", "sensitive)]", "GLIOSCOPE_THREADS"):
        assert default in shown


@pytest.mark.parametrize(
    "words",
    [
        ("analyze", "x", "-o", "FILE"),
        ("analyze", "x", "-o", "FILE/below"),
        ("anonymize", "x", "-o", "FILE"),
        ("demo", "-o", "FILE"),
        ("compare", "a", "b", "-o", "FILE"),
        ("data", "pack", "x", "-o", "FILE"),
        ("data", "plot", "x", "-o", "FILE/a.png"),
        ("data", "to-dicom", "x", "-o", "FILE", "--spacing", "1,1,1"),
        ("data", "unpack", "x", "-o", "FILE"),
        ("export", "run", "x", "-o", "FILE", "--cross-validation", "cv"),
        ("train", "x", "-o", "FILE", "--fold", "0"),
    ],
    ids=lambda words: " ".join(words[:2]),
)
def test_an_output_that_cannot_be_is_one_error_before_any_input_is_read(
    words, tmp_path, monkeypatch, capsys
):
    monkeypatch.chdir(tmp_path)
    Path("FILE").write_text("", encoding="utf-8")
    assert exit_code([*words]) == 2
    err = capsys.readouterr().err
    assert err.count("\n") == 1 and "--output FILE" in err and "FILE is a file" in err
    assert [p.name for p in tmp_path.iterdir()] == ["FILE"]


@pytest.mark.skipif(os.name != "posix", reason="links need a right on Windows")
def test_a_link_to_nowhere_is_no_place_for_results(tmp_path):
    (tmp_path / "out").symlink_to(tmp_path / "gone" / "away")
    for folder in (tmp_path / "out", tmp_path / "out" / "below"):
        with pytest.raises(UsageError, match="cannot be written: no such file or folder"):
            output.check_folder(folder)


def test_a_full_disk_is_seen(tmp_path, monkeypatch):
    usage = output.shutil.disk_usage(tmp_path)
    monkeypatch.setattr(output.shutil, "disk_usage", lambda _: usage._replace(free=3 * 2**20))
    with pytest.raises(UsageError, match="3 MiB are free there, expected at least 16 MiB"):
        output.check_folder(tmp_path / "new")


@pytest.mark.parametrize(("number", "said"), [(13, "no permission"), (30, "read-only")])
def test_what_the_system_refuses_is_seen(tmp_path, monkeypatch, number, said):
    def refuse(**_):
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(output.tempfile, "NamedTemporaryFile", refuse)
    with pytest.raises(UsageError, match=said):
        output.check_folder(tmp_path)


def test_a_check_leaves_nothing_and_a_file_to_be_is_no_folder(tmp_path):
    output.check_folder(tmp_path / "a" / "b")
    output.check_file(tmp_path / "a" / "b.png")
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(UsageError, match="it is a folder"):
        output.check_file(tmp_path)


def test_libraries_are_kept_off_stderr():
    code = """
import logging, sys, warnings
from glioscope.cli import main
def noisy(words):
    warnings.warn("look at me")
    logging.getLogger("pydicom").warning("and me")
    return 0
main.exit_code = noisy
main.run([])
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    loud = subprocess.run(
        [sys.executable, "-W", "default", "-c", code], capture_output=True, check=False
    )
    assert b"look at me" in loud.stderr, "the control: whoever asks Python for warnings has them"
