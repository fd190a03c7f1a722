"""What `--fast` costs in accuracy, on patients whom the networks never saw.

`python bench/eight_bits.py DATA RUN -o results/robust`: RUN is a cross-validation by `glioscope
train --fold all` with its weights, whole or as far as it came. Each fold's network is put into 8
bits by slices of its own training patients and asked for the held-out ones, in the mirror only
where it suspects something. What both say is written as predictions, so that `glioscope evaluate
--run results/robust` prints the drop with its interval. A fold that was asked before is not asked
again.
"""

import argparse
import shutil
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from glioscope.evaluation.predictions.archive import ARCHIVE, IN_EIGHT_BITS, variant_name
from glioscope.evaluation.splits.folds import lgg90

_WRITTEN = (ARCHIVE, variant_name(IN_EIGHT_BITS), "plan.json", "config.json", "history.csv")


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python bench/eight_bits.py", description=__doc__)
    parser.add_argument("data", type=Path, help="LGG folder")
    parser.add_argument("run", type=Path, help="cross-validation with its folds' weights")
    parser.add_argument("-o", "--output", type=Path, required=True, help="folder of predictions")
    options = parser.parse_args(arguments)
    from glioscope.training.config import load_config
    from glioscope.training.folds.cross_validation import (
        RAW,
        agreement_of,
        fold_run,
        load_raw,
        raw_name,
    )
    from glioscope.training.folds.eight_bits import predict_in_eight_bits
    from glioscope.training.folds.out_of_fold import finish

    folds = lgg90()
    done = [k for k in range(folds.k) if (fold_run(options.run, folds, k) / RAW).exists()]
    for k in done:
        if not (fold_run(options.run, folds, k) / raw_name(IN_EIGHT_BITS)).exists():
            print(f"{folds.name(k)}: in 8 bits", flush=True)
            predict_in_eight_bits(options.data, folds, k, options.run)
        said = load_raw(fold_run(options.run, folds, k) / raw_name(IN_EIGHT_BITS)).values()
        # Who is looked at once agrees with himself.
        apart = np.concatenate([agreement_of(answer)[:, 2] for answer in said])
        print(f"{folds.name(k)}: {np.mean(apart > 0):.0%} of slices looked at twice", flush=True)
    finish(load_config(fold_run(options.run, folds, done[0])), options.data, folds, options.run)
    options.output.mkdir(parents=True, exist_ok=True)
    for name in _WRITTEN:
        shutil.copyfile(options.run / name, options.output / name)


if __name__ == "__main__":
    main()
