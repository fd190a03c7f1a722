# pyright: basic
# It speaks with PyArrow, whose types have gaps.
"""A row for each study as Parquet and CSV: equal rows give equal tables, whoever made them."""

import csv
import io
from collections.abc import Sequence
from typing import Any

from glioscope.cli.archive.ledger import MADE_WITH, PLACE, Row
from glioscope.cli.archive.results import Results
from glioscope.cli.batch.attempt import Outcome
from glioscope.cli.batch.job import SUMMARY
from glioscope.cli.batch.summary import COLUMNS, cell, figures_of

PARQUET = "studies.parquet"
# Beside those of `analyze`: how long the study took, from reading to the last file written.
SECONDS = "seconds"
ALL = (*COLUMNS, SECONDS)
_INTEGERS = frozenset(
    ("tumour_slices", "slices", "lesions", "possible_misses", "warnings", "exit_code")
)
_NUMBERS = frozenset(
    (
        *("probability", "volume_ml", "volume_ml_low", "volume_ml_high", "diameter_mm"),
        *("perpendicular_mm", "diameter_px", "perpendicular_px", "expected_dice", SECONDS),
    )
)
_TRUTHS = frozenset(("review",))


def row_of(outcome: Outcome, made_with: str) -> Row:
    """The row of a study that has ended; what was there already counts as done."""
    status = "failed" if outcome.error else "done"
    row: Row = {"study": outcome.study_id, "status": status, MADE_WITH: made_with}
    if outcome.place:
        place = outcome.place
        told = {"key": place.key, "version": place.version, "studies": list(place.studies)}
        row[PLACE] = told
    if outcome.result:
        row |= figures_of(outcome.result.document)
        row[SECONDS] = sum(outcome.timings_s.values()) or None
    if outcome.error:
        row |= {
            "error": type(outcome.error).__name__,
            "exit_code": outcome.error.exit_code,
            "message": str(outcome.error),
        }
    return row


def write_tables(rows: Sequence[Row], results: Results) -> bool:
    """Write `studies.csv` and, where PyArrow is installed, `studies.parquet`; whether it is.

    Raises:
        OSError: there is no room.
    """
    results.write(SUMMARY, _text(rows).encode())
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError:
        return False
    schema = pa.schema([(name, _kind(pa, name)) for name in ALL])
    columns = {name: [_value(row.get(name), name) for row in rows] for name in ALL}
    table = pa.Table.from_pydict(columns, schema=schema)
    content = io.BytesIO()
    pq.write_table(table, content)
    results.write(PARQUET, content.getvalue())
    return True


def _text(rows: Sequence[Row]) -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, ALL, "", "ignore", lineterminator="\n")
    writer.writeheader()
    writer.writerows({name: cell(value) for name, value in row.items()} for row in rows)
    return text.getvalue()


def _kind(pa: Any, name: str) -> Any:
    if name in _INTEGERS:
        return pa.int64()
    if name in _NUMBERS:
        return pa.float64()
    return pa.bool_() if name in _TRUTHS else pa.string()


def _value(value: Any, name: str) -> Any:
    if value is None or name in _INTEGERS or name in _TRUTHS:
        return value
    return float(value) if name in _NUMBERS else str(value)
