"""Folders for what is under construction are gone with their process, however that ends."""

import subprocess
import sys
import tempfile

from glioscope.cli.support.scratch import scratch_folder

_KILLED = """
import os, signal
from glioscope.cli.support.scratch import scratch_folder
with scratch_folder() as folder:
    (folder / "half.nii").touch()
    os.kill(os.getpid(), signal.SIGTERM)
"""


def test_what_a_killed_process_left_is_cleared_and_nothing_else(tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    (tmp_path / "other").touch()
    assert subprocess.run([sys.executable, "-c", _KILLED], check=False).returncode
    assert len(list(tmp_path.glob("*/half.nii"))) == 1
    with scratch_folder() as one, scratch_folder() as two:
        assert not list(tmp_path.glob("*/half.nii"))
        assert one.is_dir() and two.is_dir() and one != two
    assert [path.name for path in tmp_path.iterdir()] == ["other"]
