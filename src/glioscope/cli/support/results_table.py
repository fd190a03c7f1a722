"""Results of `analyze` on stdout: a table for people, or one JSON object per line for programs."""

import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from glioscope.analysis import Analysis, Finding
from glioscope.errors import GlioscopeError
from glioscope.settings import Language

# Width of the table where stdout is no terminal: wide enough for the longest LGG names.
_PIPE_WIDTH = 120

_COLUMNS: dict[Language, tuple[str, ...]] = {
    "en": (
        "study",
        "decision",
        "probability",
        "tumour slices",
        "lesions",
        "volume",
        "largest",
        "expected Dice",
    ),
    "ru": (
        "исследование",
        "решение",
        "вероятность",
        "опухоль, срезы",
        "очаги",
        "объём",
        "размер",
        "ожидаемый Дайс",
    ),
}
_WORDS: dict[Language, dict[str, str]] = {
    "en": {w: w for w in ("tumour", "no tumour", "ml", "voxels", "mm", "px", "review")},
    "ru": {
        "tumour": "опухоль",
        "no tumour": "нет опухоли",
        "ml": "мл",
        "voxels": "вокс.",
        "mm": "мм",
        "px": "пикс.",
        "review": "проверка",
    },
}


@dataclass(frozen=True)
class Done:
    """What is shown of one analysed study; the voxels are let go, so that a long batch fits.

    `document` has the figures of `analysis.json` without the slices; `files` maps what was written
    to where. `row` is empty where the result was there already.
    """

    document: dict[str, Any]
    files: dict[str, Path]
    row: dict[Language, tuple[str, ...]]


def done(analysis: Analysis, files: dict[str, Path]) -> Done:
    """Keep what `print_table` and `json_done` show."""
    rows: dict[Language, tuple[str, ...]] = {"en": _row(analysis, "en"), "ru": _row(analysis, "ru")}
    return Done(_without_slices(analysis.to_dict()), files, rows)


def there(document: dict[str, Any], files: dict[str, Path]) -> Done:
    """What was there already, from its `analysis.json`."""
    return Done(_without_slices(document), files, {})


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
    return json.dumps(document, ensure_ascii=False, allow_nan=False)


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
    for number, title in enumerate(_COLUMNS[lang]):
        table.add_column(title, justify="left" if number < 2 else "right", overflow="fold")
    for result in results:
        table.add_row(*(Text(cell) for cell in result.row[lang]))
    console.print(table)
    for result in results:
        for path in result.files.values():
            console.print(str(path), soft_wrap=True, markup=False)


def _row(analysis: Analysis, lang: Language) -> tuple[str, ...]:
    return (
        analysis.study.study_id,
        _WORDS[lang][analysis.decision],
        f"{analysis.probability:.3f}",
        f"{_called(analysis)} / {len(analysis.slices)}",
        str(len(analysis.findings)),
        _volume(analysis, _WORDS[lang]),
        _size(analysis.findings[0], _WORDS[lang]) if analysis.findings else "–",
        _assessment(analysis, _WORDS[lang]),
    )


def _volume(analysis: Analysis, words: dict[str, str]) -> str:
    if analysis.volume_ml is None:
        return f"{sum(f.voxels for f in analysis.findings)} {words['voxels']}"
    return f"{analysis.volume_ml:.1f} {words['ml']}"


def _size(finding: Finding, words: dict[str, str]) -> str:
    if finding.diameter_mm is None or finding.perpendicular_mm is None:
        return f"{finding.diameter_px:.0f} × {finding.perpendicular_px:.0f} {words['px']}"
    return f"{finding.diameter_mm:.0f} × {finding.perpendicular_mm:.0f} {words['mm']}"


def _assessment(analysis: Analysis, words: dict[str, str]) -> str:
    """Expected Dice and whether to review; a dash where the model does not judge itself."""
    expected = [] if analysis.expected_dice is None else [f"{analysis.expected_dice:.2f}"]
    return ", ".join([*expected, *([words["review"]] if analysis.review else [])]) or "–"


def _called(analysis: Analysis) -> int:
    return sum(s.decision == "tumour" for s in analysis.slices)
