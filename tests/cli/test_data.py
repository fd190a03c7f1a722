"""`glioscope data` as a person uses it: what is on stdout, what on stderr, and the exit code."""

import json
from pathlib import Path

import pytest
from tests.lgg_folder import head_stack, write_case

from glioscope.cli.main import exit_code
from glioscope.datasets import fetch
from glioscope.evaluation.splits import folds as folds_module
from glioscope.evaluation.splits.folds import Folds, lgg_cases, make_folds

FIRST, SECOND = "TCGA_CS_0001_20000101", "TCGA_HT_0002_20000101"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    stack, masks = head_stack(5, seed=1)
    write_case(tmp_path / "set", FIRST, stack, masks)
    stack, masks = head_stack(4, seed=2)
    stack[..., 2] = stack[..., 1]
    write_case(tmp_path / "set", SECOND, stack, masks)
    return tmp_path / "set"


def test_check_of_a_sound_folder(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert exit_code(["data", "check", str(root)]) == 0
    out, err = capsys.readouterr()
    assert out.startswith("2 patients, 9 slices, 7 with tumour")
    for text in (
        "no tumour",
        "under 200 px",
        "48×48",
        SECOND,
        "T1 with contrast",
        "No faults found.",
    ):
        assert text in out
    assert err == ""


def test_check_of_a_faulty_folder(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (root / FIRST / f"{FIRST}_2.tif").write_bytes(b"")
    (root / SECOND / f"{SECOND}_3_mask.tif").unlink()
    assert exit_code(["data", "check", str(root)]) == 3
    out = capsys.readouterr().out
    assert "2 faults:" in out
    assert f"{FIRST}_2.tif is empty (0 bytes); copy it again" in out
    assert f"{SECOND}_3_mask.tif is missing" in out
    assert str(root) not in out


def test_check_as_json(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (root / FIRST / f"{FIRST}_2.tif").write_bytes(b"")
    assert exit_code(["data", "check", str(root), "--json"]) == 3
    report = json.loads(capsys.readouterr().out)
    assert report["ok"] is False
    assert report["slices"] == 9
    assert len(report["problems"]) == 1
    assert report["replaced_by_flair"] == {SECOND: ["T1GD"]}


def test_long_lists_of_faults_are_cut(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    stack, _ = head_stack(40)
    write_case(tmp_path, FIRST, stack, None)
    assert exit_code(["data", "check", str(tmp_path)]) == 3
    out = capsys.readouterr().out
    assert "40 faults:" in out
    assert "and 10 more" in out


def test_check_of_what_is_no_set(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert exit_code(["data", "check", str(tmp_path)]) == 3
    assert "expected case folders" in capsys.readouterr().err


def test_plot(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("matplotlib")
    target = root.parent / "new" / "classes.png"
    assert exit_code(["data", "plot", str(root), "-o", str(target)]) == 0
    assert target.read_bytes().startswith(b"\x89PNG")
    assert capsys.readouterr().out.strip() == str(target)
    assert [p.name for p in target.parent.iterdir()] == ["classes.png"]


def test_plot_to_an_unknown_format(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert exit_code(["data", "plot", str(root), "-o", "a.xyz"]) == 2
    assert "a.xyz: expected a name that ends in .png" in capsys.readouterr().err


def test_fetch_shows_the_licence_and_asks(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetch, "_kagglehub_download", lambda: pytest.fail("went to the network"))
    assert exit_code(["data", "fetch", "lgg", str(tmp_path)]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert "CC BY 3.0" in err
    assert "CC BY-NC-SA 4.0" in err
    assert "--accept-licence" in err


def test_fetch(
    root: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def download(handle: str) -> str:
        print(f"Downloading {handle}")  # as kagglehub does
        return str(root)

    pytest.importorskip("kagglehub")
    monkeypatch.setattr(fetch, "_kagglehub_download", lambda: download)
    target = tmp_path / "data"
    assert exit_code(["data", "fetch", "lgg", str(target), "--accept-licence"]) == 0
    out, err = capsys.readouterr()
    assert out.strip() == str(target / "kaggle_3m")
    assert "Downloading mateuszbuda/lgg-mri-segmentation" in err
    assert exit_code(["data", "check", str(target), "--quiet"]) == 0


def test_the_folds_of_a_set_are_written(root: Path, tmp_path: Path, capsys) -> None:
    output = tmp_path / "folds.json"
    assert exit_code(["data", "folds", str(root), "-o", str(output), "-k", "2"]) == 0
    assert capsys.readouterr().out.strip() == str(output)
    folds = Folds.load(output)
    assert folds == make_folds(lgg_cases(root), 2)
    assert sorted(case.name for case in folds.cases) == [FIRST, SECOND]
    assert exit_code(["data", "folds", str(root), "-o", str(output), "-k", "3"]) == 2
    assert "2 patients" in capsys.readouterr().err
    assert exit_code(["data", "folds", str(root), "-o", str(output), "--by-site"]) == 2


def test_folds_of_the_public_set_are_the_packaged_file(lgg_root: Path, tmp_path: Path) -> None:
    assert exit_code(["data", "folds", str(lgg_root), "-o", str(tmp_path / "folds.json")]) == 0
    packaged = Path(folds_module.__file__).with_name("folds_lgg90.json")
    assert (tmp_path / "folds.json").read_bytes() == packaged.read_bytes()
