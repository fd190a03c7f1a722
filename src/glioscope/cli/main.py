"""The `glioscope` command: commands put together, and errors turned into exit codes."""

import sys
from typing import Annotated

import typer

from glioscope.cli import data
from glioscope.cli.analyze import analyze
from glioscope.cli.anonymize import anonymize
from glioscope.cli.archive.command import Batch, batch_app
from glioscope.cli.compare import compare
from glioscope.cli.demo import demo
from glioscope.cli.evaluate import evaluate
from glioscope.cli.export import export, monai
from glioscope.cli.inspect import inspect
from glioscope.cli.pacs.node import pacs_app
from glioscope.cli.selftest import selftest
from glioscope.cli.server.backup import backup, restore
from glioscope.cli.server.monitoring import monitoring
from glioscope.cli.server.retention import retention
from glioscope.cli.server.reviews import reviews_app
from glioscope.cli.server.serve import serve
from glioscope.cli.server.users import audit_app, users_app
from glioscope.cli.server.worker import worker
from glioscope.cli.support.command import HELP, Command, Group
from glioscope.cli.support.console import Notices
from glioscope.cli.support.language import language_of
from glioscope.cli.support.letters import print_near_letters
from glioscope.cli.support.libraries.noise import hush
from glioscope.cli.support.output import refused
from glioscope.cli.support.stopping import INTERRUPTED, Stopped, listen
from glioscope.cli.train import train
from glioscope.cli.update_model import update_model
from glioscope.errors import GlioscopeError, UsageError
from glioscope.texts.message import Message, message

NOTICE = "Research use only. Not a medical device: no diagnosis may rest on its output."
SERVER = (
    "alembic",
    "argon2",
    "authlib",
    "cryptography",
    "fastapi",
    "httpx2",
    "joserfc",
    "multipart",
    "platformdirs",
    "prometheus_client",
    "psycopg",
    "sqlalchemy",
    "uvicorn",
)
PACS = ("dicomweb_client", "pynetdicom", "requests", "websockets")
CLUSTER = ("fsspec", "ray")
TRAINING = ("keras", "kagglehub", "matplotlib", "onnx", "tensorflow", "tf2onnx")
_EXTRAS = {
    **dict.fromkeys(TRAINING, "train"),
    **dict.fromkeys(SERVER, "server"),
    **dict.fromkeys(PACS, "pacs"),
    **dict.fromkeys(CLUSTER, "cluster"),
}

app = typer.Typer(
    cls=Group,
    context_settings=HELP,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    epilog=NOTICE,
)
for command in (
    analyze,
    inspect,
    compare,
    anonymize,
    demo,
    serve,
    worker,
    backup,
    restore,
    monitoring,
    retention,
    train,
    update_model,
    evaluate,
    export,
    monai,
    selftest,
):
    app.command(cls=Command, epilog=NOTICE)(command)
for name, group in (
    ("batch", batch_app),
    ("data", data.app),
    ("users", users_app),
    ("audit", audit_app),
    ("pacs", pacs_app),
    ("reviews", reviews_app),
):
    for info in group.registered_commands:
        info.cls, info.epilog = Command, NOTICE
    app.add_typer(group, name=name, cls=Batch if name == "batch" else Group, epilog=NOTICE)


def _show_version(wanted: bool) -> None:
    if wanted:
        from glioscope import __version__

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
    listen()
    hush()
    print_near_letters()
    sys.exit(exit_code(words))


def exit_code(words: list[str]) -> int:
    """Run one command and return its exit code; errors go to stderr as `error: …`.

    Errors are said in the language that the words ask for, else in that of the settings.
    """
    try:
        result = app(words, prog_name="glioscope", standalone_mode=False)
        # Interrupted outside a command: typer has made an exit code of it.
        if result == INTERRUPTED:
            return _fail(message("cli.interrupted"), words, INTERRUPTED)
        return result if isinstance(result, int) else 0
    except GlioscopeError as error:
        return _fail(error.message, words, error.exit_code)
    except typer.TyperException as error:
        return _fail(error.format_message(), words, error.exit_code)
    except Stopped as stop:
        return _fail(stop.message, words, stop.exit_code)
    except (KeyboardInterrupt, typer.Abort):
        return _fail(message("cli.interrupted"), words, INTERRUPTED)
    except Exception as error:  # the last line of defence: a person gets a sentence, not a dump
        return _unexpected(error, words)


def _unexpected(error: Exception, words: list[str]) -> int:
    if isinstance(error, ModuleNotFoundError) and error.name in _EXTRAS:
        said = message("cli.package", package=error.name, extra=_EXTRAS[error.name])
        return _fail(said, words, UsageError.exit_code)
    verbose = bool({"--verbose", "-v"} & set(words))
    Notices(verbose=verbose, lang=language_of(words)).trace()
    if isinstance(error, OSError) and error.errno:
        return _fail(refused(error), words, GlioscopeError.exit_code)
    said = message("cli.internal", kind=type(error).__name__, said=str(error))
    return _fail(said, words, GlioscopeError.exit_code)


def _fail(said: Message | str, words: list[str], code: int) -> int:
    if said:  # empty when the help was shown in its place
        Notices(lang=language_of(words)).error(said)
    return code
