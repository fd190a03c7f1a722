"""The process of one study: takes one order, analyses or measures, writes the results, and ends.

It is started before there is work, so that libraries and network are loaded when an order comes.
It never outlives its worker.
"""

import ctypes
import json
import os
import signal
import sys
from collections.abc import Callable
from datetime import datetime
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

import msgspec

from glioscope.jobs.orders import (
    Answer,
    Done,
    Failed,
    Order,
    Progress,
    Redraw,
    Redrawn,
    Refused,
)

if TYPE_CHECKING:
    from glioscope.analysis import Analysis
    from glioscope.followup.tracking import Earlier
    from glioscope.model.bundle import Model
    from glioscope.study import Study

_PR_SET_PDEATHSIG = 1
# An analysis may take all that is left of the processors, but a page that a doctor waits for goes
# first: at 5 it gets a quarter of a busy one.
_NICE = 5
# Verdicts of the quality gate, as the list knows them.
_GATE = {"fit": "fit", "fit with warnings": "warned", "refused": "refused"}
_BEGAN = datetime.now()
# Imported while there is no work yet.
_NEEDED = ("glioscope.pipeline", "glioscope.writing.study_folder", "glioscope.writing.view")


def main(parent: int, memory_bytes: int, *, with_model: bool = True) -> None:
    """Take one order from stdin; answers go to stdout, whatever libraries print to stderr.

    A process `with_model` takes an `Order`, any other a `Redraw`.
    """
    _end_with(parent)
    _limit(memory_bytes)
    answers = _stdout_for_answers()
    if with_model:
        _give_way()
        _take_order(answers)
    elif line := _told():
        redraw = msgspec.json.decode(line, type=Redraw)
        _answer(answers, _outcome(lambda: _redrawn(redraw)))


def _take_order(answers: TextIO) -> None:
    model = _loaded(answers)
    line = _told()
    if line and model:
        order = msgspec.json.decode(line, type=Order)
        work = _analysed if order.with_model else _made_ready
        _answer(answers, _outcome(lambda: work(order, model, answers)))


def _end_with(parent: int) -> None:
    """Have the system kill this process when its worker ends."""
    if sys.platform != "linux":
        return
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    # The worker may have ended before the system was asked.
    if os.getppid() != parent:
        sys.exit(1)


def _give_way() -> None:
    """Let whoever answers a person have the processor first."""
    if sys.platform != "win32":
        os.nice(_NICE)


def _limit(memory_bytes: int) -> None:
    # Windows has no such limit, and macOS counts what is only reserved.
    if memory_bytes and sys.platform == "linux":
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))


def _told() -> bytes:
    """The worker's line, UTF-8 whatever the system's code page; b"" when the worker is gone."""
    return sys.stdin.buffer.readline()


def _stdout_for_answers() -> TextIO:
    """The pipe to the worker; from here on stdout is stderr."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    return answers


def _answer(answers: TextIO, said: Answer) -> None:
    answers.write(msgspec.json.encode(said).decode() + "\n")
    answers.flush()


def _loaded(answers: TextIO) -> "Model | None":
    """The network, and the libraries that every study needs; a fault is told at once."""
    from glioscope.errors import GlioscopeError
    from glioscope.model.bundle import load_model

    try:
        for name in _NEEDED:
            import_module(name)
        return load_model()
    except GlioscopeError as error:
        _answer(answers, Failed("model", str(error)))
    except MemoryError:
        _answer(answers, Failed("memory", ""))
    return None


def _outcome(work: Callable[[], Answer]) -> Answer:
    """What the work says, or why it could not be done."""
    from glioscope.errors import GlioscopeError, InputError, MissingSequence, kind_and_place
    from glioscope.files import disk_full

    try:
        return work()
    except (InputError, MissingSequence) as error:
        return Refused(error.message.to_dict())
    except GlioscopeError as error:
        return Failed("error", str(error))
    except MemoryError as error:
        return Failed("memory", str(error))
    except OSError as error:
        return Failed("space" if disk_full(error) else "error", os.strerror(error.errno or 0))
    except Exception as error:
        return Failed("error", kind_and_place(error))


def _analysed(order: Order, model: "Model", answers: TextIO) -> Done:
    from glioscope.pipeline import analyze

    _answer(answers, Progress("reading"))
    study = _read(order)
    _answer(answers, Progress("network"))
    analysis = analyze(
        study,
        model,
        lambda done, total: _answer(answers, Progress("network", done, total)),
        force=order.force,
    )
    _answer(answers, Progress("writing"))
    _write(analysis, order)
    return _figures(analysis)


def _made_ready(order: Order, model: "Model", answers: TextIO) -> Done:
    """Pictures for readers, without an answer of the network."""
    import numpy as np

    from glioscope.jobs.results import write_pictures
    from glioscope.outlined import analysis_of_outline
    from glioscope.volume import Mask

    del model
    _answer(answers, Progress("reading"))
    study = _read(order)
    _answer(answers, Progress("writing"))
    nothing = Mask(np.zeros(study.grid.shape, bool), study.grid)
    write_pictures(analysis_of_outline(study, nothing, "nobody"), Path(order.out))
    return Done(
        decision="not analysed",
        probability=None,
        volume_ml=None,
        volume_low=None,
        volume_high=None,
        gate=None,
        slices=[],
        model="",
        model_version="",
    )


def _redrawn(order: Redraw) -> Redrawn:
    """Everything that follows from a reader's outline, which lies on the grid of the view."""
    import numpy as np

    from glioscope.analysis_parts import ModelInfo
    from glioscope.jobs.results import write_outline
    from glioscope.outlined import analysis_of_outline
    from glioscope.volume import Mask
    from glioscope.writing.view import from_ras

    study = _read(order)
    inside = from_ras(np.load(order.outline), study.grid)
    model = ModelInfo(*order.model) if order.model else None
    author = "reader and model" if model else "reader"
    analysis = analysis_of_outline(study, Mask(inside, study.grid), author, model)
    write_outline(analysis, Path(order.out), order.lang, _earlier(order))
    return Redrawn(voxels=int(np.count_nonzero(inside)), volume_ml=analysis.volume_ml)


def _read(order: Order | Redraw) -> "Study":
    from dataclasses import replace

    from glioscope.reading.inputs import find_inputs

    folder = Path(order.input)
    [inside] = folder.iterdir()
    found = find_inputs([inside], charset=order.charset)
    return replace(found[order.place].read(), study_id=order.name)


def _earlier(order: Order | Redraw) -> "Earlier | None":
    """Lesions of an earlier result; a damaged one is no reason to do without this one."""
    from glioscope.errors import UnreadableFile
    from glioscope.followup.earlier import read_earlier

    try:
        return read_earlier(Path(order.earlier)) if order.earlier else None
    except UnreadableFile:
        return None


def _write(analysis: "Analysis", order: Order) -> None:
    from glioscope.jobs.results import write_results

    write_results(analysis, Path(order.out), order.lang, order.make, _earlier(order))
    if "mosmed" in order.make:
        _write_mosmed(analysis, order)


def _write_mosmed(analysis: "Analysis", order: Order) -> None:
    from glioscope.jobs.results import FILES
    from glioscope.writing.dicom.mosmed.results import write_mosmed
    from glioscope.writing.dicom.mosmed.service import Times

    now = datetime.now()
    fetched = order.fetched or (round(1000 * now.timestamp()),) * 2
    first, last = (datetime.fromtimestamp(ms / 1000) for ms in fetched)
    write_mosmed(analysis, Path(order.out) / FILES, Times(first, last, _BEGAN, now), order.service)


def _figures(analysis: "Analysis") -> Done:
    volume, ends = analysis.volume_ml, analysis.volume_interval
    low, high = (end * volume for end in ends) if volume and ends else (None, None)
    return Done(
        decision=analysis.decision,
        probability=analysis.probability,
        volume_ml=volume,
        volume_low=low,
        volume_high=high,
        gate=_GATE[analysis.quality.verdict] if analysis.quality else None,
        slices=[round(100 * (one.probability or 0.0)) for one in analysis.slices],
        model=analysis.model.name if analysis.model else "",
        model_version=analysis.model.version if analysis.model else "",
        figures=analysis.quality.figures if analysis.quality else None,
    )


if __name__ == "__main__":
    main(**json.loads(sys.argv[1]))
