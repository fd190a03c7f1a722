"""`glioscope backup` and `glioscope restore`."""

from pathlib import Path

import pytest

from glioscope.cli.main import exit_code
from glioscope.server.demo import load_demo
from glioscope.server.serve import Place


def test_a_server_is_copied_and_put_back(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from glioscope.server import demo

    monkeypatch.setattr(demo, "HEADS", demo.HEADS[1:2])
    context = Place(data=tmp_path / "old").context("en", None)
    load_demo(context)
    load_demo(context)  # what is there already is not handed in again
    file = str(tmp_path / "backup.tar")
    old, new = (["--data", str(tmp_path / name), "--lang", "en"] for name in ("old", "new"))
    assert exit_code(["backup", file, *old]) == 0
    assert capsys.readouterr().out == "backup.tar: studies 1\n"
    assert exit_code(["restore", file, *new]) == 0
    assert capsys.readouterr().out == "put back from backup.tar: studies 1\n"
    assert exit_code(["restore", file, *new]) == 2
    assert "empty place" in capsys.readouterr().err
    assert exit_code(["backup", file, *old]) == 2
    context.engine.dispose()
