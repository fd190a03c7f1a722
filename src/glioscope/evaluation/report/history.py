"""The history of a training run: what `history.csv` in its folder says of every epoch."""

import csv
from pathlib import Path

from glioscope.errors import UnreadableFile

HISTORY = "history.csv"
Row = dict[str, float]


def read_history(run: Path) -> list[Row]:
    """Rows of `history.csv`, empty cells left out; none when there is no file.

    Raises:
        UnreadableFile: a cell is no number.
    """
    path = run / HISTORY
    if not path.is_file():
        return []
    try:
        with path.open(newline="", encoding="utf-8") as file:
            return [{k: float(v) for k, v in row.items() if v} for row in csv.DictReader(file)]
    except (ValueError, TypeError) as error:
        raise UnreadableFile("evaluation.no_history", where=path.name, reason=str(error)) from error
