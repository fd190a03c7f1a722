"""A bundle in MONAI's shape is whole, says what it is, and needs neither MONAI nor Keras."""

import json
import subprocess
import sys
from pathlib import Path

from glioscope.cli.main import exit_code
from glioscope.model.bundle import WEIGHTS, shipped_model
from toy_model import toy_bundle


def test_the_shipped_model_is_written_whole(tmp_path: Path) -> None:
    folder = tmp_path / "monai"
    assert exit_code(["monai", "-o", str(folder)]) == 0
    found = sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file())
    assert found == [
        "LICENSE",
        "configs/inference.json",
        "configs/metadata.json",
        "docs/README.md",
        "docs/card.md",
        "docs/data.json",
        "docs/folds.json",
        "docs/plan.json",
        "models/model.onnx",
    ]
    assert (folder / "models" / WEIGHTS).read_bytes() == (shipped_model() / WEIGHTS).read_bytes()
    readme = (folder / "docs" / "README.md").read_text(encoding="utf-8")
    assert "Not a medical device" in readme and "4. FLAIR, the slice itself" in readme
    assert "{" not in readme
    assert "CC BY-NC-SA" in (folder / "LICENSE").read_text(encoding="utf-8")
    assert exit_code(["monai", "-o", str(folder)]) == 2, "nothing is written over"


def test_a_toy_is_written_without_what_it_lacks(tmp_path: Path) -> None:
    bundle, folder = toy_bundle(tmp_path / "toy", size=64), tmp_path / "monai"
    assert exit_code(["monai", "-o", str(folder), "--model", str(bundle)]) == 0
    assert not (folder / "docs" / "data.json").exists()
    told = json.loads((folder / "configs" / "inference.json").read_text(encoding="utf-8"))
    assert told["size"] == 64


def test_neither_monai_nor_keras_is_imported(tmp_path: Path) -> None:
    code = (
        "import sys; from glioscope.cli.main import exit_code\n"
        f"assert exit_code(['monai', '-o', {str(tmp_path / 'monai')!r}]) == 0\n"
        "print(*{n.split('.')[0] for n in sys.modules} & {'keras', 'tensorflow', 'torch', 'monai'})"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""
