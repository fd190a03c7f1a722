import json

import pytest

from glioscope.cli.main import exit_code
from glioscope.reading.results import read_analysis
from toy_model import toy_bundle

pytestmark = pytest.mark.usefixtures("_head_made_once")
NAMES = {
    *("analysis.json", "mask.nii.gz", "overview.png", "probability.nii.gz"),
    *("report.html", "report.pdf"),
}


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    return str(toy_bundle(tmp_path_factory.mktemp("model") / "toy", size=96))


def test_it_finds_the_lesion_and_prints_the_truth_beside_it(model, tmp_path, capsys):
    words = ["demo", "-o", str(tmp_path / "demo"), "--model", model, "--lang", "ru"]
    assert exit_code(words) == 0
    printed = capsys.readouterr()
    for part in ("задано", "найдено", "опухоль", "совпадение (Дайс)", "мл"):
        assert part in printed.out
    assert "Только для исследовательских целей" in printed.out
    assert "синтетический фантом" in printed.err
    folder = tmp_path / "demo" / "synthetic-phantom-0"
    assert {p.name for p in folder.iterdir()} == NAMES
    assert all(name in printed.out for name in NAMES)
    assert read_analysis(folder / "analysis.json").decision == "tumour"


def test_json_is_one_object_and_a_second_run_replaces_the_first(model, tmp_path, capsys):
    words = ["demo", "-o", str(tmp_path), "--model", model, "--json", "--quiet"]
    assert exit_code(words) == exit_code(words) == 0
    printed = capsys.readouterr()
    assert printed.err == ""
    first, second = map(json.loads, printed.out.splitlines())
    assert first == second
    assert first["synthetic"] is True and set(first["files"]) == NAMES
    assert first["dice"] > 0.8
    assert first["truth"]["lesions"] == first["found"]["lesions"] == 1
    assert first["found"]["volume_ml"] == pytest.approx(first["truth"]["volume_ml"], rel=0.3)


def test_a_missing_model_is_exit_code_5(tmp_path, capsys):
    assert exit_code(["demo", "-o", str(tmp_path / "o"), "--model", str(tmp_path / "none")]) == 5
    assert "there is no such folder" in capsys.readouterr().err
    assert not (tmp_path / "o").exists()


def test_another_language_is_exit_code_2(model, tmp_path, capsys):
    assert exit_code(["demo", "-o", str(tmp_path), "--model", model, "--lang", "de"]) == 2
    assert "ru or en" in capsys.readouterr().err
