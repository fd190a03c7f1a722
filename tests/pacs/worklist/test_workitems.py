"""The table of workitems, on either database: each is one node's at a time."""

import pytest
from sqlalchemy import Engine, text

from databases import engine, postgres_url
from glioscope.pacs.worklist import workitems
from glioscope.pacs.worklist.workitems import State, TaskLost
from glioscope.texts.message import message

__all__ = ["engine", "postgres_url"]


def test_a_workitem_is_one_nodes_until_its_lease_ends(engine: Engine) -> None:
    assert workitems.want(engine, "tasks", ["1.1", "1.2", "1.3"], at_once=2) == 2
    assert workitems.want(engine, "tasks", ["1.1", "1.2"], at_once=2) == 0
    first, second = workitems.claim(engine, "tasks"), workitems.claim(engine, "tasks")
    assert first
    assert second
    assert {first.uid, second.uid} == {"1.1", "1.2"}
    assert first.transaction_uid != second.transaction_uid
    assert workitems.claim(engine, "tasks") is None
    assert workitems.claim(engine, "another") is None
    with engine.begin() as connection:
        connection.execute(text("UPDATE workitem SET lease_until = 1 WHERE uid = '1.1'"))
    again = workitems.claim(engine, "tasks")
    assert again
    assert (again.uid, again.transaction_uid) == (first.uid, first.transaction_uid)
    with pytest.raises(TaskLost):
        workitems.claimed(engine, first, "1.9")
    workitems.claimed(engine, again, "1.9")
    assert workitems.stop(engine, "tasks", first.uid)
    seen = workitems.claim(engine, "tasks")
    assert seen
    assert (seen.state, seen.study_uid, seen.cancelling) == (State.CLAIMED, "1.9", True)
    workitems.ended(engine, seen, State.CANCELED, message("pacs.task_cancelled"))
    assert not workitems.stop(engine, "tasks", first.uid)
    assert workitems.want(engine, "tasks", ["1.1", "1.2", "1.3", "1.4"], at_once=2) == 1
