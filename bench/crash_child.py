"""The process of one study in `crash.py`: that of the product, but for studies that are poisoned.

What the header of the NIfTI file says of itself decides: `segfault` and `hang` do so. With
`--toy` the others are answered without the network, for a short run in the suite.
"""

import gzip
import json
import os
import signal
import sys
import time
from pathlib import Path

import msgspec

from glioscope.jobs import child
from glioscope.jobs.orders import Done, Order, Progress

TOY = "--toy"


def main(parent: int, memory_bytes: int, *, toy: bool) -> None:
    child._end_with(parent)
    child._limit(memory_bytes)
    answers = child._stdout_for_answers()
    model = None if toy else child._loaded(answers)
    line = sys.stdin.readline()
    if not line:
        return
    order = msgspec.json.decode(line, type=Order)
    [file] = Path(order.input).iterdir()
    what = _description(file)
    child._answer(answers, Progress("network", 0, 1))
    if what == "segfault":
        os.kill(os.getpid(), signal.SIGSEGV)
    if what == "hang":
        time.sleep(3600)
    if model is None:
        child._answer(answers, _toy(Path(order.out)))
    else:
        forced = msgspec.structs.replace(order, force=True)
        child._answer(answers, child._outcome(lambda: child._analysed(forced, model, answers)))


def _description(file: Path) -> str:
    """`descrip` of a NIfTI header; nibabel would take longer to load than a toy's answer."""
    with gzip.open(file) as stream:
        return stream.read(228)[148:].rstrip(b"\0").decode()


def _toy(out: Path) -> Done:
    time.sleep(0.5)
    out.mkdir()
    (out / "answer.txt").write_text("done")
    return Done(
        decision="no tumour",
        probability=0.1,
        volume_ml=0.0,
        volume_low=None,
        volume_high=None,
        gate=None,
        slices=[10],
        model="toy",
        model_version="1",
    )


if __name__ == "__main__":
    main(**json.loads(sys.argv[-1]), toy=TOY in sys.argv)
