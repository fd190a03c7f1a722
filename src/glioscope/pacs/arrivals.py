"""The only writer of the table of arrivals: studies on their way from a source to a job."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Engine, insert, select, update

from glioscope.database.engine import now_ms
from glioscope.database.tables import Arrival, Cursor
from glioscope.pacs.leases import lease
from glioscope.pacs.sources.source import Census, Moved
from glioscope.texts.message import Message

# Somebody who is at a study for longer without saying so is gone.
LEASE_MS = 60_000
_FIRST_PAUSE_MS, _LONGEST_PAUSE_MS = 2_000, 300_000


class State(StrEnum):
    """`coming` is looked at until it is complete; `taken` has a job, `left` was not wanted."""

    COMING = "coming"
    TAKEN = "taken"
    LEFT = "left"


@dataclass(frozen=True)
class Look:
    """One look at a study, claimed by a token."""

    id: int
    token: str
    source: str
    study_uid: str
    sender: str | None
    stamp: str
    census: Census | None
    judged: Census | None
    changed_at: int
    failures: int
    study_id: str | None


class LookLost(Exception):
    """Somebody else is at it by now."""


def cursor(connection: Connection, source: str) -> str | None:
    """How far a source has been read."""
    return connection.scalar(select(Cursor.value).where(Cursor.source == source))


def moved(engine: Engine, source: str, studies: list[Moved], value: str | None) -> None:
    """Note studies that moved, and how far the source has been read, both or neither.

    A cursor only goes on: of two nodes the one that has read less changes nothing.
    """
    with engine.begin() as connection:
        now = now_ms(connection)
        for one in studies:
            _note(connection, source, one, now)
        if value is None:
            return
        if cursor(connection, source) is None:
            connection.execute(insert(Cursor).values(source=source, value=value))
        else:
            connection.execute(update(Cursor).where(Cursor.source == source).values(value=value))


def _note(connection: Connection, source: str, one: Moved, now: int) -> None:
    here = (Arrival.source == source) & (Arrival.study_uid == one.study_uid)
    found = connection.execute(
        select(Arrival.id, Arrival.state, Arrival.stamp).where(here).with_for_update()
    ).first()
    if found is None:
        values: dict[str, Any] = {"first_at": now, "changed_at": now, "due_at": now, "failures": 0}
        told = {"source": source, "study_uid": one.study_uid, "sender": one.sender}
        connection.execute(
            insert(Arrival).values(state=State.COMING, stamp=one.stamp, **told, **values)
        )
    elif found.stamp != one.stamp:
        news: dict[str, Any] = {"stamp": one.stamp}
        if found.state != State.COMING:
            news |= {"state": State.COMING, "due_at": now, "changed_at": now, "failures": 0}
        connection.execute(update(Arrival).where(Arrival.id == found.id).values(**news))


def claim(engine: Engine, sources: list[str]) -> Look | None:
    """A study of these sources that is due; None where there is none."""
    with engine.begin() as connection:
        found = lease(
            connection,
            Arrival,
            Arrival.state == State.COMING,
            Arrival.source.in_(sources),
            lease_ms=LEASE_MS,
        )
        if found is None:
            return None
        row, token = found
        return Look(
            row.id,
            token,
            row.source,
            row.study_uid,
            row.sender,
            row.stamp,
            row.census,
            row.judged,
            row.changed_at,
            row.failures,
            row.study_id,
        )


def renew(engine: Engine, look: Look) -> None:
    """Keep the claim.

    Raises:
        LookLost: it is another's.
    """
    with engine.begin() as connection:
        _set(connection, look, {"lease_until": now_ms(connection) + LEASE_MS})


def more(engine: Engine, look: Look, census: Census, quiet_ms: int) -> None:
    """There is more than at the last look: it is looked at again when it has been quiet."""
    with engine.begin() as connection:
        now = now_ms(connection)
        values = {"census": census, "changed_at": now, "due_at": now + quiet_ms, "failures": 0}
        _set(connection, look, values | _FREE)


def wait(engine: Engine, look: Look, due_at: int) -> None:
    """Nothing new, and not quiet for long enough."""
    with engine.begin() as connection:
        _set(connection, look, {"due_at": due_at, "failures": 0} | _FREE)


def failed(engine: Engine, look: Look, cause: Message) -> None:
    """The source did not answer, or there is no room: later, with growing pauses.

    The time without an answer is no quiet time: whoever sends to the source waited for it too.
    """
    with engine.begin() as connection:
        now = now_ms(connection)
        pause = min(_FIRST_PAUSE_MS * 2 ** min(look.failures, 20), _LONGEST_PAUSE_MS)
        values = {
            "failures": look.failures + 1,
            "changed_at": now,
            "due_at": now + pause,
            "cause": cause.to_dict(),
        }
        _set(connection, look, values | _FREE)


def ended(
    engine: Engine,
    look: Look,
    state: State,
    census: Census,
    study_id: str | None,
    cause: Message | None,
    told: Callable[[Connection], object] | None = None,
) -> None:
    """It was taken, or left alone and why; what came meanwhile is looked at next.

    What is left alone once more without a new cause keeps the old one. Whatever `told` writes is
    kept with it, or neither is.
    """
    with engine.begin() as connection:
        now = now_ms(connection)
        values: dict[str, Any] = {"judged": census, "study_id": study_id}
        values |= {"state": state, "failures": 0}
        if cause or state != State.LEFT:
            values["cause"] = cause.to_dict() if cause else None
        stamp = connection.scalar(
            select(Arrival.stamp).where(Arrival.id == look.id).with_for_update()
        )
        if stamp != look.stamp:
            values |= {"state": State.COMING, "due_at": now, "changed_at": now}
        _set(connection, look, values | _FREE)
        if told:
            told(connection)


def leave(engine: Engine, source: str, study_uid: str, cause: Message) -> None:
    """Nobody wants a study that is still on its way here; one that is here stays."""
    with engine.begin() as connection:
        connection.execute(
            update(Arrival)
            .where(Arrival.source == source, Arrival.study_uid == study_uid)
            .where(Arrival.state == State.COMING)
            .values(state=State.LEFT, cause=cause.to_dict(), **_FREE)
        )


def state_of(connection: Connection, look: Look) -> State | None:
    """What has become of the arrival that is looked at; None where it is gone."""
    found = connection.scalar(select(Arrival.state).where(Arrival.id == look.id))
    return None if found is None else State(found)


_FREE: dict[str, Any] = {"token": None, "lease_until": None}


def _set(connection: Connection, look: Look, values: dict[str, Any]) -> None:
    done = connection.execute(
        update(Arrival).where(Arrival.id == look.id, Arrival.token == look.token).values(**values)
    )
    if not done.rowcount:
        raise LookLost
