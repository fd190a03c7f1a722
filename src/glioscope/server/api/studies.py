"""The work list, one study, and what may be done with its job."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from http import HTTPStatus
from typing import Annotated

import msgspec
from anyio import to_thread
from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, Field
from sqlalchemy import Connection, select

from glioscope.database.tables import Study
from glioscope.jobs import queue
from glioscope.jobs.intake import URGENT
from glioscope.jobs.states import State
from glioscope.reviews import presence
from glioscope.reviews.reasons import Verdict
from glioscope.reviews.sight import Sight, limits
from glioscope.reviews.worklist import State as ReviewState
from glioscope.reviews.worklist import newest
from glioscope.server.access import audit
from glioscope.server.access.guard import Admin, Reader, Viewer, note, require
from glioscope.server.access.roles import Role, Who
from glioscope.server.api.shapes import (
    Cause,
    Priority,
    ResultSummary,
    ReviewSummary,
    StudyPage,
    StudySummary,
    day,
)
from glioscope.server.api.uploads import WithModel
from glioscope.server.context import Context, Here, Lang
from glioscope.server.problems import Problem
from glioscope.server.upkeep.retention import remove
from glioscope.server.worklist import Line, Sort, Wanted, change, one, page
from glioscope.texts.catalogue import Language
from glioscope.texts.message import Message

router = APIRouter(prefix="/studies", tags=["studies"])

# Of the volume in ml, and since which day; None where there is no study before.
Change = tuple[float, str] | None

_slices = msgspec.json.Decoder(list[int])
_DECISIONS = "^(tumour|not typical|no tumour|not analysed)$"


class _Asked(BaseModel):
    """What may be asked of the work list; read as one, which is quicker than nine parameters."""

    search: Annotated[str | None, Field(max_length=100)] = None
    state: State | None = None
    decision: Annotated[str | None, Field(pattern=_DECISIONS)] = None
    gate: Annotated[str | None, Field(pattern="^(fit|warned|refused)$")] = None
    review: ReviewState | None = None
    sort: Sort = "urgency"
    offset: Annotated[int, Field(ge=0, le=10_000_000)] = 0
    limit: Annotated[int, Field(ge=1, le=200)] = 50


@router.get("", response_model=StudyPage)
async def list_studies(
    request: Request, here: Here, lang: Lang, asked: Annotated[_Asked, Query()]
) -> Response:
    """A page of the work list."""

    def made() -> bytes:
        # Not a dependency: each of them that asks the database takes a thread of its own.
        return _page(here, lang, asked, require(request, here, Role.VIEWER))

    body = await to_thread.run_sync(made, limiter=here.lists)
    return Response(body, media_type="application/json")


def _page(here: Context, lang: Language, asked: _Asked, who: Who) -> bytes:
    wanted = Wanted(
        search=asked.search,
        state=asked.state,
        decision=asked.decision,
        gate=asked.gate,
        sort=asked.sort,
        by_identity=who.sees_identity,
        review=asked.review,
        reader=who.name,
    )
    with here.reads.connect() as connection:
        hidden = limits(connection, who.name)
        wanted = replace(wanted, unseen=_without_model(hidden), alone=_without_others(hidden))
        lines, total = page(connection, wanted, asked.offset, asked.limit)
        found = StudyPage(total=total, studies=_summaries(connection, lines, hidden, lang, who))
    return msgspec.json.encode(found)


@router.get("/{study_id}")
def get_study(study_id: str, here: Here, lang: Lang, who: Viewer) -> StudySummary:
    """One study."""
    found = _one(here, study_id, lang, who)
    note(here, who, "view", study_id)
    return found


def _one(here: Context, study_id: str, lang: Language, who: Who) -> StudySummary:
    with here.reads.connect() as connection:
        line = one(connection, study_id)
        if line is None:
            raise Problem(HTTPStatus.NOT_FOUND, "server.no_study")
        hidden = limits(connection, who.name, study_id)
        [found] = _summaries(connection, [line], hidden, lang, who)
        return found


def _without_model(hidden: Mapping[str, Sight]) -> frozenset[str]:
    return frozenset(study for study, seen in hidden.items() if not seen.model)


def _without_others(hidden: Mapping[str, Sight]) -> frozenset[str]:
    return frozenset(study for study, seen in hidden.items() if not seen.others)


@router.post("/{study_id}/cancel")
def cancel_study(study_id: str, here: Here, lang: Lang, who: Reader) -> StudySummary:
    """Stop the analysis, or take it out of the queue."""
    with here.engine.begin() as connection:
        _require(here, study_id)
        if not queue.cancel(connection, study_id):
            raise Problem(HTTPStatus.CONFLICT, "server.ended_already")
        audit.record(connection, who.name, "cancel", study_id)
    return _one(here, study_id, lang, who)


@router.post("/{study_id}/retry")
def retry_study(
    study_id: str, here: Here, lang: Lang, who: Reader, with_model: WithModel = True
) -> StudySummary:
    """Analyse again what failed, was refused or cancelled, or only make its pictures ready."""
    with here.engine.begin() as connection:
        _require(here, study_id)
        if not queue.retry(connection, study_id, with_model=with_model):
            raise Problem(HTTPStatus.CONFLICT, "server.nothing_to_retry")
        audit.record(connection, who.name, "retry", study_id)
        here.wake.ring(connection)
    return _one(here, study_id, lang, who)


@router.put("/{study_id}/priority")
def set_priority(
    study_id: str, wanted: Priority, here: Here, lang: Lang, who: Reader
) -> StudySummary:
    """Make a study urgent, or no longer."""
    with here.engine.begin() as connection:
        _require(here, study_id)
        queue.urge(connection, study_id, URGENT if wanted.urgent else 0)
        audit.record(connection, who.name, "urgent" if wanted.urgent else "not urgent", study_id)
    return _one(here, study_id, lang, who)


@router.delete("/{study_id}", status_code=HTTPStatus.NO_CONTENT)
def delete_study(study_id: str, here: Here, who: Admin) -> None:
    """Remove a study, its results and, unless another study came with them, its files."""
    if not remove(here, study_id, who.name):
        raise Problem(HTTPStatus.NOT_FOUND, "server.no_study")


def _require(here: Context, study_id: str) -> None:
    with here.reads.connect() as connection:
        if connection.scalar(select(Study.id).where(Study.id == study_id)) is None:
            raise Problem(HTTPStatus.NOT_FOUND, "server.no_study")


def _summaries(
    connection: Connection,
    lines: Sequence[Line],
    hidden: Mapping[str, Sight],
    lang: Language,
    who: Who,
) -> list[StudySummary]:
    """Lines of the list, as far as somebody may see each."""
    ids = [line.id for line in lines]
    unseen, alone = _without_model(hidden), _without_others(hidden)
    present = presence.others(connection, ids, who.name)
    own = newest(connection, [study for study in ids if study in alone], who.name)
    found: list[StudySummary] = []
    for line in lines:
        shown = _summary(line, lang, shown=who.sees_identity)
        shown.open_by = present.get(line.id, [])
        if line.id in alone:
            if mine := own.get(line.id):
                given = (mine.verdict, mine.reader, mine.signed_at, mine.created_at)
                shown.review = _review(*given)
        elif line.verdict:
            shown.review = _review(line.verdict, line.reader, line.signed_at, line.reviewed_at)
        if line.result_id:
            changed, seen = change(line, unseen), line.id not in unseen
            shown.result = _result(line, line.result_id, changed, seen=seen)
        found.append(shown)
    return found


def _summary(line: Line, lang: Language, *, shown: bool) -> StudySummary:
    cause = Message.from_dict(line.cause) if line.cause else None
    return StudySummary(
        id=line.id,
        name=line.name,
        kind=line.kind,
        patient_id=line.patient_id if shown else None,
        patient_name=line.patient_name if shown else None,
        accession=line.accession if shown else None,
        study_date=day(line.study_date),
        received_at=line.received_at,
        urgent=line.priority >= URGENT,
        state=State(line.state),
        stage=line.stage,
        done=line.done,
        total=line.total,
        cause=Cause(code=cause.code, text=cause.in_language(lang, on_page=True)) if cause else None,
        result=None,
        with_model=line.with_model,
        open_by=[],
        review=None,
        replaces=line.replaces,
        replaced_by=line.replaced_by,
    )


def _review(verdict: str, reader: str, signed_at: int | None, given_at: int) -> ReviewSummary:
    return ReviewSummary(
        verdict=Verdict(verdict),
        reader=reader,
        signed=signed_at is not None,
        at=given_at if signed_at is None else signed_at,
    )


def _result(line: Line, result_id: str, changed: Change, *, seen: bool) -> ResultSummary:
    """What was found; without what the model says of it for those who may not see that."""
    change_ml, since = changed or (None, None)
    return ResultSummary(
        id=result_id,
        created_at=line.result_at,
        decision=line.decision if seen else None,
        probability=line.probability if seen else None,
        volume_ml=line.volume_ml if seen else None,
        volume_low_ml=line.volume_low if seen else None,
        volume_high_ml=line.volume_high if seen else None,
        change_ml=change_ml,
        change_since=day(since),
        gate=line.gate,
        slices=_slices.decode(line.slices) if seen else None,
        model=line.model,
        model_version=line.model_version,
    )
