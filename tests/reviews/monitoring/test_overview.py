"""From rows of the tables to counts, charts and drift."""

import csv
import io
from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from glioscope.model.appearance import FIGURE_NAMES
from glioscope.model.bundle import REFERENCE, shipped_model
from glioscope.model.reference import TrainingAppearance
from glioscope.reviews.monitoring.charts import Chart
from glioscope.reviews.monitoring.overview import Overview, overview
from glioscope.reviews.monitoring.sheet import COLUMNS, sheet
from watched_year import MONDAY, Year, at, figures

SHIPPED = TrainingAppearance.load(shipped_model() / REFERENCE)


def watched(engine: Any, weeks: int, **options: Any) -> Overview:
    first = MONDAY.date()
    usual: dict[str, Any] = {
        "first": first,
        "last": first + timedelta(weeks=weeks, days=-1),
        "length": "week",
        "zone": ZoneInfo("UTC"),
        "reference": SHIPPED,
    }
    with engine.connect() as connection:
        return overview(connection, **{**usual, **options})


def chart(found: Overview, name: str) -> Chart:
    [one] = [c for c in found.charts if c.name == name]
    return one


def test_every_study_is_counted_once_by_what_became_of_it(engine) -> None:
    with engine.begin() as connection:
        year = Year(connection)
        accepted = year.result(at(0), gate="warned")
        year.review(accepted, "accept")
        year.correct(year.result(at(0, 5)), 0.8, 25.0)
        year.review(year.result(at(1), decision="no tumour"), "reject", reason="infarct")
        year.result(at(1), model_version="2")
        year.study(at(1), "refused", cause={"code": "gate.blur", "values": {"found": 1}})
        year.study(at(1), "failed", cause={"code": "server.killed", "values": {}})
        year.study(at(1), "waiting")
        year.study(at(1), "cancelled")
        year.study(at(1), with_model=False)
        year.result(at(-1))
    found = watched(engine, 2)
    counts = found.counts
    assert (counts.studies, counts.results, counts.refused, counts.failed) == (8, 4, 1, 1)
    assert (counts.cancelled, counts.open, counts.suspicious, counts.warned) == (1, 1, 3, 1)
    assert (counts.accepted, counts.corrected, counts.rejected, counts.reviewed) == (1, 1, 1, 3)
    assert counts.causes == {"gate.blur": 1, "server.killed": 1}
    assert counts.reasons == {"infarct": 1}
    assert [period.counts.studies for period in found.periods] == [2, 6]
    assert [(v.version, v.counts.results) for v in found.versions] == [("", 0), ("1", 3), ("2", 1)]


def test_the_review_that_holds_is_the_last_signed_one_outside_of_lists(engine) -> None:
    with engine.begin() as connection:
        year = Year(connection)
        study = year.result(at(0))
        year.review(study, "accept", 1, signed_at=10)
        year.correct(study, 0.7, 20.0, number=2, signed_at=20)
        year.review(study, "reject", 3, signed_at=None, reason="infarct")
        year.review(study, "reject", 4, signed_at=30, reason="infarct", list_id=year.reading_list())
    found = watched(engine, 1)
    assert (found.counts.reviewed, found.counts.corrected) == (1, 1)
    [dice] = chart(found, "dice").points
    [bias] = chart(found, "volume_bias").points
    assert (dice.n, dice.value) == (1, 0.7) and bias.value == pytest.approx(10.0)


def test_a_share_that_jumps_is_beyond_its_limits_and_small_weeks_are_not_judged(engine) -> None:
    with engine.begin() as connection:
        year = Year(connection)
        for week in range(10):
            for number in range(20):
                cause = {"code": "server.killed", "values": {}}
                bad = number < (12 if week == 9 else 1)
                year.study(at(week), "failed", cause=cause) if bad else year.result(at(week))
        for _ in range(3):
            year.study(at(10), "failed", cause={"code": "server.killed", "values": {}})
    points = chart(watched(engine, 12), "failed").points
    assert [p.verdict for p in points] == [*["inside"] * 9, "above", "few", "none"]
    assert points[0].limit_high is not None and 0.05 < points[0].limit_high < 0.6
    assert points[10].value == 1.0 and points[10].limit_high is None
    early = chart(watched(engine, 5), "failed").points
    assert {p.verdict for p in early} == {"early"}


def test_dice_that_falls_is_below_its_limits(engine) -> None:
    rng = np.random.default_rng(0)
    with engine.begin() as connection:
        year = Year(connection)
        for week in range(12):
            for _ in range(6):
                dice = float(rng.normal(0.55 if week == 11 else 0.9, 0.01))
                year.correct(year.result(at(week)), dice, 30.0)
    points = chart(watched(engine, 12), "dice").points
    assert points[11].verdict == "below"
    assert {p.verdict for p in points[:11]} == {"inside"}
    low, middle, high = points[0].low, points[0].value, points[0].high
    assert low is not None and middle is not None and high is not None and low < middle < high


def test_drift_is_told_in_standard_deviations_of_the_training_data(engine) -> None:
    [head] = [kind for kind in SHIPPED.kinds if kind.name == "head"]
    noise = FIGURE_NAMES.index("log_noise")
    rng = np.random.default_rng(0)
    with engine.begin() as connection:
        year = Year(connection)
        for week in range(3):
            for _ in range(10):
                drawn = rng.normal(head.means, head.scales)
                values = dict(zip(FIGURE_NAMES, drawn.tolist(), strict=True))
                values["log_noise"] += 2 * float(head.scales[noise])
                year.result(at(week), figures=figures(**values))
        year.result(at(0), figures=None)
    found = watched(engine, 3)
    assert found.drift is not None and found.drift.patients == SHIPPED.patients
    shifts = {shift.name: shift for shift in found.drift.figures}
    assert shifts["log_noise"].verdict == "shifted" and shifts["log_noise"].n == 30
    assert shifts["log_noise"].difference == pytest.approx(2, abs=0.5)
    assert sum(shift.verdict == "shifted" for shift in shifts.values()) == 1
    spreads = {name: shift.spread for name, shift in shifts.items()}
    assert spreads == pytest.approx(dict.fromkeys(FIGURE_NAMES, 1), abs=0.5)
    assert len(shifts["mirror"].by_period) == 3
    assert watched(engine, 3, reference=None).drift is None


def test_nothing_yet_is_an_overview_too(engine) -> None:
    found = watched(engine, 0, first=None, last=None, length=None)
    assert found.length == "week" and len(found.periods) == 26
    assert found.counts.studies == 0 and not found.periods[-1].over
    assert {point.verdict for one in found.charts for point in one.points} == {"none"}


@pytest.mark.parametrize(
    "range_",
    [
        {"first": date(2026, 2, 1), "last": date(2026, 1, 1)},
        {"first": date(2026, 2, 1), "last": date(2026, 1, 1), "length": None},
        {"first": date(2020, 1, 1), "length": "day"},
        {"first": date(1990, 1, 1), "last": date(2099, 1, 1), "length": "month"},
    ],
)
def test_no_such_range(engine, range_) -> None:
    with pytest.raises(ValueError):
        watched(engine, 1, **range_)


def test_the_sheet_has_a_line_for_each_period_and_version_and_no_formula(engine) -> None:
    with engine.begin() as connection:
        year = Year(connection)
        year.result(at(0), model="=1+1", model_version="@2")
        year.study(at(0), "refused", cause={"code": "gate.blur", "values": {}})
    found = watched(engine, 2)
    lines = list(csv.DictReader(io.StringIO(sheet(found))))
    assert tuple(lines[0]) == COLUMNS
    assert [(line["from"], line["model"]) for line in lines] == [
        ("2026-01-05", ""),
        ("2026-01-05", "'=1+1"),
        ("2026-01-12", ""),
    ]
    assert lines[1]["model_version"] == "'@2" and lines[1]["results"] == "1"
    assert (lines[0]["refused"], lines[0]["causes"]) == ("1", "gate.blur 1")
    assert sum(int(line["studies"]) for line in lines) == found.counts.studies
    assert replace(found.periods[1].counts, studies=0) == found.periods[1].counts
