"""`glioscope retention`: deletes what has been kept long enough, or says what that is."""

from contextlib import closing
from typing import Annotated

import typer

from glioscope.cli.server import places
from glioscope.cli.support import options
from glioscope.cli.support.language import language_in
from glioscope.settings import Settings
from glioscope.texts.message import message


def retention(
    keep_days: Annotated[
        float, typer.Option(metavar="N", min=0, help="Delete what was finished longer ago.")
    ],
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only list what would be deleted.")
    ] = False,
    data: places.Data = None,
    database: places.Database = None,
    store: places.Store = None,
    lang: options.Lang = None,
) -> None:
    """Delete studies that were finished long ago, with their files; the audit stays."""
    from glioscope.server.upkeep.retention import due, keep_no_longer

    language = language_in(lang, Settings.from_environment())
    with closing(places.place_of(data, database, store).context(language, None)) as context:
        with context.reads.connect() as connection:
            found = due(connection, keep_days)
        if dry_run:
            for study_id in found.studies:
                typer.echo(study_id)
            said = message("server.would_delete", studies=len(found.studies), held=found.held)
        else:
            deleted = keep_no_longer(context, keep_days)
            said = message("server.deleted", studies=deleted, held=found.held)
    typer.echo(said.in_language(language), err=dry_run)
