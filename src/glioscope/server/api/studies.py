"""The work list, one study, and what may be done with its job."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from http import HTTPStatus
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Query, Response
from sqlalchemy import Connection, Row, select

from glioscope.database.tables import Study
from glioscope.jobs import queue
from glioscope.jobs.intake import URGENT
from glioscope.jobs.states import State
from glioscope.reviews import presence
from glioscope.reviews.reasons import Verdict
from glioscope.reviews.sight import EVERYTHING, Sight, limits
from glioscope.reviews.worklist import State as ReviewState
from glioscope.reviews.worklist import newest
from glioscope.server.access import audit
from glioscope.server.access.guard import Admin, Reader, Viewer, note
from glioscope.server.access.roles import Who
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
from glioscope.server.worklist import Sort, Wanted, changes, one, page
from glioscope.texts.catalogue import Language
from glioscope.texts.message import Message

router = APIRouter(prefix="/studies", tags=["studies"])

# Of the volume in ml, and since which day; None where there is no study before.
Change = tuple[float, str] | None

_slices = msgspec.json.Decoder(list[int])


@router.get("", response_model=StudyPage)
def list_studies(
    here: Here,
    lang: Lang,
    who: Viewer,
    search: Annotated[str | None, Query(max_length=100)] = None,
    state: State | None = None,
    decision: Annotated[str | None, Query(pattern="^(tumour|no tumour|not analysed)$")] = None,
    gate: Annotated[str | None, Query(pattern="^(fit|warned|refused)$")] = None,
    review: ReviewState | None = None,
    sort: Sort = "urgency",
    offset: Annotated[int, Query(ge=0, le=10_000_000)] = 0,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> Response:
    """A page of the work list."""
    wanted = Wanted(
        search=search,
        state=state,
        decision=decision,
        gate=gate,
        sort=sort,
        by_identity=who.sees_identity,
        review=review,
        reader=who.name,
    )
    with here.reads.connect() as connection:
        hidden = limits(connection, who.name)
        wanted = replace(wanted, unseen=_without_model(hidden), alone=_without_others(hidden))
        rows, total = page(connection, wanted, offset, limit)
        found = StudyPage(total=total, studies=_summaries(connection, rows, hidden, lang, who))
    return Response(msgspec.json.encode(found), media_type="application/json")


@router.get("/{study_id}")
def get_study(study_id: str, here: Here, lang: Lang, who: Viewer) -> StudySummary:
    """One study."""
    found = _one(here, study_id, lang, who)
    note(here, who, "view", study_id)
    return found


def _one(here: Context, study_id: str, lang: Language, who: Who) -> StudySummary:
    with here.reads.connect() as connection:
        row = one(connection, study_id)
        if row is None:
            raise Problem(HTTPStatus.NOT_FOUND, "server.no_study")
        hidden = limits(connection, who.name, study_id)
        [found] = _summaries(connection, [row], hidden, lang, who)
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
    rows: Sequence[Row[Any]],
    hidden: Mapping[str, Sight],
    lang: Language,
    who: Who,
) -> list[StudySummary]:
    """Lines of the list, as far as somebody may see each."""
    ids = [row.id for row in rows]
    changed = changes(connection, rows, _without_model(hidden))
    present = presence.others(connection, ids, who.name)
    reviewed = newest(connection, ids, who.name, _without_others(hidden))
    found: list[StudySummary] = []
    for row in rows:
        line = _summary(row, lang, shown=who.sees_identity)
        line.open_by = present.get(row.id, [])
        line.review = _review(reviewed.get(row.id))
        if row.result_id:
            seen = hidden.get(row.id, EVERYTHING).model
            line.result = _result(row, changed.get(row.id), seen=seen)
        found.append(line)
    return found


def _summary(row: Row[Any], lang: Language, *, shown: bool) -> StudySummary:
    cause = Message.from_dict(row.cause) if row.cause else None
    return StudySummary(
        id=row.id,
        name=row.name,
        kind=row.kind,
        patient_id=row.patient_id if shown else None,
        patient_name=row.patient_name if shown else None,
        accession=row.accession if shown else None,
        study_date=day(row.study_date),
        received_at=row.received_at,
        urgent=row.priority >= URGENT,
        state=State(row.state),
        stage=row.stage,
        done=row.done,
        total=row.total,
        cause=Cause(code=cause.code, text=cause.in_language(lang, on_page=True)) if cause else None,
        result=None,
        with_model=row.with_model,
        open_by=[],
        review=None,
    )


def _review(row: Row[Any] | None) -> ReviewSummary | None:
    if row is None:
        return None
    at = row.created_at if row.signed_at is None else row.signed_at
    signed = row.signed_at is not None
    return ReviewSummary(verdict=Verdict(row.verdict), reader=row.reader, signed=signed, at=at)


def _result(row: Row[Any], change: Change, *, seen: bool) -> ResultSummary:
    """What was found; without what the model says of it for those who may not see that."""
    change_ml, since = change or (None, None)
    return ResultSummary(
        id=row.result_id,
        created_at=row.result_at,
        decision=row.decision if seen else None,
        probability=row.probability if seen else None,
        volume_ml=row.volume_ml if seen else None,
        volume_low_ml=row.volume_low if seen else None,
        volume_high_ml=row.volume_high if seen else None,
        change_ml=change_ml,
        change_since=day(since),
        gate=row.gate,
        slices=_slices.decode(row.slices) if seen else None,
        model=row.model,
        model_version=row.model_version,
    )
