"""What the work list says of a job: its place there, and what it is sorted and filtered by.

All of it stands in the job's own row, so that the list is read by an index.
"""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, SQLColumnExpression

from glioscope.jobs.states import State

# A probability or a volume that there is not, where the work list is sorted by it: the last.
UNKNOWN = -1.0
# What a job without a result is sorted and filtered by.
UNLISTED: dict[str, Any] = {
    "sort_probability": UNKNOWN,
    "sort_volume": UNKNOWN,
    "decision": None,
    "gate": None,
}
# Of places, in thousandths of a probability.
_URGENCY, _IN_WORK, _UNJUDGED = 10_000, 2_000, 499


@dataclass(frozen=True, kw_only=True)
class Found:
    """What an analysis found, as `Result` holds it."""

    id: str
    folder: str
    decision: str
    probability: float | None
    volume_ml: float | None
    volume_low: float | None
    volume_high: float | None
    gate: str | None
    slices: list[int]
    model: str
    model_version: str
    figures: dict[str, float] | None = None


def listed(found: Found, priority: int) -> dict[str, Any]:
    """What the row of a job that has this result says to the work list, its place first."""
    probability, volume = found.probability, found.volume_ml
    return {
        "rank": rank(State.DONE, priority, probability),
        "sort_probability": UNKNOWN if probability is None else probability,
        "sort_volume": UNKNOWN if volume is None else volume,
        "decision": found.decision,
        "gate": found.gate,
    }


def rank(state: State, priority: int, probability: float | None = None) -> int:
    """Place in the work list, larger first.

    Urgent ones, then what is just being done, then by the study's probability in thousandths; what
    could not be judged stands between the suspicious and the others, so that nobody misses it.
    """
    if state in (State.WAITING, State.RUNNING):
        own = _IN_WORK
    elif state == State.DONE and probability is not None:
        own = round(1000 * probability)
    else:
        own = _UNJUDGED
    return priority * _URGENCY + own


def rank_unjudged(priority: SQLColumnExpression[int]) -> ColumnElement[int]:
    """In a query, the place of an ended job whose answer is not to be told."""
    return priority * _URGENCY + _UNJUDGED
