from datetime import date
from zoneinfo import ZoneInfo

import pytest

from glioscope.reviews.monitoring import periods
from glioscope.reviews.monitoring.periods import Span

MOSCOW = ZoneInfo("Europe/Moscow")


@pytest.mark.parametrize(
    ("length", "found"),
    [
        ("day", [date(2024, 2, 28), date(2024, 2, 29), date(2024, 3, 1)]),
        ("week", [date(2024, 2, 26)]),
        ("month", [date(2024, 2, 1), date(2024, 3, 1)]),
    ],
)
def test_periods_hold_every_day_of_the_span_once(length, found) -> None:
    span = Span(date(2024, 2, 28), date(2024, 3, 1))
    assert periods.starts(span, length) == found
    assert periods.end_of(found[0], length) >= span.first


def test_a_day_is_that_of_the_zone() -> None:
    begin = periods.begins(date(2026, 11, 30), MOSCOW)
    assert periods.day_of(begin, MOSCOW) == date(2026, 11, 30)
    assert periods.day_of(begin - 1, MOSCOW) == date(2026, 11, 29)
    assert periods.day_of(begin, ZoneInfo("UTC")) == date(2026, 11, 29)


def test_months_are_taken_where_weeks_are_small() -> None:
    weeks = periods.starts(Span(date(2026, 1, 5), date(2026, 4, 5)), "week")
    assert periods.long_enough([]) == "week"
    assert periods.long_enough([day for day in weeks for _ in range(12)]) == "week"
    assert periods.long_enough([day for day in weeks for _ in range(3)]) == "month"
    assert periods.long_enough(weeks[:3]) == "week", "too early to tell"


def test_what_is_shown_without_being_asked_for_ends_with_the_last_day() -> None:
    last = date(2026, 11, 30)
    for length, count in (("day", 60), ("week", 26), ("month", 24)):
        span = Span(periods.usual_first(last, length), last)
        assert len(periods.starts(span, length)) == count
