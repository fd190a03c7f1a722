"""Days, weeks and months of a range of days, in one time zone."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

import numpy as np

Length = Literal["day", "week", "month"]

# Of one answer: a page with more points tells nothing.
MOST = 400
# How many periods are looked back on where nobody says from when.
_BACK = {"day": 60, "week": 26, "month": 24}
# A week with fewer studies than this is small; after so many weeks months are taken instead.
_SMALL, _SEEN = 10, 8


@dataclass(frozen=True)
class Span:
    """Whole days from `first` to `last`, both included."""

    first: date
    last: date


def starts(span: Span, length: Length) -> list[date]:
    """First days of the periods that hold any day of the span; weeks begin on Monday."""
    found = [start_of(span.first, length)]
    while (following := _next(found[-1], length)) <= span.last:
        found.append(following)
    return found


def end_of(start: date, length: Length) -> date:
    """The last day of the period that begins with `start`."""
    return _next(start, length) - timedelta(days=1)


def start_of(day: date, length: Length) -> date:
    """The first day of the period that holds `day`."""
    if length == "day":
        return day
    return day - timedelta(days=day.weekday()) if length == "week" else day.replace(day=1)


def _next(start: date, length: Length) -> date:
    if length == "day":
        return start + timedelta(days=1)
    if length == "week":
        return start + timedelta(days=7)
    return (start.replace(day=28) + timedelta(days=4)).replace(day=1)


def usual_first(last: date, length: Length) -> date:
    """From when on periods are shown up to `last`, where nobody says it."""
    first = start_of(last, length)
    for _ in range(_BACK[length] - 1):
        first = start_of(first - timedelta(days=1), length)
    return first


def long_enough(days: Sequence[date]) -> Length:
    """Weeks, or months where the usual week has few studies; `days` are those they came on."""
    if not days:
        return "week"
    weeks = starts(Span(min(days), max(days)), "week")
    counts = dict.fromkeys(weeks, 0)
    for day in days:
        counts[start_of(day, "week")] += 1
    few = len(weeks) >= _SEEN and float(np.median(list(counts.values()))) < _SMALL
    return "month" if few else "week"


def day_of(at: int, zone: ZoneInfo) -> date:
    """The day of a moment in milliseconds since 1970."""
    return datetime.fromtimestamp(at / 1000, UTC).astimezone(zone).date()


def begins(day: date, zone: ZoneInfo) -> int:
    """When a day begins, in milliseconds since 1970."""
    return round(datetime(day.year, day.month, day.day, tzinfo=zone).timestamp() * 1000)
