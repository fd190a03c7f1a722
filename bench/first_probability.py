"""Read a study, load the model, run one slice, and print the clock at that moment.

`python first_probability.py STUDY [--model DIR]`; the caller took the same clock before the start.
"""

import sys
import time
from pathlib import Path

from glioscope.model.bundle import load_model
from glioscope.model.preprocess import prepare
from glioscope.reading.lgg import read_case


def main(study: str, *options: str) -> None:
    model = load_model(Path(options[1]) if options else None)
    prepared = prepare(read_case(Path(study)), model.plan)
    _, presence = model.engine(prepared.batch(0, 1))
    arrived = time.clock_gettime(time.CLOCK_MONOTONIC)
    assert 0 <= presence[0] <= 1
    print(arrived)


if __name__ == "__main__":
    main(*sys.argv[1:])
