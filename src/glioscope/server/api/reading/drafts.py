"""What is drawn and not handed in: kept, so that nothing is lost with a page that closes."""

from http import HTTPStatus

from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool

from glioscope.reviews import drafts
from glioscope.server.access import audit
from glioscope.server.access.guard import Reader
from glioscope.server.access.roles import Who
from glioscope.server.api.reading.asked import (
    Base,
    ListId,
    hold,
    require_base,
    require_list,
    require_study,
)
from glioscope.server.bodies import body_of
from glioscope.server.context import Context, Here
from glioscope.server.problems import Problem

router = APIRouter(prefix="/studies/{study_id}/draft", tags=["reading"])

_BYTES = "application/octet-stream"


@router.get("", response_class=Response, responses={200: {"content": {_BYTES: {}}}})
def get_draft(study_id: str, here: Here, who: Reader, list_id: ListId = None) -> Response:
    """One's own draft, as it was sent."""
    with here.reads.connect() as connection:
        require_study(connection, study_id)
        found = drafts.draft_of(connection, study_id, who.name, list_id)
    if found is None:
        raise Problem(HTTPStatus.NOT_FOUND, "server.no_draft")
    headers = {"X-Draft-Base": found.base, "X-Draft-Saved-At": str(found.saved_at)}
    return Response(found.content, media_type=_BYTES, headers=headers)


@router.put(
    "",
    status_code=HTTPStatus.NO_CONTENT,
    openapi_extra={"requestBody": {"content": {_BYTES: {}}}},
)
async def put_draft(
    study_id: str, base: Base, request: Request, here: Here, who: Reader, list_id: ListId = None
) -> None:
    """Keep a draft in the place of the one before."""
    content = await body_of(request, drafts.MOST_BYTES)
    await run_in_threadpool(_keep, here, who, study_id, base, list_id, content)


@router.delete("", status_code=HTTPStatus.NO_CONTENT)
def drop_draft(study_id: str, here: Here, who: Reader, list_id: ListId = None) -> None:
    """Forget one's draft."""
    with here.engine.begin() as connection:
        hold(connection, study_id)
        drafts.drop(connection, study_id, who.name, list_id)
        audit.record(connection, who.name, "drop draft", study_id)


def _keep(
    here: Context, who: Who, study_id: str, base: str, list_id: str | None, content: bytes
) -> None:
    with here.engine.begin() as connection:
        hold(connection, study_id)
        require_list(connection, who, study_id, list_id)
        require_base(connection, who, study_id, base)
        begun = drafts.draft_of(connection, study_id, who.name, list_id) is None
        drafts.keep(connection, study_id, who.name, list_id, base, content)
        # A page saves every few strokes; the record tells that he draws.
        if begun:
            audit.record(connection, who.name, "draft", study_id)
