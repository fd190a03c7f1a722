"""Studies analysed in this process, whose libraries are loaded: where only the results are asked.

A process of its own takes seconds to start; studies of `tests/jobs` and of the work list in the
browser have one.
"""

import io
from collections.abc import Iterator
from contextlib import contextmanager

import msgspec
import pytest

from glioscope.jobs import child
from glioscope.jobs.orders import Answer, Order, Redraw
from glioscope.jobs.processes import Ended

CALLERS = ("glioscope.jobs.worker", "glioscope.reviews.outlines.redraw")


class StudyHere:
    """What a worker takes for the process of a study (`glioscope.jobs.processes.StudyProcess`)."""

    alive = True

    def __init__(self, *_: object, with_model: bool = True) -> None:
        self._heard: list[Answer | Ended] = []

    def order(self, order: Order | Redraw) -> None:
        """Do it all at once."""
        answers = io.StringIO()
        if isinstance(order, Redraw):
            said = child._outcome(lambda: child._redrawn(order))
        elif model := child._loaded(answers):
            work = child._analysed if order.with_model else child._made_ready
            said = child._outcome(lambda: work(order, model, answers))
        else:
            said = None
        if said:
            child._answer(answers, said)
        told = [msgspec.json.decode(line, type=Answer) for line in answers.getvalue().splitlines()]
        self._heard = [*told, Ended(0)]

    def hear(self, seconds: float) -> Answer | Ended | None:
        del seconds
        return self._heard.pop(0)

    def end(self) -> None:
        pass

    def last_words(self) -> str:
        return ""


@contextmanager
def studies_here() -> Iterator[None]:
    """What is analysed or measured while the block runs is so in this process."""
    with pytest.MonkeyPatch.context() as patch:
        for caller in CALLERS:
            patch.setattr(f"{caller}.StudyProcess", StudyHere)
        yield
