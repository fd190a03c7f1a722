"""What the campaign needs glioscope's training for, in a process of its own: join, predict."""

import shutil
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

from glioscope.errors import UsageError
from glioscope.evaluation.splits.folds import Folds, lgg90, site_folds

# What the adopted folds must have been trained by.
RECIPE = "robust"
JOINED = ("config.json", "history.csv", "plan.json")


def join(root: Path, out: Path, parts: dict[str, Path], folds: Folds) -> None:
    """Write predictions, plan, history and configuration of the parts into `out`.

    `parts` are the folders that hold each part's raw predictions, called as `folds` calls it.
    """
    from glioscope.training.config import load_config
    from glioscope.training.folds.out_of_fold import finish

    with tempfile.TemporaryDirectory(prefix="glioscope-campaign-") as temporary:
        run = Path(temporary)
        for name, folder in parts.items():
            (run / name).mkdir()
            for path in (*folder.glob("held_out*.npz"), folder / "history.csv"):
                shutil.copyfile(path, run / name / path.name)
        finish(load_config(next(iter(parts.values()))), root, folds, run)
        out.mkdir(parents=True, exist_ok=True)
        for path in (*run.glob("predictions*.npz"), *(run / name for name in JOINED)):
            shutil.copyfile(path, out / path.name)


def predict(root: Path, k: int, folder: Path, run: Path, folds: Folds) -> None:
    """Take over a fold trained elsewhere: its held-out patients are predicted from its weights.

    Raises:
        UsageError: it was trained by another recipe.
    """
    from glioscope.training.config import load_config, load_preset

    config = load_config(folder)
    recipe = load_preset(RECIPE)
    # When held-out slices are looked at shapes the loss curve alone.
    alike = replace(
        config,
        name=recipe.name,
        precision=recipe.precision,
        validate_every=recipe.validate_every,
    )
    if alike != recipe:
        raise UsageError("text", text=f"{folder.name}: trained by another recipe than `{RECIPE}`")
    # Imports Keras, which takes far longer than to refuse.
    from glioscope.evaluation.variants.changes import VARIANTS
    from glioscope.training.folds.cross_validation import (
        RAW,
        fold_cases,
        predict_raw,
        raw_name,
        save_raw,
    )
    from glioscope.training.network.unet import build

    run.mkdir(parents=True, exist_ok=True)
    for name in ("config.json", "history.csv", "model.weights.h5"):
        shutil.copyfile(folder / name, run / name)
    network = build(config.network, config.size)
    network.load_weights(run / "model.weights.h5")
    _, held_out = fold_cases(root, folds, k)
    for name, change in VARIANTS.items():
        save_raw(run / raw_name(name), predict_raw(config, network, held_out, change))
    # Last: it marks the fold as done.
    save_raw(run / RAW, predict_raw(config, network, held_out))


def main(arguments: list[str]) -> None:
    """Called by `campaign.py`: join DATA OUT fold0=FOLDER …, predict DATA FOLD FOLDER RUN."""
    action, data, *rest = arguments
    if action == "join":
        named = (part.partition("=") for part in rest[1:])
        parts = {name: Path(folder) for name, _, folder in named}
        folds = lgg90()
        if next(iter(parts)).startswith("site-"):
            folds = site_folds(folds.cases, folds.seed)
        join(Path(data), Path(rest[0]), parts, folds)
    else:
        predict(Path(data), int(rest[0]), Path(rest[1]), Path(rest[2]), lgg90())


if __name__ == "__main__":
    main(sys.argv[1:])
