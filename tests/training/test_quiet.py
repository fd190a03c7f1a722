"""What TensorFlow has to say of this computer does not reach who trains or exports."""

import os
import subprocess
import sys
from pathlib import Path

CODE = """
import sys
from glioscope.cli.main import exit_code
run, preset = sys.argv[1:]
assert exit_code(["train", "--describe", "--preset", preset]) == 0
assert exit_code(["export", run, run, "-o", run + "/out", "--cross-validation", run]) == 2
import tensorflow
tensorflow.constant(1) + 1
"""


PRESET = """
stages = [[16, 2]]
jit = false
[network]
widths = [4, 8]
"""


def test_stderr_holds_nothing_but_our_own_words(tmp_path: Path) -> None:
    environment = {k: v for k, v in os.environ.items() if k != "TF_CPP_MIN_LOG_LEVEL"}
    preset = tmp_path / "toy.toml"
    preset.write_text(PRESET)
    done = subprocess.run(
        [sys.executable, "-c", CODE, os.fspath(tmp_path), os.fspath(preset)],
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    [line] = done.stderr.splitlines()
    assert line.startswith("error: ") and "config.json" in line
