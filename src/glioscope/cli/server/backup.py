"""`glioscope backup` and `glioscope restore`: everything a server holds, in one file."""

from contextlib import closing
from pathlib import Path
from typing import Annotated

import typer

from glioscope.cli.server import places
from glioscope.cli.support import options
from glioscope.cli.support.language import language_in
from glioscope.settings import Settings
from glioscope.texts.message import message

File = Annotated[Path, typer.Argument(metavar="FILE", help="The backup, a tar file.")]


def backup(
    file: File,
    data: places.Data = None,
    database: places.Database = None,
    store: places.Store = None,
    lang: options.Lang = None,
) -> None:
    """Copy studies, results and the database of a server to one file, while it works."""
    from glioscope.jobs.backup import back_up

    settings = Settings.from_environment()
    language = language_in(lang, settings)
    place = places.place_of(data, database, store)
    context = place.context(language, None)
    with closing(context):
        done = back_up(context.engine, context.store, file, place.data)
    said = message("server.backed_up", studies=done.studies, file=file.name)
    typer.echo(said.in_language(language))


def restore(
    file: File,
    data: places.Data = None,
    database: places.Database = None,
    store: places.Store = None,
    lang: options.Lang = None,
) -> None:
    """Put a backup into a place that holds no study yet."""
    from glioscope.jobs.backup import restore as put_back

    settings = Settings.from_environment()
    language = language_in(lang, settings)
    place = places.place_of(data, database, store)
    context = place.unopened(language)
    with closing(context):
        done = put_back(context.engine, context.store, file, place.data)
    said = message("server.restored", studies=done.studies, file=file.name)
    typer.echo(said.in_language(language))
