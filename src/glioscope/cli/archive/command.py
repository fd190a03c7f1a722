"""The command and its options; `merge` makes one table of all shares."""

from collections.abc import Callable
from contextlib import AbstractContextManager, closing
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any

import typer

from glioscope.cli.archive.destination import results_at
from glioscope.cli.archive.engines.choice import open_engine
from glioscope.cli.archive.engines.engine import Engine, Order
from glioscope.cli.archive.results import Results
from glioscope.cli.archive.shard import Shard
from glioscope.cli.batch.failures import together
from glioscope.cli.batch.job import Job, Network, Wishes
from glioscope.cli.support import options
from glioscope.cli.support.cluster import EngineName, require_ray
from glioscope.cli.support.command import HELP, Group
from glioscope.cli.support.console import Notices, progress
from glioscope.cli.support.language import language_in
from glioscope.cli.support.libraries.warm_up import left_out
from glioscope.cli.support.series_names import charset_in
from glioscope.cli.support.spacing import spacing_in
from glioscope.cli.support.stopping import when_stopped
from glioscope.errors import GlioscopeError, InputError
from glioscope.settings import Settings
from glioscope.texts.message import message

if TYPE_CHECKING:
    from collections.abc import Sequence

    from glioscope.cli.archive.ledger import Ledger, Row
    from glioscope.cli.archive.places import Places
    from glioscope.reading.inputs import StudyInput


class Batch(Group):
    """`glioscope batch SOURCE…` analyses; only `merge` is a command of its own."""

    default = "run"

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Words that begin with no command of this group are those of the one that analyses."""
        if args and args[0] not in (*self.commands, *HELP["help_option_names"]):
            args = [self.default, *args]
        return super().parse_args(ctx, args)


batch_app = typer.Typer(
    cls=Batch, no_args_is_help=True, help="Analyse an archive, here or shared among computers."
)


@batch_app.command(Batch.default)
def batch(
    sources: Annotated[
        list[str],
        typer.Argument(
            metavar="SOURCE",
            help="Folder, ZIP, NIfTI, pattern in quotes, s3://…, dicomweb+https://…, or @FILE.",
        ),
    ],
    out: Annotated[
        str,
        typer.Option(
            "--output",
            "-o",
            metavar="DEST",
            help="Results go to a folder per study in here: a folder, or s3://BUCKET/FOLDER.",
        ),
    ],
    shard: Annotated[
        str, typer.Option(metavar="I/N", help="Only share I of N, as one of N computers.")
    ] = "1/1",
    jobs: Annotated[
        int | None,
        typer.Option(metavar="N", min=1, help="Studies at once.", show_default="one for each core"),
    ] = None,
    engine: Annotated[
        EngineName,
        typer.Option(help="Processes of this computer, or of all computers of a Ray cluster."),
    ] = EngineName.LOCAL,
    address: options.Address = None,
    attempts: Annotated[
        int, typer.Option(min=1, help="Give a study up after so many processes died of it.")
    ] = 3,
    retry_failed: Annotated[
        bool, typer.Option("--retry-failed", help="Try again what has failed before.")
    ] = False,
    model: options.ModelFolder = None,
    spacing: Annotated[
        str | None,
        typer.Option(metavar="ROW,COL,SLICE", help="Spacing of pictures in mm."),
    ] = None,
    charset: options.Charset = None,
    lang: options.Lang = None,
    fast: Annotated[
        bool, typer.Option("--fast", help="Less than half the time: the network counts in 8 bits.")
    ] = False,
    force: Annotated[
        bool, typer.Option("--force", help="Analyse also what is not fit for the model.")
    ] = False,
    quiet: options.Quiet = False,
    verbose: options.Verbose = False,
) -> None:
    """Analyse every study once; a second call does what is missing or made by another model."""
    from glioscope.cli.archive.sources.find import find_studies

    with left_out("requests"):
        from glioscope.writing.dicom.results import DicomExtras

    require_ray(engine, address)
    settings = Settings.from_environment()
    language = language_in(lang, settings)
    share = Shard.parse(shard)
    results = results_at(out)
    results.check()
    network = Network(
        folder=model, threads=0, fast=fast, operating_point=None, max_miss_rate=None
    )  # fmt: skip
    wishes = Wishes(
        spacing=None if spacing is None else spacing_in(spacing),
        series={},
        charset=charset_in(charset, settings),
    )
    studies = [one for one in find_studies(sources, wishes, settings) if share.has(one.study_id)]
    with results.desk() as desk:
        job = Job(
            out=desk, lang=language, save_probability=False, save_bounds=False,
            dicom=DicomExtras(), notices=Notices(quiet=quiet, verbose=verbose, lang=language),
            earlier=None, overwrite=True, skip_existing=True, json=False, force=force, bids=False,
            with_identity=False,
        )  # fmt: skip
        order = Order(network=network, job=job, wishes=wishes, results=results)
        opened = partial(open_engine, engine, order, jobs, address)
        _run(studies, order, opened, attempts, retry_failed)


def _run(
    studies: "list[StudyInput]",
    order: Order,
    opened: Callable[[], AbstractContextManager[Engine]],
    attempts: int,
    retry_failed: bool,
) -> None:
    from glioscope.cli.archive.ledger import Ledger
    from glioscope.cli.archive.places import Places

    ledger, notices = Ledger(order.results), order.job.notices
    model = order.network.load()
    made_with = f"{model.info.sha256} {model.plan.sha256}"
    places = Places(ledger, made_with, failed_too=not retry_failed)
    left = [one for one in studies if not places.is_over(one)]
    notices.note(message("cli.archive_begins", count=len(left), there=len(studies) - len(left)))
    errors, count = list[GlioscopeError](), 0
    if left:
        with opened() as engine:
            errors, count = _kept(left, engine, order, attempts, ledger, places)
    _write(ledger.rows(), order.results, notices)
    if error := together(errors, count, count - len(errors)):
        raise error


def _kept(
    studies: "list[StudyInput]",
    engine: Engine,
    order: Order,
    attempts: int,
    ledger: "Ledger",
    places: "Places",
) -> tuple[list[GlioscopeError], int]:
    """Why studies failed, and how many there were; the rows of all are kept."""
    from glioscope.cli.archive.attempts import analyse

    notices, errors = order.job.notices, list[GlioscopeError]()
    # A place elsewhere may hold several.
    count = len(studies)
    with (
        when_stopped(lambda: message("cli.archive_stopped", folder=order.results.label)),
        progress(message("cli.studies"), notices) as advance,
        closing(analyse(studies, engine, attempts=attempts, ledger=ledger)) as coming,
    ):
        for done, outcome in enumerate(coming, start=1):
            places.keep(outcome)
            count = max(count, done)
            if outcome.error:
                errors.append(outcome.error)
                notices.error(outcome.error.message)
            if advance:
                advance(done, count)
    return errors, count


@batch_app.command()
def merge(
    folders: Annotated[
        list[str],
        typer.Argument(metavar="DEST", help="Results of one or more shares each."),
    ],
    out: Annotated[
        str,
        typer.Option(
            "--output", "-o", metavar="DEST", help="Where the tables and the page of all go."
        ),
    ],
    lang: options.Lang = None,
    quiet: options.Quiet = False,
) -> None:
    """Make one table and one page of the shares of several computers."""
    from glioscope.cli.archive.ledger import Ledger

    notices = Notices(quiet=quiet, lang=language_in(lang, Settings.from_environment()))
    target = results_at(out)
    target.check()
    rows: dict[str, Row] = {}
    for row in (row for folder in folders for row in Ledger(results_at(folder)).rows()):
        # What failed here may have been done there.
        if row["status"] == "done" or row["study"] not in rows:
            rows[row["study"]] = row
    if not rows:
        raise InputError("cli.archive_no_rows")
    _write([rows[study] for study in sorted(rows)], target, notices)


def _write(rows: "Sequence[Row]", results: Results, notices: Notices) -> None:
    from glioscope.cli.archive.page import NAME, write_page
    from glioscope.cli.archive.table import write_tables

    if not write_tables(rows, results):
        notices.note(message("cli.archive_no_parquet"))
    write_page(rows, results, notices.lang)
    failed = sum(row["status"] == "failed" for row in rows)
    values = {"count": len(rows), "failed": failed, "page": NAME, "folder": results.label}
    typer.echo(notices.say(message("cli.archive_done", **values)))
