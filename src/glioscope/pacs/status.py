"""How the node does: what waits, for how long, and what went wrong."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, case, func, select

from glioscope.database.engine import now_ms
from glioscope.database.tables import Arrival, Delivery, Result, Workitem
from glioscope.pacs import arrivals, outbox
from glioscope.pacs.worklist import workitems
from glioscope.texts.message import Message

_MOST_FAULTS = 20
# An archive that is started anew is away for less than this.
_LATE_MS = 600_000


@dataclass(frozen=True)
class Queue:
    """One source or destination.

    Attributes:
        counts: studies or results by state.
        oldest_s: age of the oldest that waits, in seconds; None where none does.
    """

    name: str
    counts: dict[str, int]
    oldest_s: float | None


@dataclass(frozen=True)
class Fault:
    """Something that did not go: where, how long ago in seconds, how often, and why.

    Attributes:
        delivery: its number, where it is one that was given up and waits for a person; None of one
            that is tried again by itself.
        next_s: in how many seconds it is tried again.
    """

    where: str
    study_id: str | None
    age_s: float
    times: int
    cause: Message
    delivery: int | None = None
    next_s: float | None = None


@dataclass(frozen=True)
class Status:
    """The node as its tables show it; of the faults those that wait for a person come first."""

    sources: tuple[Queue, ...]
    worklists: tuple[Queue, ...]
    destinations: tuple[Queue, ...]
    faults: tuple[Fault, ...]


def status(connection: Connection) -> Status:
    """Look at the tables of the node; nothing is asked of anybody else."""
    now = now_ms(connection)
    return Status(
        _queues(connection, now, Arrival.source, Arrival.state, Arrival.first_at, _COMING),
        _queues(connection, now, Workitem.source, Workitem.state, Workitem.first_at, _WANTED),
        _queues(
            connection, now, Delivery.destination, Delivery.state, Delivery.created_at, _WAITING
        ),
        (
            *_of_destinations(connection, now),
            *_of_worklists(connection, now),
            *_of_sources(connection, now),
        ),
    )


def stuck(connection: Connection) -> int:
    """Studies and results that do not get on: given up, or in vain for longer than `_LATE_MS`."""
    late = now_ms(connection) - _LATE_MS
    coming = (Arrival.state == _COMING) & (Arrival.failures > 0) & (Arrival.first_at < late)
    in_vain = (
        (Delivery.state == _WAITING) & Delivery.cause.is_not(None) & (Delivery.created_at < late)
    )
    return sum(
        connection.scalar(select(func.count()).select_from(table).where(which)) or 0
        for table, which in (
            (Arrival, coming),
            (Delivery, (Delivery.state == outbox.State.FAILED) | in_vain),
        )
    )


_COMING, _WAITING = arrivals.State.COMING, outbox.State.WAITING
_WANTED = workitems.State.WANTED


def _queues(
    connection: Connection, now: int, name: Any, state: Any, since: Any, waits: str
) -> tuple[Queue, ...]:
    oldest = func.min(case((state == waits, since)))
    rows = connection.execute(
        select(name, state, func.count(), oldest).group_by(name, state).order_by(name)
    ).all()
    found: dict[str, Queue] = {}
    for where, what, count, first in rows:
        before = found.get(where) or Queue(where, {}, None)
        age = (now - first) / 1000 if first is not None else before.oldest_s
        found[where] = Queue(where, {**before.counts, what: count}, age)
    return tuple(found.values())


def _of_sources(connection: Connection, now: int) -> list[Fault]:
    rows = connection.execute(
        select(Arrival)
        .where(Arrival.state == _COMING, Arrival.failures > 0, Arrival.cause.is_not(None))
        .order_by(Arrival.first_at)
        .limit(_MOST_FAULTS)
    ).all()
    return [
        Fault(
            row.source,
            row.study_id,
            (now - row.first_at) / 1000,
            row.failures,
            Message.from_dict(row.cause),
            next_s=max(0.0, (row.due_at - now) / 1000),
        )
        for row in rows
    ]


def _of_worklists(connection: Connection, now: int) -> list[Fault]:
    rows = connection.execute(
        select(Workitem)
        .where(Workitem.state.in_(workitems.OPEN), Workitem.failures > 0)
        .order_by(Workitem.first_at)
        .limit(_MOST_FAULTS)
    ).all()
    return [
        Fault(
            row.source,
            None,
            (now - row.first_at) / 1000,
            row.failures,
            Message.from_dict(row.cause),
        )
        for row in rows
    ]


def _of_destinations(connection: Connection, now: int) -> list[Fault]:
    rows = connection.execute(
        select(Delivery, func.coalesce(Result.study_id, Delivery.study_id).label("of_study"))
        .outerjoin(Result, Result.id == Delivery.result_id)
        .where(Delivery.state != outbox.State.SENT, Delivery.cause.is_not(None))
        .order_by(case((Delivery.state == outbox.State.FAILED, 0), else_=1), Delivery.created_at)
        .limit(_MOST_FAULTS)
    ).all()
    return [
        Fault(
            row.destination,
            row.of_study,
            (now - row.created_at) / 1000,
            row.refusals,
            Message.from_dict(row.cause),
            delivery=row.id if row.state == outbox.State.FAILED else None,
            next_s=max(0.0, (row.due_at - now) / 1000) if row.state == _WAITING else None,
        )
        for row in rows
        if row.cause
    ]
