"""`glioscope selftest` passes on a whole installation and fails with 5 on every broken one."""

import tomllib
from pathlib import Path

import pytest

from glioscope.cli import selftest
from glioscope.cli.main import exit_code
from glioscope.errors import ModelError
from toy_model import toy_bundle

pytestmark = pytest.mark.usefixtures("_head_made_once")


def run(model: Path) -> int:
    return exit_code(["selftest", "--model", str(model)])


def test_a_whole_installation_passes(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    assert run(toy_bundle(tmp_path / "toy")) == 0
    shown = capsys.readouterr().out.splitlines()
    assert [line.split()[:2] for line in shown] == [
        ["ok", "packages"],
        ["ok", "model"],
        ["ok", "phantom"],
    ]


def test_a_damaged_bundle_is_5(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    bundle = toy_bundle(tmp_path / "toy")
    with (bundle / "model.onnx").open("ab") as file:
        file.write(b"\0")
    assert run(bundle) == 5
    assert "model.onnx is damaged" in capsys.readouterr().err


def test_a_model_that_finds_nothing_is_5(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    blind = toy_bundle(tmp_path / "blind", presence_threshold=1 - 1e-12)
    assert run(blind) == 5
    assert "synthetic lesion is not found" in capsys.readouterr().err


def test_a_package_of_another_version_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(selftest, "_installed", lambda _: "0.0.1")
    with pytest.raises(ModelError, match=r"package \w+: expected >=.*, got 0\.0\.1"):
        selftest.check_packages()


def test_a_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(selftest, "_installed", lambda _: None)
    with pytest.raises(ModelError, match="got none; run pip install"):
        selftest.check_packages()


def test_extras_are_not_needed() -> None:
    declared = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text("utf-8"))
    assert selftest.check_packages() == len(declared["project"]["dependencies"])
