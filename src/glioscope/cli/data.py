"""`glioscope data`: sets to train on: fetched, taken in, checked, drawn, carried and split."""

import contextlib
import json
import sys
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from glioscope.cli.support.console import Notices, progress
from glioscope.cli.support.letters import stdout_knows_all
from glioscope.cli.support.options import Charset, Overwrite, Quiet
from glioscope.cli.support.output import check_file, check_folder
from glioscope.errors import InputError, UsageError
from glioscope.texts.message import message

if TYPE_CHECKING:
    from glioscope.datasets.lgg_check import LggReport
    from glioscope.own_data.check import SetReport

app = typer.Typer(
    no_args_is_help=True,
    help="Data sets: the public LGG set and your own, to check, look at, split and carry.",
)

# Beyond this many faults a person wants the pattern and not the list; --json has them all.
_SHOWN_PROBLEMS = 30

Folder = Annotated[
    Path, typer.Argument(metavar="FOLDER", help="Folder of the LGG cases, or the one above it.")
]


class DataSet(StrEnum):
    """Data sets that can be fetched."""

    LGG = "lgg"


@app.command()
def fetch(
    name: Annotated[DataSet, typer.Argument(metavar="lgg", help="Which data set.")],
    destination: Annotated[
        Path, typer.Argument(metavar="DESTINATION", help="Folder that will hold kaggle_3m.")
    ],
    accept_licence: Annotated[
        bool, typer.Option("--accept-licence", help="Accept the licence without being asked.")
    ] = False,
) -> None:
    """Download a public data set from Kaggle; its licence is shown first."""
    del name  # one set so far; the argument leaves room for others
    from glioscope.datasets.fetch import LICENCE, fetch_lgg

    check_folder(destination)
    typer.echo(LICENCE, err=True)
    if not accept_licence:
        _ask()
    with contextlib.redirect_stdout(sys.stderr):  # kagglehub talks on stdout
        target = fetch_lgg(destination)
    typer.echo(target)


def _ask() -> None:
    if not sys.stdin.isatty():
        raise UsageError("cli.licence_needed")
    if not typer.confirm(Notices().say(message("cli.licence_ask")), err=True):
        raise UsageError("cli.licence_refused")


@app.command()
def check(
    folder: Annotated[
        Path,
        typer.Argument(metavar="FOLDER", help="Folder of the LGG cases, or an imported set."),
    ],
    as_json: Annotated[bool, typer.Option("--json", help="The whole report as JSON.")] = False,
    quiet: Quiet = False,
) -> None:
    """Verify the LGG set or one of your own and show how it is made up; exit 3 on faults."""
    from glioscope.cli.support.set_report import print_own, print_report
    from glioscope.reading.labelled import is_labelled

    lang = Notices().lang
    if is_labelled(folder):
        report = _own_report(folder, quiet=quiet)
        show = partial(print_own, report, _SHOWN_PROBLEMS, lang)
    else:
        report = _report(folder, quiet=quiet)
        show = partial(print_report, report, _SHOWN_PROBLEMS, lang)
    if as_json:
        print(json.dumps(report.to_dict(), indent=2, ensure_ascii=not stdout_knows_all()))
    else:
        show()
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
        raise UsageError("cli.plot_name", name=output.name)
    check_file(output)
    from glioscope.datasets.plots import plot_data

    report = _report(folder, quiet=quiet)
    for problem in report.problems[:_SHOWN_PROBLEMS]:
        Notices(quiet=quiet).warning(problem)
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

    check_folder(output)
    notices = Notices(quiet=quiet)
    with progress(message("cli.packing"), notices) as advance:
        parts = pack_set(folder, output, part_mib, advance)
    for path in parts:
        size = path.stat().st_size / 2**20
        typer.echo(notices.say(message("cli.part", path=str(path), size=size)))


@app.command()
def unpack(
    folder: Annotated[
        Path, typer.Argument(metavar="FOLDER", help="Folder of the parts and their manifest.")
    ],
    output: Annotated[Path, typer.Option("--output", "-o", help="Folder for kaggle_3m.")],
    quiet: Quiet = False,
) -> None:
    """Write a packed set in the public layout again, checked pixel by pixel."""
    from glioscope.datasets.pack import unpack as unpack_set

    check_folder(output)
    with progress(message("cli.unpacking"), Notices(quiet=quiet)) as advance:
        target = unpack_set(folder, output, advance)
    typer.echo(target)


@app.command()
def to_dicom(
    case: Annotated[Path, typer.Argument(metavar="CASE", help="Folder of one LGG case.")],
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
    overwrite: Overwrite = False,
) -> None:
    """Write a case as DICOM, one MR series per sequence; its spacing is called an assumption."""
    from glioscope.cli.support.spacing import spacing_in
    from glioscope.reading.lgg import read_case
    from glioscope.writing.mr.study import write_dicom_study

    check_folder(output)
    study = read_case(case, spacing_in(spacing))
    for warning in study.warnings:
        Notices().warning(warning)
    written = write_dicom_study(study, output / study.study_id, overwrite=overwrite)
    for folder in written:
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

    check_file(output)
    cases = lgg_cases(folder)
    made = site_folds(cases, seed) if by_site else make_folds(cases, k, seed)
    made.save(output)
    typer.echo(output)


@app.command(name="import")
def import_(
    sources: Annotated[
        list[Path],
        typer.Argument(
            metavar="SOURCE",
            help="nnU-Net, BIDS, CSV of files, DICOM with SEG or RTSTRUCT, LGG cases, or sets of "
            "`reviews export`.",
        ),
    ],
    output: Annotated[
        Path, typer.Option("--output", "-o", help="Folder of the set, for `train` and nnU-Net.")
    ],
    labels: Annotated[
        str,
        typer.Option(
            metavar="all|VALUE,NAME", help="Which labels of the outlines are tumour, as one."
        ),
    ] = "all",
    classes: Annotated[
        str | None,
        typer.Option(
            metavar="all|NAME=VALUE+VALUE,...",
            help="Classes to keep apart in place of --labels; * has all other values.",
        ),
    ] = None,
    about: Annotated[
        Path | None,
        typer.Option(help="CSV with case and patient, site or scanner, for folds and leaks."),
    ] = None,
    key: Annotated[
        Path,
        typer.Option(
            help="Folder of pseudonyms.key for names of DICOM patients; equal keys, equal names.",
            show_default="beside the set",
        ),
    ] = Path(),
    spacing: Annotated[
        str | None,
        typer.Option(metavar="ROW,COL,SLICE", help="Spacing in mm of LGG pictures."),
    ] = None,
    charset: Charset = None,
    leave_out: Annotated[
        bool, typer.Option("--leave-out", help="Leave cases with faults out, and tell which.")
    ] = False,
    overwrite: Overwrite = False,
    quiet: Quiet = False,
) -> None:
    """Take studies with outlines into a set that `train` understands; look.html shows each case."""
    from glioscope.cli.support.spacing import spacing_in
    from glioscope.own_data.check import check_set
    from glioscope.own_data.classes import Classes
    from glioscope.own_data.importing import import_cases, with_table
    from glioscope.own_data.labels import Labels
    from glioscope.own_data.layouts.find import find_cases
    from glioscope.own_data.page import PAGE, Tiles, write_page
    from glioscope.pseudonyms import Pseudonyms

    notices = Notices(quiet=quiet)
    if classes is not None and labels != "all":
        raise UsageError("own_data.classes.and_labels")
    tumour = Labels.parse(labels) if classes is None else Classes.parse(classes)
    millimetres = spacing_in(spacing) if spacing else None
    check_folder(output)
    names = Pseudonyms(key if key != Path() else output.absolute().parent)
    cases = [
        case
        for source in sources
        for case in find_cases(source, names, spacing=millimetres, charset=charset)
    ]
    if about:
        cases = with_table(cases, about)
    with progress(message("own_data.reading"), notices) as advance:
        done = import_cases(
            cases, output, tumour, leave_out=leave_out, overwrite=overwrite, advance=advance
        )
    for fault in done.faults:
        notices.warning(message("own_data.left_out", fault=fault))
    for case, texts in done.warnings.items():
        for said in texts:
            notices.warning(message("own_data.noticed", case=case, said=said))
    tiles = Tiles()
    with progress(message("cli.reading"), notices) as advance:
        report = check_set(output, advance, tiles)
    for said in (*report.problems, *report.notes):
        notices.warning(said)
    write_page(report, tiles, output / PAGE, notices.lang)
    told = message(
        "own_data.imported",
        cases=done.cases,
        patients=done.patients,
        folder=str(output),
        page=PAGE,
    )
    typer.echo(notices.say(told))
    if not report.ok:
        raise typer.Exit(InputError.exit_code)


@app.command()
def split(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="An imported set.")],
    k: Annotated[int, typer.Option("-k", min=2, help="Number of parts.")] = 5,
    seed: Annotated[int, typer.Option(help="Seed of the order that patients are dealt in.")] = 2024,
    by_site: Annotated[
        bool, typer.Option("--by-site", help="One part per hospital in place of -k parts.")
    ] = False,
) -> None:
    """Fix the folds of a set in its folds.json, balanced by site, size and scanner."""
    from glioscope.evaluation.splits.folds import SPLIT
    from glioscope.own_data.split import split_set

    folds = split_set(folder, k, seed, by_site=by_site)
    sizes = ", ".join(str(len(part)) for part in folds.parts)
    told = message("own_data.split", parts=folds.k, sizes=sizes, file=SPLIT)
    typer.echo(Notices().say(told))


def _own_report(folder: Path, *, quiet: bool) -> "SetReport":
    from glioscope.own_data.check import check_set

    with progress(message("cli.reading"), Notices(quiet=quiet)) as advance:
        return check_set(folder, advance)


def _report(folder: Path, *, quiet: bool) -> "LggReport":
    from glioscope.datasets.lgg_check import check_lgg

    with progress(message("cli.reading"), Notices(quiet=quiet)) as advance:
        return check_lgg(folder, advance)
