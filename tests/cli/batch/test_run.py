"""Several studies: names of their own, refusals of one only, the same in several processes."""

import json
import shutil

import pytest
from tests.cli.batch.conftest import NAMES, damage, results
from tests.lgg_folder import head_stack, write_case

from glioscope.reading.lgg import read_case
from glioscope.writing.mr.study import write_dicom_study


def test_two_copies_of_one_dicom_study_have_names_of_their_own(run, cases, out, tmp_path):
    write_dicom_study(read_case(cases[0], (1.0, 1.0, 5.0)), tmp_path / "dicom")
    shutil.copytree(tmp_path / "dicom", tmp_path / "copy")
    code, said, err = run(tmp_path / "dicom", tmp_path / "copy", "--json")
    assert code == 0
    first, second = (json.loads(line)["study_id"] for line in said.splitlines())
    assert first.startswith("dicom-") and second == f"{first}-2"
    assert f"warning: copy holds {first} once more; this one is written as {second}\n" in err
    assert sorted(results(out)) == [first, second]
    assert json.loads((out / second / "analysis.json").read_text("utf-8"))["study_id"] == second
    code, _, err = run(tmp_path / "dicom", tmp_path / "copy", "--skip-existing")
    assert code == 0 and err.count("skipped") == 2


def test_dicom_results_are_refused_to_that_study_alone(run, cases, out, tmp_path):
    write_dicom_study(read_case(cases[0], (1.0, 1.0, 5.0)), tmp_path / "dicom")
    code, _, err = run(cases[1], tmp_path / "dicom", "--fractional-seg")
    assert code == 6 and f"error: {NAMES[1]} is no DICOM study" in err
    assert len(results(out)) == 1


def parts(lines):
    """What a run said of each study, without how long it took and where it is."""
    documents = [json.loads(line) for line in lines.splitlines()]
    for document in documents:
        document.pop("timings_s", None)
        document.get("files", {}).clear()
    return sorted(documents, key=lambda document: document["study_id"])


def test_processes_find_the_same_and_fail_alike(run, cases, out, tmp_path):
    twin = write_case(tmp_path / "more", NAMES[0], *head_stack(seed=7))
    damage(cases[1])
    words = (*cases, twin, "--json", "--force")
    alone = run(*words)
    shutil.move(out, tmp_path / "alone")
    together = run(*words, "--jobs", "2")
    assert alone[0] == together[0] == 6
    assert parts(alone[1]) == parts(together[1])
    assert sorted(alone[2].splitlines()) == sorted(together[2].splitlines())
    here, there = (sorted(p.name for p in f.iterdir()) for f in (out, tmp_path / "alone"))
    assert here == there == [NAMES[0], f"{NAMES[0]}-2", NAMES[2], "studies.csv"]
    for name in here[:3]:
        mask = "mask.nii.gz"
        assert (out / name / mask).read_bytes() == (tmp_path / "alone" / name / mask).read_bytes()


@pytest.mark.usefixtures("in_this_process")
def test_the_table_is_in_the_order_of_the_inputs(run, cases):
    code, table, _ = run(*reversed(cases), "--jobs", "2", "--quiet")
    places = [table.index(name) for name in reversed(NAMES)]
    assert code == 0 and places == sorted(places)


@pytest.mark.usefixtures("in_this_process")
def test_what_stands_in_folders_of_one_path_is_found_again(run, cases, out):
    code, _, err = run(cases[0].parent, "--jobs", "2")
    assert code == 0, err
    assert list(results(out)) == list(NAMES)


def test_the_model_is_refused_once(run, cases, tmp_path, out):
    code, _, err = run(*cases, "--jobs", "2", "--model", tmp_path / "nowhere")
    assert code == 5 and err.count("error: ") == 1
    assert not out.exists()
