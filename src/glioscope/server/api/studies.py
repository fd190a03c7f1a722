"""The work list, one study, and what may be done with its job."""

from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Query
from sqlalchemy import Row, select

from glioscope.database.tables import Study
from glioscope.jobs import queue
from glioscope.jobs.intake import URGENT
from glioscope.jobs.states import State
from glioscope.server.access import audit
from glioscope.server.access.guard import Admin, Reader, Viewer, note
from glioscope.server.access.roles import Who
from glioscope.server.api.shapes import (
    Cause,
    Priority,
    ResultSummary,
    StudyPage,
    StudySummary,
)
from glioscope.server.context import Context, Here, Lang
from glioscope.server.problems import Problem
from glioscope.server.upkeep.retention import remove
from glioscope.server.worklist import Sort, Wanted, changes, count, one, page
from glioscope.texts.catalogue import Language
from glioscope.texts.message import Message

router = APIRouter(prefix="/studies", tags=["studies"])


@router.get("")
def list_studies(
    here: Here,
    lang: Lang,
    who: Viewer,
    search: Annotated[str | None, Query(max_length=100)] = None,
    state: State | None = None,
    decision: Annotated[str | None, Query(pattern="^(tumour|no tumour)$")] = None,
    gate: Annotated[str | None, Query(pattern="^(fit|warned|refused)$")] = None,
    sort: Sort = "urgency",
    offset: Annotated[int, Query(ge=0, le=10_000_000)] = 0,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> StudyPage:
    """A page of the work list."""
    wanted = Wanted(
        search=search,
        state=state,
        decision=decision,
        gate=gate,
        sort=sort,
        by_identity=who.sees_identity,
    )
    with here.reads.connect() as connection:
        rows = page(connection, wanted, offset, limit)
        changed = changes(connection, rows)
        total = count(connection, wanted)
    return StudyPage(total=total, studies=[_summary(r, changed.get(r.id), lang, who) for r in rows])


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
        return _summary(row, changes(connection, [row]).get(row.id), lang, who)


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
def retry_study(study_id: str, here: Here, lang: Lang, who: Reader) -> StudySummary:
    """Analyse again what failed, was refused or cancelled."""
    with here.engine.begin() as connection:
        _require(here, study_id)
        if not queue.retry(connection, study_id):
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


def _summary(row: Row[Any], change_ml: float | None, lang: Language, who: Who) -> StudySummary:
    shown = who.sees_identity
    cause = Message.from_dict(row.cause) if row.cause else None
    return StudySummary(
        id=row.id,
        name=row.name,
        kind=row.kind,
        patient_id=row.patient_id if shown else None,
        patient_name=row.patient_name if shown else None,
        accession=row.accession if shown else None,
        study_date=_day(row.study_date),
        received_at=row.received_at,
        urgent=row.priority >= URGENT,
        state=row.state,
        stage=row.stage,
        done=row.done,
        total=row.total,
        cause=Cause(code=cause.code, text=cause.in_language(lang)) if cause else None,
        result=_result(row, change_ml) if row.result_id else None,
    )


def _result(row: Row[Any], change_ml: float | None) -> ResultSummary:
    return ResultSummary(
        id=row.result_id,
        created_at=row.result_at,
        decision=row.decision,
        probability=row.probability,
        volume_ml=row.volume_ml,
        volume_low_ml=row.volume_low,
        volume_high_ml=row.volume_high,
        change_ml=change_ml,
        gate=row.gate,
        slices=row.slices,
        model=row.model,
        model_version=row.model_version,
    )


def _day(text: str | None) -> str | None:
    if text is None or len(text) != 8 or not text.isascii() or not text.isdigit():
        return None
    return f"{text[:4]}-{text[4:6]}-{text[6:]}"
