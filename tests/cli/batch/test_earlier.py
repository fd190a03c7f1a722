"""Results that are there already: an error per study, skipped when the same, replaced when told."""

import json
import shutil

import pytest
from tests.cli.batch.conftest import NAMES, cases_in, damage, repaint, results
from tests.toy_model import toy_bundle

from glioscope.cli.main import exit_code


@pytest.fixture(scope="module")
def analysed(model, tmp_path_factory):
    """The cases, and the result of each."""
    folder = tmp_path_factory.mktemp("analysed")
    inputs = cases_in(folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GLIOSCOPE_MODEL", str(model))
        words = ["analyze", *map(str, inputs), "-o", str(folder / "out"), "--quiet"]
        assert exit_code(words) == 0
    return folder


@pytest.fixture
def cases(analysed, tmp_path):
    shutil.copytree(analysed / "set", tmp_path / "set")
    return [tmp_path / "set" / name for name in NAMES]


@pytest.fixture
def done(analysed, out):
    """Put the results of the first so many cases where they were written."""

    def put(count):
        for name in NAMES[:count]:
            shutil.copytree(analysed / "out" / name, out / name)

    return put


def test_a_finished_study_does_not_stop_the_others(run, cases, done, out):
    done(1)
    before = results(out)
    code, table, err = run(*cases)
    assert code == 6
    assert f"error: {NAMES[0]} is already in out" in err and "--skip-existing" in err
    assert "1 of 3 studies failed" in err and "2 were written" in err
    assert list(results(out)) == list(NAMES) and results(out)[NAMES[0]] == before[NAMES[0]]
    assert NAMES[0] not in table


def test_what_is_the_same_is_skipped_and_named(run, cases, done, out):
    done(2)
    before = results(out)
    code, said, err = run(*cases, "--skip-existing", "--json")
    assert code == 0
    lines = [json.loads(line) for line in said.splitlines()]
    assert [line["status"] for line in lines] == ["skipped", "skipped", "done"]
    assert all(line["tumour_slices"] == 2 and "report.pdf" in line["files"] for line in lines)
    for name in NAMES[:2]:
        assert f"{name}: skipped; its result in out is of the same input and model\n" in err
        assert results(out)[name] == before[name]
    assert NAMES[2] in results(out)


def test_another_input_is_not_skipped(run, cases, done, out):
    done(3)
    before = results(out)
    repaint(cases[1])
    code, _, err = run(*cases, "--skip-existing")
    assert code == 6 and "1 of 3 studies failed" in err
    assert f"error: {NAMES[1]} is already in out, of another input, model" in err
    assert results(out) == before
    assert run(*cases, "--skip-existing", "--overwrite")[0] == 0
    assert {n for n, when in results(out).items() if when != before[n]} == {NAMES[1]}


@pytest.mark.parametrize("words", [("--model", "OTHER"), ("--fast",), ("--spacing", "1,1,5")])
def test_another_model_or_way_to_ask_it_is_not_skipped(run, cases, done, out, tmp_path, words):
    other = toy_bundle(tmp_path / "other", size=32)
    done(1)
    before = results(out)
    said = [str(other) if word == "OTHER" else word for word in words]
    code, _, err = run(cases[0], "--skip-existing", *said)
    assert code == 2 and "of another input, model" in err
    assert results(out) == before
    assert run(cases[0], "--skip-existing", "--overwrite", *said)[0] == 0
    assert results(out) != before
    assert run(cases[0], "--skip-existing", *said)[0] == 0


def test_a_damaged_or_older_result_is_not_skipped(run, cases, done, out):
    done(3)
    document = out / NAMES[0] / "analysis.json"
    older = json.loads(document.read_text("utf-8"))
    del older["input_sha256"]
    document.write_text(json.dumps(older), encoding="utf-8")
    (out / NAMES[1] / "analysis.json").write_text("{", encoding="utf-8")
    code, _, err = run(*cases, "--skip-existing")
    assert code == 6 and "2 of 3 studies failed" in err
    assert run(*cases, "--skip-existing", "--overwrite")[0] == 0


def test_a_bad_input_with_a_result_is_still_an_error(run, cases, done):
    done(3)
    damage(cases[0])
    code, _, err = run(*cases, "--skip-existing")
    assert code == 6 and f"{NAMES[0]}_2.tif" in err


@pytest.mark.parametrize("words", [(), ("--overwrite",), ("--skip-existing", "--overwrite")])
def test_what_is_no_result_is_never_replaced(run, cases, words):
    """`-o` names the folder of the inputs: each study's own folder lies where its result would."""
    case = cases[0]
    before = sorted(p.name for p in case.iterdir())
    target = case.parent.parent / "out"
    shutil.copytree(case.parent, target)
    code, _, err = run(target / case.name, *words)
    assert code == 2 and f"{case.name} is there and is no result of glioscope" in err
    assert sorted(p.name for p in (target / case.name).iterdir()) == before


def test_a_folder_given_as_a_dot_has_its_name(run, cases, done, out, monkeypatch, capsys):
    done(1)
    monkeypatch.chdir(out)
    assert exit_code(["analyze", str(cases[0]), "-o", "."]) == 2
    assert f"{NAMES[0]} is already in out;" in capsys.readouterr().err


def test_a_file_in_a_results_place_is_seen_before_any_work(run, cases, out, monkeypatch):
    out.mkdir()
    (out / NAMES[0]).write_text("mine", encoding="utf-8")
    monkeypatch.setattr("glioscope.model.bundle.load_model", lambda *_, **__: pytest.fail("worked"))
    code, _, err = run(cases[0], "--overwrite")
    assert code == 2 and "is no result of glioscope" in err
    assert (out / NAMES[0]).read_text("utf-8") == "mine"
