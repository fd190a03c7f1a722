"""Each study once, and again where its process died."""

from collections.abc import Generator, Sequence
from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING

from glioscope.cli.archive.engines.engine import Engine
from glioscope.cli.archive.ledger import Ledger
from glioscope.cli.batch.attempt import Outcome
from glioscope.cli.batch.tasks import is_death
from glioscope.errors import GlioscopeError

if TYPE_CHECKING:
    from glioscope.reading.inputs import StudyInput


def analyse(
    studies: "Sequence[StudyInput]", engine: Engine, *, attempts: int, ledger: Ledger
) -> Generator[Outcome, None, None]:
    """What becomes of each study, as each ends.

    A study whose process dies waits until the others have had their turn, and is given up after
    `attempts` deaths, over all runs; a run that is killed counts for none.
    """
    waiting = list(studies)
    while waiting:
        again: list[StudyInput] = []
        with closing(engine.outcomes(waiting)) as coming:
            for place, outcome in coming:
                found = waiting[place]
                if not is_death(outcome):
                    yield outcome
                elif ledger.died(found.study_id) < attempts:
                    again.append(found)
                else:
                    error = GlioscopeError(
                        "cli.archive_given_up", study=found.study_id, attempts=attempts
                    )
                    yield replace(outcome, error=error)
        waiting = again
