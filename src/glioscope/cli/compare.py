"""`glioscope compare`: what changed between two analysed studies of one patient."""

import json as json_text
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from glioscope.cli.support.output import check_folder
from glioscope.errors import GridMismatch, UsageError
from glioscope.settings import Settings

if TYPE_CHECKING:
    from glioscope.followup.comparison import Comparison, Result
    from glioscope.writing.wording import Wording

# Width of the table where stdout is no terminal.
_PIPE_WIDTH = 120


def compare(
    earlier: Annotated[
        Path, typer.Argument(metavar="EARLIER", help="Result folder of the earlier study.")
    ],
    later: Annotated[
        Path, typer.Argument(metavar="LATER", help="Result folder of the later study.")
    ],
    out: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="Folder for comparison.json and a report."),
    ] = None,
    lang: Annotated[
        str | None, typer.Option(metavar="ru|en", help="Language of the report and the table.")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="One JSON object on stdout.")] = False,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace older results.")] = False,
) -> None:
    """Compare two analysed studies of one patient: volume, diameters, RANO class, and its error."""
    from glioscope.followup.comparison import compare as compare_results
    from glioscope.writing.wording import wording

    words = wording(lang or Settings.from_environment().lang)
    if out and not overwrite and (out / "comparison.json").exists():
        raise UsageError(f"{out.name} holds a comparison; add --overwrite to replace it")
    if out:
        check_folder(out)
    found = compare_results(read_result(earlier), read_result(later))
    if out:
        _write(found, out, words)
    if json:
        print(json_text.dumps(found.to_dict(), ensure_ascii=False, allow_nan=False), flush=True)
    else:
        _print(found, words)


def read_result(folder: Path) -> "Result":
    """What `glioscope analyze` wrote of one study.

    Raises:
        UnreadableFile: analysis.json or mask.nii.gz is missing or damaged.
        InputError: analysis.json is no sound document.
        GridMismatch: both are not of one run.
    """
    from glioscope.followup.comparison import Result
    from glioscope.reading.nifti_mask import read_mask_nifti
    from glioscope.writing.analysis_json import read_analysis_json

    document = read_analysis_json(folder / "analysis.json")
    mask = read_mask_nifti(folder / "mask.nii.gz")
    outlined = sum(finding["voxels"] for finding in document["findings"])
    if outlined != int(mask.array.sum()):
        raise GridMismatch(
            f"{folder.name}: analysis.json tells of {outlined} voxels and mask.nii.gz holds "
            f"{int(mask.array.sum())}; they are not of one run: analyse the study again"
        )
    return Result(document, mask.grid)


def _write(found: "Comparison", out: Path, words: "Wording") -> None:
    from glioscope.writing.report.content import comparison_content
    from glioscope.writing.study_folder import write_comparison, write_reports

    out.mkdir(parents=True, exist_ok=True)
    write_reports(comparison_content(found, words), out, words.lang)
    write_comparison(found, out)


def _print(found: "Comparison", words: "Wording") -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table

    from glioscope.writing.report.comparison import conclusion, error_note, rows, titles

    console = Console(width=None if sys.stdout.isatty() else _PIPE_WIDTH, highlight=False)
    table = Table(box=box.SIMPLE_HEAD)
    for title in titles(words):
        table.add_column(title)
    for row in rows(found, words):
        table.add_row(*row)
    console.print(table)
    lines = [conclusion(found, words), *map(words.say, found.warnings)]
    lines += [error_note(found, words), words("compare.one_patient"), words("notice")]
    for line in lines:
        console.print(line, soft_wrap=True, markup=False)
