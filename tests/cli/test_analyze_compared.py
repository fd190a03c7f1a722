"""`glioscope analyze --compare-with`: the change since an earlier result, and what is refused."""

import json
from pathlib import Path

import pytest
from tests.lgg_folder import head_stack, write_case
from tests.toy_model import toy_bundle

from glioscope.cli.main import exit_code

# Cases of the LGG set tell patient and day by their names.
EARLIER, LATER = "TCGA_CS_0001_19990101", "TCGA_CS_0001_20000101"
OTHER_PATIENT = "TCGA_CS_0002_20000101"


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The lesion covers 3 slices, and 6 a year later; the result of the earlier study."""
    root = tmp_path_factory.mktemp("root")
    toy_bundle(root / "toy")
    write_case(root / "set", EARLIER, *_grown(3))
    write_case(root / "set", LATER, *_grown(6))
    write_case(root / "set", OTHER_PATIENT, *_grown(6))
    assert _analyze(root, EARLIER, root / "earlier") == 0
    return root


def _grown(slices: int):
    stack, masks = head_stack(8, seed=1)
    quiet = slice(slices + 1, None)
    stack[quiet][masks[quiet]] = 90
    masks[quiet] = False
    return stack, masks


def _analyze(root: Path, case: str, out: Path, *words: object) -> int:
    folder, model = root / "set" / case, root / "toy"
    options = ("--model", model, "--spacing", "1.5,1.5,5", "--quiet", "-o", out, *words)
    return exit_code(["analyze", *map(str, (folder, *options))])


def test_the_change_stands_in_report_and_json(root: Path, tmp_path: Path) -> None:
    earlier = root / "earlier" / EARLIER
    assert _analyze(root, LATER, tmp_path, "--compare-with", earlier, "--lang", "en") == 0
    found = json.loads((tmp_path / LATER / "comparison.json").read_text("utf-8"))
    assert (found["earlier_id"], found["later_id"]) == (EARLIER, LATER)
    volume = next(c for c in found["changes"] if c["name"] == "volume")
    assert volume["percent"] == pytest.approx(100, abs=10)
    page = (tmp_path / LATER / "report.html").read_text("utf-8")
    assert "Comparison with the earlier study" in page and EARLIER in page
    # The control: without the option nothing is compared.
    assert _analyze(root, LATER, tmp_path / "alone", "--lang", "en") == 0
    assert not (tmp_path / "alone" / LATER / "comparison.json").exists()
    page = (tmp_path / "alone" / LATER / "report.html").read_text("utf-8")
    assert "Comparison with the earlier study" not in page


def test_another_patient_is_refused_and_nothing_written(
    root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ("--compare-with", root / "earlier" / EARLIER)
    assert _analyze(root, OTHER_PATIENT, tmp_path / "out", *words) == 3
    assert "two patients" in capsys.readouterr().err
    assert not [p for p in (tmp_path / "out").rglob("*") if p.is_file()]


def test_an_earlier_result_that_is_the_later_one_is_refused(
    root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert _analyze(root, LATER, tmp_path / "later") == 0
    words = ("--compare-with", tmp_path / "later" / LATER)
    assert _analyze(root, EARLIER, tmp_path / "out", *words) == 3
    assert "other order" in capsys.readouterr().err
    assert not (tmp_path / "out" / EARLIER).exists()


def test_a_folder_that_is_no_result_is_refused_before_any_work(
    root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert _analyze(root, LATER, tmp_path / "out", "--compare-with", tmp_path) == 3
    assert "analysis.json cannot be read" in capsys.readouterr().err
    assert not (tmp_path / "out" / LATER).exists()
