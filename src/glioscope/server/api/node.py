"""The PACS node: what waits, for how long, what went wrong, and what was given up sent again."""

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Path
from pydantic import BaseModel, Field

from glioscope.pacs import outbox
from glioscope.pacs.status import Fault, Queue, status
from glioscope.server.access import audit
from glioscope.server.access.guard import Admin
from glioscope.server.api.shapes import Cause
from glioscope.server.context import Here, Lang
from glioscope.server.problems import Problem
from glioscope.texts.catalogue import Language

router = APIRouter(prefix="/node", tags=["node"])


class NodeQueue(BaseModel):
    """A source or destination: numbers by state, and the age of the oldest that waits."""

    name: str
    counts: dict[str, int] = Field(
        description="Of a source: coming, taken, left; of a destination: waiting, sent, failed."
    )
    oldest_s: float | None


class NodeFault(BaseModel):
    """Something that did not go: null `delivery` is tried again by itself, in `next_s`."""

    where: str
    study_id: str | None
    age_s: float
    times: int
    cause: Cause
    delivery: int | None
    next_s: float | None


class NodeStatus(BaseModel):
    """The node as its tables show it; the faults that wait for a person come first."""

    sources: list[NodeQueue]
    destinations: list[NodeQueue]
    faults: list[NodeFault]


class SentAgain(BaseModel):
    """How many deliveries were begun anew."""

    count: int


@router.get("")
def get_node(here: Here, who: Admin, lang: Lang) -> NodeStatus:
    """Queues, and what went wrong; nothing is asked of archives."""
    del who
    with here.reads.connect() as connection:
        found = status(connection)
    return NodeStatus(
        sources=[_queue(one) for one in found.sources],
        destinations=[_queue(one) for one in found.destinations],
        faults=[_fault(one, lang) for one in found.faults],
    )


@router.post("/deliveries/{delivery_id}/retry")
def retry_delivery(
    delivery_id: Annotated[int, Path(ge=1, le=2**53)], here: Here, who: Admin
) -> SentAgain:
    """Send again what was refused too often."""
    with here.engine.begin() as connection:
        count = outbox.again(connection, delivery=delivery_id)
        if not count:
            raise Problem(HTTPStatus.CONFLICT, "server.nothing_given_up")
        audit.record(connection, who.name, "send again", str(delivery_id))
    return SentAgain(count=count)


@router.post("/destinations/{name}/retry")
def retry_destination(
    name: Annotated[str, Path(max_length=32)], here: Here, who: Admin
) -> SentAgain:
    """The same with all that one destination refused."""
    with here.engine.begin() as connection:
        count = outbox.again(connection, destination=name)
        if not count:
            raise Problem(HTTPStatus.CONFLICT, "server.nothing_given_up")
        audit.record(connection, who.name, "send again", name)
    return SentAgain(count=count)


def _queue(one: Queue) -> NodeQueue:
    return NodeQueue(name=one.name, counts=one.counts, oldest_s=one.oldest_s)


def _fault(one: Fault, lang: Language) -> NodeFault:
    return NodeFault(
        where=one.where,
        study_id=one.study_id,
        age_s=one.age_s,
        times=one.times,
        cause=Cause(code=one.cause.code, text=one.cause.in_language(lang, on_page=True)),
        delivery=one.delivery,
        next_s=one.next_s,
    )
