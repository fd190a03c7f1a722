"""`glioscope serve`: the page for doctors and the API, with a worker."""

from contextlib import closing
from typing import Annotated

import typer

from glioscope.cli.server import places
from glioscope.cli.support import options
from glioscope.cli.support.language import language_in
from glioscope.settings import Settings, charset_of


def serve(
    data: places.Data = None,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port; 0 takes a free one.")] = 8470,
    workers: Annotated[
        int, typer.Option(min=0, max=64, help="Studies analysed at once by this process.")
    ] = 1,
    database: places.Database = None,
    store: places.Store = None,
    study_seconds: places.StudySeconds = places.STUDY_S,
    study_memory: places.StudyMemory = places.STUDY_GIB,
    with_demo: Annotated[
        bool, typer.Option("--with-demo", help="Load studies made by code, to look around.")
    ] = False,
    lang: options.Lang = None,
    charset: options.Charset = None,
) -> None:
    """Open the workplace in the browser: studies in, results to look at."""
    from glioscope.server.demo import load_demo
    from glioscope.server.serve import bound, require_loopback
    from glioscope.server.serve import serve as serve_until_stopped

    settings = Settings.from_environment()
    require_loopback(host)
    place = places.place_of(data, database, store)
    page = charset_of(charset, "--charset") if charset else settings.charset
    with (
        bound(host, port) as listener,
        closing(place.context(language_in(lang, settings), page)) as context,
    ):
        if with_demo:
            load_demo(context)
        shown = f"[{host}]" if ":" in host else host
        typer.echo(f"http://{shown}:{listener.getsockname()[1]}/")
        limits = places.limits_of(study_seconds, study_memory)
        serve_until_stopped(context, listener, limits, workers)
