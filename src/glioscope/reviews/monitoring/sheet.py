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
            writer.writerow([_cell(value) for value in _row(period, version)])
    return text.getvalue()


def _row(period: Period, of: OfVersion) -> list[Any]:
    counted = vars(of.counts)
    return [
        *(period.first.isoformat(), period.last.isoformat(), of.model, of.version),
        *(counted[name] for name in _COUNTED),
        *(_listed(of.counts.causes), _listed(of.counts.reasons)),
    ]


def _listed(by_code: Mapping[str, int]) -> str:
    return "; ".join(f"{code} {count}" for code, count in by_code.items())


def _cell(value: Any) -> str:
    text = str(value)
    return f"'{text}" if isinstance(value, str) and text.startswith(_FORMULA) else text
