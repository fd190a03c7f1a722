"""`glioscope pacs`: studies from an archive, results back to it."""

import time
from contextlib import closing, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from glioscope.cli.server import places
from glioscope.cli.support import options
from glioscope.cli.support.language import language_in
from glioscope.errors import GlioscopeError, UsageError
from glioscope.settings import Settings, charset_of
from glioscope.texts.catalogue import fill

if TYPE_CHECKING:
    from glioscope.pacs.status import Queue
    from glioscope.texts.catalogue import Language

pacs_app = typer.Typer(
    no_args_is_help=True, help="A PACS node: studies in, results back, nobody clicks."
)
EXAMPLE = Path(__file__).parents[2] / "pacs" / "example.toml"
Config = Annotated[Path, typer.Option("--config", metavar="FILE", help="The node's file, in TOML.")]


@pacs_app.command("init")
def init(
    file: Annotated[Path, typer.Argument(help="Where to write it; nothing is overwritten.")] = Path(
        "pacs.toml"
    ),
) -> None:
    """Write an example of a node's file, with a comment at everything."""
    if file.exists():
        raise UsageError("pacs.there", name=file.name)
    file.write_text(EXAMPLE.read_text(encoding="utf-8"), encoding="utf-8")
    typer.echo(str(file))


@pacs_app.command("check")
def check(config: Config, lang: options.Lang = None) -> None:
    """Try every connection and say what is wrong; nothing is stored anywhere."""
    from glioscope.pacs.check import check as tried
    from glioscope.pacs.config import load_config

    language = language_in(lang, Settings.from_environment())
    wrong = 0
    for one in tried(load_config(config)):
        wrong += one.fault is not None
        said = one.fault.in_language(language) if one.fault else fill("pacs.works", {}, language)
        typer.echo(f"{one.name} ({one.kind}): {said}")
    if wrong:
        raise GlioscopeError("pacs.some_wrong", count=wrong)


@pacs_app.command("run")
def run(
    config: Config,
    data: places.Data = None,
    database: places.Database = None,
    store: places.Store = None,
    study_seconds: places.StudySeconds = places.STUDY_S,
    study_memory: places.StudyMemory = places.STUDY_GIB,
    charset: options.Charset = None,
) -> None:
    """Take studies in and send results back, until stopped."""
    from glioscope.pacs.config import load_config
    from glioscope.pacs.gather import Place
    from glioscope.pacs.node import node
    from glioscope.server.serve import working

    told = load_config(config)
    settings = Settings.from_environment()
    page = charset_of(charset, "--charset") if charset else settings.charset
    context = places.place_of(data, database, store).context(told.lang, page)
    limits = places.limits_of(study_seconds, study_memory)
    with closing(context):
        place = Place(engine=context.engine, store=context.store, wake=context.wake, charset=page)
        staging = context.data / "pacs"
        # Ctrl-C is how a node ends.
        with (
            working(context, limits, told.workers),
            node(place, told, staging) as broken,
            suppress(KeyboardInterrupt),
        ):
            # A sleep, and no wait for the event: on Windows Ctrl-C is heard in a sleep alone.
            while not broken.is_set():
                time.sleep(1)
            raise GlioscopeError("pacs.broken")


@pacs_app.command("status")
def status(
    data: places.Data = None, database: places.Database = None, lang: options.Lang = None
) -> None:
    """Show what waits, for how long, and what went wrong."""
    from glioscope.pacs.status import status as look

    language = language_in(lang, Settings.from_environment())
    context = places.place_of(data, database, None).context(language, None)
    with closing(context), context.reads.connect() as connection:
        found = look(connection)
    for queue in found.sources:
        typer.echo(_line("pacs.from", queue, language))
    for queue in found.worklists:
        typer.echo(_line("pacs.tasks", queue, language))
    for queue in found.destinations:
        typer.echo(_line("pacs.to", queue, language))
    for fault in found.faults:
        typer.echo(f"! {fault.where}: {fault.cause.in_language(language)}")


@pacs_app.command("again")
def again(
    destination: Annotated[
        str | None, typer.Option(metavar="NAME", help="Only what failed to reach this one.")
    ] = None,
    data: places.Data = None,
    database: places.Database = None,
    lang: options.Lang = None,
) -> None:
    """Send again what was refused too often."""
    from glioscope.pacs import outbox

    language = language_in(lang, Settings.from_environment())
    context = places.place_of(data, database, None).context(language, None)
    with closing(context), context.engine.begin() as connection:
        count = outbox.again(connection, destination)
    typer.echo(fill("pacs.again", {"count": count}, language))


@pacs_app.command("check-result")
def check_result(
    folder: Annotated[Path, typer.Argument(help="Folder with the DICOM results of one study.")],
    lang: options.Lang = None,
) -> None:
    """Name each departure of results from what Moscow's centre for radiology asks for."""
    from glioscope.writing.dicom.mosmed.check import departures

    language = language_in(lang, Settings.from_environment())
    found = list(departures(folder))
    for one in found:
        typer.echo(one.in_language(language))
    if found:
        raise GlioscopeError("mosmed.departs", count=len(found))
    typer.echo(fill("mosmed.right", {}, language))


def _line(code: str, queue: "Queue", lang: "Language") -> str:
    parts = [f"{fill(f'pacs.state_{state}', {}, lang)} {n}" for state, n in queue.counts.items()]
    if queue.oldest_s is not None:
        parts.append(fill("pacs.oldest", {"seconds": round(queue.oldest_s)}, lang))
    return f"{fill(code, {'name': queue.name}, lang)}: {', '.join(parts)}"
