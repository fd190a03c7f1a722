"""How far the study of a workitem is: on its way in, in work, on its way out, or at its end."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, select

from glioscope.database.tables import Arrival, Delivery, Job, Result
from glioscope.jobs import states
from glioscope.pacs import arrivals, outbox
from glioscope.texts.message import Message, message

# Of the whole, in percent: until the pictures are here, until the analysis is done.
_HERE, _ANALYSED = 10, 90


@dataclass(frozen=True)
class Outlook:
    """What is to be said of a workitem now.

    Attributes:
        progress: in percent, less than 100 until there is a result.
        study_id: what the study became here, as soon as it is.
        result_id, folder: of a result that has reached every destination.
        sent_to: names of these.
        why_not: why there will be no result.
    """

    progress: int
    study_id: str | None = None
    result_id: str | None = None
    folder: str | None = None
    sent_to: Sequence[str] = ()
    why_not: Message | None = None


def outlook(connection: Connection, source: str, study_uid: str) -> Outlook:
    """Look at the tables; nothing is changed."""
    arrival = connection.execute(
        select(Arrival.state, Arrival.study_id, Arrival.cause).where(
            Arrival.source == source, Arrival.study_uid == study_uid
        )
    ).first()
    if arrival is None or arrival.state == arrivals.State.COMING:
        return Outlook(0, arrival.study_id if arrival else None)
    if arrival.study_id is None:
        cause = Message.from_dict(arrival.cause) if arrival.cause else None
        return Outlook(0, why_not=cause or message("pacs.result_gone"))
    return _of_study(connection, arrival.study_id)


def _of_study(connection: Connection, study_id: str) -> Outlook:
    job = connection.execute(
        select(Job.state, Job.done, Job.total, Job.cause).where(Job.study_id == study_id)
    ).first()
    if job is None:
        return Outlook(0, study_id, why_not=message("pacs.result_gone"))
    if job.state == states.State.DONE:
        return _of_result(connection, study_id)
    if job.state in states.ENDED:
        cause = Message.from_dict(job.cause) if job.cause else message("pacs.task_stopped")
        return Outlook(_HERE, study_id, why_not=cause)
    share = job.done / job.total if job.total else 0.0
    return Outlook(round(_HERE + share * (_ANALYSED - _HERE)), study_id)


def _of_result(connection: Connection, study_id: str) -> Outlook:
    result = connection.execute(
        select(Result.id, Result.folder, Result.routed)
        .where(Result.study_id == study_id)
        .order_by(Result.created_at.desc())
        .limit(1)
    ).first()
    if result is None:
        return Outlook(_ANALYSED, study_id, why_not=message("pacs.result_gone"))
    deliveries = connection.execute(
        select(Delivery.destination, Delivery.state).where(Delivery.result_id == result.id)
    ).all()
    if not result.routed or any(one.state != outbox.State.SENT for one in deliveries):
        return Outlook(_ANALYSED, study_id)
    names = [one.destination for one in deliveries]
    return Outlook(100, study_id, result.id, result.folder, names)
