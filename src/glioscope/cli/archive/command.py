"""The command and its options; `merge` makes one table of all shares."""

from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from glioscope.cli.archive.shard import Shard
from glioscope.cli.batch.job import Job, Network, Wishes
from glioscope.cli.support import options
from glioscope.cli.support.command import HELP, Group
from glioscope.cli.support.console import Notices, progress
from glioscope.cli.support.language import language_in
from glioscope.cli.support.output import check_folder
from glioscope.cli.support.series_names import charset_in
from glioscope.cli.support.spacing import spacing_in
from glioscope.cli.support.stopping import when_stopped
from glioscope.errors import GlioscopeError, InputError
from glioscope.settings import Settings
from glioscope.texts.message import message

if TYPE_CHECKING:
    from collections.abc import Sequence

    from glioscope.cli.archive.ledger import Row
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
    out: options.OutputFolder,
    shard: Annotated[
        str, typer.Option(metavar="I/N", help="Only share I of N, as one of N computers.")
    ] = "1/1",
    jobs: Annotated[
        int | None,
        typer.Option(metavar="N", min=1, help="Studies at once.", show_default="one for each core"),
    ] = None,
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
        bool, typer.Option("--fast", help="Half the time: no average with the mirrored slice.")
    ] = False,
    force: Annotated[
        bool, typer.Option("--force", help="Analyse also what is not fit for the model.")
    ] = False,
    quiet: options.Quiet = False,
    verbose: options.Verbose = False,
) -> None:
    """Analyse every study once; a second call does what is missing or made by another model."""
    from glioscope.model.engine import cores
    from glioscope.writing.dicom.results import DicomExtras

    settings = Settings.from_environment()
    language = language_in(lang, settings)
    share = Shard.parse(shard)
    check_folder(out)
    notices = Notices(quiet=quiet, verbose=verbose, lang=language)
    job = Job(
        out=out, lang=language, save_probability=False, save_bounds=False, dicom=DicomExtras(),
        notices=notices, earlier=None, overwrite=True, skip_existing=True, json=False,
        force=force, bids=False, with_identity=False,
    )  # fmt: skip
    processes = jobs or cores()
    network = Network(
        folder=model, threads=max(1, cores() // processes), fast=fast, operating_point=None,
        max_miss_rate=None,
    )  # fmt: skip
    wishes = Wishes(
        spacing=None if spacing is None else spacing_in(spacing),
        series={},
        charset=charset_in(charset, settings),
    )
    from glioscope.cli.archive.sources.find import find_studies

    studies = [one for one in find_studies(sources, wishes, settings) if share.has(one.study_id)]
    _run(studies, network, job, wishes, processes, attempts, retry_failed)


def _run(
    studies: "list[StudyInput]",
    network: Network,
    job: Job,
    wishes: Wishes,
    processes: int,
    attempts: int,
    retry_failed: bool,
) -> None:
    from glioscope.cli.archive.engine import analyse
    from glioscope.cli.archive.ledger import Ledger
    from glioscope.cli.archive.places import Places
    from glioscope.cli.batch.failures import together

    ledger, notices = Ledger(job.out), job.notices
    model = network.load()
    made_with = f"{model.info.sha256} {model.plan.sha256}"
    places = Places(ledger, made_with, failed_too=not retry_failed)
    left = [one for one in studies if not places.is_over(one)]
    notices.note(message("cli.archive_begins", count=len(left), there=len(studies) - len(left)))
    errors: list[GlioscopeError] = []
    # A place elsewhere may hold several.
    count = len(left)
    with (
        when_stopped(lambda: message("cli.archive_stopped", folder=job.folder)),
        progress(message("cli.studies"), notices) as advance,
        closing(
            analyse(
                left, network, job, wishes, processes=processes, attempts=attempts, ledger=ledger
            )
        ) as coming,
    ):
        for done, outcome in enumerate(coming, start=1):
            places.keep(outcome)
            count = max(count, done)
            if outcome.error:
                errors.append(outcome.error)
                notices.error(outcome.error.message)
            if advance:
                advance(done, count)
    _write(ledger.rows(), job.out, job.notices)
    if error := together(errors, count, count - len(errors)):
        raise error


@batch_app.command()
def merge(
    folders: Annotated[
        list[Path],
        typer.Argument(metavar="DEST", help="Folders of results, each of one or more shares."),
    ],
    out: Annotated[
        Path, typer.Option("--output", "-o", help="Folder for the tables and the page of all.")
    ],
    lang: options.Lang = None,
    quiet: options.Quiet = False,
) -> None:
    """Make one table and one page of the shares of several computers."""
    from glioscope.cli.archive.ledger import Ledger

    notices = Notices(quiet=quiet, lang=language_in(lang, Settings.from_environment()))
    check_folder(out)
    rows: dict[str, Row] = {}
    for row in (row for folder in folders for row in Ledger(folder).rows()):
        # What failed here may have been done there.
        if row["status"] == "done" or row["study"] not in rows:
            rows[row["study"]] = row
    if not rows:
        raise InputError("cli.archive_no_rows")
    out.mkdir(parents=True, exist_ok=True)
    _write([rows[study] for study in sorted(rows)], out, notices)


def _write(rows: "Sequence[Row]", out: Path, notices: Notices) -> None:
    from glioscope.cli.archive.page import NAME, write_page
    from glioscope.cli.archive.table import write_tables

    if not write_tables(rows, out):
        notices.note(message("cli.archive_no_parquet"))
    write_page(rows, out, notices.lang)
    failed = sum(row["status"] == "failed" for row in rows)
    folder = out.absolute().name or str(out)
    values = {"count": len(rows), "failed": failed, "page": NAME, "folder": folder}
    typer.echo(notices.say(message("cli.archive_done", **values)))
