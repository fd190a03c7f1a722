"""`glioscope monitoring`: versions, studies, results and errors by period, for an authority."""

from contextlib import closing
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, available_timezones

import typer

from glioscope.cli.server import places
from glioscope.cli.support import options
from glioscope.cli.support.language import language_in
from glioscope.errors import UsageError
from glioscope.files import atomic_path
from glioscope.settings import Settings

# Who is at the console of the server's computer, in the audit.
_CONSOLE = "console"
_DAY = "%Y-%m-%d"


def monitoring(
    first: Annotated[
        datetime, typer.Option("--from", formats=[_DAY], help="A day of the first period.")
    ],
    last: Annotated[
        datetime | None,
        typer.Option(
            "--to", formats=[_DAY], help="A day of the last period.", show_default="today"
        ),
    ] = None,
    period: Annotated[
        Literal["day", "week", "month"], typer.Option(help="How long a period is.")
    ] = "month",
    zone: Annotated[
        str, typer.Option(metavar="NAME", help="Whose days, as Europe/Moscow.")
    ] = "UTC",
    output: Annotated[
        Path | None,
        typer.Option("-o", "--output", metavar="FILE", help="CSV to write, in place of stdout."),
    ] = None,
    data: places.Data = None,
    database: places.Database = None,
    lang: options.Lang = None,
) -> None:
    """Tell versions, studies, results and errors by period, in the shape of order 4472."""
    from glioscope.reviews.monitoring.periods import MOST, Span
    from glioscope.reviews.monitoring.report import lines, report
    from glioscope.server.access.audit import record

    if zone not in available_timezones() | {"UTC"}:
        raise UsageError("server.no_zone")
    language = language_in(lang, Settings.from_environment())
    where = ZoneInfo(zone)
    span = Span(first.date(), last.date() if last else _today(where))
    with closing(places.place_of(data, database, None).context(language, None)) as context:
        with context.engine.begin() as connection:
            record(connection, _CONSOLE, "export", "monitoring-4472.csv")
        with context.reads.connect() as connection:
            try:
                found = lines(connection, span, period, where)
            except ValueError as error:
                raise UsageError("server.no_range", most=MOST) from error
    text = report(found, language)
    if output is None:
        typer.echo(text.replace("\r\n", "\n"), nl=False)
        return
    with atomic_path(output) as path:
        # Spreadsheets know UTF-8 by its mark.
        path.write_text(text, encoding="utf-8-sig", newline="")


def _today(zone: ZoneInfo) -> date:
    return datetime.now(zone).date()
