"""Counts by period and version as CSV, for spreadsheets and for reports to an authority."""

import csv
import io
from collections.abc import Mapping
from typing import Any

from glioscope.reviews.monitoring.overview import OfVersion, Overview, Period

_COUNTED = (
    *("studies", "results", "refused", "failed", "cancelled", "open"),
    *("suspicious", "warned", "reviewed", "accepted", "corrected", "rejected"),
)
COLUMNS = (*("from", "to", "model", "model_version"), *_COUNTED, "causes", "reasons")
# What a spreadsheet would take for a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def sheet(found: Overview) -> str:
    """A line for each period and version, and one without version for what has no answer.

    A period without studies has a line of noughts: that nothing came is said, too.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for period in found.periods:
        for version in period.versions or (OfVersion("", "", period.counts),):
            writer.writerow([cell(value) for value in _row(period, version)])
    return text.getvalue()


def _row(period: Period, of: OfVersion) -> list[Any]:
    counted = vars(of.counts)
    return [
        *(period.first.isoformat(), period.last.isoformat(), of.model, of.version),
        *(counted[name] for name in _COUNTED),
        *(listed(of.counts.causes), listed(of.counts.reasons)),
    ]


def listed(by_code: Mapping[str, int]) -> str:
    """Codes with their counts, in one cell."""
    return "; ".join(f"{code} {count}" for code, count in by_code.items())


def cell(value: Any) -> str:
    """What stands in a cell, so that no spreadsheet takes it for a formula."""
    text = str(value)
    return f"'{text}" if isinstance(value, str) and text.startswith(_FORMULA) else text
