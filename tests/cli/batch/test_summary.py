"""`studies.csv`: one line for each study of the folder, whatever became of it."""

import csv
import json
import re
from pathlib import Path

from tests.cli.batch.conftest import NAMES, damage

from glioscope.cli.batch.attempt import Outcome
from glioscope.cli.batch.job import SUMMARY
from glioscope.cli.batch.summary import COLUMNS, record
from glioscope.errors import InputError

DOCS = Path(__file__).parents[3] / "docs" / "reference" / "studies-csv.md"


def rows(out):
    with (out / SUMMARY).open(encoding="utf-8", newline="") as file:
        return {row["study"]: row for row in csv.DictReader(file)}


def test_a_line_for_each_study(run, cases, out):
    damage(cases[1])
    assert run(*cases, "--spacing", "1,1,5")[0] == 6
    found = rows(out)
    assert list(found) == list(NAMES)
    good, bad = found[NAMES[0]], found[NAMES[1]]
    assert (good["status"], good["decision"], good["lesions"]) == ("done", "not typical", "1")
    assert (good["tumour_slices"], good["slices"]) == ("2", "3")
    told = json.loads((out / NAMES[0] / "analysis.json").read_text("utf-8"))
    assert float(good["volume_ml"]) == told["volume_ml"] > 0
    assert float(good["diameter_mm"]) == told["findings"][0]["diameter_mm"]
    assert good["error"] == good["exit_code"] == good["message"] == ""
    assert len(good["model_sha256"]) == len(good["input_sha256"]) == 64
    assert (bad["status"], bad["error"], bad["exit_code"]) == ("failed", "UnreadableFile", "3")
    assert f"{NAMES[1]}_2.tif" in bad["message"] and bad["decision"] == ""
    assert [p.name for p in out.iterdir() if p.name.startswith(".")] == []


def test_it_grows_and_stays_true(run, cases, out):
    assert run(*cases[:2])[0] == 0
    first = rows(out)
    assert run(cases[2])[0] == 0, "one study more: the summary that is there is kept true"
    damage(cases[0])
    assert run(*cases, "--skip-existing")[0] == 6
    found = rows(out)
    assert [row["status"] for row in found.values()] == ["done", "skipped", "skipped"]
    assert found[NAMES[0]] == first[NAMES[0]], "its older result is still there"
    assert found[NAMES[1]] == {**first[NAMES[1]], "status": "skipped"}


def test_one_study_alone_makes_none(run, cases, out):
    assert run(cases[0])[0] == 0
    assert not (out / SUMMARY).exists()


def test_somebody_elses_file_is_not_replaced(run, cases, out):
    out.mkdir()
    (out / SUMMARY).write_text("name,born\n", encoding="utf-8")
    code, _, err = run(*cases)
    assert code == 2 and "studies.csv that is there is not a summary" in err
    assert [p.name for p in out.iterdir()] == [SUMMARY]
    assert run(cases[0])[0] == 0
    assert (out / SUMMARY).read_text("utf-8") == "name,born\n"


def test_a_summary_that_cannot_be_written_is_a_warning(run, cases, out, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("glioscope.cli.batch.summary.atomic_text", full)
    code, _, err = run(*cases[:2])
    assert code == 0 and "warning: studies.csv cannot be written: the disk is full" in err


def test_a_name_is_no_formula(tmp_path):
    error = InputError("core.no_sequence", study="x")
    record(tmp_path, Outcome(study_id="=1+1", status="failed", error=error))
    record(tmp_path, Outcome(study_id="=1+1", status="failed", error=error))
    assert list(rows(tmp_path)) == ["'=1+1"]


def test_every_column_is_explained():
    told = re.findall(r"^\| (`.+?`) \|", DOCS.read_text("utf-8"), re.MULTILINE)
    assert tuple(name for cell in told for name in re.findall(r"`(\w+)`", cell)) == COLUMNS
