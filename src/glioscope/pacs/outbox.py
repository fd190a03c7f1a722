"""The only writer of the table of deliveries: results on their way to their destinations."""

import secrets
from dataclasses import dataclass, fields
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Engine, insert, select, update

from glioscope.database.engine import now_ms
from glioscope.database.tables import Delivery, Result, Study
from glioscope.pacs.rules import Route
from glioscope.texts.message import Message
from glioscope.writing.fhir.bundle import Whose

LEASE_MS = 120_000
_FIRST_PAUSE_MS, _LONGEST_PAUSE_MS = 5_000, 600_000


class State(StrEnum):
    """`failed` was refused too often, and waits for a person."""

    WAITING = "waiting"
    SENT = "sent"
    FAILED = "failed"


@dataclass(frozen=True)
class Sending:
    """One delivery, claimed by a token."""

    id: int
    token: str
    destination: str
    result_id: str
    folder: str
    lang: str
    refusals: int
    made_at: int
    whose: Whose


class SendingLost(Exception):
    """Somebody else is at it by now."""


def write_down(engine: Engine) -> int:
    """A delivery for every destination of each new result; how many they are.

    Both the deliveries and the mark that they were written are kept, or neither.
    """
    with engine.begin() as connection:
        now = now_ms(connection)
        rows = connection.execute(
            select(Result.id, Study.route)
            .join(Study, Study.id == Result.study_id)
            .where(Result.routed.is_(False), Study.source.is_not(None))
            .limit(100)
            .with_for_update(skip_locked=True, of=Result)
        ).all()
        count = 0
        for row in rows:
            for name in Route.from_dict(row.route).send_to if row.route else ():
                values: dict[str, Any] = {"created_at": now, "due_at": now, "refusals": 0}
                connection.execute(
                    insert(Delivery).values(
                        result_id=row.id, destination=name, state=State.WAITING, **values
                    )
                )
                count += 1
            connection.execute(update(Result).where(Result.id == row.id).values(routed=True))
        return count


def claim(engine: Engine, destination: str) -> Sending | None:
    """The oldest delivery for a destination that is due; None where there is none."""
    with engine.begin() as connection:
        now = now_ms(connection)
        free = Delivery.lease_until.is_(None) | (Delivery.lease_until < now)
        row = connection.execute(
            select(
                Delivery.id,
                Delivery.result_id,
                Delivery.refusals,
                Result.folder,
                Result.created_at.label("made_at"),
                Study.route,
                *(getattr(Study, field.name) for field in fields(Whose)),
            )
            .join(Result, Result.id == Delivery.result_id)
            .join(Study, Study.id == Result.study_id)
            .where(Delivery.destination == destination, Delivery.state == State.WAITING)
            .where(Delivery.due_at <= now, free)
            .order_by(Delivery.due_at, Delivery.id)
            .limit(1)
            .with_for_update(skip_locked=True, of=Delivery)
        ).first()
        if row is None:
            return None
        token = secrets.token_hex(16)
        lease = {"token": token, "lease_until": now + LEASE_MS}
        connection.execute(update(Delivery).where(Delivery.id == row.id).values(**lease))
        lang = Route.from_dict(row.route).lang if row.route else "en"
        whose = Whose(**{field.name: getattr(row, field.name) for field in fields(Whose)})
        told = (destination, row.result_id, row.folder, lang, row.refusals, row.made_at)
        return Sending(row.id, token, *told, whose)


def renew(engine: Engine, sending: Sending) -> None:
    """Keep the claim.

    Raises:
        SendingLost: it is another's.
    """
    with engine.begin() as connection:
        _set(connection, sending, {"lease_until": now_ms(connection) + LEASE_MS})


def sent(engine: Engine, sending: Sending) -> None:
    """It has arrived."""
    with engine.begin() as connection:
        values = {"state": State.SENT, "sent_at": now_ms(connection), "cause": None}
        _set(connection, sending, values | _FREE)


def put_off(engine: Engine, sending: Sending, cause: Message, pause_ms: int) -> None:
    """The destination does not answer: later, which counts as no refusal."""
    with engine.begin() as connection:
        values = {"due_at": now_ms(connection) + pause_ms, "cause": cause.to_dict()}
        _set(connection, sending, values | _FREE)


def refused(engine: Engine, sending: Sending, cause: Message, most: int) -> None:
    """The destination answered and did not want it: later with growing pauses, `most` times."""
    with engine.begin() as connection:
        refusals = sending.refusals + 1
        values: dict[str, Any] = {"refusals": refusals, "cause": cause.to_dict()}
        if refusals >= most:
            values |= {"state": State.FAILED}
        else:
            values |= {"due_at": now_ms(connection) + pause_ms(sending.refusals)}
        _set(connection, sending, values | _FREE)


def again(connection: Connection, destination: str | None = None) -> int:
    """Begin anew with what failed; how many they are."""
    where = [Delivery.state == State.FAILED]
    if destination:
        where.append(Delivery.destination == destination)
    fresh = {"state": State.WAITING, "refusals": 0, "due_at": now_ms(connection)}
    return connection.execute(update(Delivery).where(*where).values(**fresh)).rowcount


def pause_ms(times: int) -> int:
    """The pause after so many failures in a row before this one."""
    return min(_FIRST_PAUSE_MS * 2 ** min(times, 20), _LONGEST_PAUSE_MS)


_FREE: dict[str, Any] = {"token": None, "lease_until": None}


def _set(connection: Connection, sending: Sending, values: dict[str, Any]) -> None:
    done = connection.execute(
        update(Delivery)
        .where(Delivery.id == sending.id, Delivery.token == sending.token)
        .values(**values)
    )
    if not done.rowcount:
        raise SendingLost
