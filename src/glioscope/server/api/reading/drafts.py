"""What is drawn and not handed in: kept, so that nothing is lost with a page that closes."""

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from fastapi.concurrency import run_in_threadpool

from glioscope.reviews.outlines import drafts
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
from glioscope.server.bodies import body_of, described_body
from glioscope.server.context import Context, Here
from glioscope.server.problems import Problem

router = APIRouter(prefix="/studies/{study_id}/draft", tags=["reading"])

_BYTES = "application/octet-stream"
_SAVED_AT = "X-Draft-Saved-At"

Since = Annotated[
    int | None,
    Query(ge=0, description=f"{_SAVED_AT} of the draft that this one goes on from; 0: of none."),
]


@router.get(
    "",
    response_class=Response,
    responses={200: {"content": {_BYTES: {}}}, 204: {"description": "There is none."}},
)
def get_draft(study_id: str, here: Here, who: Reader, list_id: ListId = None) -> Response:
    """One's own draft, as it was sent."""
    with here.reads.connect() as connection:
        require_study(connection, study_id)
        found = drafts.draft_of(connection, study_id, who.name, list_id)
    if found is None:
        return Response(status_code=HTTPStatus.NO_CONTENT)
    headers = {"X-Draft-Base": found.base, _SAVED_AT: str(found.saved_at)}
    return Response(found.content, media_type=_BYTES, headers=headers)


@router.put(
    "",
    status_code=HTTPStatus.NO_CONTENT,
    openapi_extra=described_body(_BYTES),
)
async def put_draft(
    study_id: str,
    base: Base,
    request: Request,
    here: Here,
    who: Reader,
    list_id: ListId = None,
    since: Since = None,
) -> Response:
    """Keep a draft in the place of the one before; 409 where another page has kept a newer one."""
    content = await body_of(request, drafts.MOST_BYTES)
    saved_at = await run_in_threadpool(_keep, here, who, study_id, base, list_id, content, since)
    return Response(status_code=HTTPStatus.NO_CONTENT, headers={_SAVED_AT: str(saved_at)})


@router.delete("", status_code=HTTPStatus.NO_CONTENT)
def drop_draft(study_id: str, here: Here, who: Reader, list_id: ListId = None) -> None:
    """Forget one's draft."""
    with here.engine.begin() as connection:
        hold(connection, study_id)
        drafts.drop(connection, study_id, who.name, list_id)
        audit.record(connection, who.name, "drop draft", study_id)


def _keep(
    here: Context,
    who: Who,
    study_id: str,
    base: str,
    list_id: str | None,
    content: bytes,
    since: int | None,
) -> int:
    with here.engine.begin() as connection:
        hold(connection, study_id)
        require_list(connection, who, study_id, list_id)
        require_base(connection, who, study_id, base)
        before = drafts.draft_of(connection, study_id, who.name, list_id)
        if since is not None and since != (before.saved_at if before else 0):
            raise Problem(HTTPStatus.CONFLICT, "server.draft_newer")
        saved_at = drafts.keep(connection, study_id, who.name, list_id, base, content)
        # A page saves every few strokes; the record tells that he draws.
        if before is None:
            audit.record(connection, who.name, "draft", study_id)
    return saved_at
