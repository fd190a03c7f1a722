"""Nothing in the plain install, the workplace or the node needs what only POSIX has.

Not Windows itself: paths, file locks and rights of Windows are not there. What differs in those has
tests of its own beside each file.
"""

import os
import subprocess
import sys
from pathlib import Path

from toy_model import toy_bundle

ROOT = Path(__file__).parents[1]


def test_a_study_is_analysed_on_a_russian_console_without_posix(tmp_path: Path) -> None:
    """All modules are imported in the same process, since loading libraries takes longest."""
    out, model = tmp_path / "out", toy_bundle(tmp_path / "toy", size=96)
    environment = {k: v for k, v in os.environ.items() if not k.startswith("GLIOSCOPE_")}
    done = subprocess.run(
        [sys.executable, "tests/as_on_windows.py", "demo", "-o", str(out), "--model", str(model)],
        cwd=ROOT,
        env={**environment, "PYTHONIOENCODING": "cp866", "GLIOSCOPE_LANG": "ru"},
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode("cp866")
    assert "решение" in done.stdout.decode("cp866")
    [study] = out.iterdir()
    assert {"analysis.json", "report.pdf", "report.html"} <= {p.name for p in study.iterdir()}


def test_what_only_posix_has_is_missed(tmp_path: Path) -> None:
    """The control: what a module of ours would raise."""
    code = "import as_on_windows as w; w.LIBRARIES = (); w.become_windows(); import fcntl"
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT / "tests",
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr.endswith("ModuleNotFoundError: No module named 'fcntl'\n")
