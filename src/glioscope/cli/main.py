"""The `glioscope` command: commands put together, and errors turned into exit codes."""

import sys
import traceback
from typing import Annotated

import typer

from glioscope import __version__
from glioscope.cli import data
from glioscope.cli.analyze import analyze
from glioscope.cli.anonymize import anonymize
from glioscope.cli.compare import compare
from glioscope.cli.demo import demo
from glioscope.cli.evaluate import evaluate
from glioscope.cli.export import export
from glioscope.cli.inspect import inspect
from glioscope.cli.selftest import selftest
from glioscope.cli.train import train
from glioscope.errors import GlioscopeError, UsageError
from glioscope.settings import Settings

NOTICE = "Research use only. Not a medical device: no diagnosis may rest on its output."
INTERRUPTED = 130  # 128 + SIGINT, as shells report it
TRAINING = ("keras", "kagglehub", "matplotlib", "onnx", "sklearn", "tensorflow", "tf2onnx")

app = typer.Typer(no_args_is_help=True, pretty_exceptions_enable=False, epilog=NOTICE)
for command in (analyze, inspect, compare, anonymize, demo, train, evaluate, export, selftest):
    app.command(epilog=NOTICE)(command)
for info in data.app.registered_commands:
    info.epilog = NOTICE
app.add_typer(data.app, name="data", epilog=NOTICE)


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"glioscope {__version__}")
        raise typer.Exit


@app.callback()
def root(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version."),
    ] = False,
) -> None:
    """Find glioma on brain MRI: tumour or not per slice, outline, size, and how sure it is."""


def run(arguments: list[str] | None = None) -> None:
    """Run the command line (`sys.argv` when None) and leave with its exit code.

    Raises:
        SystemExit: always; the codes are in docs/reference/exit-codes.md.
    """
    words = sys.argv[1:] if arguments is None else arguments
    sys.exit(exit_code(words))


def exit_code(words: list[str]) -> int:
    """Run one command and return its exit code; errors go to stderr as `error: …`."""
    try:
        result = app(words, prog_name="glioscope", standalone_mode=False)
        return result if isinstance(result, int) else 0
    except GlioscopeError as error:
        return _fail(str(error), error.exit_code)
    except typer.TyperException as error:
        return _fail(error.format_message(), error.exit_code)
    except (KeyboardInterrupt, typer.Abort):
        return _fail("interrupted", INTERRUPTED)
    except Exception as error:  # the last line of defence: a person gets a sentence, not a dump
        return _unexpected(error, words)


def _unexpected(error: Exception, words: list[str]) -> int:
    if isinstance(error, ModuleNotFoundError) and error.name in TRAINING:
        message = f"{error.name} is missing; pip install 'glioscope[train]'"
        return _fail(message, UsageError.exit_code)
    _show_traceback(words)
    return _fail(f"internal: {type(error).__name__}: {error}", GlioscopeError.exit_code)


def _fail(message: str, code: int) -> int:
    if message:  # empty when the help was shown in its place
        print(f"error: {message}", file=sys.stderr)
    return code


def _show_traceback(words: list[str]) -> None:
    if "--verbose" in words or _debugging():
        traceback.print_exc()
    else:
        print("GLIOSCOPE_DEBUG=1 shows where it happened", file=sys.stderr)


def _debugging() -> bool:
    try:
        return Settings.from_environment().debug
    except UsageError:
        return True
