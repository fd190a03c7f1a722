"""`glioscope analyze` on DICOM: which results stand there, and what is refused before any work."""

import json
from pathlib import Path

import pytest
from tests.lgg_folder import head_stack, write_case
from tests.toy_model import toy_bundle

from glioscope.cli.main import exit_code
from glioscope.reading.lgg import read_case
from glioscope.writing.dicom.mosmed.check import departures
from glioscope.writing.mr.study import write_dicom_study

CASE = "TCGA_CS_0001_20000102"
EXTRAS = ("--fractional-seg", "--secondary-capture", "--encapsulated-pdf", "--profile=mosmed")


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("root")
    write_case(root / "set", CASE, *head_stack(6, seed=1))
    write_dicom_study(read_case(root / "set" / CASE, (0.9, 0.9, 5.0)), root / "dicom")
    toy_bundle(root / "toy")
    return root


def test_a_dicom_study_has_dicom_results(
    root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["analyze", str(root / "dicom"), "-o", str(tmp_path), "--model", str(root / "toy")]
    assert exit_code([*words, "--json", "--quiet", *EXTRAS]) == 0
    done = json.loads(capsys.readouterr().out)
    expected = {"seg.dcm", "sr.dcm", "probability_seg.dcm", "overlays", "report.dcm", "mosmed"}
    assert expected <= set(done["files"])
    assert all(Path(done["files"][name]).exists() for name in expected)
    assert list(departures(Path(done["files"]["mosmed"]))) == []


@pytest.mark.parametrize("option", EXTRAS)
def test_dicom_results_of_pictures_are_refused(
    option: str, root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["analyze", str(root / "set" / CASE), "-o", str(tmp_path), option]
    assert exit_code(words) == 2
    assert f"{CASE} is no DICOM study" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


def test_the_profile_names_the_patient_and_so_is_never_pseudonymous(
    root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["analyze", str(root / "dicom"), "-o", str(tmp_path / "out")]
    assert exit_code([*words, "--profile", "mosmed", "--pseudonymous"]) == 2
    assert "contradict" in capsys.readouterr().err
