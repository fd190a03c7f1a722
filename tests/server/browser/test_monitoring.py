"""The page of what is watched, in a real browser."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import insert
from tests.server.browser.conftest import Served, answering
from tests.server.browser.windows import Windows

from glioscope.database.tables import Worker
from glioscope.server.serve import Place
from watched_year import Year, at

pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")

from playwright.sync_api import expect

KILLED = {"code": "server.killed", "values": {"signal": "SIGKILL"}}
RANGE = "/monitoring?period=week&from=2026-01-05&to=2026-03-29"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, browser: Windows) -> Iterator[Served]:
    """A server without studies whose worker is said to be there."""
    data = tmp_path_factory.mktemp("monitoring") / "data"
    with answering(data) as started:
        context = Place(data=data).context("en", None)
        with context.engine.begin() as connection:
            never = {"started_at": 0, "seen_at": 2**52}
            connection.execute(insert(Worker).values(name="toy", state="idle", **never))
        context.close()
        yield started


@pytest.fixture(scope="module")
def watched(server: Served) -> Served:
    """Twelve weeks of twenty studies; in the last one half of them failed."""
    context = Place(data=server.data).context("en", None)
    with context.engine.begin() as connection:
        year = Year(connection)
        for week in range(12):
            for number in range(20):
                if number < (10 if week == 11 else 1):
                    year.study(at(week), "failed", cause=KILLED)
                elif number < 15:
                    year.correct(year.result(at(week)), 0.9 + 0.001 * (week % 3), 31.0)
                else:
                    year.review(year.result(at(week)), "reject", reason="infarct")
    context.close()
    return server


def figure(page: Any, name: str) -> Any:
    return page.locator("figure").filter(has=page.get_by_text(name, exact=True))


def test_what_must_happen_first_is_said(visit: Any) -> None:
    visit.page.goto("/monitoring")
    expect(visit.page.locator("#nothing")).to_contain_text("Nothing to watch yet")
    expect(visit.page.locator("#nothing")).to_contain_text("Hand in studies")
    current = visit.page.locator("header a[aria-current=page]")
    expect(current).to_have_text("Monitoring")


def test_a_week_beyond_its_limits_is_seen_and_said(watched: Served, visit: Any) -> None:
    page = visit.page
    page.goto(RANGE)
    failed = figure(page, "Analysis failed")
    expect(failed).to_contain_text("Beyond the limits (1): 2026-03-23")
    expect(failed.locator("path.above")).to_have_count(1)
    expect(failed.locator("circle.inside")).to_have_count(11)
    failed.locator("summary").focus()
    page.keyboard.press("Enter")
    first = failed.locator("tbody tr").first
    expect(first).to_have_text(re.compile("2026-03-23.*50.*20.*above the limits"))
    expect(page.locator("#tables")).to_contain_text("Infarct")


def test_choices_stand_in_the_address_and_exports_follow(watched: Served, visit: Any) -> None:
    page = visit.page
    page.goto(RANGE)
    page.locator("select[name=period]").select_option("month")
    expect(page).to_have_url(re.compile("period=month"))
    expect(figure(page, "Analysis failed").locator("tbody tr")).to_have_count(3)
    with page.expect_download() as saved:
        page.locator("#csv").click()
    assert saved.value.suggested_filename == "monitoring_2026-01-01_2026-03-31.csv"
    page.locator("input[name=from]").fill("2025-01-01")
    page.locator("input[name=to]").fill("2025-02-01")
    expect(page.locator("#nothing")).to_contain_text("No studies in this range")
