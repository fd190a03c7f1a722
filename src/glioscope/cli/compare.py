"""`glioscope compare`: what changed between two analysed studies of one patient."""

import json as json_text
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from glioscope.cli.support import options
from glioscope.cli.support.language import language_in
from glioscope.cli.support.letters import stdout_knows_all
from glioscope.cli.support.output import check_folder
from glioscope.errors import UsageError
from glioscope.settings import Settings

if TYPE_CHECKING:
    from glioscope.followup.comparison import Comparison
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
    lang: options.Lang = None,
    json: Annotated[bool, typer.Option("--json", help="One JSON object on stdout.")] = False,
    overwrite: options.Overwrite = False,
) -> None:
    """Compare two analysed studies of one patient: volume, diameters, RANO class, and its error."""
    from glioscope.followup.comparison import compare as compare_results
    from glioscope.reading.results import read_result
    from glioscope.writing.wording import wording

    words = wording(language_in(lang, Settings.from_environment()))
    if out and not overwrite and (out / "comparison.json").exists():
        raise UsageError("cli.comparison_exists", where=out.name)
    if out:
        check_folder(out)
    found = compare_results(read_result(earlier), read_result(later))
    if out:
        _write(found, out, words)
    if json:
        print(
            json_text.dumps(found.to_dict(), ensure_ascii=not stdout_knows_all(), allow_nan=False),
            flush=True,
        )
    else:
        _print(found, words)


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

    from glioscope.writing.report.comparison import class_of_change, error_note, rows, titles

    console = Console(width=None if sys.stdout.isatty() else _PIPE_WIDTH, highlight=False)
    table = Table(box=box.SIMPLE_HEAD)
    for title in titles(words):
        table.add_column(title)
    for row in rows(found, words):
        table.add_row(*row)
    console.print(table)
    lines = [class_of_change(found, words), *map(words.say, found.warnings)]
    lines += [error_note(found, words), words("compare.one_patient"), words("notice")]
    for line in lines:
        console.print(line, soft_wrap=True, markup=False)
