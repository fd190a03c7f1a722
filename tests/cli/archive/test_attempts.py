"""Studies whose processes die: the others go on, and each is given up after a while."""

from dataclasses import dataclass

from glioscope.cli.archive.attempts import analyse
from glioscope.cli.archive.ledger import Ledger
from glioscope.cli.archive.results import FolderResults
from glioscope.cli.batch.attempt import Outcome
from glioscope.errors import GlioscopeError


@dataclass(frozen=True)
class Found:
    study_id: str


class Scripted:
    """An engine whose workers die of the studies in `deadly`."""

    def __init__(self, *deadly: str) -> None:
        self.deadly = set(deadly)
        self.handed: list[list[str]] = []

    def outcomes(self, studies):
        self.handed.append([one.study_id for one in studies])
        for place, one in enumerate(studies):
            dead = one.study_id in self.deadly
            error = GlioscopeError("cli.process_died", study=one.study_id) if dead else None
            status = "failed" if dead else "done"
            yield place, Outcome(study_id=one.study_id, status=status, error=error)


def test_a_study_is_tried_last_and_given_up_over_all_runs(tmp_path) -> None:
    engine = Scripted("b")
    ledger = Ledger(FolderResults(tmp_path))

    def run(*names: str, attempts: int = 3):
        engine.handed.clear()
        studies = [Found(name) for name in names]
        return list(analyse(studies, engine, attempts=attempts, ledger=ledger))

    ended = run("a", "b", "c")
    assert engine.handed == [["a", "b", "c"], ["b"], ["b"]]
    assert [one.study_id for one in ended] == ["a", "c", "b"]
    assert ended[-1].error.message.code == "cli.archive_given_up"
    assert [one.error is None for one in run("b", attempts=5)] == [False]
    assert engine.handed == [["b"], ["b"]], "deaths of earlier runs count"
    ledger.keep("b", {"study": "b", "status": "failed"})
    engine.deadly.clear()
    assert run("b")[0].error is None
    assert engine.handed == [["b"]]
