"""Studies whose processes die: the others go on, and each is given up after a while."""

from dataclasses import dataclass

import pytest

from glioscope.cli.archive import engine
from glioscope.cli.archive.ledger import Ledger
from glioscope.cli.batch.attempt import Outcome
from glioscope.cli.batch.workers import DIED
from glioscope.errors import GlioscopeError


@dataclass(frozen=True)
class Found:
    study_id: str


def test_a_study_is_tried_last_and_given_up_over_all_runs(monkeypatch, tmp_path) -> None:
    handed: list[list[str]] = []
    deadly = {"b"}

    def in_processes(studies, network, job, wishes, crew):
        handed.append([one.study_id for one in studies])
        for place, one in enumerate(studies):
            dead = GlioscopeError(DIED, study=one.study_id) if one.study_id in deadly else None
            yield (
                place,
                Outcome(study_id=one.study_id, status="failed" if dead else "done", error=dead),
            )

    monkeypatch.setattr(engine, "in_processes", in_processes)

    def run(*names: str, attempts: int = 3):
        studies = [Found(name) for name in names]
        options = {"processes": 2, "attempts": attempts, "ledger": Ledger(tmp_path)}
        return list(engine.analyse(studies, None, None, None, **options))

    ended = run("a", "b", "c")
    assert handed == [["a", "b", "c"], ["b"], ["b"]]
    assert [one.study_id for one in ended] == ["a", "c", "b"]
    assert ended[-1].error.message.code == "cli.archive_given_up"
    handed.clear()
    assert [one.error is None for one in run("b", attempts=5)] == [False]
    assert handed == [["b"], ["b"]], "deaths of earlier runs count"
    Ledger(tmp_path).keep("b", {"study": "b", "status": "failed"})
    handed.clear()
    deadly.clear()
    assert run("b")[0].error is None
    assert handed == [["b"]]


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"status": "done"}'])
def test_a_damaged_row_is_no_row(tmp_path, content) -> None:
    ledger = Ledger(tmp_path)
    ledger.keep("a", {"study": "a", "status": "done", "made_with": "m p"})
    (tmp_path / "a").mkdir()
    assert ledger.is_over("a", "m p", failed_too=True)
    assert not ledger.is_over("a", "other p", failed_too=True)
    (tmp_path / ".batch" / "a.json").write_bytes(content)
    assert not ledger.is_over("a", "m p", failed_too=True)
    assert ledger.rows() == []
