"""The order of the work list."""

from glioscope.jobs.ranks import rank
from glioscope.jobs.states import State


def test_urgent_then_in_work_then_by_probability_with_the_unjudged_between() -> None:
    order = [
        rank(State.DONE, 10, 0.1),
        rank(State.RUNNING, 0),
        rank(State.DONE, 0, 0.99),
        rank(State.DONE, 0, 0.6),
        rank(State.FAILED, 0),
        rank(State.DONE, 0, 0.2),
    ]
    assert order == sorted(order, reverse=True) and len(set(order)) == len(order)
