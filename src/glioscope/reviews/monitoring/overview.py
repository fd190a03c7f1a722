"""All that is watched, for a range of days."""

from collections import Counter
from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from glioscope.database.engine import now_ms
from glioscope.model.reference import TrainingAppearance
from glioscope.reviews.monitoring import periods
from glioscope.reviews.monitoring.cases import Case, cases_between
from glioscope.reviews.monitoring.charts import Chart, charts
from glioscope.reviews.monitoring.drift import Drift, drift
from glioscope.reviews.monitoring.periods import Length, Span


@dataclass(frozen=True, kw_only=True)
class Counts:
    """How many of the studies received in a period ended how.

    Attributes:
        results: what the model answered; `refused`, `failed`, `cancelled` and `open`, which wait or
            are being analysed, are the other studies.
        suspicious, warned: of the results: tumour found, input fit with warnings.
        reviewed: results with a signed review: `accepted`, `corrected` and `rejected`.
        causes: of what was refused or failed, by code.
        reasons: of what was rejected, by code.
    """

    studies: int
    results: int
    refused: int
    failed: int
    cancelled: int
    open: int
    suspicious: int
    warned: int
    reviewed: int
    accepted: int
    corrected: int
    rejected: int
    causes: dict[str, int]
    reasons: dict[str, int]


@dataclass(frozen=True)
class OfVersion:
    """Counts of what one version of a model answered; both are empty for studies without answer."""

    model: str
    version: str
    counts: Counts


@dataclass(frozen=True, kw_only=True)
class Period:
    """One period, from `first` to `last` day; `over` tells that it has ended."""

    first: date
    last: date
    over: bool
    counts: Counts
    versions: tuple[OfVersion, ...]


@dataclass(frozen=True, kw_only=True)
class Overview:
    """What is watched; `drift` is None where the model does not say what it learned from."""

    length: Length
    zone: str
    periods: tuple[Period, ...]
    counts: Counts
    versions: tuple[OfVersion, ...]
    charts: tuple[Chart, ...]
    drift: Drift | None


def overview(
    connection: Connection,
    *,
    first: date | None,
    last: date | None,
    length: Length | None,
    zone: ZoneInfo,
    reference: TrainingAppearance | None,
    hidden: Container[str] = (),
) -> Overview:
    """Studies received from `first` to `last`, by period; whole periods are taken.

    None leaves the choice: up to today, weeks or months by how many studies there are, and as many
    of them as a page shows well. `hidden` is as in `cases_between`.

    Raises:
        ValueError: more than `periods.MOST` periods, or the last day before the first.
    """
    today = periods.day_of(now_ms(connection), zone)
    last = last or today
    if length is None:
        length = _length(connection, first or periods.usual_first(last, "week"), last, zone, hidden)
    first = first or periods.usual_first(last, length)
    if last < first or (last - first).days > 31 * periods.MOST:
        raise ValueError("no such range")
    starts = periods.starts(Span(first, last), length)
    if len(starts) > periods.MOST:
        raise ValueError("too many periods")
    groups = by_period(connection, starts, length, zone, hidden)
    grouped = list(groups.values())
    cases = [case for group in grouped for case in group]
    return Overview(
        length=length,
        zone=zone.key,
        periods=tuple(_period(start, length, groups[start], today) for start in starts),
        counts=counts(cases),
        versions=_versions(cases),
        charts=charts(grouped),
        drift=drift(grouped, reference) if reference else None,
    )


def by_period(
    connection: Connection,
    starts: Sequence[date],
    length: Length,
    zone: ZoneInfo,
    hidden: Container[str] = (),
) -> dict[date, list[Case]]:
    """Studies by the first day of the period in which they came; of each period, in their order."""
    cases = _between(connection, starts[0], periods.end_of(starts[-1], length), zone, hidden)
    groups: dict[date, list[Case]] = {start: [] for start in starts}
    for case in cases:
        groups[periods.start_of(periods.day_of(case.received_at, zone), length)].append(case)
    return groups


def _length(
    connection: Connection, first: date, last: date, zone: ZoneInfo, hidden: Container[str]
) -> Length:
    if last < first:
        return "week"
    cases = _between(connection, first, last, zone, hidden)
    return periods.long_enough([periods.day_of(case.received_at, zone) for case in cases])


def _between(
    connection: Connection, first: date, last: date, zone: ZoneInfo, hidden: Container[str]
) -> list[Case]:
    end = periods.begins(last + timedelta(days=1), zone)
    return cases_between(connection, periods.begins(first, zone), end, hidden)


def _period(start: date, length: Length, cases: Sequence[Case], today: date) -> Period:
    last = periods.end_of(start, length)
    return Period(
        first=start, last=last, over=last < today, counts=counts(cases), versions=_versions(cases)
    )


def _versions(cases: Iterable[Case]) -> tuple[OfVersion, ...]:
    found: dict[tuple[str, str], list[Case]] = {}
    for case in cases:
        found.setdefault((case.model, case.version), []).append(case)
    return tuple(OfVersion(*key, counts(found[key])) for key in sorted(found))


def counts(cases: Sequence[Case]) -> Counts:
    """Count what became of studies."""
    ends = Counter(case.outcome for case in cases)
    answered = [case for case in cases if case.outcome == "result"]
    reviews = [case.review for case in answered if case.review]
    verdicts = Counter(review.verdict for review in reviews)
    rejected = [review for review in reviews if review.verdict == "reject"]
    return Counts(
        studies=len(cases),
        results=ends["result"],
        refused=ends["refused"],
        failed=ends["failed"],
        cancelled=ends["cancelled"],
        open=ends["open"],
        suspicious=sum(case.decision == "tumour" for case in answered),
        warned=sum(case.gate == "warned" for case in answered),
        reviewed=len(reviews),
        accepted=verdicts["accept"],
        corrected=verdicts["correct"],
        rejected=verdicts["reject"],
        causes=_by_number(case.cause for case in cases),
        reasons=_by_number(review.reason for review in rejected),
    )


def _by_number(codes: Iterable[str | None]) -> dict[str, int]:
    found = Counter(code for code in codes if code)
    return dict(sorted(found.items(), key=lambda pair: (-pair[1], pair[0])))
