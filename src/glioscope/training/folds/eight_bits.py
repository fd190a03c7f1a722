# pyright: basic
# It speaks with Keras, which carries no types.
"""What the network of a fold says of its held-out patients with `--fast`: in 8 bits."""

from pathlib import Path

from glioscope.analysis_parts import ModelInfo
from glioscope.evaluation.predictions.archive import IN_EIGHT_BITS
from glioscope.evaluation.splits.folds import Folds
from glioscope.model.bundle import FAST_MIRRORED_FROM, Model
from glioscope.model.engine import OnnxEngine
from glioscope.training.config import load_config
from glioscope.training.export.eight_bits import in_eight_bits, range_slices
from glioscope.training.export.onnx import to_onnx
from glioscope.training.folds.cross_validation import (
    fold_cases,
    fold_run,
    predict_with,
    raw_name,
    save_raw,
)
from glioscope.training.loop.fit import WEIGHTS


def predict_in_eight_bits(root: Path, folds: Folds, k: int, run: Path) -> None:
    """Beside the raw predictions of a trained fold those of its network in 8 bits.

    `run` is the cross-validation's. The ranges are those of the fold's own training patients.
    `glioscope.training.folds.out_of_fold.finish` puts both into predictions.
    """
    folder = fold_run(run, folds, k)
    config = load_config(folder)
    plan = config.plan()
    train, held_out = fold_cases(root, folds, k)
    weights = to_onnx(config, [folder / WEIGHTS], half=False)
    engine = OnnxEngine(in_eight_bits(weights, range_slices(train, plan)), plan)
    info = ModelInfo(plan.name, plan.version, "")
    model = Model(plan, engine, info, mirrored_from=FAST_MIRRORED_FROM)
    save_raw(folder / raw_name(IN_EIGHT_BITS), predict_with(model, held_out))
