"""The only writer of the table of workitems: what a worklist asks for and this node does."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from pydicom.uid import generate_uid
from sqlalchemy import Connection, Engine, func, insert, select, update

from glioscope.database.engine import now_ms
from glioscope.database.tables import Workitem
from glioscope.pacs.leases import lease
from glioscope.texts.message import Message

LEASE_MS = 60_000
_FIRST_PAUSE_MS, _LONGEST_PAUSE_MS = 2_000, 300_000


class State(StrEnum):
    """`wanted` is about to be claimed; `lost` went to another performer, or away."""

    WANTED = "wanted"
    CLAIMED = "claimed"
    COMPLETED = "completed"
    CANCELED = "canceled"
    LOST = "lost"


OPEN = (State.WANTED, State.CLAIMED)


@dataclass(frozen=True)
class Task:
    """One look at a workitem, claimed from other nodes by a token."""

    id: int
    token: str
    source: str
    uid: str
    transaction_uid: str
    state: State
    study_uid: str | None
    progress: int
    cancelling: bool
    began_at: int | None
    failures: int


class TaskLost(Exception):
    """Another node is at it by now."""


def room(connection: Connection, source: str, at_once: int) -> int:
    """How many more workitems may be taken on, where `at_once` are held at a time."""
    count = connection.scalar(
        select(func.count())
        .select_from(Workitem)
        .where(Workitem.source == source, Workitem.state.in_(OPEN))
    )
    return max(0, at_once - (count or 0))


def want(engine: Engine, source: str, uids: Sequence[str], at_once: int) -> int:
    """Note workitems that are not known yet, as many as there is room for; how many they are.

    Raises:
        IntegrityError: another node noted one of them at the same moment; none was noted here.
    """
    with engine.begin() as connection:
        most = room(connection, source, at_once)
        known = set(
            connection.scalars(
                select(Workitem.uid).where(Workitem.source == source, Workitem.uid.in_(uids))
            )
        )
        news = [uid for uid in uids if uid not in known][:most]
        now = now_ms(connection)
        for uid in news:
            connection.execute(
                insert(Workitem).values(
                    source=source,
                    uid=uid,
                    transaction_uid=generate_uid(),
                    state=State.WANTED,
                    progress=0,
                    cancelling=False,
                    first_at=now,
                    due_at=now,
                    failures=0,
                )
            )
    return len(news)


def claim(engine: Engine, source: str) -> Task | None:
    """A workitem that is due; None where there is none."""
    with engine.begin() as connection:
        found = lease(
            connection,
            Workitem,
            Workitem.source == source,
            Workitem.state.in_(OPEN),
            lease_ms=LEASE_MS,
        )
        if found is None:
            return None
        row, token = found
        return Task(
            row.id,
            token,
            row.source,
            row.uid,
            row.transaction_uid,
            State(row.state),
            row.study_uid,
            row.progress,
            row.cancelling,
            row.began_at,
            row.failures,
        )


def claimed(engine: Engine, task: Task, study_uid: str) -> None:
    """The worklist says that it is ours; it is looked at again at once."""
    with engine.begin() as connection:
        now = now_ms(connection)
        begun = {"state": State.CLAIMED, "study_uid": study_uid, "began_at": now, "due_at": now}
        _set(connection, task, {**begun, "failures": 0, "cause": None} | _FREE)


def wait(engine: Engine, task: Task, progress: int, pause_ms: int) -> None:
    """It goes on; `progress` is what the worklist was told."""
    with engine.begin() as connection:
        values = {"progress": progress, "due_at": now_ms(connection) + pause_ms}
        _set(connection, task, {**values, "failures": 0, "cause": None} | _FREE)


def failed(engine: Engine, task: Task, cause: Message) -> None:
    """The worklist does not answer: later, with growing pauses."""
    with engine.begin() as connection:
        pause = min(_FIRST_PAUSE_MS * 2 ** min(task.failures, 20), _LONGEST_PAUSE_MS)
        values = {"failures": task.failures + 1, "due_at": now_ms(connection) + pause}
        _set(connection, task, {**values, "cause": cause.to_dict()} | _FREE)


def ended(engine: Engine, task: Task, state: State, cause: Message | None) -> None:
    """Nothing more happens to it."""
    with engine.begin() as connection:
        values = {"state": state, "ended_at": now_ms(connection), "failures": 0}
        _set(connection, task, {**values, "cause": cause.to_dict() if cause else None} | _FREE)


def stop(engine: Engine, source: str, uid: str) -> bool:
    """Somebody asked to cancel it, which is looked at next; False where it is not ours."""
    with engine.begin() as connection:
        return bool(
            connection.execute(
                update(Workitem)
                .where(Workitem.source == source, Workitem.uid == uid)
                .where(Workitem.state.in_(OPEN))
                .values(cancelling=True, due_at=now_ms(connection))
            ).rowcount
        )


_FREE: dict[str, Any] = {"token": None, "lease_until": None}


def _set(connection: Connection, task: Task, values: dict[str, Any]) -> None:
    done = connection.execute(
        update(Workitem)
        .where(Workitem.id == task.id, Workitem.token == task.token)
        .values(**values)
    )
    if not done.rowcount:
        raise TaskLost
