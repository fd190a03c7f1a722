"""Results of `analyze` on stdout: a table for people, or one JSON object per line for programs."""

import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from glioscope.analysis import Analysis
from glioscope.cli.support.letters import stdout_knows_all
from glioscope.errors import GlioscopeError
from glioscope.settings import Language
from glioscope.writing.analysis_json import document_of
from glioscope.writing.report import lines
from glioscope.writing.report.tables import class_name, class_volume
from glioscope.writing.wording import Wording, wording

# Width of the table where stdout is no terminal: wide enough for the longest LGG names in Russian.
_PIPE_WIDTH = 160

_COLUMNS = (
    *("study", "decision", "probability", "slices"),
    *("lesions", "volume", "largest", "agreement"),
)


@dataclass(frozen=True)
class Done:
    """What is shown of one analysed study; the voxels are let go, so that a long batch fits.

    `document` has the figures of `analysis.json` without the slices; `files` maps what was written
    to where. `row` is empty where the result was there already. `classes` says how much there is of
    each class; empty where none are told apart or nothing is outlined.
    """

    document: dict[str, Any]
    files: dict[str, Path]
    row: tuple[str, ...]
    classes: str = ""


def done(analysis: Analysis, files: dict[str, Path], lang: Language) -> Done:
    """Keep what `print_table` and `json_done` show, in one language."""
    document = _without_slices(document_of(analysis, lang))
    words = wording(lang)
    return Done(document, files, _row(analysis, words), _classes(analysis, words))


def there(document: dict[str, Any], files: dict[str, Path]) -> Done:
    """What was there already, from its `analysis.json`."""
    return Done(_without_slices(document), files, ())


def _without_slices(document: dict[str, Any]) -> dict[str, Any]:
    called = sum(one["decision"] == "tumour" for one in document["slices"])
    counts = {"slice_count": len(document["slices"]), "tumour_slices": called}
    return {name: v for name, v in document.items() if name != "slices"} | counts


def json_done(result: Done, status: str = "done") -> str:
    """One line: the figures and the files."""
    files = {name: str(path) for name, path in result.files.items()}
    return _line({"status": status, **result.document, "files": files})


def json_failed(study_id: str, error: GlioscopeError) -> str:
    """One line: which study failed, why, and the exit code that cause has on its own."""
    return _line(
        {
            "status": "failed",
            "study_id": study_id,
            "error": type(error).__name__,
            "message": str(error),
            "exit_code": error.exit_code,
        }
    )


def _line(document: dict[str, Any]) -> str:
    return json.dumps(document, ensure_ascii=not stdout_knows_all(), allow_nan=False)


def print_table(results: Sequence[Done], lang: Language) -> None:
    """One row per study, and below it where the files are; nothing without results."""
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    if not results:
        return
    console = Console(width=None if sys.stdout.isatty() else _PIPE_WIDTH, highlight=False)
    table = Table(box=box.SIMPLE_HEAD)
    words = wording(lang)
    for number, name in enumerate(_COLUMNS):
        title = words(f"results.column.{name}")
        # A study's name is to be copied.
        table.add_column(
            title, justify="left" if number < 2 else "right", overflow="fold", no_wrap=number == 0
        )
    for result in results:
        table.add_row(*(Text(cell) for cell in result.row))
    console.print(table)
    for line in (result.classes for result in results if result.classes):
        console.print(line, markup=False)
    for result in results:
        for path in result.files.values():
            console.print(str(path), soft_wrap=True, markup=False)


def _row(analysis: Analysis, words: Wording) -> tuple[str, ...]:
    largest = lines.finding_diameters(analysis.findings[0], words) if analysis.findings else "–"
    return (
        analysis.study.study_id,
        words(f"results.{analysis.decision}"),
        words.probability(analysis.probability),
        f"{lines.called_count(analysis)} / {len(analysis.slices)}",
        str(len(analysis.lesions)),
        lines.volume_text(analysis, words),
        largest,
        _agreement(analysis, words),
    )


def _classes(analysis: Analysis, words: Wording) -> str:
    """Study and volume of each class on one line."""
    found = analysis.classes
    if found is None or not analysis.findings:
        return ""
    each = zip(found.names, found.voxels, strict=True)
    listed = "; ".join(
        f"{class_name(name, words)} {class_volume(count, found, words)}" for name, count in each
    )
    return f"{analysis.study.study_id}: {listed}"


def _agreement(analysis: Analysis, words: Wording) -> str:
    """Whether the model trusts its outline; a dash where it does not judge itself."""
    if analysis.review is None:
        return "–"
    return words("results.review" if analysis.review else "results.good")
