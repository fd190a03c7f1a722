"""Counts by period and version in the shape of Roszdravnadzor's order 4472 of 21.07.2025.

The order asks for the registration, the version, the field of use, the number of studies, the
results and the errors (as Pharmvestnik of 15.10.2025 tells it; not compared with the order itself).
Glioscope is no registered device, so that the registration is empty.
"""

import csv
import io
from collections import Counter
from collections.abc import Container, Sequence
from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from glioscope.reviews.monitoring import periods
from glioscope.reviews.monitoring.cases import Case
from glioscope.reviews.monitoring.overview import by_period
from glioscope.reviews.monitoring.periods import Length, Span
from glioscope.reviews.monitoring.sheet import cell, listed
from glioscope.texts.catalogue import Language, fill

COLUMNS = (
    *("from", "to", "product", "registration", "software", "model", "use"),
    *("studies", "results", "found", "not_found", "refused", "errors", "causes"),
)
_PRODUCT = "glioscope"


@dataclass(frozen=True, kw_only=True)
class Line:
    """What became of the studies that came in a period and that one version was asked of.

    Attributes:
        software, model: versions; empty where no attempt was made, or gave no answer.
        found, not_found: of the results.
        refused: input that cannot be analysed, which is no error.
        errors: given up for a fault of the program, the machine or a limit; `causes` by code.
    """

    first: date
    last: date
    software: str
    model: str
    studies: int = 0
    results: int = 0
    found: int = 0
    not_found: int = 0
    refused: int = 0
    errors: int = 0
    causes: dict[str, int]


def lines(
    connection: Connection,
    span: Span,
    length: Length,
    zone: ZoneInfo,
    hidden: Container[str] = (),
) -> list[Line]:
    """A line for each period and version, in their order; one of noughts where nothing came.

    Whole periods are taken. `hidden` is as in `glioscope.reviews.monitoring.cases`.

    Raises:
        ValueError: more than `periods.MOST` periods, or the last day before the first.
    """
    if span.last < span.first or (span.last - span.first).days > 31 * periods.MOST:
        raise ValueError("no such range")
    starts = periods.starts(span, length)
    if len(starts) > periods.MOST:
        raise ValueError("too many periods")
    found: list[Line] = []
    for first, cases in by_period(connection, starts, length, zone, hidden).items():
        versions = sorted({_version(case) for case in cases}) or [("", "")]
        for version in versions:
            of_it = [case for case in cases if _version(case) == version]
            found.append(_line(first, periods.end_of(first, length), version, of_it))
    return found


def report(found: Sequence[Line], lang: Language) -> str:
    """The lines as CSV, headed in a language."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow([fill(f"reviews.column_{name}", {}, lang) for name in COLUMNS])
    use = fill("mosmed.purpose", {}, lang)
    for line in found:
        days = (line.first.isoformat(), line.last.isoformat())
        numbers = (line.studies, line.results, line.found, line.not_found)
        rest = (*numbers, line.refused, line.errors, listed(line.causes))
        row = (*days, _PRODUCT, "", line.software, line.model, use, *rest)
        writer.writerow([cell(value) for value in row])
    return text.getvalue()


def _version(case: Case) -> tuple[str, str]:
    return case.software, f"{case.model} {case.version}".strip()


def _line(first: date, last: date, version: tuple[str, str], cases: Sequence[Case]) -> Line:
    ends = Counter(case.outcome for case in cases)
    answers = Counter(case.decision for case in cases if case.outcome == "result")
    causes = Counter(case.cause for case in cases if case.outcome == "failed" and case.cause)
    return Line(
        first=first,
        last=last,
        software=version[0],
        model=version[1],
        studies=len(cases),
        results=ends["result"],
        found=answers["tumour"],
        not_found=answers["no tumour"],
        refused=ends["refused"],
        errors=ends["failed"],
        causes=dict(sorted(causes.items(), key=lambda pair: (-pair[1], pair[0]))),
    )
