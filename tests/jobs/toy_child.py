"""A process that speaks as `glioscope.jobs.child` does and does what its input says.

The one file of the input holds `done`, `refused`, `segfault`, `hang`, `memory`, `space`, `model`,
`error`, `exit` or `slow`.
"""

import json
import os
import signal
import sys
import time
from pathlib import Path

import msgspec

from glioscope.jobs import child
from glioscope.jobs.orders import Done, Failed, Order, Progress, Refused
from glioscope.texts.message import message

DONE = Done(
    decision="tumour",
    probability=0.9,
    volume_ml=12.5,
    volume_low=10.0,
    volume_high=15.0,
    gate="fit",
    slices=[1, 90, 2],
    model="toy",
    model_version="1",
)


def main(parent: int, memory_bytes: int) -> None:
    del memory_bytes
    child._end_with(parent)
    answers = child._stdout_for_answers()
    line = sys.stdin.readline()
    if not line:
        return
    order = msgspec.json.decode(line, type=Order)
    [file] = Path(order.input).iterdir()
    what = file.read_text().split()[0]
    child._answer(answers, Progress("network", 1, 3))
    if what == "segfault":
        os.kill(os.getpid(), signal.SIGSEGV)
    elif what == "hang":
        time.sleep(600)
    elif what == "exit":
        sys.exit(3)
    elif what == "refused":
        child._answer(answers, Refused(message("text", text="no head").to_dict()))
    elif what in ("memory", "space", "model", "error"):
        print("library noise")
        child._answer(answers, Failed(what, "said so"))
    else:
        time.sleep(0.3 if what == "slow" else 0.01)
        out = Path(order.out)
        out.mkdir()
        (out / "answer.txt").write_text(order.name)
        (out / "earlier.txt").write_text(order.earlier or "")
        child._answer(answers, DONE)


if __name__ == "__main__":
    main(**json.loads(sys.argv[1]))
