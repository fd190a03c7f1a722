"""What the model of an archive's cost says, by hand."""

from dataclasses import replace

import pytest

from capacity import Cost, Run, cost, extrapolated, parse, table, with_bringing

COST = Cost(
    run_s=4,
    study_s=2,
    beside=1.5,
    bring_s=1,
    cpu_s=3,
    read_bytes=6e6,
    written_bytes=1e6,
    worker_bytes=3e8,
)


def test_workers_share_the_studies_and_the_line() -> None:
    assert COST.seconds(10, 1) == 4 + 10 * 2
    assert COST.seconds(10, 2) == 4 + 10 * 3 / 2
    # Alone a worker computes for 2 s and brings for 1 s, and the line is at it for 1 s.
    assert COST.seconds(10, 1, 6e6) == 4 + 10 * (2 + 1 + 1)
    # Of two, one finds the other in the line for a fifth of the time.
    assert COST.seconds(10, 2, 6e6) == pytest.approx(4 + 10 * (3 + 1 + 1.2) / 2)
    # What many workers wait for is the line alone: 6 MB at 6 MB a second.
    assert COST.seconds(10, 1000, 6e6) == pytest.approx(4 + 10 * 1, rel=1e-3)
    # With the line that is asked for, the line is idle for half of the time.
    assert 6e6 / COST.line_bytes_s(4) == pytest.approx(3 / 4 / 2)


def test_the_cost_of_a_study_is_told_from_that_of_a_run() -> None:
    def run(studies: int, workers: int, wall_s: float, cpu_s: float) -> Run:
        return Run(
            studies=studies,
            workers=workers,
            line_bytes_s=None,
            wall_s=wall_s,
            cpu_s=cpu_s,
            peak_mb=300 - workers,
        )

    found = cost(run(5, 1, 14, 20), run(20, 1, 44, 65), run(20, 2, 34, 65), 6e6, 1e6)
    assert found == replace(COST, bring_s=0, worker_bytes=299e6)


def test_what_bringing_takes_is_told_from_a_store_without_a_line() -> None:
    stored = Run(studies=20, workers=2, line_bytes_s=None, wall_s=54, cpu_s=80, peak_mb=300)
    assert with_bringing(COST, stored).bring_s == pytest.approx(2 * 50 / 20 - 3)


def test_an_archive_of_a_hundred_thousand_on_64_cores() -> None:
    options = parse(["-o", "there.json", "--core-hour", "0.1", "--gb-month", "0.02"])
    rows = extrapolated(COST, options)
    [row] = [row for row in rows if row["studies"] == 10**5 and row["cores"] == 64]
    assert row["core_hours"] == pytest.approx(3e5 / 3600)
    assert row["hours"] == pytest.approx((4 + 3e5 / 64) / 3600)
    assert row["computing"] == pytest.approx(row["core_hours"] / 10)
    assert (row["read_tb"], row["written_tb"]) == pytest.approx((0.6, 0.1))
    assert row["keeping_a_month"] == pytest.approx(2)
    assert row["memory_gb"] == pytest.approx(19.2)
    # Twice what 64 workers fetch at once in three seconds.
    assert row["line_mbit_s"] == pytest.approx(2 * 64 * 48 / 3)
    assert table(rows).splitlines()[0].startswith("| studies | cores | hours")
