"""What `import glioscope` and the light commands load, seen from a fresh interpreter."""

import json
import subprocess
import sys

import pytest

import glioscope

TRAINING = {"jax", "keras", "kagglehub", "matplotlib", "sklearn", "tensorflow", "tf2onnx", "torch"}
HEAVY = TRAINING | {
    "fpdf",
    "highdicom",
    "nibabel",
    "numpy",
    "onnxruntime",
    "PIL",
    "pydicom",
    "rich",
    "scipy",
    "tifffile",
    "typer",
}


def loaded_by(code: str) -> set[str]:
    """Top-level modules that a fresh interpreter holds after running `code`."""
    report = "import json, sys; print(json.dumps(sorted({m.split('.')[0] for m in sys.modules})))"
    done = subprocess.run(
        [sys.executable, "-c", f"{code}\n{report}"], capture_output=True, text=True, check=True
    )
    return set(json.loads(done.stdout.splitlines()[-1]))


def test_import_loads_nothing_heavy() -> None:
    assert not loaded_by("import glioscope") & HEAVY


def test_the_check_sees_a_heavy_module() -> None:
    assert "numpy" in loaded_by("import glioscope; glioscope.Grid") & HEAVY


def test_help_loads_no_array_library() -> None:
    code = "from glioscope.cli.main import exit_code; assert exit_code(['--help']) == 0"
    assert not loaded_by(code) & (HEAVY - {"rich", "typer"})


@pytest.mark.parametrize("command", ["analyze", "demo", "selftest"])
def test_light_commands_need_no_training_framework(command: str) -> None:
    """Everything the command imports, function bodies included."""
    code = f"""
import ast, importlib, pathlib
import glioscope.cli.{command} as module
for node in ast.walk(ast.parse(pathlib.Path(module.__file__).read_text('utf-8'))):
    if isinstance(node, ast.ImportFrom) and (node.module or '').startswith('glioscope'):
        importlib.import_module(node.module)
"""
    assert not loaded_by(code) & TRAINING


def test_public_names_are_sorted_and_there() -> None:
    assert glioscope.__all__ == sorted(glioscope.__all__)
    for name in glioscope.__all__:
        assert getattr(glioscope, name) is not None
    assert dir(glioscope) == glioscope.__all__


def test_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'analyse'"):
        glioscope.analyse  # noqa: B018
