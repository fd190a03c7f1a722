"""The command line's frame: exit codes, messages, and the notice in every help."""

from collections.abc import Iterator

import pytest
import typer
from typer.main import get_command

from glioscope.cli import main
from glioscope.errors import (
    BatchFailed,
    GlioscopeError,
    InvalidImage,
    LeakError,
    MissingSequence,
    ModelError,
    UsageError,
)


def commands() -> Iterator[tuple[str, ...]]:
    """Every command as the words that call it."""
    root = get_command(main.app)
    for name, command in root.commands.items():
        yield (name,)
        for below in getattr(command, "commands", {}):
            yield (name, below)


def raising(monkeypatch: pytest.MonkeyPatch, error: BaseException) -> None:
    """Make the command line one command that raises `error`."""
    app = typer.Typer()

    @app.command()
    def fail(verbose: bool = False) -> None:
        raise error

    monkeypatch.setattr(main, "app", app)
    monkeypatch.delenv("GLIOSCOPE_DEBUG", raising=False)


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (GlioscopeError("text", text="m"), 1),
        (LeakError("text", text="m"), 1),
        (UsageError("text", text="m"), 2),
        (InvalidImage("text", text="m"), 3),
        (MissingSequence("text", text="m"), 4),
        (ModelError("text", text="m"), 5),
        (BatchFailed("text", text="m"), 6),
        (typer.BadParameter("m"), 2),
    ],
    ids=lambda e: type(e).__name__,
)
def test_error_becomes_its_code_and_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture, error: Exception, code: int
) -> None:
    raising(monkeypatch, error)
    assert main.exit_code([]) == code
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err.startswith("error: ") and shown.err.endswith("m\n")
    assert shown.err.count("\n") == 1


def test_interrupt_is_130(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture) -> None:
    raising(monkeypatch, KeyboardInterrupt())
    assert main.exit_code([]) == 130
    assert "Traceback" not in capsys.readouterr().err


@pytest.mark.parametrize(("words", "debug"), [([], None), (["--verbose"], None), ([], "1")])
def test_unexpected_error_is_1_with_a_traceback_on_demand(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture,
    words: list[str],
    debug: str | None,
) -> None:
    raising(monkeypatch, ZeroDivisionError("nought"))
    if debug:
        monkeypatch.setenv("GLIOSCOPE_DEBUG", debug)
    assert main.exit_code(words) == 1
    shown = capsys.readouterr().err
    assert "error: internal: ZeroDivisionError: nought" in shown
    assert ("Traceback" in shown) == bool(words or debug)


def test_a_missing_training_package_is_named_with_the_remedy(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    raising(monkeypatch, ModuleNotFoundError("No module named 'keras'", name="keras"))
    assert main.exit_code([]) == 2
    assert "keras is missing; in a clone run pip install -e '.[train]'" in capsys.readouterr().err


@pytest.mark.parametrize(
    "words", [["--no-such-option"], ["no-such-command"], ["analyze", "--no-such-option"], []]
)
def test_usage_error_is_2(words: list[str], capsys: pytest.CaptureFixture) -> None:
    assert main.exit_code(words) == 2
    shown = capsys.readouterr()
    assert ("Usage" in shown.out) if not words else shown.err.startswith("error: ")


def test_version_is_0(capsys: pytest.CaptureFixture) -> None:
    assert main.exit_code(["--version"]) == 0
    assert capsys.readouterr().out.startswith("glioscope ")


@pytest.mark.parametrize("words", [(), *commands()], ids=" ".join)
def test_every_help_says_research_use_only(
    words: tuple[str, ...], capsys: pytest.CaptureFixture
) -> None:
    assert main.exit_code([*words, "--help"]) == 0
    shown = " ".join(capsys.readouterr().out.split())
    assert "Research use only. Not a medical device" in shown


def test_run_leaves_with_the_code(monkeypatch: pytest.MonkeyPatch) -> None:
    raising(monkeypatch, ModelError("text", text="m"))
    with pytest.raises(SystemExit) as left:
        main.run([])
    assert left.value.code == 5
