"""The audit by pages, filtered, as a table, and checked when it is asked for."""

import csv
import io

import pytest
from sqlalchemy import update

from glioscope.database.tables import Audit
from glioscope.server.access import audit


@pytest.fixture
def filled(empty):
    with empty.context.engine.begin() as connection:
        for number in range(5):
            who = "anna" if number % 2 else "boris"
            audit.record(connection, who, "view" if number else "sign in", f"s{number} flair")
        connection.execute(update(Audit).values(at=Audit.id * 1000))
    return empty


def ids(here, **wanted) -> list[int]:
    page = here.client.get("/api/v1/audit", params=wanted).json()
    return [row["id"] for row in page["rows"]]


def test_pages_follow_each_other(filled) -> None:
    first = filled.client.get("/api/v1/audit", params={"limit": 3}).json()
    assert [row["id"] for row in first["rows"]] == [5, 4, 3] and first["more"]
    rest = filled.client.get("/api/v1/audit", params={"limit": 3, "before": 3}).json()
    assert [row["id"] for row in rest["rows"]] == [2, 1] and not rest["more"]


def test_rows_are_filtered(filled) -> None:
    assert ids(filled, who="anna") == [4, 2]
    assert ids(filled, action="sign in") == [1]
    assert ids(filled, object="s3") == [4]
    assert ids(filled, object="%") == []
    assert ids(filled, since=2000, until=4000) == [3, 2]


def test_it_is_checked_when_asked_for(empty) -> None:
    with empty.context.engine.begin() as connection:
        for _ in range(3):
            audit.record(connection, "anna", "view")
    assert empty.client.get("/api/v1/audit/state").json() == {"rows": 3, "fault": None}
    with empty.context.engine.begin() as connection:
        connection.execute(update(Audit).where(Audit.id == 2).values(who="boris"))
    assert empty.client.get("/api/v1/audit/state").json() == {"rows": 3, "fault": 2}


def test_a_page_does_not_walk_through_all_rows(filled, monkeypatch) -> None:
    def walked(*_: object) -> None:
        raise AssertionError

    monkeypatch.setattr("glioscope.server.api.audit.first_fault", walked)
    assert len(ids(filled)) == 5


def test_nothing_in_the_table_is_a_formula(filled) -> None:
    with filled.context.engine.begin() as connection:
        audit.record(connection, "=HYPERLINK(1)", "+view", "@x")
    answer = filled.client.get("/api/v1/audit/rows.csv")
    rows = list(csv.reader(io.StringIO(answer.text.removeprefix("\ufeff"))))
    assert rows[0] == ["id", "time", "who", "action", "object"]
    assert rows[1] == ["1", "1970-01-01T00:00:01.000+00:00", "boris", "sign in", "s0 flair"]
    assert rows[6][2:] == ["'=HYPERLINK(1)", "'+view", "'@x"]
    assert "attachment" in answer.headers["content-disposition"]
    assert rows[7][2:4] == ["local", "export"], "the export itself stands there, too"


def test_the_table_is_filtered_too(filled) -> None:
    answer = filled.client.get("/api/v1/audit/rows.csv", params={"who": "anna"})
    assert [row[0] for row in csv.reader(io.StringIO(answer.text))][1:] == ["2", "4"]
