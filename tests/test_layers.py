"""Decision 0001, house and layers, holds: import-linter's contracts in pyproject.toml are kept."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
LINT = [
    sys.executable,
    "-c",
    "import sys; from importlinter.cli import lint_imports_command as c; c()",
]


def lint(config: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*LINT, "--config", str(config), "--no-cache"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )


def test_contracts_are_kept() -> None:
    done = lint(ROOT / "pyproject.toml")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "2 kept, 0 broken" in done.stdout


@pytest.mark.parametrize("forbidden", ["scipy", "numpy"])
def test_a_broken_contract_is_seen(tmp_path: Path, forbidden: str) -> None:
    config = tmp_path / "broken.toml"
    config.write_text(
        "[tool.importlinter]\n"
        'root_package = "glioscope"\n'
        "include_external_packages = true\n"
        "[[tool.importlinter.contracts]]\n"
        'name = "control"\ntype = "forbidden"\n'
        'source_modules = ["glioscope.volume", "glioscope.reading"]\n'
        f'forbidden_modules = ["{forbidden}"]\n',
        encoding="utf-8",
    )
    assert lint(config).returncode == 1
