"""The only writer of the table of deliveries: what is on its way to its destinations."""

import secrets
from dataclasses import dataclass, fields
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Engine, exists, insert, select, update
from sqlalchemy.orm import aliased

from glioscope.database.engine import now_ms
from glioscope.database.tables import Delivery, Job, Result, Study
from glioscope.jobs.states import State as JobState
from glioscope.pacs.rules import Route
from glioscope.texts.message import Message
from glioscope.writing.dicom.mosmed.notify import error_notice
from glioscope.writing.dicom.mosmed.service import Times
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
    """One delivery, claimed by a token: a result, or a `notice` in its place."""

    id: int
    token: str
    destination: str
    refusals: int
    sent: "SentResult | None"
    notice: dict[str, Any] | None


@dataclass(frozen=True)
class SentResult:
    """The result of a delivery; `folder` is in the store, `made_at` in milliseconds since 1970."""

    id: str
    folder: str
    lang: str
    made_at: int
    whose: Whose


class SendingLost(Exception):
    """Somebody else is at it by now."""


def write_down(engine: Engine) -> int:
    """A delivery for every destination of what is new; how many they are.

    New are results, and jobs that ended without one, of which only some destinations are told.
    Both the deliveries and the mark that they were written are kept, or neither.
    """
    with engine.begin() as connection:
        return _of_results(connection) + _of_failures(connection)


def _of_results(connection: Connection) -> int:
    rows = connection.execute(
        select(Result.id, Study.route)
        .join(Study, Study.id == Result.study_id)
        .where(Result.routed.is_(False), Study.source.is_not(None))
        .limit(100)
        .with_for_update(skip_locked=True, of=Result)
    ).all()
    count = 0
    for row in rows:
        names = Route.from_dict(row.route).send_to if row.route else ()
        count += _add(connection, names, result_id=row.id)
        connection.execute(update(Result).where(Result.id == row.id).values(routed=True))
    return count


def _of_failures(connection: Connection) -> int:
    rows = connection.execute(
        select(
            *(Job.id, Job.cause, Job.started_at, Job.finished_at),
            *(Study.id.label("study_id"), Study.study_uid, Study.received_at, Study.route),
        )
        .join(Study, Study.id == Job.study_id)
        .where(Job.routed.is_(False), Job.state.in_((JobState.FAILED, JobState.REFUSED)))
        .where(Study.source.is_not(None))
        .limit(100)
        .with_for_update(skip_locked=True, of=Job)
    ).all()
    count = 0
    for row in rows:
        way = Route.from_dict(row.route) if row.route else None
        if way and row.cause and row.finished_at:
            fetched = way.fetched or (row.received_at,) * 2
            times = Times.of_ms(*fetched, row.started_at or row.received_at, row.finished_at)
            cause = Message.from_dict(row.cause)
            said = error_notice(row.study_uid or "", cause, way.service, times)
            count += tell(connection, way, said, row.study_id)
        connection.execute(update(Job).where(Job.id == row.id).values(routed=True))
    return count


def tell(
    connection: Connection, way: Route, notice: dict[str, Any], study_id: str | None = None
) -> int:
    """Tell that a study has no result, where its route says so; how many are told."""
    return _add(connection, way.tell, study_id=study_id, notice=notice)


def _add(connection: Connection, destinations: tuple[str, ...], **what: Any) -> int:
    now = now_ms(connection)
    fresh = {"state": State.WAITING, "created_at": now, "due_at": now, "refusals": 0}
    for name in destinations:
        connection.execute(insert(Delivery).values(destination=name, **what, **fresh))
    return len(destinations)


def claim(engine: Engine, destination: str, after: tuple[str, ...] = ()) -> Sending | None:
    """The oldest delivery for a destination that is due; None where there is none.

    A result is due only when it has reached all destinations of `after` that it is sent to.
    """
    other = aliased(Delivery)
    under_way = (
        (other.result_id == Delivery.result_id)
        & other.destination.in_(after)
        & (other.state != State.SENT)
    )
    with engine.begin() as connection:
        now = now_ms(connection)
        free = Delivery.lease_until.is_(None) | (Delivery.lease_until < now)
        row = connection.execute(
            select(
                Delivery.id,
                Delivery.result_id,
                Delivery.notice,
                Delivery.refusals,
                Result.folder,
                Result.created_at.label("made_at"),
                Study.route,
                *(getattr(Study, field.name) for field in fields(Whose)),
            )
            .outerjoin(Result, Result.id == Delivery.result_id)
            .outerjoin(Study, Study.id == Result.study_id)
            .where(Delivery.destination == destination, Delivery.state == State.WAITING)
            .where(Delivery.due_at <= now, free, ~exists().where(under_way))
            .order_by(Delivery.due_at, Delivery.id)
            .limit(1)
            .with_for_update(skip_locked=True, of=Delivery)
        ).first()
        if row is None:
            return None
        token = secrets.token_hex(16)
        lease = {"token": token, "lease_until": now + LEASE_MS}
        connection.execute(update(Delivery).where(Delivery.id == row.id).values(**lease))
        return Sending(row.id, token, destination, row.refusals, _result(row), row.notice)


def _result(row: Any) -> SentResult | None:
    if row.result_id is None:
        return None
    lang = Route.from_dict(row.route).lang if row.route else "en"
    whose = Whose(**{field.name: getattr(row, field.name) for field in fields(Whose)})
    return SentResult(row.result_id, row.folder, lang, row.made_at, whose)


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


def again(
    connection: Connection, destination: str | None = None, delivery: int | None = None
) -> int:
    """Begin anew with what failed, all of it or of one destination or one alone; how many."""
    where = [Delivery.state == State.FAILED]
    if destination:
        where.append(Delivery.destination == destination)
    if delivery is not None:
        where.append(Delivery.id == delivery)
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
