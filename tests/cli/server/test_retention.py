"""`glioscope retention`: what would go, and that it goes."""

from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import insert, select

from glioscope.cli.main import exit_code
from glioscope.database.tables import Job, Study
from glioscope.server.serve import Place


def test_a_dry_run_lists_and_leaves_all(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = tmp_path / "data"
    with closing(Place(data=data).context("en", None)) as context:
        with context.engine.begin() as connection:
            row = {"id": "s", "key": "k", "name": "n", "kind": "nifti", "folder": "uploads/s"}
            connection.execute(insert(Study).values(**row, received_at=1))
            job = {"state": "done", "created_at": 1, "due_at": 1, "finished_at": 1}
            connection.execute(insert(Job).values(study_id="s", **job))
        words = ["retention", "--keep-days", "30", "--data", str(data), "--lang", "en"]
        assert exit_code([*words, "--dry-run"]) == 0
        said = capsys.readouterr()
        assert said.out == "s\n" and "would be deleted: 1" in said.err
        with context.reads.connect() as connection:
            assert connection.scalar(select(Study.id)) == "s"
        assert exit_code(words) == 0
        assert "deleted: 1" in capsys.readouterr().out
        with context.reads.connect() as connection:
            assert connection.scalar(select(Study.id)) is None


def test_days_are_asked_for() -> None:
    assert exit_code(["retention", "--dry-run"]) == 2
