"""`glioscope compare` on result folders: what it writes, says and returns."""

import json
import shutil
from dataclasses import replace

import pytest
from pypdf import PdfReader

from dicom_studies import FLAIR, analysed, two_lesions, write_phantom
from glioscope.cli.main import exit_code
from glioscope.writing.dicom.elements import uid_of
from glioscope.writing.study_folder import write_study
from phantoms import analysis_for, box_mask, nominal_grid
from results import lesions


@pytest.fixture
def run(capsys, monkeypatch):
    for name in ("GLIOSCOPE_LANG", "LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)

    def call(*words):
        code = exit_code(["compare", *map(str, words)])
        return code, *capsys.readouterr()

    return call


def written(analysis, folder):
    write_study(analysis, folder, lang="en")
    return folder / analysis.study.study_id


@pytest.fixture(scope="module")
def blocks(tmp_path_factory):
    """A block that grows from 20 to 34 columns, its figures known to 3 %."""
    folder = tmp_path_factory.mktemp("blocks")
    for name, wide in (("a", 20), ("b", 34)):
        written(lesions((0.97, 1.03), wide, others=0), folder).rename(folder / name)
    return folder


@pytest.fixture
def pair(blocks, tmp_path):
    """Both, to be changed."""
    return [shutil.copytree(blocks / name, tmp_path / name) for name in "ab"]


def nominal(folder, shape=(40, 40, 8), wide=20):
    mask = box_mask(nominal_grid(shape), (5, 5, 3), (5 + wide, 25, 6))
    return written(analysis_for(mask, kind="lgg"), folder)


def test_the_table_gives_changes_class_and_notice(run, pair):
    code, out, _ = run(*pair, "--lang", "ru")
    assert code == 0
    assert "+70\u00a0%" in out and "Сумма произведений диаметров" in out
    assert "По изображениям, по критериям RANO: прогрессирование." in out
    assert "Только для исследовательских целей" in out
    assert "On the images, by RANO: progression." in run(*pair)[1]


def test_the_language_follows_the_locale(run, pair, monkeypatch):
    monkeypatch.setenv("LANG", "ru_RU.UTF-8")
    assert "прогрессирование" in run(*pair)[1]
    monkeypatch.setenv("GLIOSCOPE_LANG", "en")
    assert "progression" in run(*pair)[1]


def test_json_is_one_object_with_figures_and_error(run, pair):
    code, out, err = run(*pair, "--json")
    document = json.loads(out)
    assert (code, err) == (0, "")
    assert document["research_use_only"] is True
    assert (document["response"], document["within_error"]) == ("progression", False)
    volume = document["changes"][0]
    assert volume["percent"] == pytest.approx(70) and volume["unit"] == "ml"
    assert volume["percent_interval"] == pytest.approx([60.1, 80.5], abs=0.1)


def test_a_report_is_written_where_asked(run, pair, tmp_path):
    out = tmp_path / "comparison"
    assert run(*pair, "-o", out)[0] == 0
    assert {p.name for p in out.iterdir()} == {"comparison.json", "report.html", "report.pdf"}
    with PdfReader(out / "report.pdf") as reader:
        text = " ".join(page.extract_text() for page in reader.pages)
    assert "progression" in text and "Research use only" in text
    before = (out / "report.pdf").read_bytes()
    code, _, err = run(*pair, "-o", out)
    assert code == 2 and "--overwrite" in err
    assert run(*pair, "-o", out, "--overwrite")[0] == 0
    assert (out / "report.pdf").read_bytes() == before


def test_pictures_of_one_size_compare_in_percent_of_pixels(run, tmp_path):
    pair = nominal(tmp_path / "a"), nominal(tmp_path / "b", wide=30)
    code, out, _ = run(*pair)
    assert (
        code == 0 and "+50\u00a0%" in out and "voxels" in out and "ml" not in out.split("RANO")[0]
    )


def test_pictures_of_other_sizes_or_with_spacing_do_not(run, pair, tmp_path):
    one, other = nominal(tmp_path / "c"), nominal(tmp_path / "d", shape=(48, 40, 8))
    for words in ((one, other), (one, pair[0]), (pair[0], one)):
        code, out, err = run(*words)
        assert (code, out) == (3, "") and "--spacing" in err


def test_a_folder_that_is_no_result_is_3(run, pair, tmp_path):
    code, _, err = run(pair[0], tmp_path)
    assert code == 3 and "analysis.json cannot be read" in err
    (pair[1] / "mask.nii.gz").unlink()
    code, _, err = run(*pair)
    assert code == 3 and "mask.nii.gz" in err


def test_a_mask_of_another_run_is_refused(run, pair):
    (pair[1] / "mask.nii.gz").write_bytes((pair[0] / "mask.nii.gz").read_bytes())
    code, _, err = run(*pair)
    assert code == 3 and "not of one run" in err


def test_a_result_of_an_older_version_says_to_analyse_again(run, pair):
    path = pair[0] / "analysis.json"
    document = json.loads(path.read_text("utf-8"))
    del document["findings"][0]["intervals"]
    path.write_text(json.dumps(document), encoding="utf-8")
    code, _, err = run(*pair)
    assert code == 3 and "findings[0]: intervals is missing; analyse" in err


def from_dicom(folder, patient, day):
    tags = replace(FLAIR, patient_id=patient, date=day, study_uid=uid_of("study", day))
    write_phantom(two_lesions("axial"), folder / "in", tags)
    return written(analysed(folder / "in"), folder / "out")


@pytest.fixture(scope="module")
def earlier(tmp_path_factory):
    return from_dicom(tmp_path_factory.mktemp("earlier"), "P1", "20230101")


def test_results_of_two_patients_are_refused_and_neither_is_named(run, earlier, tmp_path):
    code, out, err = run(earlier, from_dicom(tmp_path, "Q2", "20240101"))
    assert code == 3 and not out
    assert "two patients" in err and "P1" not in err and "Q2" not in err


def test_the_order_of_results_is_that_of_their_dates_and_a_damaged_report_tells_nothing(
    run, earlier, tmp_path
):
    later = from_dicom(tmp_path, " p1", "20240101")
    code, out, _ = run(earlier, later)
    assert code == 0 and "not known" not in out
    code, out, err = run(later, earlier)
    assert code == 3 and "other order" in err and not out
    (later / "sr.dcm").write_bytes(b"nothing")
    assert "whose the studies are is not known" in run(earlier, later)[1]


def test_what_is_not_known_is_said(run, pair):
    said = run(*pair)[1]
    assert "whose the studies are is not known" in said
    assert "check which one came first" in said


def test_cases_of_the_lgg_set_tell_patient_and_day_by_their_names(run, tmp_path):
    def case(name):
        analysis = lesions((0.9, 1.1), 20, others=0)
        return written(replace(analysis, study=replace(analysis.study, study_id=name)), tmp_path)

    one, other = case("TCGA_CS_4941_19960909"), case("TCGA_CS_4942_19970222")
    assert "two patients" in run(one, other)[2]
    assert "other order" in run(case("TCGA_CS_4941_19970101"), one)[2]
