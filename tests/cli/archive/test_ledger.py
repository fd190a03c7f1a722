"""What is known of each study, in a folder and in an object store."""

import pytest

from glioscope.cli.archive.ledger import Ledger
from glioscope.cli.archive.results import FolderResults, Results
from glioscope.cli.archive.store import StoreResults


@pytest.fixture(params=["folder", "store"])
def results(tmp_path, request) -> Results:
    if request.param == "folder":
        return FolderResults(tmp_path / "out")
    return StoreResults(f"memory://{tmp_path}/out")


def written(results: Results, study: str) -> None:
    with results.desk() as desk:
        (desk / study).mkdir(parents=True)
        (desk / study / "analysis.json").write_text("{}")
        results.deliver(desk / study)


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"status": "done"}'])
def test_a_damaged_row_is_no_row(results, content) -> None:
    ledger = Ledger(results)
    ledger.keep("a", {"study": "a", "status": "done", "made_with": "m p"})
    assert ledger.over("m p", failed_too=True) == set(), "its folder is not there"
    written(results, "a")
    assert ledger.over("m p", failed_too=True) == {"a"}
    assert ledger.over("other p", failed_too=True) == set()
    results.write(".batch/a.json", content)
    assert ledger.over("m p", failed_too=True) == set()
    assert ledger.rows() == []


def test_what_failed_is_over_until_it_is_asked_for(results) -> None:
    ledger = Ledger(results)
    ledger.keep("a", {"study": "a", "status": "failed", "made_with": "m p"})
    assert ledger.over("m p", failed_too=True) == {"a"}
    assert ledger.over("m p", failed_too=False) == set()


def test_deaths_are_counted_until_the_study_has_ended(results) -> None:
    ledger = Ledger(results)
    assert [ledger.died("a"), ledger.died("a"), ledger.died("b")] == [1, 2, 1]
    ledger.keep("a", {"study": "a", "status": "failed"})
    assert ledger.died("a") == 1
