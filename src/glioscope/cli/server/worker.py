"""`glioscope worker`: further workers, here or on other computers."""

import threading
from contextlib import closing, suppress
from typing import Annotated

import typer

from glioscope.cli.server import places
from glioscope.cli.support import options
from glioscope.cli.support.language import language_in
from glioscope.settings import Settings, charset_of


def worker(
    data: places.Data = None,
    workers: Annotated[int, typer.Option(min=1, max=64, help="Studies analysed at once.")] = 1,
    database: places.Database = None,
    store: places.Store = None,
    study_seconds: places.StudySeconds = places.STUDY_S,
    study_memory: places.StudyMemory = places.STUDY_GIB,
    lang: options.Lang = None,
    charset: options.Charset = None,
) -> None:
    """Analyse studies that were handed in to a server, until stopped."""
    from glioscope.server.serve import working

    settings = Settings.from_environment()
    page = charset_of(charset, "--charset") if charset else settings.charset
    context = places.place_of(data, database, store).context(language_in(lang, settings), page)
    limits = places.limits_of(study_seconds, study_memory)
    # Ctrl-C is how a worker ends.
    with closing(context), working(context, limits, workers), suppress(KeyboardInterrupt):
        threading.Event().wait()
