"""The only writer of the job table: each change is one short transaction.

A claim is a random token with a lease. Whoever changes a claimed job shows the token in the same
transaction, so that a worker that was thought dead, and whose job somebody else has taken since,
changes nothing any more.
"""

import secrets
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import Connection, Engine, delete, func, insert, select, update

from glioscope import __version__
from glioscope.database.engine import now_ms
from glioscope.database.tables import Job, Result, Study
from glioscope.jobs.ranks import UNKNOWN, UNLISTED, Found, listed, rank
from glioscope.jobs.states import ENDED, State
from glioscope.texts.message import Message, message

# A job is given up after this many attempts that ended badly, and after so many workers that went
# away with it, which is seldom the study's fault.
MOST_FAILURES = 3
MOST_LOSSES = 10
# After the first failure it waits this long, after the second twice as long, in milliseconds.
_PAUSE_MS = 2_000


class ClaimLost(Exception):
    """The job is another's by now, or was cancelled or deleted: nothing of it may be written."""


@dataclass(frozen=True)
class Claim:
    """One attempt at one job: whose it is, where its study lies, and the route of a node's."""

    job_id: int
    study_id: str
    token: str
    name: str
    folder: str
    place: int
    with_model: bool
    route: dict[str, Any] | None = None


def enqueue(
    connection: Connection, study_id: str, *, priority: int = 0, with_model: bool = True
) -> None:
    """Give a study, which has none yet, its job."""
    now = now_ms(connection)
    values = {"state": State.WAITING, "priority": priority, "created_at": now, "due_at": now}
    values |= {"with_model": with_model}
    place = rank(State.WAITING, priority)
    day = connection.scalar(select(Study.study_date).where(Study.id == study_id))
    values |= {"sort_date": day or ""}
    connection.execute(insert(Job).values(study_id=study_id, rank=place, **_FRESH, **values))


_FRESH: dict[str, Any] = {
    "cancelling": False,
    "child_failures": 0,
    "worker_losses": 0,
    "done": 0,
    "total": 0,
}
_UNCLAIMED: dict[str, Any] = {"worker": None, "token": None, "lease_until": None, "stage": None}


def claim(engine: Engine, worker: str, lease_ms: int) -> Claim | None:
    """Take the most urgent job that is due, the oldest of several; None where there is none.

    Jobs whose lease has run out are put back first, or given up.
    """
    with engine.begin() as connection:
        now = now_ms(connection)
        _take_back(connection, now)
        job = connection.execute(
            select(
                Job.id,
                Job.study_id,
                Study.name,
                Study.folder,
                Study.place,
                Job.with_model,
                Study.route,
            )
            .join(Study, Study.id == Job.study_id)
            .where(Job.state == State.WAITING, Job.due_at <= now)
            .order_by(Job.priority.desc(), Job.created_at, Job.id)
            .limit(1)
            .with_for_update(skip_locked=True, of=Job)
        ).first()
        if job is None:
            return None
        token = secrets.token_hex(16)
        connection.execute(
            update(Job)
            .where(Job.id == job.id)
            .values(
                state=State.RUNNING,
                worker=worker,
                token=token,
                lease_until=now + lease_ms,
                started_at=now,
                software=__version__,
                stage=None,
                done=0,
                total=0,
            )
        )
        return Claim(
            job.id,
            job.study_id,
            token,
            job.name,
            job.folder,
            job.place,
            job.with_model,
            job.route,
        )


def _take_back(connection: Connection, now: int) -> None:
    """Jobs of workers that went away: another attempt, or the end of it."""
    lost = connection.execute(
        select(Job.id, Job.worker_losses, Job.cancelling, Job.priority)
        .where(Job.state == State.RUNNING, Job.lease_until < now)
        .with_for_update(skip_locked=True)
    ).all()
    for job in lost:
        losses = job.worker_losses + 1
        values: dict[str, Any] = {"worker_losses": losses, "due_at": now, **_UNCLAIMED}
        if job.cancelling:
            place = rank(State.CANCELLED, job.priority)
            values |= {"state": State.CANCELLED, "finished_at": now, "rank": place}
        elif losses >= MOST_LOSSES:
            values |= _ended(State.FAILED, message("server.worker_lost", times=losses), None, now)
            values |= {"rank": rank(State.FAILED, job.priority)}
        else:
            values |= {"state": State.WAITING}
        connection.execute(update(Job).where(Job.id == job.id).values(**values))


def renew(
    engine: Engine, claimed: Claim, lease_ms: int, stage: str | None, done: int, total: int
) -> bool:
    """Keep the claim and tell how far it is; False: stop, the job was cancelled.

    Raises:
        ClaimLost: it is another's by now, or was deleted.
    """
    with engine.begin() as connection:
        job = _held(connection, claimed)
        connection.execute(
            update(Job)
            .where(Job.id == claimed.job_id)
            .values(lease_until=now_ms(connection) + lease_ms, stage=stage, done=done, total=total)
        )
        return not job.cancelling


def finish(engine: Engine, claimed: Claim, found: Found) -> None:
    """Record the result and the end of the job, both or neither.

    Raises:
        ClaimLost: as `renew`.
    """
    with engine.begin() as connection:
        job = _held(connection, claimed)
        now = now_ms(connection)
        connection.execute(
            insert(Result).values(
                job_id=claimed.job_id, study_id=claimed.study_id, created_at=now, **vars(found)
            )
        )
        ended = _ended(State.DONE, None, None, now)
        _end(connection, claimed, {**ended, **listed(found, job.priority)})


def refuse(engine: Engine, claimed: Claim, cause: Message) -> None:
    """End a job whose input can never be analysed; the cause says what would help.

    Raises:
        ClaimLost: as `renew`.
    """
    with engine.begin() as connection:
        job = _held(connection, claimed)
        ended = _ended(State.REFUSED, cause, None, now_ms(connection))
        _end(connection, claimed, {**ended, "rank": rank(State.REFUSED, job.priority)})


def fail(engine: Engine, claimed: Claim, cause: Message, detail: str | None = None) -> None:
    """Count an attempt that ended badly: the job waits for another one, or is given up.

    Raises:
        ClaimLost: as `renew`.
    """
    with engine.begin() as connection:
        job = _held(connection, claimed)
        now = now_ms(connection)
        failures = job.child_failures + 1
        again = failures < MOST_FAILURES
        state = State.WAITING if again else State.FAILED
        values = {**_ended(state, cause, detail, now), "rank": rank(state, job.priority)}
        if again:
            values |= {"due_at": now + _PAUSE_MS * failures, "finished_at": None}
        _end(connection, claimed, {**values, "child_failures": failures})


def give_back(engine: Engine, claimed: Claim, pause_ms: int = 0) -> None:
    """Put a job back for no fault of its own: its worker stops, or its disk is full.

    Raises:
        ClaimLost: as `renew`.
    """
    with engine.begin() as connection:
        _held(connection, claimed)
        due = now_ms(connection) + pause_ms
        _end(connection, claimed, {"state": State.WAITING, "due_at": due})


def cancelled(engine: Engine, claimed: Claim) -> None:
    """Record that the attempt was stopped as asked.

    Raises:
        ClaimLost: as `renew`.
    """
    with engine.begin() as connection:
        job = _held(connection, claimed)
        ended = _ended(State.CANCELLED, None, None, now_ms(connection))
        _end(connection, claimed, {**ended, "rank": rank(State.CANCELLED, job.priority)})


def cancel(connection: Connection, study_id: str) -> bool:
    """Cancel a study's job, at once where it waits, else as soon as its worker hears of it.

    False where it has ended already.
    """
    job = _of_study(connection, study_id)
    if job is None or job.state in ENDED:
        return False
    values: dict[str, Any] = {"cancelling": True}
    if job.state == State.WAITING:
        place = rank(State.CANCELLED, job.priority)
        values |= {"state": State.CANCELLED, "finished_at": now_ms(connection), "rank": place}
    connection.execute(update(Job).where(Job.id == job.id).values(**values))
    return True


def retry(connection: Connection, study_id: str, *, with_model: bool = True) -> bool:
    """Begin anew with a job that failed, was refused or cancelled; False for any other.

    So does one whose pictures were only made ready, when the network is asked after all: what there
    was of it goes, and readers' outlines stay.
    """
    job = _of_study(connection, study_id)
    if job is None or job.state not in ENDED:
        return False
    if job.state == State.DONE:
        if job.with_model or not with_model:
            return False
        connection.execute(delete(Result).where(Result.job_id == job.id))
        connection.execute(update(Job).where(Job.id == job.id).values(**UNLISTED))
    fresh = {
        "state": State.WAITING,
        "due_at": now_ms(connection),
        "finished_at": None,
        "cause": None,
        "with_model": with_model,
        "routed": False,
        "rank": rank(State.WAITING, job.priority),
    }
    connection.execute(update(Job).where(Job.id == job.id).values(**fresh, **_FRESH, **_UNCLAIMED))
    return True


def urge(connection: Connection, study_id: str, priority: int) -> bool:
    """Change a job's priority, and its place in the list; False where there is none."""
    job = _of_study(connection, study_id)
    if job is None:
        return False
    place = rank(State(job.state), priority, job.probability)
    connection.execute(update(Job).where(Job.id == job.id).values(priority=priority, rank=place))
    return True


def waiting(connection: Connection) -> int:
    """How many jobs wait."""
    return (
        connection.scalar(select(func.count()).select_from(Job).where(Job.state == State.WAITING))
        or 0
    )


class _Known(NamedTuple):
    id: int
    state: str
    priority: int
    sort_probability: float
    with_model: bool

    @property
    def probability(self) -> float | None:
        return None if self.sort_probability == UNKNOWN else self.sort_probability


class _Held(NamedTuple):
    child_failures: int
    cancelling: bool
    priority: int


def _of_study(connection: Connection, study_id: str) -> _Known | None:
    job = connection.execute(
        select(Job.id, Job.state, Job.priority, Job.sort_probability, Job.with_model)
        .where(Job.study_id == study_id)
        .with_for_update()
    ).first()
    return _Known(*job) if job else None


def _held(connection: Connection, claimed: Claim) -> _Held:
    job = connection.execute(
        select(Job.child_failures, Job.cancelling, Job.priority)
        .where(Job.id == claimed.job_id, Job.token == claimed.token, Job.state == State.RUNNING)
        .with_for_update()
    ).first()
    if job is None:
        raise ClaimLost
    return _Held(*job)


def _ended(state: State, cause: Message | None, detail: str | None, now: int) -> dict[str, Any]:
    said = cause.to_dict() if cause else None
    return {"state": state, "finished_at": now, "cause": said, "cause_detail": detail}


def _end(connection: Connection, claimed: Claim, values: dict[str, Any]) -> None:
    connection.execute(
        update(Job).where(Job.id == claimed.job_id).values(**{**_UNCLAIMED, **values})
    )
