"""The crash campaign, short and with toys: nothing is lost, doubled or wrongly failed."""

from pathlib import Path

from crash import run
from glioscope.database.engine import sqlite_url


def test_kills_lose_and_double_nothing(tmp_path: Path) -> None:
    url = sqlite_url(tmp_path / "jobs.db")
    came = run(url, tmp_path, studies=9, kills=8, seed=3, toy=True)
    assert came.kills.total() == 8
    assert (came.lost, came.doubled, came.wrongly_failed) == (0, 0, 0)
    assert came.poisoned_failed == 2
