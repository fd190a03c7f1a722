"""What is watched, asked of the API."""

import csv
import io

import pytest
from sqlalchemy import insert, select, update

from glioscope.database.tables import Audit, Job, ListReader, ListStudy, ReadingList, Result, Study
from glioscope.model.appearance import FIGURE_NAMES
from watched_year import Year, at

RANGE = {"from": "2026-01-05", "to": "2026-01-18", "period": "week"}


@pytest.fixture
def read(empty):
    with empty.context.engine.begin() as connection:
        year = Year(connection)
        for week in (0, 1):
            year.correct(year.result(at(week)), 0.9, 20.0, comment="Ivanova")
        year.study(at(1), "failed", cause={"code": "server.killed", "values": {"signal": "9"}})
    return empty


def test_figures_by_period(read) -> None:
    found = read.client.get("/api/v1/monitoring", params=RANGE).json()
    assert (found["length"], found["zone"]) == ("week", "UTC")
    assert [p["first"] for p in found["periods"]] == ["2026-01-05", "2026-01-12"]
    assert found["counts"]["causes"] == {"server.killed": 1}
    charts = {chart["name"]: chart for chart in found["charts"]}
    assert [p["value"] for p in charts["dice"]["points"]] == [0.9, 0.9]
    assert charts["corrected"]["points"][0]["verdict"] == "few"


def test_who_reads_a_study_blind_is_told_nothing_of_it(read) -> None:
    with read.context.engine.begin() as connection:
        study = connection.scalar(select(Study.id).where(Study.received_at < at(1)))
        name = Year(connection).reading_list()
        connection.execute(insert(ListReader).values(list_id=name, reader="local"))
        connection.execute(insert(ListStudy).values(list_id=name, study_id=study, position=0))
    found = read.client.get("/api/v1/monitoring", params=RANGE).json()
    assert [p["counts"]["studies"] for p in found["periods"]] == [0, 2]
    with read.context.engine.begin() as connection:
        connection.execute(update(ReadingList).values(closed_at=1))
    found = read.client.get("/api/v1/monitoring", params=RANGE).json()
    assert [p["counts"]["studies"] for p in found["periods"]] == [1, 2]


def test_days_are_those_of_the_zone(read) -> None:
    """Nine in the morning in London is the next day in Kiritimati, twelve hours and more ahead."""
    far = {**RANGE, "period": "day", "zone": "Pacific/Kiritimati", "to": "2026-01-06"}
    found = read.client.get("/api/v1/monitoring", params=far).json()
    near = read.client.get("/api/v1/monitoring", params={**far, "zone": "UTC"}).json()
    assert [p["counts"]["studies"] for p in near["periods"]] == [1, 0]
    assert [p["counts"]["studies"] for p in found["periods"]] == [1, 0]
    late = {**far, "from": "2026-01-06", "zone": "Etc/GMT-14"}
    assert read.client.get("/api/v1/monitoring", params=late).json()["counts"]["studies"] == 0


@pytest.mark.parametrize(
    "asked",
    [
        {"zone": "../../etc/passwd"},
        {"zone": "Mars/Olympus"},
        {"from": "2026-02-01", "to": "2026-01-01"},
        {"from": "1990-01-01", "period": "day"},
        {"from": "0001-01-01"},
        {"to": "9999-12-31"},
        {"period": "year"},
    ],
)
@pytest.mark.parametrize(
    "path", ["monitoring", "monitoring.csv", "monitoring.json", "monitoring-4472.csv"]
)
def test_what_cannot_be_meant_is_a_problem(empty, path, asked) -> None:
    answer = empty.client.get(f"/api/v1/{path}", params=asked)
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"


def test_exports_name_nobody_and_are_noted(read) -> None:
    answer = read.client.get("/api/v1/monitoring.csv", params=RANGE)
    name = 'attachment; filename="monitoring_2026-01-05_2026-01-18.csv"'
    assert answer.headers["content-disposition"] == name
    lines = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert [(line["model_version"], line["studies"]) for line in lines] == [
        ("1", "1"),
        ("", "1"),
        ("1", "1"),
    ]
    whole = read.client.get("/api/v1/monitoring.json", params=RANGE)
    assert whole.json() == read.client.get("/api/v1/monitoring", params=RANGE).json()
    for content in (answer.text, whole.text):
        assert "Ivanova" not in content and "anna" not in content and "s-1" not in content
    with read.context.reads.connect() as connection:
        rows = connection.execute(select(Audit.action, Audit.object))
        assert set(map(tuple, rows)) == {
            ("export", "monitoring.csv"),
            ("export", "monitoring.json"),
        }


def test_the_report_for_an_authority_tells_versions_results_and_errors(read) -> None:
    with read.context.engine.begin() as connection:
        connection.execute(update(Job).values(software="0.1.0"))
    asked = {**RANGE, "lang": "ru"}
    answer = read.client.get("/api/v1/monitoring-4472.csv", params=asked)
    name = 'attachment; filename="monitoring-4472_2026-01-05_2026-01-18.csv"'
    assert answer.headers["content-disposition"] == name
    found = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    told = ("Модель и её версия", "Исследований", "Результатов", "Из них с подозрением", "Ошибок")
    assert [[line[one] for one in told] for line in found] == [
        ["toy 1", "1", "1", "1", "0"],
        ["", "1", "0", "0", "1"],
        ["toy 1", "1", "1", "1", "0"],
    ]
    assert {line["Версия ПО"] for line in found} == {"0.1.0"}
    assert [line["Ошибки по причинам"] for line in found] == ["", "server.killed 1", ""]
    with read.context.reads.connect() as connection:
        assert connection.scalar(select(Audit.object)) == "monitoring-4472.csv"


def test_an_analysis_leaves_the_figures_of_its_input(analysed) -> None:
    here, study_id = analysed
    with here.context.reads.connect() as connection:
        figures = connection.scalar(select(Result.figures).where(Result.study_id == study_id))
    assert {"score", *FIGURE_NAMES} <= set(figures) and figures["score"] > 0
    found = here.client.get("/api/v1/monitoring").json()
    assert found["drift"]["figures"][0]["n"] == 1
