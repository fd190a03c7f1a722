"""`glioscope data`: get the public LGG set, check, draw, carry and split it, make DICOM of it."""

import contextlib
import json
import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from glioscope.cli.support.console import Notices, progress
from glioscope.errors import InputError, UsageError

if TYPE_CHECKING:
    from rich.console import Console

    from glioscope.datasets.lgg_check import LggReport
    from glioscope.texts.message import Message

app = typer.Typer(
    no_args_is_help=True,
    help="The LGG data set: get it, check it, draw it, carry it, split it, see it as DICOM.",
)

# Beyond this many faults a person wants the pattern and not the list; --json has them all.
_SHOWN_PROBLEMS = 30

Folder = Annotated[Path, typer.Argument(help="Folder of the LGG cases, or the one above it.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="No progress on stderr.")]


class DataSet(StrEnum):
    """Data sets that can be fetched."""

    LGG = "lgg"


@app.command()
def fetch(
    name: Annotated[DataSet, typer.Argument(help="Which data set.")],
    destination: Annotated[Path, typer.Argument(help="Folder that will hold kaggle_3m.")],
    accept_licence: Annotated[
        bool, typer.Option("--accept-licence", help="Accept the licence without being asked.")
    ] = False,
) -> None:
    """Download a public data set from Kaggle; its licence is shown first."""
    del name  # one set so far; the argument leaves room for others
    from glioscope.datasets.fetch import LICENCE, fetch_lgg

    typer.echo(LICENCE, err=True)
    if not accept_licence:
        _ask()
    with contextlib.redirect_stdout(sys.stderr):  # kagglehub talks on stdout
        target = fetch_lgg(destination)
    typer.echo(target)


def _ask() -> None:
    if not sys.stdin.isatty():
        raise UsageError("the licence must be accepted: add --accept-licence")
    if not typer.confirm("Do you accept it?", err=True):
        raise UsageError("the licence was not accepted, so nothing was downloaded")


@app.command()
def check(
    folder: Folder,
    as_json: Annotated[bool, typer.Option("--json", help="The whole report as JSON.")] = False,
    quiet: Quiet = False,
) -> None:
    """Verify a folder in the public layout and show how the set is made up; exit 3 on faults."""
    report = _report(folder, quiet)
    if as_json:
        print(json.dumps(report.to_dict(), indent=2, ensure_ascii=False))
    else:
        _show(report)
    if not report.ok:
        raise typer.Exit(InputError.exit_code)


@app.command()
def plot(
    folder: Folder,
    output: Annotated[Path, typer.Option("--output", "-o", help="Picture to write (.png, .pdf).")],
    quiet: Quiet = False,
) -> None:
    """Draw classes, sites, lesion areas, slices per case, and where along the head tumours lie."""
    if output.suffix.lower() not in {".png", ".pdf", ".svg"}:
        raise UsageError(f"{output.name}: expected a name that ends in .png, .pdf or .svg")
    try:
        from glioscope.datasets.plots import plot_data
    except ModuleNotFoundError as error:
        raise UsageError(f"{error.name} is missing; pip install 'glioscope[train]'") from error
    report = _report(folder, quiet)
    for problem in report.problems[:_SHOWN_PROBLEMS]:
        Notices(quiet).warning(str(problem))
    plot_data(report, output)
    typer.echo(output)


@app.command()
def pack(
    folder: Folder,
    output: Annotated[Path, typer.Option("--output", "-o", help="Folder for the parts.")],
    part_mib: Annotated[float, typer.Option(min=1, help="Largest size of one part.")] = 50,
    quiet: Quiet = False,
) -> None:
    """Write the set, without loss, in parts small enough to carry one at a time."""
    from glioscope.datasets.pack import pack as pack_set

    with progress("packing cases", Notices(quiet)) as advance:
        parts = pack_set(folder, output, part_mib, advance)
    for path in parts:
        typer.echo(f"{path}  {path.stat().st_size / 2**20:.1f} MiB")


@app.command()
def unpack(
    folder: Annotated[Path, typer.Argument(help="Folder of the parts and their manifest.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="Folder for kaggle_3m.")],
    quiet: Quiet = False,
) -> None:
    """Write a packed set in the public layout again, checked pixel by pixel."""
    from glioscope.datasets.pack import unpack as unpack_set

    with progress("unpacking cases", Notices(quiet)) as advance:
        target = unpack_set(folder, output, advance)
    typer.echo(target)


@app.command()
def to_dicom(
    case: Annotated[Path, typer.Argument(help="Folder of one LGG case.")],
    output: Annotated[
        Path, typer.Option("--output", "-o", help="DICOM goes to a folder of the case in here.")
    ],
    spacing: Annotated[
        str,
        typer.Option(
            metavar="ROW,COL,SLICE",
            help="Assumed pixel and slice spacing in mm; the pictures carry none.",
        ),
    ],
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace an older one.")] = False,
) -> None:
    """Write a case as DICOM, one MR series per sequence; its spacing is called an assumption."""
    from glioscope.cli.support.spacing import spacing_in
    from glioscope.reading.lgg import read_case
    from glioscope.writing.mr.study import write_dicom_study

    study = read_case(case, spacing_in(spacing))
    for warning in study.warnings:
        Notices().warning(str(warning))
    for folder in write_dicom_study(study, output / study.study_id, overwrite=overwrite):
        typer.echo(folder)


@app.command()
def folds(
    folder: Folder,
    output: Annotated[Path, typer.Option("--output", "-o", help="JSON file to write.")],
    k: Annotated[int, typer.Option("-k", min=2, help="Number of parts.")] = 5,
    seed: Annotated[int, typer.Option(help="Seed of the order that patients are dealt in.")] = 2024,
    by_site: Annotated[
        bool, typer.Option("--by-site", help="One part per hospital in place of -k parts.")
    ] = False,
) -> None:
    """Split the patients of a set into parts for cross-validation; no patient stands in two."""
    from glioscope.evaluation.splits.folds import lgg_cases, make_folds, site_folds

    cases = lgg_cases(folder)
    made = site_folds(cases, seed) if by_site else make_folds(cases, k, seed)
    made.save(output)
    typer.echo(output)


def _report(folder: Path, quiet: bool) -> "LggReport":
    from glioscope.datasets.lgg_check import check_lgg

    with progress("reading cases", Notices(quiet)) as advance:
        return check_lgg(folder, advance)


def _show(report: "LggReport") -> None:
    from rich.console import Console

    # Cut lines would lose names when the output goes to a file.
    console = Console() if sys.stdout.isatty() else Console(width=120)
    console.print(_headline(report))
    _counts(console, "Slices", "class", {"no tumour": report.negative, "tumour": report.positive})
    _counts(console, "Cases", "site", report.sites)
    _counts(console, "Slices with tumour", "lesion area", report.lesion_sizes)
    _counts(console, "Cases", "slice size", report.sizes)
    replaced = {name: ", ".join(which) for name, which in report.replaced.items()}
    if replaced:
        _table(console, "FLAIR stands in for", "case", replaced)
    _show_problems(console, report.problems)


def _headline(report: "LggReport") -> str:
    from glioscope.datasets.lgg_check import PUBLIC_SET

    patients, slices, positive = PUBLIC_SET
    whole = (
        "the whole public set"
        if report.is_whole_public_set
        else f"the public set has {patients} patients, {slices} slices, {positive} with tumour"
    )
    return (
        f"{report.patients} patients, {report.slices} slices, {report.positive} with tumour "
        f"({whole})"
    )


def _counts(console: "Console", title: str, label: str, counts: dict[str, int]) -> None:
    total = max(1, sum(counts.values()))
    rows = {name: f"{count:>5}  {count / total:6.1%}" for name, count in counts.items()}
    _table(console, title, label, rows)


def _table(console: "Console", title: str, label: str, rows: dict[str, str]) -> None:
    from rich.table import Table

    table = Table(label, title)
    for name, value in rows.items():
        table.add_row(name, value)
    console.print(table)


def _show_problems(console: "Console", problems: "tuple[Message, ...]") -> None:
    if not problems:
        console.print("No faults found.")
        return
    console.print(f"{len(problems)} faults:")
    for problem in problems[:_SHOWN_PROBLEMS]:
        console.print(f"  {problem}", markup=False, highlight=False)
    if len(problems) > _SHOWN_PROBLEMS:
        console.print(f"  and {len(problems) - _SHOWN_PROBLEMS} more (--json lists all)")
