"""All files of a MONAI bundle, made of one of ours."""

import json
import shutil
from pathlib import Path

from glioscope.errors import UsageError
from glioscope.files import atomic_folder
from glioscope.model.bundle import CARD, DATA, FOLDS, PLAN, WEIGHTS, load_model
from glioscope.model.engine import OnnxEngine
from glioscope.training.export.monai.inference import inference
from glioscope.training.export.monai.metadata import metadata
from glioscope.training.export.monai.readme import licence, readme


def write_monai(bundle: Path, folder: Path) -> None:
    """Write a new folder that `python -m monai.bundle run` runs; MONAI need not be installed.

    Raises:
        UsageError: the folder exists.
        ModelError: the bundle is missing or damaged.
    """
    if folder.exists():
        raise UsageError("training.bundle_exists", folder=folder.name)
    model = load_model(bundle)
    has_presence = not isinstance(model.engine, OnnxEngine) or model.engine.has_presence
    card = (bundle / CARD).read_text(encoding="utf-8")
    configs = {
        "metadata.json": metadata(model.plan, card, has_presence=has_presence),
        "inference.json": inference(model.plan, has_presence=has_presence),
    }
    with atomic_folder(folder) as made:
        for part in ("configs", "models", "docs"):
            (made / part).mkdir()
        for name, document in configs.items():
            text = json.dumps(document, indent=2, ensure_ascii=False) + "\n"
            (made / "configs" / name).write_text(text, encoding="utf-8")
        shutil.copyfile(bundle / WEIGHTS, made / "models" / WEIGHTS)
        for name in (CARD, PLAN, DATA, FOLDS):
            if (bundle / name).is_file():
                shutil.copyfile(bundle / name, made / "docs" / name)
        text = readme(model.plan, card, has_presence=has_presence)
        (made / "docs" / "README.md").write_text(text, encoding="utf-8")
        (made / "LICENSE").write_text(licence(card), encoding="utf-8")
