"""The run's history as CSV: one row per epoch, rewritten whole so that it is never half a row."""

import csv
import io
from pathlib import Path

from glioscope.files import atomic_text

HISTORY = "history.csv"
Row = dict[str, float]


def read_history(run: Path) -> list[Row]:
    """Rows of `history.csv`, empty when there is none; empty cells are left out."""
    path = run / HISTORY
    if not path.exists():
        return []
    with path.open(newline="", encoding="utf-8") as file:
        return [{k: float(v) for k, v in row.items() if v} for row in csv.DictReader(file)]


def write_history(run: Path, rows: list[Row]) -> None:
    """Write all rows; columns are those of any row, `epoch` first."""
    columns = list(dict.fromkeys(key for row in rows for key in row))
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    atomic_text(run / HISTORY, text.getvalue())
