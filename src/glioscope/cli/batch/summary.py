"""`studies.csv`: a line for each study of a folder of results, for spreadsheets and programs."""

import csv
import io
from pathlib import Path
from typing import Any

from glioscope.cli.batch.attempt import Outcome
from glioscope.cli.batch.job import SUMMARY
from glioscope.errors import UsageError
from glioscope.files import atomic_text
from glioscope.locks import held

# As docs/reference/studies-csv.md explains them.
COLUMNS = (
    *("study", "status", "decision", "probability", "tumour_slices", "slices", "lesions"),
    *("volume_ml", "volume_ml_low", "volume_ml_high", "side"),
    *("diameter_mm", "perpendicular_mm", "diameter_px", "perpendicular_px"),
    *("expected_dice", "review", "quality", "possible_misses", "warnings"),
    *("model", "model_version", "model_sha256", "input_sha256"),
    *("error", "exit_code", "message"),
)
# What a spreadsheet would take for a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")

Row = dict[str, str]


def require_ours(out: Path) -> None:
    """Refuse to write over a `studies.csv` that is not ours.

    Raises:
        UsageError: its columns are others, or it cannot be read.
    """
    path = out / SUMMARY
    if path.exists() and not is_ours(path):
        raise UsageError("cli.other_summary", file=SUMMARY, path=str(out))


def record(out: Path, outcome: Outcome) -> None:
    """Write the study's line; those of other studies, and of other runs at the same time, stay.

    A study that failed while an older result of it is there keeps the line of that.

    Raises:
        OSError: the file cannot be written.
    """
    out.mkdir(parents=True, exist_ok=True)
    with held(out / f".{SUMMARY}.lock", wait=True):
        rows = _rows(out / SUMMARY) if (out / SUMMARY).exists() else {}
        if not (outcome.status == "failed" and outcome.study_id in rows and _has(out, outcome)):
            row = _row(outcome)
            rows[row["study"]] = row
        atomic_text(out / SUMMARY, _text([rows[name] for name in sorted(rows)]))


def _has(out: Path, outcome: Outcome) -> bool:
    return (out / outcome.study_id).is_dir()


def is_ours(path: Path) -> bool:
    """Whether a summary is there, of this or of an older version."""
    try:
        with path.open(encoding="utf-8", newline="") as file:
            return tuple(next(csv.reader(file), ()))[:2] == COLUMNS[:2]
    except (OSError, UnicodeDecodeError, csv.Error):
        return False


def _rows(path: Path) -> dict[str, Row]:
    with path.open(encoding="utf-8", newline="") as file:
        return {row["study"]: row for row in csv.DictReader(file)}


def _text(rows: list[Row]) -> str:
    text = io.StringIO()
    # Columns of an older version that are no more are left out.
    writer = csv.DictWriter(text, COLUMNS, "", "ignore", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def _row(outcome: Outcome) -> Row:
    cells: dict[str, Any] = {"study": outcome.study_id, "status": outcome.status}
    if outcome.result:
        cells |= figures_of(outcome.result.document)
    if outcome.error:
        cells |= {
            "error": type(outcome.error).__name__,
            "exit_code": outcome.error.exit_code,
            "message": str(outcome.error),
        }
    return {name: cell(value) for name, value in cells.items()}


def figures_of(document: dict[str, Any]) -> dict[str, Any]:
    """What `analysis.json` tells, in a line; a document of an older version leaves cells empty."""
    same = ("decision", "probability", "tumour_slices", "lesions", "volume_ml", "side")
    findings: list[dict[str, Any]] = document.get("findings") or []
    largest = findings[0] if findings else {}
    quality: dict[str, Any] = document.get("quality") or {}
    sizes = ("diameter_mm", "perpendicular_mm", "diameter_px", "perpendicular_px")
    model = document["model"]
    return {
        **{name: document.get(name) for name in (*same, "expected_dice", "review")},
        **_interval(document),
        **{name: largest.get(name) for name in sizes},
        "slices": document["slice_count"],
        "quality": quality.get("verdict"),
        "possible_misses": len(document["possible_misses"]),
        "warnings": len(document["warnings"]),
        "model": model["name"],
        "model_version": model["version"],
        "model_sha256": model["sha256"],
        "input_sha256": document.get("input_sha256"),
    }


def _interval(document: dict[str, Any]) -> dict[str, float]:
    volume, interval = document.get("volume_ml"), document.get("volume_interval")
    if volume is None or interval is None:
        return {}
    low, high = interval
    return {"volume_ml_low": volume * low, "volume_ml_high": volume * high}


def cell(value: Any) -> str:
    """Numbers in full precision, true and false as in JSON, nothing for None."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    text = str(value)
    return f"'{text}" if isinstance(value, str) and text.startswith(_FORMULA) else text
