"""What each ingredient of a preset gives over the paper's recipe, under the same leak-free folds.

    python bench/ablation.py DATA -o runs/ablation

Trains each row on the named folds and goes on where it was cut off; `--table` only makes the table
again from the stored predictions.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ablation_rows import Row, rows
from ablation_table import document, markdown
from glioscope.errors import UsageError
from glioscope.evaluation.predictions.archive import ARCHIVE
from glioscope.evaluation.splits.folds import Folds, lgg90
from glioscope.files import atomic_json, atomic_text
from glioscope.settings import Settings
from glioscope.training.config import load_config, load_preset
from machine import machine

if TYPE_CHECKING:
    from glioscope.training.folds.cross_validation import CaseSlices


def main(arguments: Sequence[str] | None = None, folds: Folds | None = None) -> None:
    options = parse(arguments)
    root = options.data or Settings.from_environment().lgg
    if root is None:
        raise UsageError("text", text="name the data folder, or set GLIOSCOPE_LGG")
    target = load_preset(options.target)
    every = rows(target, options.side, options.epochs, options.samples, options.seed)
    if not options.table:
        train(_chosen(every, options.rows), root, folds or lgg90(), options.folds, options.output)
    table = document(
        every, options.output, root, seed=options.bootstrap_seed, resamples=options.resamples
    )
    atomic_json(options.output / "ablation.json", {**table, "machine": machine()})
    atomic_text(options.output / "ablation.md", markdown(table))
    print(markdown(table))


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python bench/ablation.py", description=__doc__)
    parser.add_argument(
        "data", type=Path, nargs="?", help="LGG folder; GLIOSCOPE_LGG when left out"
    )
    parser.add_argument("-o", "--output", type=Path, required=True, help="folder of runs and table")
    parser.add_argument("--target", default="robust", help="preset whose ingredients are added")
    parser.add_argument("--side", type=int, default=128)
    parser.add_argument("--epochs", type=int, default=8)
    parser.add_argument("--samples", type=int, default=2400, help="slices per epoch")
    parser.add_argument("--folds", type=int, nargs="+", default=[0], help="folds to train")
    parser.add_argument("--rows", nargs="+", default=[], help="only these rows, by key")
    parser.add_argument("--seed", type=int, default=0, help="of training")
    parser.add_argument("--bootstrap-seed", type=int, default=0)
    parser.add_argument("--resamples", type=int, default=2000)
    parser.add_argument("--table", action="store_true", help="train nothing")
    return parser.parse_args(arguments)


def _chosen(every: list[Row], keys: list[str]) -> list[Row]:
    unknown = sorted(set(keys) - {row.key for row in every})
    if unknown:
        raise UsageError(
            "text", text=f"no row {unknown[0]!r}; expected {', '.join(row.key for row in every)}"
        )
    return [row for row in every if row.key in keys] if keys else every


def train(chosen: list[Row], root: Path, folds: Folds, parts: list[int], output: Path) -> None:
    """Train what is not trained yet, row by row, and decide each row's predictions."""
    from glioscope.training.folds.cross_validation import CaseSlices, fold_cases, fold_run
    from glioscope.training.folds.out_of_fold import finish

    # Prepared slices do not depend on the recipe, so all rows share them.
    slices = CaseSlices(chosen[0].config, fold_cases(root, folds, None)[0])
    for row in chosen:
        folder = output / row.key
        trained = [
            train_part(row, root, folds, k, fold_run(folder, folds, k), slices) for k in parts
        ]
        if any(trained) or not (folder / ARCHIVE).exists():
            finish(row.config, root, folds, folder)


def train_part(
    row: Row, root: Path, folds: Folds, part: int, run: Path, slices: "CaseSlices"
) -> bool:
    """Train one row on one fold; False when that was done before.

    Raises:
        UsageError: it was done under another configuration.
    """
    import keras

    from glioscope.training.folds.cross_validation import RAW, train_fold

    if (run / RAW).exists():
        if load_config(run) != row.config:
            raise UsageError(
                "text",
                text=f"row {row.key}, {run.name}: trained under another side, epochs or recipe; "
                "choose another output folder",
            )
        return False
    print(f"row {row.key}, {run.name}", flush=True)
    train_fold(row.config, root, folds, part, run, resume=True, verbose=2, slices=slices)
    keras.utils.clear_session()
    return True


if __name__ == "__main__":
    main()
