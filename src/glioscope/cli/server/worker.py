"""`glioscope worker`: further workers, here or on other computers."""

from contextlib import closing, suppress
from functools import partial
from typing import Annotated

import typer

from glioscope.cli.server import network, places
from glioscope.cli.support import options
from glioscope.cli.support.language import language_in
from glioscope.cli.support.stopping import until_stopped
from glioscope.settings import Settings, charset_of


def worker(
    data: places.Data = None,
    workers: Annotated[int, typer.Option(min=1, max=64, help="Studies analysed at once.")] = 1,
    database: places.Database = None,
    store: places.Store = None,
    study_seconds: places.StudySeconds = places.STUDY_S,
    study_memory: places.StudyMemory = places.STUDY_GIB,
    keep_days: network.KeepDays = None,
    lang: options.Lang = None,
    charset: options.Charset = None,
) -> None:
    """Analyse studies that were handed in to a server, until stopped."""
    from glioscope.server.serve import working
    from glioscope.server.upkeep.chores import doing
    from glioscope.server.upkeep.retention import keep_no_longer

    settings = Settings.from_environment()
    page = charset_of(charset, "--charset") if charset else settings.charset
    context = places.place_of(data, database, store).context(language_in(lang, settings), page)
    limits = places.limits_of(study_seconds, study_memory)
    chores = [] if keep_days is None else [partial(keep_no_longer, context, keep_days)]
    with (
        closing(context),
        working(context, limits, workers),
        doing(chores),
        # Ctrl-C is how a worker ends.
        suppress(KeyboardInterrupt),
    ):
        until_stopped()
