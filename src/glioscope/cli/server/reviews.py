"""`glioscope reviews`: what doctors signed, as a training set."""

from contextlib import closing
from pathlib import Path
from typing import Annotated, Literal

import typer

from glioscope.cli.server import places
from glioscope.cli.support import options
from glioscope.cli.support.language import language_in
from glioscope.cli.support.output import check_folder
from glioscope.settings import Settings
from glioscope.texts.message import message

reviews_app = typer.Typer(no_args_is_help=True, help="What doctors signed.")

# Who is at the console of the server's computer, in the audit.
_CONSOLE = "console"


@reviews_app.callback()
def _group() -> None:
    """What doctors signed."""


@reviews_app.command("export")
def export(
    output: Annotated[Path, typer.Option("-o", "--output", help="Folder to write.")],
    part: Annotated[
        Literal["corrections", "test", "all"],
        typer.Option(help="test: one patient of five, always the same; corrections: the others."),
    ] = "all",
    data: places.Data = None,
    database: places.Database = None,
    store: places.Store = None,
    lang: options.Lang = None,
) -> None:
    """Write signed studies as a training set without names, in the layout of nnU-Net."""
    from glioscope.pseudonyms import Pseudonyms
    from glioscope.reviews.export.training_set import export_reviews
    from glioscope.server.access.audit import record

    check_folder(output)
    settings = Settings.from_environment()
    language = language_in(lang, settings)
    context = places.place_of(data, database, store).context(language, settings.charset)
    with closing(context):
        with context.engine.begin() as connection:
            record(connection, _CONSOLE, "export", f"reviews {part}")
        names = Pseudonyms(context.data)
        with context.reads.connect() as connection:
            done = export_reviews(
                connection, context.store, names, output, part=part, charset=context.charset
            )
    typer.echo(message("reviews.exported", **vars(done), folder=output.name).in_language(language))
