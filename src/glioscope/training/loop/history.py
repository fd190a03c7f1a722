"""The run's history as CSV: one row per epoch, rewritten whole so that it is never half a row."""

import csv
import io
from pathlib import Path

from glioscope.evaluation.report.history import HISTORY, Row, read_history
from glioscope.files import atomic_text

__all__ = ["HISTORY", "Row", "read_history", "write_history"]


def write_history(run: Path, rows: list[Row]) -> None:
    """Write all rows; columns are those of any row, `epoch` first."""
    columns = list(dict.fromkeys(key for row in rows for key in row))
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    atomic_text(run / HISTORY, text.getvalue())
