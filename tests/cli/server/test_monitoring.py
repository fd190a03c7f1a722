"""`glioscope monitoring`: counts by period, on stdout and in a file."""

import csv
import io
from pathlib import Path

import pytest

from glioscope.cli.main import exit_code
from glioscope.server.serve import Place
from watched_year import Year, at


@pytest.fixture
def data(tmp_path: Path) -> Path:
    context = Place(data=tmp_path / "data").context("en", None)
    with context.engine.begin() as connection:
        year = Year(connection)
        year.result(at(0))
        year.result(at(1), decision="no tumour")
        cause = {"code": "server.killed", "values": {"signal": "9"}}
        year.study(at(1), "failed", cause=cause, software="0.1.0")
    context.close()
    return tmp_path / "data"


def words(data: Path, *more: str) -> list[str]:
    return ["monitoring", "--data", str(data), "--from", "2026-01-05", "--lang", "en", *more]


def test_a_month_is_told_on_stdout_and_in_a_file(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert exit_code(words(data, "--to", "2026-02-01")) == 0
    said = capsys.readouterr().out
    found = list(csv.DictReader(io.StringIO(said)))
    told = ("From", "To", "Software version", "Studies", "Results", "Errors", "Errors by cause")
    assert [[line[one] for one in told] for line in found] == [
        ["2026-01-01", "2026-01-31", "", "2", "2", "0", ""],
        ["2026-01-01", "2026-01-31", "0.1.0", "1", "0", "1", "server.killed 1"],
        ["2026-02-01", "2026-02-28", "", "0", "0", "0", ""],
    ]
    assert found[0]["Results without"] == "1"
    file = tmp_path / "report.csv"
    assert exit_code(words(data, "--to", "2026-02-01", "-o", str(file))) == 0
    assert file.read_bytes().startswith(b"\xef\xbb\xbf")
    assert file.read_text(encoding="utf-8-sig") == said


@pytest.mark.parametrize("more", [("--to", "2026-01-01"), ("--zone", "Mars/Olympus")])
def test_what_cannot_be_meant_is_a_usage_error(data: Path, more: tuple[str, str]) -> None:
    assert exit_code(words(data, *more)) == 2
